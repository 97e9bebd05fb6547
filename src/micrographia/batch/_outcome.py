"""What came of one image: passed between processes as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

__all__ = ["Outcome", "Status"]

Status = Literal["ok", "failed"]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of one image.

    Parameters
    ----------
    index : int
        Its place in the plan.
    name : str
        What results call it; the name of its result folder.
    status : {"ok", "failed"}
    error : str
        Why it failed, empty where it did not.
    error_type : str
        Class of the error, empty where there was none.
    expected : bool
        Whether the error is one that the package raises on purpose; any other is a bug.
    fatal : bool
        Whether nothing more can be written, so that the run cannot go on.
    reused : bool
        Whether the result of an earlier run was kept.
    answer : dict or None
        What came of it where that is not in a folder; fit for JSON.

    Examples
    --------
    >>> Outcome(0, "gold", "ok").ok
    True
    """

    index: int
    name: str
    status: Status
    error: str = ""
    error_type: str = ""
    expected: bool = True
    fatal: bool = False
    reused: bool = False
    answer: dict[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether the image was analysed."""
        return self.status == "ok"

    def to_dict(self) -> dict[str, Any]:
        """The fields, fit for JSON."""
        return dataclasses.asdict(self)
