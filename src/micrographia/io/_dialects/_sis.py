"""Olympus Soft Imaging Solutions (tags 33471 and 33560): pixel size in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from micrographia.io._dialects._calibration import Calibration, Dialect, number

if TYPE_CHECKING:
    import tifffile

__all__ = ["OLYMPUS_SIS"]

_TAGS = (33560, 33471)


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    tags: dict[str, Any] = {}
    for code in _TAGS:
        value = page.tags.valueof(code)
        if isinstance(value, dict):
            tags = {**value, **tags}
    found = Calibration("Olympus SIS", original={"sis": tags})
    power = number(tags.get("magnification"))
    if power:
        found.metadata["magnification"] = power
    row, col = number(tags.get("pixelsizey")), number(tags.get("pixelsizex"))
    if row and col:
        found.row, found.col, found.unit = row, col, "m"
    return found


OLYMPUS_SIS = Dialect("Olympus SIS", lambda tif, page: any(c in page.tags for c in _TAGS), _read)
