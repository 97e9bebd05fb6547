"""Numbers as a report writes them: as many digits as their interval bears."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micrographia.reporting._summary import Size

__all__ = ["interval", "plain", "share", "value"]

NARROW = "\u202f"
DASH = "–"


def plain(number: float | None, digits: int = 4) -> str:
    """Write a number with so many significant digits, without exponent where that is readable.

    Examples
    --------
    >>> plain(0.000123456), plain(12.3456), plain(123456.0), plain(None), plain(2.0)
    ('0.0001235', '12.35', '123,456', '–', '2')
    """
    if number is None or not math.isfinite(number):
        return DASH
    if number == 0:
        return "0"
    size = math.floor(math.log10(abs(number)))
    if size < -6 or size > 9:
        return f"{number:.{digits}g}"
    decimals = max(0, digits - 1 - size)
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimals(size: Size) -> int:
    """Decimals at which half the interval has two significant digits."""
    if size.low is None or size.high is None or size.high <= size.low:
        magnitude = math.floor(math.log10(abs(size.value))) if size.value else 0
        return min(8, max(0, 3 - magnitude))
    half = (size.high - size.low) / 2
    return min(8, max(0, 1 - math.floor(math.log10(half))))


def value(size: Size | None) -> str:
    """Write the value of a size.

    Examples
    --------
    >>> from micrographia.reporting._summary import Size
    >>> value(Size(12.3456, 12.1, 12.6)), value(Size(12.3456)), value(None)
    ('12.35', '12.35', '–')
    """
    return DASH if size is None else f"{size.value:,.{_decimals(size)}f}"


def interval(size: Size | None) -> str:
    """Write the 95 % interval of a size, or nothing where it is not known.

    Examples
    --------
    >>> from micrographia.reporting._summary import Size
    >>> interval(Size(12.3456, 12.1, 12.6)), interval(Size(12.3456))
    ('12.10 to 12.60', '')
    """
    if size is None or size.low is None or size.high is None:
        return ""
    decimals = _decimals(size)
    return f"{size.low:,.{decimals}f} to {size.high:,.{decimals}f}"


def share(part: float | None) -> str:
    """Write a share of 1 as a percentage.

    Examples
    --------
    >>> share(0.9531).replace(NARROW, " "), share(1.0).replace(NARROW, " ")
    ('95.3 %', '100 %')
    """
    if part is None or not math.isfinite(part):
        return DASH
    return f"{100 * part:.3g}{NARROW}%"
