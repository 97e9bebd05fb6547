"""TIFF through tifffile; what the vendors add to it is read by the table in `_dialects`."""

from __future__ import annotations

import gzip
import io
import math
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import tifffile

from micrographia.errors import CorruptFileError, TooLargeError, UnsupportedFileError
from micrographia.io._dialects import calibrate
from micrographia.io._limits import MAX_DEFLATE_RATIO, check_bytes, check_pixels
from micrographia.io._pixels import palette_to_colours, palette_to_grey
from micrographia.io._signals import Axis, Kind, Signal, kind_of_axes
from micrographia.io._table import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.io._dialects import Calibration

__all__ = ["signals"]

_GREY_OR_RGB = {0, 1, 2, 3, 6}  # min-is-white, min-is-black, RGB, palette, YCbCr
_MIN_IS_WHITE, _PALETTE = 0, 3
_RATIOS = {1: 1, 8: MAX_DEFLATE_RATIO, 32946: MAX_DEFLATE_RATIO, 5: 4096, 32773: 128}
_PIECE = 1 << 20
_AXES = {"Y": "y", "X": "x", "Z": "depth", "T": "time", "C": "channel", "I": "series"}


def signals(path: Path, kind: Format, stack: ExitStack, max_pixels: int) -> list[Signal]:
    """The series of pages that a TIFF holds, without thumbnails."""
    source = _source(path, max_pixels)
    tif = stack.enter_context(tifffile.TiffFile(source, _multifile=False))
    if not len(tif.pages):
        raise CorruptFileError(f"{path.name}: the TIFF holds no page; it is truncated or damaged")
    series = list(tif.series)
    full = [one for one in series if not one.keyframe.is_reduced] or series
    size = tif.filehandle.size
    return [_signal(tif, one, path, (size, max_pixels)) for one in full]


def _source(path: Path, max_pixels: int) -> Path | IO[bytes]:
    with path.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            return path
    limit, content = 16 * max_pixels, io.BytesIO()
    with gzip.open(path) as packed:
        while piece := packed.read(_PIECE):
            content.write(piece)
            if content.tell() > limit:
                raise TooLargeError(
                    f"{path.name}: it unpacks to more than {limit:,} bytes; if the image really is "
                    "that large, give a higher max_pixels"
                )
    content.seek(0)
    return content


def _signal(
    tif: tifffile.TiffFile, series: tifffile.TiffPageSeries, path: Path, limits: tuple[int, int]
) -> Signal:
    page = series.keyframe
    letters, shape = series.axes, series.shape
    if "Y" not in letters or "X" not in letters or series.dtype is None:
        raise UnsupportedFileError(
            f"{path.name}: the TIFF has axes {letters} of shape {shape} and type {series.dtype}; "
            "wanted rows and columns of numbers"
        )
    rows, cols = shape[letters.index("Y")], shape[letters.index("X")]
    _check(page, (rows, cols), path, limits)
    found = calibrate(tif, page, path)
    outer = [(letter, edge) for letter, edge in zip(letters, shape, strict=True)
             if letter not in "YXS"]  # fmt: skip
    axes = (
        *(Axis(_AXES.get(letter, letter.lower()), edge) for letter, edge in outer if edge > 1),
        Axis("y", rows, found.row, found.unit),
        Axis("x", cols, found.col, found.unit),
    )
    frames = math.prod(edge for _, edge in outer)
    return Signal(
        title=series.name if series.name and not series.name.startswith("Series") else "",
        shape=tuple(axis.size for axis in axes),
        dtype=np.dtype(series.dtype),
        axes=axes,
        load=lambda frame: _shown(page, _load(series, frame, path, limits[0])),
        stored=lambda frame: _load(series, frame, path, limits[0]),
        colours=lambda frame: _shown(
            page, _load(series, frame, path, limits[0]), palette_to_colours
        ),
        kind=_kind(np.dtype(series.dtype), axes, frames),
        frames=frames,
        metadata=_metadata(tif, page, found),
        warnings=_remarks(page, found),
    )


def _kind(dtype: np.dtype[Any], axes: tuple[Axis, ...], frames: int) -> Kind:
    if dtype.kind == "c":
        return "complex"
    kind = kind_of_axes(axes[-2], axes[-1])
    return "stack" if kind == "image" and frames > 1 else kind


