"""One run at a time in one folder: a lock that the system frees when its holder dies."""

from __future__ import annotations

import contextlib
import sys
from typing import IO, TYPE_CHECKING

from micrographia.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["locked"]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one run.

    Raises
    ------
    OutputError
        If another run holds it.
    """
    path = folder / ".lock"
    with path.open("a") as stream:
        if not _take(stream):
            raise OutputError(
                f"{folder}: another run is writing its results there; wait for its end or "
                "choose another folder"
            )
        yield
    with contextlib.suppress(OSError):
        path.unlink()


if sys.platform == "win32":

    def _take(stream: IO[str]) -> bool:
        import msvcrt

        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _take(stream: IO[str]) -> bool:
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks: better unguarded than not at all
        return True
