"""What a worker does with one image that is classified as a whole."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.batch._outcome import Outcome
from micrographia.batch._record import input_of
from micrographia.errors import MicrographiaError, OutputError
from micrographia.io import TO_GREY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.micrograph import Micrograph

__all__ = ["CLASSIFICATION", "ClassifyTask", "classify_image", "failed_classification"]

CLASSIFICATION = "micrographia.batch._classify_image:classify_image"

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")


@dataclasses.dataclass(frozen=True)
class ClassifyTask:
    """All that a worker needs to know of one image.

    Parameters
    ----------
    index : int
        Place in the plan.
    name : str
        Name of the image.
    path : str
        Of its file, absolute.
    thumbnail : str
        Path of the small picture to write.
    frame, signal : int, str or None
    settings : dict
        Of `micrographia.batch.ClassifySettings`.
    """

    index: int
    name: str
    path: str
    thumbnail: str
    frame: int | None
    signal: int | str | None
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The fields, fit for JSON."""
        return dataclasses.asdict(self)


def classify_image(values: dict[str, Any]) -> dict[str, Any]:
    """Tell the class of one image.

    Parameters
    ----------
    values : dict
        Of `ClassifyTask.to_dict`.

    Returns
    -------
    outcome : dict
        Of `Outcome.to_dict`, with the prediction as its answer. Errors do not leave this function:
        they are its outcome.
    """
    task = ClassifyTask(**values)
    source: dict[str, Any] | None = None
    try:
        source = input_of(Path(task.path))
        micrograph, colours, notes = _cropped(task)
        answer = _predicted(task, micrograph, colours)
        answer["warnings"] = [*notes, *answer["warnings"]]
    except Exception as error:  # noqa: BLE001 - one bad file must never stop the batch
        return failed_classification(task, error).to_dict()
    try:
        _write_thumbnail(Path(task.thumbnail), micrograph)
    except OSError as error:
        return dataclasses.replace(failed_classification(task, error), fatal=True).to_dict()
    return Outcome(task.index, task.name, "ok", answer={**answer, "input": source}).to_dict()


def failed_classification(task: ClassifyTask, error: Exception) -> Outcome:
    """The outcome of an image that could not be classified.

    Parameters
    ----------
    task : ClassifyTask
    error : Exception

    Returns
    -------
    outcome : Outcome
    """
    text = _ADDRESS.sub("", " ".join(str(error).split()))
    return Outcome(
        task.index,
        task.name,
        "failed",
        error=text or type(error).__name__,
        error_type=type(error).__name__,
        expected=isinstance(error, MicrographiaError | OSError | MemoryError),
    )


def _cropped(task: ClassifyTask) -> tuple[Micrograph, NDArray[Any] | None, list[str]]:
    """The micrograph without its bars, its colours if the model looks at them, what was noticed."""
    from micrographia.batch._classify import ClassifySettings
    from micrographia.calibration import calibrate
    from micrographia.classification import open_model, without_bars
    from micrographia.io import read, read_colours

    settings = ClassifySettings.parse(task.settings)
    micrograph = read(task.path, frame=task.frame, signal=task.signal)
    micrograph = dataclasses.replace(micrograph, name=task.name)
    asked = settings.calibration
    card = open_model(settings.model).card
    if card.task == "particle-classification":  # a picture of one particle has no bars
        return micrograph, None, list(micrograph.warnings)
    colours = None
    if card.input.channels == 3:
        colours = read_colours(task.path, frame=task.frame, signal=task.signal)
    seen = [text for text in micrograph.warnings if colours is None or text != TO_GREY]
    scale_matters = card.input.pixel_size_nm is not None
    if not scale_matters and asked.read_bar == "auto":
        # reading the bar's text takes longer than all else, and nothing would come of it
        asked = asked.model_copy(update={"read_bar": "never"})
    calibration = calibrate(micrograph, asked)
    notes = [*seen, *(calibration.warnings if scale_matters else ())]
    if not settings.crop_bars:
        return micrograph.with_pixel_size(calibration.pixel_size), colours, notes
    if colours is not None:
        parts = [micrograph.with_pixels(colours[..., k]) for k in range(3)]
        colours = np.stack([without_bars(part, calibration).pixels for part in parts], axis=2)
    return without_bars(micrograph, calibration), colours, notes


def _predicted(
    task: ClassifyTask, micrograph: Micrograph, colours: NDArray[Any] | None
) -> dict[str, Any]:
    from micrographia.batch._classify import ClassifySettings
    from micrographia.classification import classify_images, open_model

    settings = ClassifySettings.parse(task.settings)
    bundle = open_model(settings.model)
    [prediction] = classify_images(
        bundle, [micrograph], threshold=settings.threshold, colours=[colours]
    )
    answer = dataclasses.asdict(prediction)
    answer["labels"] = list(answer["labels"])
    size = micrograph.pixel_size
    answer["pixel_size_nm"] = None if size is None else size.mean
    return answer


def _write_thumbnail(path: Path, micrograph: Micrograph) -> None:
    import cv2

    from micrographia._files import whole_file
    from micrographia.reporting import thumbnail

    picture = thumbnail(micrograph.pixels)
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not done:
        raise OutputError(f"{path}: the small picture could not be turned into JPEG")
    with whole_file(path) as temporary:
        temporary.write_bytes(data.tobytes())
