"""Gatan DigitalMicrograph's TIFF (tags 65003 to 65025): units and scales of x, y, z."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrographia.io._dialects._calibration import Calibration, Dialect, number, text_of

if TYPE_CHECKING:
    import tifffile

__all__ = ["GATAN"]

_X_UNIT, _Y_UNIT, _X_SCALE, _Y_SCALE = 65003, 65004, 65009, 65010


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    values = {str(tag.code): tag.value for tag in page.tags if 65000 <= tag.code <= 65026}
    found = Calibration("DigitalMicrograph", original={"digitalmicrograph": values})
    units = []
    for code in (_Y_UNIT, _X_UNIT):
        unit = page.tags.valueof(code, default="")
        units.append((text_of(unit) if isinstance(unit, bytes) else str(unit)).strip("\x00 "))
    row, col = number(page.tags.valueof(_Y_SCALE)), number(page.tags.valueof(_X_SCALE))
    if not (row and col and units[0] and units[1]):
        return found
    if units[0] == units[1]:
        found.row, found.col, found.unit = row, col, units[0]
    else:
        found.warnings.append(
            f"DigitalMicrograph gives rows in {units[0]!r} and columns in {units[1]!r}: not used"
        )
    return found


GATAN = Dialect(
    "DigitalMicrograph", lambda tif, page: _X_SCALE in page.tags and _Y_SCALE in page.tags, _read
)
