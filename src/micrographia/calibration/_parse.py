"""Lengths in printed lines: which number is a bar's length, an image width, or something else."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Literal

from micrographia.errors import CalibrationError
from micrographia.units import convert

__all__ = ["Kind", "Token", "is_round", "parse_line"]

Kind = Literal["length", "width", "pixel"]

_NUMBER = r"[0-9OoIl|]+(?:\s?[.,]\s?[0-9OoIl|]+)?"
_UNIT = (
    r"(?:nm|nrn|n\s?m|nM|NM|Nm|[µμuU]\s?m|[µμ]rn|[µμuU]M|pm|mm|Å|Angstrom|angstrom|micron|microns)"
)
_TOKEN = re.compile(rf"(?<![A-Za-z0-9.,+\-/])(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})(?![a-z0-9])")
_AREA = re.compile(  # FOV:2.56x1.92µm
    rf"(?P<number>{_NUMBER})\s*(?:[µμu]m|nm|mm)?\s*[x×X*]\s*{_NUMBER}\s*(?P<unit>{_UNIT})"
)
_WIDTH_WORD = re.compile(
    r"(?:\bFOV|\bHFO?[WV]|field\s*(?:of\s*view)?|\bwidth)\W*(?:\(?\w{0,2}\)?)?\W*$", re.IGNORECASE
)
_PIXEL_WORD = re.compile(r"(?:pixel\s*size|px\s*size|pixelsize|\bpixel)\W*$", re.IGNORECASE)
_PER_PIXEL = re.compile(r"^\s*(?:/|per)\s*(?:px|pixel)\b", re.IGNORECASE)
_OTHER_WORD = re.compile(
    r"(?:W\.?D|working\s*distance|aperture|ap\.?|spot|depth|size|height|focus|defocus|"
    r"\bDF|diameter|\bdia|\bL|\bD|\bd|thickness|date|time|\bZ|\bX|\bY|stage|step|length|cam\w*)"
    r"\W*(?:=|:)?\W*$",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    r"kV|[xX×]\s?\d|\d\s?[xX×]\b|WD|\bmag\b|EHT|\bHV\b|\bdet\b|\bspot\b|mbar|\bPa\b|\d\s?[kK]\s?[xX]",
    re.IGNORECASE,
)
_LONE_NOUGHT = re.compile(r"(?<![\d.,])[0Oo]\s*[:;'·]?\s*$")
_LEADING_NOUGHT = re.compile(r"[0Oo]\d")
_MAGNIFICATION = re.compile(r"^\s*\d{2,7}\s?[kK]?\s?[xX×]\s*(?=\d)")  # 50x 200µm


@dataclasses.dataclass(frozen=True)
class Token:
    """A length found in a line of text.

    Parameters
    ----------
    kind : {"length", "width", "pixel"}
        "length" may be a bar's; "width" is named as the image's, "pixel" as a pixel's.
    length_nm : float [nm]
    half_digit_nm : float [nm]
        Half of the last printed digit: how far rounding may have moved the number.
    text : str
    begin, end : float
        Where the token lies along the line, as shares of its length.
    alone : bool
        Whether nothing else is on the line.
    repaired : bool
        Whether a letter had to be taken for a digit, or the unit was misspelt.
    """

    kind: Kind
    length_nm: float
    half_digit_nm: float
    text: str
    begin: float
    end: float
    alone: bool
    repaired: bool


def parse_line(text: str) -> list[Token]:
    """Find the lengths in a line of text that can tell a scale.

    Working distances, apertures, voltages, dates and magnifications are no scale.

    Parameters
    ----------
    text : str
        One printed line, as a recogniser read it.

    Returns
    -------
    tokens : list of Token

    Examples
    --------
    >>> [(token.kind, token.length_nm) for token in parse_line("200.0nm")]
    [('length', 200.0)]
    >>> [(token.kind, round(token.length_nm)) for token in parse_line("FOV:2.56x1.92μm")]
    [('width', 2560)]
    >>> parse_line("WD = 8.4 mm"), parse_line("EHT = 20.00 kV"), parse_line("50 000 x")
    ([], [], [])
    >>> parse_line("025 µm"), parse_line("0 25 µm")  # which lost their points
    ([], [])
    """
    area = _AREA.search(text)
    if area and _is_area(text, area):
        return [_token("width", area, text)]
    text = _MAGNIFICATION.sub(lambda match: " " * len(match[0]), text)
    tokens = []
    for match in _TOKEN.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        kind: Kind = "length"
        if _PIXEL_WORD.search(before) or _PER_PIXEL.match(after):
            kind = "pixel"
        elif _WIDTH_WORD.search(before):
            kind = "width"
        elif _OTHER_WORD.search(before) or _lacks_point(before, match["number"]):
            continue
        tokens.append(_token(kind, match, text))
    return [token for token in tokens if _is_possible(token, text)]


def _is_area(text: str, match: re.Match[str]) -> bool:
    """Whether a size of two numbers is the field of view: named so, or all there is and likely."""
    before, after = text[: match.start()], text[match.end() :]
    if _WIDTH_WORD.search(before):
        return True
    numbers = [_value(part) for part in re.findall(_NUMBER, match[0])[:2]]
    alone = not before.strip() and not after.strip()
    return alone and len(numbers) == 2 and 1 <= numbers[0] / (numbers[1] or 1e9) <= 2


def _lacks_point(before: str, number: str) -> bool:
    """Whether a decimal point was lost: "025 µm" and "0 25 µm" are 0.25 µm, or no number."""
    return bool(_LONE_NOUGHT.search(before) or _LEADING_NOUGHT.match(number))


def _is_possible(token: Token, text: str) -> bool:
    if not (math.isfinite(token.length_nm) and token.length_nm > 0):
        return False
    if token.kind != "length":
        return True
    # millimetres beside a voltage or a magnification are a working distance
    return not (token.length_nm >= 1e6 and _FOREIGN.search(text))


def _token(kind: Kind, match: re.Match[str], text: str) -> Token:
    number, unit = match["number"], match["unit"]
    digits = _digits(number)
    name = _unit(unit)
    mark = digits.find(".")
    decimals = 0 if mark < 0 else len(digits) - mark - 1
    try:
        scale = convert(1.0, name, "nm")
        value = float(digits) * scale
    except (CalibrationError, ValueError):
        scale, value = math.nan, math.nan
    size = max(len(text), 1)
    rest = (text[: match.start()] + text[match.end() :]).strip(" .,:;-_|=[](){}<>'\"`~—–/\\")
    return Token(
        kind,
        value,
        0.5 * 10.0**-decimals * scale,
        match[0],
        match.start() / size,
        match.end() / size,
        not rest,
        not re.fullmatch(r"[\d.]+", digits)
        or digits != re.sub(r"\s", "", number).replace(",", ".")
        or name != unit.replace("μ", "µ"),
    )


def _value(number: str) -> float:
    try:
        return float(_digits(number))
    except ValueError:
        return 0.0


def _digits(number: str) -> str:
    table = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "|": "1", ",": ".", " ": ""})
    return number.translate(table)


def _unit(unit: str) -> str:
    text = re.sub(r"\s", "", unit).replace("rn", "m")
    if text in ("nm", "pm", "mm", "Å"):
        return text
    lowered = text.lower()
    return "nm" if lowered == "nm" else "µm" if lowered in ("um", "µm", "μm") else text


def is_round(length_nm: float) -> bool:
    """Whether a length is one that programs and people choose for a bar: 1, 2, 5 and their like.

    Examples
    --------
    >>> is_round(0.5), is_round(200.0), is_round(2500.0), is_round(1200.0), is_round(52.0)
    (True, True, True, False, False)
    """
    mantissa = length_nm / 10 ** math.floor(math.log10(length_nm))
    return any(
        abs(mantissa / usual - 1) < 1e-6 for usual in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10)
    )
