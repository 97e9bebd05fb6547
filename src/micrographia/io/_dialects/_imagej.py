"""ImageJ: the unit in the image description, pixels per unit in the resolution tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from micrographia.io._dialects._calibration import Calibration, Dialect
from micrographia.io._dialects._resolution import rational
from micrographia.units import kind_of

if TYPE_CHECKING:
    import tifffile

__all__ = ["IMAGEJ"]

_NO_UNIT = {"", "pixel", "pixels"}


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    values: dict[str, Any] = dict(tif.imagej_metadata or {})
    found = Calibration("ImageJ", original={"imagej": values})
    unit = str(values.get("unit", "")).strip().encode().decode("unicode_escape", "replace")
    if "\\u" not in str(values.get("unit", "")):
        unit = str(values.get("unit", "")).strip()
    x, y = rational(page.tags.valueof(282)), rational(page.tags.valueof(283))
    other = values.get("yunit", unit)
    if unit.lower() in _NO_UNIT or x is None or y is None:
        return found
    if kind_of(unit) is None or (other not in (unit, values.get("unit"))):
        found.warnings.append(f"ImageJ gives the pixel size in {unit!r} (y: {other!r}): not used")
        return found
    found.row, found.col, found.unit = 1 / y, 1 / x, unit
    return found


IMAGEJ = Dialect("ImageJ", lambda tif, page: bool(page.is_imagej), _read)
