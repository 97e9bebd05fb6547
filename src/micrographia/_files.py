"""Files that are either whole or not there, and folders that one run at a time may write."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from micrographia.errors import OutputError

__all__ = ["ensure_folder", "locked", "whole_file", "write_text"]


def ensure_folder(folder: Path) -> Path:
    """Make a folder for results, with its parents.

    Raises
    ------
    OutputError
        If it cannot be made, or its name is taken by a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder for results cannot be made ({error.strerror or error}); "
            "choose another output folder, or free this name"
        ) from error
    return folder


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and rename it to `path` if all went well.

    Raises
    ------
    OutputError
        If the file cannot be written: folder missing or not writable, disk full, name taken by a
        folder. Nothing half-written is left.
    """
    path = Path(path)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(
            prefix=".writing-", suffix=path.suffix, dir=path.parent or Path()
        )
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"{path}: could not be written ({error.strerror or error}); wanted a folder that "
            "exists and is writable, with space left on its disk; choose another output folder "
            "or free some space"
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write_text(path: Path, text: str) -> Path:
    """Write text as UTF-8 with the line ends as they are.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
    return path


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one run; the system frees it when its holder dies.

    Raises
    ------
    OutputError
        If another run holds it.
    """
    path = folder / ".lock"
    while True:
        with path.open("a") as stream:
            if not _take(stream):
                raise OutputError(
                    f"{folder}: another run is writing its results there; wait for its end or "
                    "choose another folder"
                )
            if not _is_at(path, stream):  # its last holder removed it after it was opened
                continue
            try:
                yield
            finally:
                _remove(path)  # while it is held, so that nobody else can hold it
        if sys.platform == "win32":  # where an open file cannot be removed
            _remove(path)
        return


def _is_at(path: Path, stream: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _remove(path: Path) -> None:
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


def _umask() -> int:
    """The umask of this process, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
