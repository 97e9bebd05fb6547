"""A progress bar where a person watches, and the few lines that every run ends with."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

from micrographia.cli._guard import complain

if TYPE_CHECKING:
    from micrographia.batch import BatchResult, Outcome

__all__ = ["Progress", "Steps", "tell"]

_NAMED = 10
_ESTIMATED_OVER = 3600.0
"""The time left follows from the steps of so many last seconds, as one may take minutes."""


class Progress:
    """Shows how far a run is, on the error stream and only if that is a terminal.

    Parameters
    ----------
    total : int
        How many images there are.
    quiet : bool
        Whether nothing is shown even on a terminal.
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self.total = total
        self.done = 0
        self._bar: Any = None
        self._task: Any = None
        self._shown = not quiet and sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("images"),
                TimeRemainingColumn(),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=self.total)
        return self

    def __call__(self, outcome: "Outcome") -> None:
        """Take note of one more image."""
        self.done += 1
        if self._bar is not None:
            said = outcome.name if outcome.ok else f"{outcome.name}: {outcome.error}"
            self._bar.update(self._task, completed=self.done, description=said)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


class Steps:
    """A bar of steps with an estimate of the time left, on the error stream of a terminal.

    Parameters
    ----------
    quiet : bool
        Whether nothing is shown even on a terminal.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._shown = not quiet and sys.stderr.isatty()

    def __enter__(self) -> "Steps":
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                BarColumn(),
                TextColumn("{task.percentage:.0f} %"),
                TimeRemainingColumn(),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                transient=True,
                speed_estimate_period=_ESTIMATED_OVER,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __call__(self, done: float, total: float, note: str) -> None:
        """Take note of how many steps are done, of how many, and of what is going on."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=note)

    def say(self, text: str) -> None:
        """Write a line above the bar, where there is one."""
        if self._bar is not None:
            self._bar.console.print(f"micrographia: {text}", markup=False, highlight=False)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def tell(result: "BatchResult", *, quiet: bool = False) -> None:
    """Print what came of a run: failures and warnings on the error stream, the rest as output."""
    for outcome in result.failures:
        bug = "" if outcome.expected else f"this is a bug, please report it: {outcome.error_type}: "
        complain(f"{outcome.name}: failed: {bug}{outcome.error}")
    if quiet:
        return
    for note in result.notes:
        complain(f"note: {note}")
    for text, names in result.warnings.items():
        complain(f"warning: {_names(names)}: {text}")
    typer.echo(_counted(result))
    typer.echo(f"results: {result.report or result.out}")


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _counted(result: "BatchResult") -> str:
    total, failed = len(result.outcomes), len(result.failures)
    parts = [f"{total - failed} of {total} images analysed"]
    reused = sum(outcome.reused for outcome in result.outcomes)
    if reused:
        parts.append(f"{reused} of them kept from an earlier run")
    parts.append(f"{result.counted} of {result.found} particles counted")
    if failed:
        parts.append(f"{failed} failed, see images.csv")
    return ", ".join(parts)
