"""Many images classified as a whole: what is left to do is done, then the tables are written."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any, TextIO

from pydantic import Field

from micrographia._files import locked, whole_file
from micrographia.batch._classify_image import (
    CLASSIFICATION,
    ClassifyTask,
    failed_classification,
)
from micrographia.batch._classify_products import (
    MARK,
    RECORDS,
    THUMBNAILS,
    WRITTEN,
    write_products,
)
from micrographia.batch._folders import prepare_out
from micrographia.batch._outcome import Outcome
from micrographia.batch._record import same_input
from micrographia.batch._schedule import Work, outcomes
from micrographia.calibration import CalibrationSettings
from micrographia.errors import OutputError
from micrographia.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from micrographia.batch._plan import Plan

__all__ = ["Classified", "ClassifySettings", "check_classify", "classify"]

Progress = Callable[[Outcome], None]

_WORK = Work(CLASSIFICATION, failed_classification)


class ClassifySettings(Settings):
    """What decides the answers of a classification of whole images."""

    model: str = Field(description="Name of the model, or path of its folder or zip.")
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="An answer with a lower probability is 'unknown'; the model's own otherwise.",
    )
    crop_bars: bool = Field(
        default=True,
        description="Do with data bars and scale bars as the model's training did; else keep them.",
    )
    calibration: CalibrationSettings = Field(
        default_factory=CalibrationSettings, description="Pixel size, scale bar, footer."
    )


@dataclasses.dataclass(frozen=True)
class Classified:
    """What came of a run.

    Parameters
    ----------
    out : Path
    outcomes : tuple of Outcome
        One for each image, in the order of the plan.
    counts : dict of str to int
        How many images there are of each class and verdict.
    notes : tuple of str
        Of the plan.
    warnings : dict of str to tuple of str
        Each warning with the names of the images that it concerns.
    """

    out: Path
    outcomes: tuple[Outcome, ...]
    counts: dict[str, int]
    notes: tuple[str, ...]
    warnings: dict[str, tuple[str, ...]]

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The images that could not be classified."""
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)


def check_classify(plan: Plan, settings: ClassifySettings) -> None:
    """Find out before anything is computed whether a run can work.

    Parameters
    ----------
    plan : Plan
    settings : ClassifySettings

    Raises
    ------
    OutputError
        If the folder for results cannot be written, or holds what no such run wrote.
    BundleError
        If the model is missing or damaged.
    SettingsError
        If the model is for another task.
    """
    from micrographia.classification import open_model
    from micrographia.classification._answers import check_task

    bundle = open_model(settings.model)
    of_one = bundle.card.task == "particle-classification"
    wanted = "particle-classification" if of_one else "image-classification"
    check_task(bundle, wanted, settings.threshold)
    prepare_out(plan.out, (), WRITTEN, MARK)


