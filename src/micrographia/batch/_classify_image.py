"""What a worker does with one image that is classified as a whole."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia.batch._outcome import Outcome
from micrographia.batch._record import input_of
from micrographia.errors import MicrographiaError, OutputError

if TYPE_CHECKING:
    from micrographia.classification import SeenImage
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
        seen = _seen(task)
        answer = _predicted(task, seen)
        answer["warnings"] = [*seen.warnings, *answer["warnings"]]
    except Exception as error:  # noqa: BLE001 - one bad file must never stop the batch
        return failed_classification(task, error).to_dict()
    try:
        _write_thumbnail(Path(task.thumbnail), seen.micrograph)
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


def _seen(task: ClassifyTask) -> SeenImage:
    """The image as the model is to see it."""
    from micrographia.batch._classify import ClassifySettings
    from micrographia.classification import open_model, read_image

    settings = ClassifySettings.parse(task.settings)
    return read_image(
        open_model(settings.model).card,
        task.path,
        name=task.name,
        frame=task.frame,
        signal=task.signal,
        calibration=settings.calibration,
        crop_bars=settings.crop_bars,
    )


def _predicted(task: ClassifyTask, seen: SeenImage) -> dict[str, Any]:
    from micrographia.batch._classify import ClassifySettings
    from micrographia.classification import classify_images, open_model

    settings = ClassifySettings.parse(task.settings)
    bundle = open_model(settings.model)
    [prediction] = classify_images(
        bundle, [seen.micrograph], threshold=settings.threshold, colours=[seen.colours]
    )
    answer = dataclasses.asdict(prediction)
    answer["labels"] = list(answer["labels"])
    size = seen.micrograph.pixel_size
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
