"""Lengths and spatial frequencies: one table of units, one parser.

The everyday unit of the package is the nanometre. Vendors write pm, Å, µm (two code points), um,
mm, m, and diffraction patterns carry reciprocal units, which must never be taken for a length.
"""

import math
import re
from typing import Literal

from micrographia.errors import CalibrationError

__all__ = ["convert", "format_length", "kind_of", "parse_length"]

Kind = Literal["length", "frequency"]

_SCALE: dict[Kind, dict[str, float]] = {
    "length": {
        "pm": 1e-3,
        "Å": 0.1,
        "nm": 1.0,
        "µm": 1e3,
        "mm": 1e6,
        "cm": 1e7,
        "m": 1e9,
        "in": 2.54e7,
    },
    "frequency": {
        "1/pm": 1e3,
        "1/Å": 10.0,
        "1/nm": 1.0,
        "1/µm": 1e-3,
        "1/mm": 1e-6,
        "1/m": 1e-9,
    },
}

_ALIASES = {
    "a": "Å",
    "ang": "Å",
    "angstrom": "Å",
    "angstroms": "Å",
    "ångström": "Å",
    "ångströms": "Å",
    "å": "Å",
    "um": "µm",
    "μm": "µm",
    "µ": "µm",
    "μ": "µm",
    "micron": "µm",
    "microns": "µm",
    "micrometer": "µm",
    "micrometers": "µm",
    "micrometre": "µm",
    "micrometres": "µm",
    "\\u00b5m": "µm",
    "nanometer": "nm",
    "nanometers": "nm",
    "nanometre": "nm",
    "nanometres": "nm",
    "n_m": "nm",
    "u_m": "µm",
    "p_m": "pm",
    "picometer": "pm",
    "picometers": "pm",
    "millimeter": "mm",
    "millimeters": "mm",
    "millimetre": "mm",
    "millimetres": "mm",
    "centimeter": "cm",
    "centimeters": "cm",
    "meter": "m",
    "meters": "m",
    "metre": "m",
    "metres": "m",
    "inch": "in",
}

_RECIPROCAL = re.compile(
    r"^(?:1\s*/\s*(?P<slash>.+)|(?P<power>.+?)\s*(?:\^|\*\*)?\s*(?:-1|⁻¹|\{-1\})|(?P<per>.+)_-1)$"
)
_QUANTITY = re.compile(
    r"^\s*(?P<value>[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)\s*(?P<unit>1\s*/.+?|[^\W\d_].*?)\s*$"
)


def _canonical(unit: str) -> str:
    """The table's spelling of a unit.

    Raises
    ------
    CalibrationError
        If the table does not hold the unit.
    """
    text = unit.strip().strip("[]()")
    reciprocal = _RECIPROCAL.match(text)
    if reciprocal:
        return "1/" + _canonical(next(group for group in reciprocal.groups() if group))
    if text in _SCALE["length"]:
        return text
    lowered = text.lower()
    found = _ALIASES.get(lowered, lowered)
    if found in _SCALE["length"]:
        return found
    known = ", ".join([*_SCALE["length"], *_SCALE["frequency"]])
    raise CalibrationError(f"unit {unit!r} is not known; wanted one of {known}")


def kind_of(unit: str) -> Kind | None:
    """Tell whether a unit measures a length, a spatial frequency, or neither.

    Parameters
    ----------
    unit : str
        As a file or a person spells it, for example ``"um"`` or ``"1/nm"``.

    Returns
    -------
    kind : {"length", "frequency"} or None
        None where the unit is neither.

    Examples
    --------
    >>> kind_of("μm"), kind_of("1/nm"), kind_of("nm^-1"), kind_of("s")
    ('length', 'frequency', 'frequency', None)
    """
    try:
        name = _canonical(unit)
    except CalibrationError:
        return None
    return "frequency" if name.startswith("1/") else "length"


def convert(value: float, source: str, target: str) -> float:
    """Convert a length, or a spatial frequency, from one unit into another.

    Parameters
    ----------
    value : float [`source`]
    source, target : str
        Units of the same kind.

    Returns
    -------
    converted : float [`target`]

    Raises
    ------
    CalibrationError
        If a unit is not known, or a frequency is asked for as a length.

    Examples
    --------
    >>> convert(0.2, "µm", "nm")
    200.0
    >>> convert(2.0, "1/Å", "1/nm")
    20.0
    """
    names = _canonical(source), _canonical(target)
    kinds: list[Kind] = ["frequency" if name.startswith("1/") else "length" for name in names]
    if kinds[0] != kinds[1]:
        raise CalibrationError(
            f"{source!r} is a {kinds[0]} and {target!r} a {kinds[1]}: one cannot become the other "
            "(a reciprocal unit belongs to a diffraction pattern or an FFT)"
        )
    table = _SCALE[kinds[0]]
    return value * table[names[0]] / table[names[1]]


def parse_length(text: str) -> float:
    """Read a positive length with its unit, such as ``"0.21 nm"`` or ``"0,2 µm"``.

    Parameters
    ----------
    text : str
        Number and unit; the decimal mark is a point or a comma.

    Returns
    -------
    length : float [nm]

    Raises
    ------
    CalibrationError
        If number or unit is missing, the unit is no length, or the length is not positive.

    Examples
    --------
    >>> parse_length("0.21 nm")
    0.21
    >>> parse_length("2,5 Å")
    0.25
    """
    match = _QUANTITY.match(text)
    if not match:
        raise CalibrationError(
            f"{text!r} is not a length; wanted a number and a unit, such as '0.21 nm' or '0.2 µm'"
        )
    value = convert(float(match["value"].replace(",", ".")), match["unit"], "nm")
    if not (math.isfinite(value) and value > 0):
        raise CalibrationError(f"{text!r} is not a positive, finite length")
    return value


def format_length(length: float, digits: int = 3) -> str:
    """Write a length in the unit that keeps its number between 1 and 1,000.

    Parameters
    ----------
    length : float [nm]
    digits : int
        Significant digits.

    Returns
    -------
    text : str

    Examples
    --------
    >>> format_length(0.05), format_length(12.345), format_length(2500.0)
    ('50 pm', '12.3 nm', '2.5 µm')
    """
    size = abs(length)
    unit = "pm" if 0 < size < 0.1 else "nm" if size < 1e3 else "µm" if size < 1e6 else "mm"
    return f"{length / _SCALE['length'][unit]:.{digits}g} {unit}"