def classify(
    plan: Plan,
    settings: ClassifySettings,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Classified:
    """Classify all images of a plan and write tables and contact sheets.

    The answers do not depend on the number of workers, nor on whether the run was resumed. An
    image that cannot be classified is recorded with its error and stops nothing.

    Parameters
    ----------
    plan : Plan
    settings : ClassifySettings
    workers : int
        How many images at a time; more than 1 start child processes.
    scheduler : str, optional
        Address of a Dask scheduler to work on; overrides `workers`.
    resume : bool
        Keep the answers in ``plan.out`` whose file, settings, model and versions are the same.
    progress : callable, optional
        Called with each image's `Outcome` as it is there.

    Returns
    -------
    result : Classified

    Raises
    ------
    OutputError
        If results cannot be written; what is finished is kept.
    BundleError, SettingsError
        As `check_classify` does.
    """
    from micrographia.classification import open_model

    check_classify(plan, settings)
    with locked(plan.out):
        mark = _fingerprint(plan, settings, open_model(settings.model).sha256)
        earlier = _earlier(plan.out / RECORDS, mark) if resume else {}
        _write_start(plan, settings)
        found = _all(plan, settings, mark, earlier, (workers, scheduler), progress)
        counts, warnings = write_products(plan, settings, found)
    return Classified(plan.out, tuple(found), counts, plan.notes, warnings)


def _fingerprint(plan: Plan, settings: ClassifySettings, sha256: str) -> str:
    """SHA-256 over all that an answer depends on besides its image."""
    from micrographia.analysis import versions

    asked = {
        "settings": settings.model_dump(mode="json", exclude={"model"}),
        "model": sha256,
        "frame": plan.frame,
        "signal": plan.signal,
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _earlier(path: Path, mark: str) -> dict[str, dict[str, Any]]:
    """Answers of an earlier run that were made in the same way, by path of the image."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    kept = {}
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:  # a line that a killed run did not finish
            continue
        if isinstance(record, dict) and record.get("made_with") == mark and "answer" in record:
            kept[str(record.get("path"))] = record["answer"]
    return kept


def _write_start(plan: Plan, settings: ClassifySettings) -> None:
    """Say what this run is, so that the folder is known to be a run's even if it is killed."""
    from micrographia.analysis import versions
    from micrographia.reporting import write_summary

    record = {
        "images": len(plan.images),
        "settings": settings.model_dump(mode="json"),
        "versions": versions(),
        "finished": False,
    }
    write_summary(plan.out / MARK, record)
    (plan.out / THUMBNAILS).mkdir(exist_ok=True)


def _all(
    plan: Plan,
    settings: ClassifySettings,
    mark: str,
    earlier: dict[str, dict[str, Any]],
    who: tuple[int, str | None],
    progress: Progress | None,
) -> list[Outcome]:
    """Outcomes in the order of the plan, kept or new; each is written down as it comes."""
    tasks = _tasks(plan, settings)
    found: dict[int, Outcome] = {}
    kept, left = _divided(tasks, earlier)
    try:
        with (
            whole_file(plan.out / RECORDS) as temporary,
            temporary.open("w", encoding="utf-8") as stream,
        ):
            for outcome in kept:
                _note(outcome, tasks, mark, stream, found, progress)
        with (
            (plan.out / RECORDS).open("a", encoding="utf-8") as stream,
            closing(outcomes(left, *who, _WORK)) as finished,
        ):
            for outcome in finished:
                if outcome.fatal:
                    raise OutputError(f"{outcome.error}; {_kept(found, plan)}")
                _note(outcome, tasks, mark, stream, found, progress)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"{plan.out}: results could not be written: {error}; {_kept(found, plan)}"
        ) from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; {_kept(found, plan)}") from None
    return [found[task.index] for task in tasks]


def _tasks(plan: Plan, settings: ClassifySettings) -> list[ClassifyTask]:
    values = settings.model_dump(mode="json")
    return [
        ClassifyTask(
            index=image.index,
            name=image.name,
            path=str(image.path),
            thumbnail=str(plan.out / THUMBNAILS / f"{image.name}.jpg"),
            frame=plan.frame,
            signal=plan.signal,
            settings=values,
        )
        for image in plan.images
    ]


def _divided(
    tasks: list[ClassifyTask], earlier: dict[str, dict[str, Any]]
) -> tuple[list[Outcome], list[ClassifyTask]]:
    """What an earlier run has answered, and what is left to do."""
    kept, left = [], []
    for task in tasks:
        answer = earlier.get(task.path)
        if answer is not None and same_input(task.path, answer.get("input")):
            kept.append(Outcome(task.index, task.name, "ok", reused=True, answer=answer))
        else:
            left.append(task)
    return kept, left


def _note(
    outcome: Outcome,
    tasks: list[ClassifyTask],
    mark: str,
    stream: TextIO,
    found: dict[int, Outcome],
    progress: Progress | None,
) -> None:
    found[outcome.index] = outcome
    record: dict[str, Any] = {"path": tasks[outcome.index].path, "made_with": mark}
    if outcome.ok:
        record["answer"] = outcome.answer
    else:
        record["error"] = outcome.error
    stream.write(json.dumps(record) + "\n")
    stream.flush()
    if progress is not None:
        progress(outcome)


def _kept(found: dict[int, Outcome], plan: Plan) -> str:
    """What a run that cannot go on leaves behind."""
    done = sum(outcome.ok for outcome in found.values())
    return (
        f"{done} of {len(plan.images)} images are classified and kept in {plan.out}; "
        "the same command with --resume goes on"
    )
