"""Text files that microscopes write beside their images: Hitachi, JEOL, TESCAN."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from micrographia.errors import CalibrationError
from micrographia.io._dialects._calibration import Calibration, magnification, number, text_of
from micrographia.io._dialects._tescan import tescan_text
from micrographia.units import parse_length

__all__ = ["sidecar"]

_MAX_BYTES = 1 << 20


def sidecar(path: Path, shape: tuple[int, int]) -> Calibration | None:
    """What the text file beside an image says of its pixel size.

    Parameters
    ----------
    path : Path
        The image; its text has the same stem and ends in ``.txt``, or in ``.hdr`` for TESCAN.
    shape : tuple of int
        (rows, cols) of the image.

    Returns
    -------
    calibration : Calibration or None
        None where there is no such file, or it is no microscope's.
    """
    for beside in _candidates(path):
        try:
            if not beside.is_file() or beside.stat().st_size > _MAX_BYTES:
                continue
            content = beside.read_bytes()
        except OSError:
            continue
        for mark, read in _READERS:
            if mark in content.replace(b"\x00", b""):
                found = read(content, shape)
                found.metadata["sidecar"] = beside.name
                return found
    return None


def _candidates(path: Path) -> list[Path]:
    suffixes = [".txt", ".TXT", ".hdr", ".HDR"]
    tescan = path.with_name(f"{path.stem}-{path.suffix.lstrip('.')}.hdr")
    return [*(path.with_suffix(suffix) for suffix in suffixes), tescan]


def _hitachi(content: bytes, shape: tuple[int, int]) -> Calibration:
    """`[SemImageFile]`: PixelSize is in nanometres, of the image of DataSize."""
    values = _lines(content, re.compile(r"^\s*([A-Za-z][\w ]*?)\s*=\s*(.*?)\s*$"))
    found = Calibration(
        "Hitachi", original={"hitachi": values}, metadata={"instrument_type": "SEM"}
    )
    size = re.match(r"(\d+)\s*[x×*]\s*(\d+)", values.get("DataSize", ""))
    if size:
        found.metadata["tagged_shape"] = (int(size[2]), int(size[1]))
    power = magnification(values.get("Magnification"))
    if power:
        found.metadata["magnification"] = power
    pixel = number(values.get("PixelSize"))
    if pixel:
        found.row, found.col, found.unit = pixel, pixel, "nm"
    return found


def _jeol(content: bytes, shape: tuple[int, int]) -> Calibration:
    """`$CM_` and `$$SM_` lines: a bar of SM_MICRON_BAR pixels is SM_MICRON_MARKER long."""
    values = _lines(content, re.compile(r"^\s*\$+(\w+)\s+(.*?)\s*$"))
    found = Calibration("JEOL", original={"jeol": values}, metadata={"instrument_type": "SEM"})
    size = re.match(r"(\d+)\s+(\d+)", values.get("CM_FULL_SIZE", ""))
    if size:
        found.metadata["tagged_shape"] = (int(size[2]), int(size[1]))
    power = magnification(values.get("CM_MAG"))
    if power:
        found.metadata["magnification"] = power
    bar = number(values.get("SM_MICRON_BAR"))
    try:
        length = parse_length(values.get("SM_MICRON_MARKER", ""))
    except CalibrationError:
        return found
    if bar:
        found.row = found.col = length / bar
        found.unit = "nm"
    return found


def _lines(content: bytes, pattern: re.Pattern[str]) -> dict[str, str]:
    matches = (pattern.match(line) for line in text_of(content).splitlines())
    return {match[1]: match[2] for match in matches if match}


_READERS: tuple[tuple[bytes, Callable[[bytes, tuple[int, int]], Calibration]], ...] = (
    (b"[SemImageFile]", _hitachi),
    (b"SM_MICRON_BAR", _jeol),
    (b"PixelSizeX=", lambda content, shape: tescan_text(content)),
)
