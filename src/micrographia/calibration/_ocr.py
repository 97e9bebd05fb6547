"""Text in pictures, by RapidOCR with the models of its own package; no network is used."""

from __future__ import annotations

import dataclasses
import functools
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.calibration._types import Box
from micrographia.errors import MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Line", "is_loaded", "read_line", "read_lines", "read_pictures"]

_THREADS = 2
_LONGEST = 1600  # px, to which the text detector's picture is limited
_NARROWEST = 96  # px, width that pictures 48 px high are padded to
_UNREADABLE = 0.3  # confidence below which nothing was read
_LOCK = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of text: where it is, in pixels of the picture given, and how sure its reading is.

    `readings` is the number of pictures of it whose readings agree.
    """

    text: str
    confidence: float
    top: float
    left: float
    bottom: float
    right: float
    readings: int = 1

    @property
    def height(self) -> float:
        """Extent down the rows [px]."""
        return self.bottom - self.top

    def box(self) -> Box:
        """The smallest box of whole pixels around it."""
        return Box(
            int(np.floor(self.top)),
            int(np.floor(self.left)),
            int(np.ceil(self.bottom)),
            int(np.ceil(self.right)),
        )


def is_loaded() -> bool:
    """Whether the recogniser has been loaded in this process."""
    return _engine.cache_info().currsize > 0


def read_lines(picture: NDArray[np.uint8], narrowest: float = 0.0) -> list[Line]:
    """Find and read the lines of text in a grey picture.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols), uint8
    narrowest : float
        Lines narrower than so many of their heights are found but not read, which saves time.

    Returns
    -------
    lines : list of Line

    Raises
    ------
    MissingDependencyError
        If RapidOCR or the models inside its package are not there.
    """
    if narrowest > 0:
        return _read_wide(picture, narrowest)
    found = _run(picture, use_det=True)
    if found is None or found.boxes is None or found.txts is None:
        return []
    return [
        Line(str(text), float(score), *_sides(corners))
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
    ]


def _read_wide(picture: NDArray[np.uint8], narrowest: float) -> list[Line]:
    found = _run(picture, use_det=True, use_rec=False)
    if found is None or found.boxes is None:
        return []
    places = [_sides(corners) for corners in found.boxes]
    wide = [place for place in places if place[3] - place[1] >= narrowest * (place[2] - place[0])]
    lines = [Line("", 0.0, *place) for place in wide]
    boxes = [line.box() for line in lines]
    parts = [picture[max(box.top, 0) : box.bottom, max(box.left, 0) : box.right] for box in boxes]
    readings = read_pictures(parts)
    return [
        dataclasses.replace(line, text=text, confidence=confidence)
        for line, (text, confidence) in zip(lines, readings, strict=True)
        if text.strip() and confidence >= _UNREADABLE
    ]


def _sides(corners: Any) -> tuple[float, float, float, float]:
    """Top, left, bottom and right of a quadrangle."""
    xs, ys = np.asarray(corners)[:, 0], np.asarray(corners)[:, 1]
    return float(ys.min()), float(xs.min()), float(ys.max()), float(xs.max())


def read_line(picture: NDArray[np.uint8]) -> tuple[str, float]:
    """Read a picture that holds one line of text and little else.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols), uint8

    Returns
    -------
    text : str
    confidence : float
        0 to 1; 0 where nothing was read.
    """
    found = _run(picture, use_det=False)
    if found is None or not found.txts:
        return "", 0.0
    return str(found.txts[0]), float(found.scores[0])


def read_pictures(pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[str, float]]:
    """Read pictures that hold one line of text each, in one go.

    Parameters
    ----------
    pictures : sequence of ndarray of shape (rows, cols), uint8

    Returns
    -------
    readings : list of (text, confidence)
        In the order given; an empty text where nothing was read.
    """
    if not pictures:
        return []
    colours = [_colour(picture) for picture in pictures]
    engine = _engine()
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = engine.recognize_txt(colours)
    return [(str(text), float(score)) for text, score in zip(found.txts, found.scores, strict=True)]


def _colour(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.repeat(picture[:, :, None], 3, axis=2))


def _run(picture: NDArray[np.uint8], use_det: bool, use_rec: bool = True) -> Any:
    colour = _colour(picture)
    engine = _engine()
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return engine(
            colour, use_det=use_det, use_cls=False, use_rec=use_rec, text_score=_UNREADABLE
        )


@functools.cache
def _engine() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import rapidocr
        except ImportError as error:
            raise MissingDependencyError(
                "reading the text of scale bars needs RapidOCR: pip install rapidocr onnxruntime; "
                'or give the length of the bar (--scale-bar "50 nm")'
            ) from error
        folder = Path(rapidocr.__file__).parent / "models"
        return rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.max_side_len": 4000,
                "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.limit_type": "max",
                "Det.limit_side_len": _LONGEST,
                "Rec.rec_img_shape": [3, 48, _NARROWEST],
                "Rec.rec_batch_num": 4,
                "Det.model_path": _model(folder, "det"),
                "Rec.model_path": _model(folder, "rec"),
            }
        )


def _model(folder: Path, part: str) -> str:
    """The model file inside RapidOCR's package; naming it keeps RapidOCR from the network."""
    found = sorted(folder.glob(f"*_{part}_*.onnx"))
    if not found:
        raise MissingDependencyError(
            f"{folder}: RapidOCR's own {part} model (*_{part}_*.onnx) is missing; reinstall "
            'rapidocr, or give the length of the bar (--scale-bar "50 nm")'
        )
    return str(found[-1])
