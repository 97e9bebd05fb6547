"""A run from plan to report: what is left to do is done, then everything is put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from micrographia._files import locked
from micrographia.batch._folders import prepare_out, tidy
from micrographia.batch._outcome import Outcome
from micrographia.batch._record import fingerprint, settings_hash, still_holds
from micrographia.batch._schedule import outcomes
from micrographia.batch._task import Task
from micrographia.batch._together import PRODUCTS, put_together
from micrographia.errors import OutputError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from micrographia.analysis import AnalysisSettings
    from micrographia.batch._plan import Plan

__all__ = ["BatchResult", "check", "run"]

Progress = Callable[[Outcome], None]


@dataclasses.dataclass(frozen=True)
class BatchResult:
    """What came of a run.

    Parameters
    ----------
    out : Path
        The folder with everything.
    outcomes : tuple of Outcome
        One for each image, in the order of the plan.
    found, counted : int
        How many particles there are in all images, and how many of them count.
    report : Path
        The HTML report.
    notes : tuple of str
        Of the plan: what was left out or taken once.
    warnings : dict of str to tuple of str
        Each warning with the names of the images that it concerns.
    """

    out: Path
    outcomes: tuple[Outcome, ...]
    found: int
    counted: int
    report: Path
    notes: tuple[str, ...]
    warnings: dict[str, tuple[str, ...]]

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The images that could not be analysed."""
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)


def check(plan: Plan, settings: AnalysisSettings | None = None) -> None:
    """Find out before anything is computed whether a run can work.

    Parameters
    ----------
    plan : Plan
    settings : AnalysisSettings, optional

    Raises
    ------
    OutputError
        If the folder for results cannot be made or written, or holds what no run wrote.
    SettingsError
        If no method has the name asked for.
    InputError
        If a region cannot be understood, or a model cannot be opened.
    """
    from micrographia.classification import open_models
    from micrographia.io import parse_region
    from micrographia.segmentation import METHODS

    if settings is not None:
        if settings.segmentation.method not in METHODS:
            raise SettingsError(
                f"segmentation method {settings.segmentation.method!r} is not known; "
                f"methods: {', '.join(METHODS)}"
            )
        for area in (settings.region, *settings.exclude):
            if area is not None:
                parse_region(area)
        open_models(settings.classification)
    prepare_out(plan.out, (image.name for image in plan.images))


def run(
    plan: Plan,
    settings: AnalysisSettings | None = None,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    stages: bool = False,
    progress: Progress | None = None,
) -> BatchResult:
    """Analyse all images of a plan and write their results, tables and report.

    The numbers do not depend on the number of workers, nor on whether the run was resumed. An
    image that cannot be analysed is recorded with its error and stops nothing.

    Parameters
    ----------
    plan : Plan
    settings : AnalysisSettings, optional
    workers : int
        How many images at a time. 1 works in this process; more start child processes, one of
        which may die without more harm than its image's failure.
    scheduler : str, optional
        Address of a Dask scheduler to work on; its workers must see the files under the same
        paths. Overrides `workers`.
    resume : bool
        Keep the results in ``plan.out`` whose file, settings and versions are the same.
    stages : bool
        Save the pictures of all stages.
    progress : callable, optional
        Called with each image's `Outcome` as it is there.

    Returns
    -------
    result : BatchResult

    Raises
    ------
    OutputError
        If results cannot be written: nothing of them before the run, or a full disk during it;
        what is finished is kept.
    SettingsError, InputError
        As `check` does.
    """
    from micrographia.analysis import AnalysisSettings

    settings = settings or AnalysisSettings()
    check(plan, settings)
    with locked(plan.out):
        tidy(plan.out)
        earlier = {image.name for image in plan.images if _is_there(plan.out / image.name)}
        _write_start(plan, settings)
        try:
            tasks = _tasks(plan, settings, stages)
            found = _all_outcomes(tasks, (workers, scheduler), progress, resume=resume)
            together = put_together(plan, settings, found)
        finally:
            tidy(plan.out)
    return BatchResult(
        out=plan.out,
        outcomes=tuple(found),
        found=together.found,
        counted=together.counted,
        report=together.report,
        notes=(*plan.notes, *_replaced(earlier, found)),
        warnings=together.warnings,
    )


def _is_there(folder: Path) -> bool:
    """Whether the folder holds a result, not only the record of a failure."""
    return (folder / "summary.json").is_file()


def _replaced(earlier: set[str], found: list[Outcome]) -> list[str]:
    """Say how many results of an earlier run are no more."""
    count = len(earlier - {outcome.name for outcome in found if outcome.reused})
    return [f"results of an earlier run were replaced ({count})"] if count else []


def _all_outcomes(
    tasks: list[Task],
    who: tuple[int, str | None],
    progress: Progress | None,
    *,
    resume: bool,
) -> list[Outcome]:
    """Outcomes in the order of the tasks, kept or new."""
    found: dict[int, Outcome] = {}

    def note(outcome: Outcome) -> None:
        found[outcome.index] = outcome
        if progress is not None:
            progress(outcome)

    left = []
    for task in tasks:
        if resume and still_holds(task):
            note(Outcome(task.index, task.name, "ok", reused=True))
        else:
            left.append(task)
    try:
        with closing(outcomes(left, *who)) as finished:
            for outcome in finished:
                if outcome.fatal:
                    raise OutputError(f"{outcome.error}; {_kept(tasks)}")
                note(outcome)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; {_kept(tasks)}") from None
    return [found[task.index] for task in tasks]


def _kept(tasks: list[Task]) -> str:
    """What a run that cannot go on leaves behind."""
    done = sum(still_holds(task) for task in tasks)
    return (
        f"{done} of {len(tasks)} images are finished and kept in {tasks[0].out}; "
        "the same command with --resume goes on"
    )


def _tasks(plan: Plan, settings: AnalysisSettings, stages: bool) -> list[Task]:
    values = settings.model_dump(mode="json")
    marks = fingerprint(settings_hash(settings, plan.frame, plan.signal, stages))
    return [
        Task(
            index=image.index,
            name=image.name,
            path=image.path,
            out=plan.out,
            frame=plan.frame,
            signal=plan.signal,
            settings=values,
            stages=stages,
            fingerprint=marks,
        )
        for image in plan.images
    ]


def _write_start(plan: Plan, settings: AnalysisSettings) -> None:
    """Say what this run is, so that the folder is known to be a run's even if it is killed."""
    from micrographia._files import write_text
    from micrographia.analysis import versions
    from micrographia.reporting import write_summary

    record = {
        "images": [
            {"name": image.name, "path": str(image.path), "sample": image.sample}
            for image in plan.images
        ],
        "command": plan.command,
        "frame": plan.frame,
        "signal": plan.signal,
        "notes": list(plan.notes),
        "settings": settings.model_dump(mode="json"),
        "versions": versions(),
    }
    for name in PRODUCTS:  # those of an earlier run would not fit what is there from now on
        (plan.out / name).unlink(missing_ok=True)
    write_summary(plan.out / "run.json", record)
    write_text(plan.out / "settings.toml", settings.to_toml())
