"""A progress bar where a person watches, and the few lines that every run ends with."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import typer

from micrographia.cli._guard import complain

if TYPE_CHECKING:
    from micrographia.batch import BatchResult, Outcome

__all__ = ["Bar", "Progress", "Steps", "tell"]

_NAMED = 10


class Bar:
    """A bar with an estimate of the time left, on the error stream and only if that is a terminal.

    Parameters
    ----------
    quiet : bool
        Whether nothing is shown even on a terminal.
    counted : str
        What is counted; a percentage is shown where nothing is.
    """

    estimated_over: ClassVar[float] = 30.0
    """The time left follows from what was done in so many last seconds."""

    def __init__(self, *, quiet: bool = False, counted: str = "") -> None:
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}
        self._counted = counted
        self._shown = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Self:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as RichBar

            share = TextColumn("{task.percentage:.0f} %")
            counted = [MofNCompleteColumn(), TextColumn(self._counted)]
            self._bar = RichBar(
                BarColumn(),
                *(counted if self._counted else [share]),
                TimeRemainingColumn(),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                transient=True,
                speed_estimate_period=self.estimated_over,
            )
            self._bar.start()
        return self

    def show(self, done: float, total: float | None, note: str = "", part: str = "") -> None:
        """Show how much is done, of how much, and what is going on; each part has its own line."""
        if self._bar is None:
            return
        if part not in self._tasks:
            self._tasks[part] = self._bar.add_task(note, total=total)
        self._bar.update(self._tasks[part], completed=done, total=total, description=note)

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


class Progress(Bar):
    """Shows how many images of a run are done.

    Parameters
    ----------
    total : int
        How many images there are.
    quiet : bool
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        super().__init__(quiet=quiet, counted="images")
        self.total = total
        self.done = 0

    def __enter__(self) -> Self:
        super().__enter__()
        self.show(0, self.total)
        return self

    def __call__(self, outcome: "Outcome") -> None:
        """Take note of one more image."""
        self.done += 1
        said = outcome.name if outcome.ok else f"{outcome.name}: {outcome.error}"
        self.show(self.done, self.total, said)


class Steps(Bar):
    """Shows steps, of which each may be long and the number not known at first."""

    estimated_over: ClassVar[float] = 3600.0

    def __enter__(self) -> Self:
        super().__enter__()
        self.show(0, None)
        return self

    def __call__(self, done: float, total: float, note: str) -> None:
        """Take note of how many steps are done, of how many, and of what is going on."""
        self.show(done, total, note)


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
