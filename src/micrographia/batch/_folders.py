"""Result folders that are whole or not there, and never somebody else's."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from micrographia.batch._find import is_result_folder
from micrographia.batch._plan import RUN_FILES
from micrographia.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["check_folder", "prepare_out", "publish", "tidy"]

_UNFINISHED = ".unfinished"
_ATTEMPTS = 3
_TRIES = 100


@contextlib.contextmanager
def publish(out: Path, name: str) -> Iterator[Path]:
    """Give an empty folder to fill, and put it in place as ``out/name`` if all went well.

    An earlier result of that name is replaced whole. A process that is killed leaves nothing
    half-written under the name.
    """
    waiting = out / _UNFINISHED
    made = _own_place(waiting)
    try:
        folder = made / "new"
        folder.mkdir()
        yield folder
        _swap(folder, out / name, made / "old")
    finally:
        shutil.rmtree(made, ignore_errors=True)
        with contextlib.suppress(OSError):
            waiting.rmdir()


def _own_place(waiting: Path) -> Path:
    """Make a folder of one's own; another worker that is done may take the one around it away."""
    for _ in range(_TRIES):
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            waiting.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(dir=waiting))
    waiting.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=waiting))


def _swap(new: Path, target: Path, aside: Path) -> None:
    """Rename twice, as no system replaces a folder that is not empty in one step."""
    for attempt in range(_ATTEMPTS):
        old = aside / str(attempt)
        aside.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            taken = target.exists()  # by a worker that outlived a killed run
            if not taken and old.exists():
                old.rename(target)
            if not taken or attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def tidy(out: Path) -> None:
    """Remove what a killed run left half-written."""
    shutil.rmtree(out / _UNFINISHED, ignore_errors=True)


def prepare_out(
    out: Path,
    names: Iterable[str],
    files: Iterable[str] = RUN_FILES,
    mark: str = "run.json",
) -> None:
    """Make the folder of a run and make sure that nothing foreign would be replaced in it.

    Parameters
    ----------
    out : Path
        The folder of the run.
    names : iterable of str
        Of the images' folders in it.
    files : iterable of str
        That the run itself writes.
    mark : str
        The one of them that says that a run wrote the others.

    Raises
    ------
    OutputError
        If the folder cannot be made or written, or holds a file or folder that a result would
        replace and that no run of Micrographia wrote.
    """
    _make_writable(out)
    foreign = [] if (out / mark).is_file() else [name for name in files if (out / name).exists()]
    foreign += [name for name in names if not _replaceable(out / name)]
    if foreign:
        raise OutputError(
            f"{out}: {', '.join(foreign)} would be replaced, but no run of Micrographia wrote "
            "it; choose an empty or new folder for results"
        )


def check_folder(folder: str | Path) -> None:
    """Make the folder of one result and make sure that nothing foreign would be replaced in it.

    Parameters
    ----------
    folder : path

    Raises
    ------
    OutputError
        If the folder cannot be made or written, or holds something else than an earlier result.
    """
    folder = Path(folder)
    if not _replaceable(folder):
        raise OutputError(
            f"{folder}: it holds something else than a result of Micrographia; choose an empty or "
            "new folder for results"
        )
    _make_writable(folder)


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"can this folder be written?")
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder for results cannot be made or written "
            f"({error.strerror or error}); choose another one"
        ) from error


def _replaceable(target: Path) -> bool:
    """Whether the place is free, or holds nothing but what we wrote."""
    try:
        if not target.is_dir():
            return not target.exists() and not target.is_symlink()
        return is_result_folder(target) or not any(target.iterdir())
    except OSError:  # not readable: whoever writes there will say so
        return True
