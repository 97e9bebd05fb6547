"""The resolution tags of plain TIFFs, which are of the print, not of the microscope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from micrographia.io._dialects._calibration import number
from micrographia.units import format_length

if TYPE_CHECKING:
    import tifffile

__all__ = ["rational", "resolution", "resolution_remark"]

_UNITS = {2: (2.54e7, "inch"), 3: (1e7, "cm")}  # nanometres
_PRINT_NM = 1000.0  # below this no printer, screen or scanner can be meant


def rational(value: Any) -> float | None:
    """A positive number from a rational tag, else None.

    Examples
    --------
    >>> rational((72, 1)), rational((0, 0)), rational(None)
    (72.0, None, None)
    """
    if isinstance(value, tuple) and len(value) == 2:
        top, bottom = number(value[0]), number(value[1])
        return top / bottom if top and bottom else None
    return number(value)


def resolution(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Pixel size (row, col) [nm] that the resolution tags mean, where they have a unit."""
    length, _ = _UNITS.get(int(page.tags.valueof(296, default=2)), (None, ""))
    x, y = rational(page.tags.valueof(282)), rational(page.tags.valueof(283))
    if length is None or x is None or y is None:
        return None
    return length / y, length / x


def resolution_remark(page: tifffile.TiffPage) -> list[str]:
    """Why the resolution tags are not taken for a pixel size, where they could be."""
    sizes = resolution(page)
    if sizes is None:
        return []
    length, unit = _UNITS[int(page.tags.valueof(296, default=2))]
    dots = f"{length / sizes[1]:.6g} per {unit}"
    if sizes[1] >= _PRINT_NM:
        return [f"the TIFF's resolution of {dots} is that of a print or screen: not a pixel size"]
    remark = (
        f"the TIFF's resolution tags ({dots}) would mean {format_length(sizes[1], 4)} per pixel, "
        "but nothing says that a microscope wrote them: not used; if it is right, give it as the "
        "pixel size"
    )
    return [remark]
