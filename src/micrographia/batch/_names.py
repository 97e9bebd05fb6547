"""Folder names for results: from the image's stem, safe on every system, unique and repeatable."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

__all__ = ["result_names", "safe_name"]

_LONGEST = 100
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def safe_name(text: str) -> str:
    """The text without what a file system refuses; spaces and letters of any alphabet stay.

    Examples
    --------
    >>> safe_name("a/b"), safe_name("con")
    ('a_b', '_con')
    """
    text = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).rstrip(". ")
    if not text or text.startswith(".") or _DEVICES.match(text):
        text = f"_{text}"
    if len(text.encode()) > _LONGEST:
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        text = f"{text.encode()[: _LONGEST - 9].decode(errors='ignore')}-{digest}"
    return text


def _candidates(path: Path) -> list[str]:
    """Names from the shortest to the most telling: stem, with suffix, with ever more parents."""
    names, prefix = [], ""
    if path.suffix.lower() == ".gz":
        path = path.with_suffix("")
    parents = [part for part in reversed(path.parent.parts) if part.strip("/\\")]
    for parent in ["", *parents]:
        prefix = f"{parent}-{prefix}" if parent else ""
        names += [f"{prefix}{path.stem}", f"{prefix}{path.stem}{path.suffix.replace('.', '-')}"]
    return names


def result_names(paths: Sequence[Path], reserved: Collection[str] = ()) -> list[str]:
    """Name each image's result folder.

    The name is the stem of the file. Images that would share one are told apart by their suffix
    where that is enough, else by the names of their folders. File systems that take upper and
    lower case for the same are thought of.

    Parameters
    ----------
    paths : sequence of Path
        Absolute paths, each of them once.
    reserved : collection of str
        Names that are taken already.

    Returns
    -------
    names : list of str
        In the order of `paths`.

    Examples
    --------
    >>> result_names([Path("/a/gold 1.tif"), Path("/b/silver.tif"), Path("/c/silver.tif")])
    ['gold 1', 'b-silver', 'c-silver']
    >>> result_names([Path("/a/rod.dm3"), Path("/a/rod.png")])
    ['rod-dm3', 'rod-png']
    """
    candidates = [[safe_name(name) for name in _candidates(path)] for path in paths]
    level = [0] * len(paths)
    taken = {name.casefold() for name in reserved}
    while True:
        names = [options[at] for options, at in zip(candidates, level, strict=True)]
        counts = Counter(name.casefold() for name in names)
        clashing = [
            index
            for index, name in enumerate(names)
            if counts[name.casefold()] > 1 or name.casefold() in taken
        ]
        raisable = [index for index in clashing if level[index] < len(candidates[index]) - 1]
        if not raisable:
            return _numbered(names, taken)
        for index in raisable:
            level[index] += 1


def _numbered(names: list[str], taken: set[str]) -> list[str]:
    """Tell apart by a number what nothing else told apart."""
    used, result = set(taken), []
    for name in names:
        candidate, number = name, 1
        while candidate.casefold() in used:
            number += 1
            candidate = f"{name}-{number}"
        used.add(candidate.casefold())
        result.append(candidate)
    return result
