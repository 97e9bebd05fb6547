"""What a dialect says: lengths along rows and columns, their unit, metadata, doubts."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tifffile

__all__ = ["Calibration", "Dialect", "magnification", "number", "text_of"]


@dataclasses.dataclass
class Calibration:
    """One pixel's extent down the rows and along the columns, in `unit`.

    `unit` is None where nothing is known; it may be reciprocal, which makes the image a diffraction
    pattern. `metadata` has the keys of the Micrograph's; `original` is the vendor's own.
    """

    dialect: str
    row: float | None = None
    col: float | None = None
    unit: str | None = None
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    original: dict[str, Any] = dataclasses.field(default_factory=dict)
    warnings: list[str] = dataclasses.field(default_factory=list)

    def over(self, earlier: Calibration) -> Calibration:
        """This one, with what an earlier dialect said besides."""
        return Calibration(
            self.dialect if self.unit or not earlier.dialect else earlier.dialect,
            self.row,
            self.col,
            self.unit,
            {**earlier.metadata, **self.metadata},
            {**earlier.original, **self.original},
            [*earlier.warnings, *self.warnings],
        )


@dataclasses.dataclass(frozen=True)
class Dialect:
    """A way of writing calibration into TIFF tags.

    Parameters
    ----------
    name : str
        For messages and ``metadata["reader"]``.
    speaks : callable
        Whether this page carries the dialect's tags.
    read : callable
        The calibration in them; may raise anything on damaged tags.
    """

    name: str
    speaks: Callable[[tifffile.TiffFile, tifffile.TiffPage], bool]
    read: Callable[[tifffile.TiffFile, tifffile.TiffPage], Calibration]


def number(value: Any) -> float | None:
    """A positive, finite number, or None for anything else.

    Examples
    --------
    >>> number("4.5"), number(""), number(-1), number("nan"), number(None)
    (4.5, None, None, None, None)
    """
    try:
        result = float(value)
    except (TypeError, ValueError):
        return None
    return result if math.isfinite(result) and result > 0 else None


_MAGNIFICATION = re.compile(r"^\s*[x×]?\s*(?P<value>\d+(?:[.,]\d+)?)\s*(?P<prefix>[kKM]?)", re.I)
_PREFIX = {"": 1.0, "k": 1e3, "m": 1e6}


def magnification(value: Any) -> float | None:
    """A magnification such as ``"50.00 K X"``, ``"x20k"`` or 320000.

    Examples
    --------
    >>> magnification("50.00 K X"), magnification("x20k"), magnification(320000)
    (50000.0, 20000.0, 320000.0)
    """
    plain = number(value)
    if plain is not None:
        return plain
    match = _MAGNIFICATION.match(str(value))
    if not match:
        return None
    return number(float(match["value"].replace(",", ".")) * _PREFIX[match["prefix"].lower()])


def text_of(content: bytes) -> str:
    """Text of unknown encoding: UTF-16 and UTF-8 by their marks, else UTF-8, else Latin-1.

    Examples
    --------
    >>> text_of("µm".encode("utf-16")), text_of("µm".encode("latin-1"))
    ('µm', 'µm')
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
