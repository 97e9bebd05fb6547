"""Files, folders and globs turned into the list of image files that they mean."""

from __future__ import annotations

import dataclasses
import glob
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Found", "find_images", "is_result_folder"]

_MARKS = ({"summary.json", "labels.tif"}, {"record.json"}, {"run.json"}, {"classification.json"})
_NAMED = 3
_NOT_IMAGES = re.compile(r"(?i)(^|[ ._-])(labels?|masks?|overlay|seg)$")


@dataclasses.dataclass(frozen=True)
class Found:
    """The image files, in order, and what a person should know of the search."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def is_result_folder(folder: Path) -> bool:
    """Whether a folder holds our own results, whose pictures are no input."""
    return any(all((folder / name).is_file() for name in mark) for mark in _MARKS)


def find_images(
    paths: Sequence[str | Path], out: Path | None = None, *, recursive: bool = False
) -> Found:
    """List the image files that paths mean, each of them once.

    Parameters
    ----------
    paths : sequence of path
        Files (taken whatever their suffix is), folders (their files with a known suffix, in
        natural order), or patterns with ``*``, ``?``, ``[...]`` or ``**``.
    out : Path, optional
        The folder for results; nothing in it is taken from a folder that holds it.
    recursive : bool
        Whether folders are searched with all that lies in them.

    Returns
    -------
    found : Found

    Raises
    ------
    InputError
        If a path does not exist or a pattern matches nothing (all such are named), or nothing
        is left.
    """
    missing: list[str] = []
    found: list[Path] = []
    made: list[Path] = []
    notes: list[str] = []
    for given in paths:
        matches = _expand(str(given))
        if not matches:
            missing.append(str(given))
        several = len(matches) > 1
        for path in matches:
            if _is_folder(path):
                inside = list(_in_folder(path, out and out.absolute(), recursive, notes))
            else:
                inside = [path]
            for file in inside:
                named = file is path and not several
                (made if _NOT_IMAGES.search(file.stem) and not named else found).append(file)
    if made:
        notes.append(_left_out(made))
    if missing:
        names = ", ".join(repr(name) for name in missing)
        raise InputError(f"nothing matches {names}; wanted files, folders or patterns that exist")
    files = _once(found, notes)
    if not files:
        given_names = ", ".join(repr(str(path)) for path in paths) or "no path"
        hint = "" if recursive else "; --recursive looks into folders within folders"
        raise InputError(
            f"no micrograph found in {given_names}" + "".join(f"; {note}" for note in notes) + hint
        )
    return Found(tuple(files), tuple(notes))


def _expand(text: str) -> list[Path]:
    """The path itself where it exists, else what matches it as a pattern."""
    path = Path(text).expanduser()
    try:
        if path.exists():
            return [path]
    except (OSError, ValueError):  # a name that no file can have
        return []
    if not glob.has_magic(text):
        return []
    matches = glob.glob(str(path), recursive=True)  # noqa: PTH207 - pathlib refuses absolute ones
    return sorted(map(Path, matches), key=_natural)


def _is_folder(path: Path) -> bool:
    """Whether to look into it; some formats are folders themselves."""
    return path.is_dir() and not _is_image(path)


def _is_image(path: Path) -> bool:
    from micrographia.io import IMAGE_SUFFIXES

    return path.name.lower().endswith(IMAGE_SUFFIXES)


def _natural(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Order in which image 2 comes before image 10."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(1, int(p), "") if p.isdecimal() else (0, 0, p) for p in parts], str(path)


def _in_folder(folder: Path, out: Path | None, recursive: bool, notes: list[str]) -> Iterator[Path]:
    others = Counter[str]()
    for path in _walk(folder, out, recursive, notes):
        if not _is_image(path):
            others[path.suffix.lower() or "no suffix"] += 1
        else:
            yield path
    if others:
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items()))
        notes.append(f"{folder}: files that are no images left out ({kinds})")


def _walk(folder: Path, out: Path | None, recursive: bool, notes: list[str]) -> Iterator[Path]:
    """Everything in a folder that could be an image, without hidden files and own results."""
    if is_result_folder(folder):
        notes.append(f"{folder}: results of an earlier analysis left out")
        return
    try:
        entries = sorted(folder.iterdir(), key=_natural)
    except OSError as error:
        raise InputError(f"{folder}: the folder could not be read: {error}") from error
    for path in entries:
        if path.name.startswith(".") or path.absolute() == out:
            continue
        if not _is_folder(path):
            yield path
        elif recursive and not path.is_symlink():
            yield from _walk(path, out, recursive, notes)


def _left_out(paths: list[Path]) -> str:
    names = ", ".join(str(path) for path in paths[:_NAMED])
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return (
        f"left out, as their names say that they were made from a micrograph: {names}{more}; "
        "name such a file itself to analyse it"
    )


def _once(paths: list[Path], notes: list[str]) -> list[Path]:
    """Each file once, however it is spelled or linked."""
    first: dict[object, Path] = {}
    for path in paths:
        earlier = first.setdefault(_identity(path), path)
        if earlier is path:
            continue
        if os.path.normpath(earlier) == os.path.normpath(path):
            notes.append(f"{path}: named more than once, analysed once")
        else:
            notes.append(f"{path}: the same file as {earlier}, analysed once")
    return [Path(os.path.abspath(path)) for path in first.values()]  # noqa: PTH100


def _identity(path: Path) -> object:
    """What two spellings of one file have in common."""
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"{path}: the file could not be found: {error}") from error
    if stat.st_ino:
        return stat.st_dev, stat.st_ino
    return os.path.normcase(path.resolve())