def _check(
    page: tifffile.TiffPage, shape: tuple[int, int], path: Path, limits: tuple[int, int]
) -> None:
    """What the header declares must fit into the limit and into the file."""
    size, max_pixels = limits
    check_pixels(shape, max_pixels, path.name)
    if int(page.photometric) not in _GREY_OR_RGB and page.samplesperpixel > 1:
        raise UnsupportedFileError(
            f"{path.name}: the TIFF's colours are {page.photometric!r}; wanted grey, RGB or a "
            "palette: convert it"
        )
    ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if not ends or max(ends) > size or 0 in page.databytecounts:
        raise CorruptFileError(
            f"{path.name}: the TIFF's pixels should end at byte {max(ends, default=0):,}, the file "
            f"ends at {size:,} or leaves parts out; it is truncated or damaged: copy it again"
        )
    ratio = _RATIOS.get(int(page.compression))
    if ratio is not None:
        declared = math.prod(page.shape) * page.bitspersample // 8
        check_bytes(declared, min(sum(page.databytecounts), size), path.name, ratio)


def _load(series: tifffile.TiffPageSeries, frame: int, path: Path, size: int) -> NDArray[Any]:
    """One image as stored, (rows, cols) or (rows, cols, samples), without reading the others."""
    letters, shape = series.axes, series.shape
    inner = [k for k, letter in enumerate(letters) if letter in "YXS"]
    outer = [k for k in range(len(letters)) if k not in inner]
    frames = math.prod(shape[k] for k in outer)
    image = [shape[k] for k in inner]
    page = series.pages[frame] if len(series.pages) == frames else None
    last = inner == list(range(len(outer), len(letters)))
    if last and series.dataoffset is not None and path.suffix.lower() != ".gz":
        array = _plain(series, frame, (path, size), image)
    elif frames > 1 and page is not None:
        array = page.asarray().reshape(image)
    else:
        array = np.moveaxis(series.asarray(), outer, range(len(outer)))
        array = array.reshape(frames, *image)[frame]
    names = [letters[k] for k in inner]
    return np.moveaxis(array, [names.index("Y"), names.index("X")], [0, 1])


def _plain(
    series: tifffile.TiffPageSeries, frame: int, file: tuple[Path, int], image: list[int]
) -> NDArray[Any]:
    """One uncompressed image, straight from the file."""
    dtype = np.dtype(series.keyframe.dtype).newbyteorder(series.keyframe.parent.byteorder)
    step = math.prod(image) * dtype.itemsize
    offset = int(series.dataoffset or 0) + frame * step
    check_bytes(offset + step, file[1], file[0].name)
    return np.fromfile(file[0], dtype, math.prod(image), offset=offset).reshape(image)


def _shown(
    page: tifffile.TiffPage,
    array: NDArray[Any],
    look_up: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]] = palette_to_grey,
) -> NDArray[Any]:
    """Stored numbers as they are meant: palettes looked up, larger is brighter."""
    if int(page.photometric) == _PALETTE and page.colormap is not None and array.ndim == 2:
        return look_up(array, (np.asarray(page.colormap) >> 8).astype(np.uint8).T)
    if int(page.photometric) == _MIN_IS_WHITE:
        return _inverted(array, int(page.bitspersample))
    return array


def _inverted(array: NDArray[Any], bits: int) -> NDArray[Any]:
    """Larger becomes brighter where the TIFF says that 0 is white."""
    if array.dtype.kind == "b":
        return np.asarray(np.logical_not(array))
    if array.dtype.kind == "u":
        return np.asarray(np.subtract(2**bits - 1, array, dtype=array.dtype))
    return array


def _metadata(
    tif: tifffile.TiffFile, page: tifffile.TiffPage, found: Calibration
) -> dict[str, Any]:
    original = dict(found.original)
    original["tags"] = {
        tag.name: tag.value for tag in page.tags if tag.count < 2000 and tag.code < 32768
    }
    return {
        "reader": f"tifffile, {found.dialect}" if found.dialect else "tifffile",
        **found.metadata,
        "original": original,
    }


def _remarks(page: tifffile.TiffPage, found: Calibration) -> list[str]:
    remarks = list(found.warnings)
    orientation = page.tags.valueof(274, default=1)
    if orientation != 1:
        remarks.append(
            f"the TIFF's orientation tag ({orientation}) was not applied: rows and columns are as "
            "stored"
        )
    if (
        int(page.photometric) == _MIN_IS_WHITE
        and page.dtype is not None
        and page.dtype.kind in ("b", "u")
    ):
        remarks.append("the TIFF stores white as 0; it was inverted so that larger is brighter")
    return remarks
