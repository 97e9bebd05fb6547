"""What a picture's bars and texts say together: one scale, or none where they contradict."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._before import lacks_digits
from micrographia.calibration._glyphs import has_level, level_of, text_boxes
from micrographia.calibration._halves import may_be_half
from micrographia.calibration._match import Label, Pair, labels_of
from micrographia.calibration._parse import is_round
from micrographia.calibration._types import Bar, Box, ScaleReading
from micrographia.calibration._verify import Checked, verified
from micrographia.units import format_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.calibration._ocr import Line

__all__ = ["ACCEPTED", "Page", "page_of"]

ACCEPTED = 0.45  # score of a pair that is believed
_RIVAL = 0.5  # share of the best pair's score that makes another pair a rival
_SAME_LEVEL = 25.0  # grey levels within which a bar may be drawn with a text
_AS_NEAR = 0.85  # share of the best score that another bar beside the same text must have
_SAME_SCALE = 0.03  # relative difference of two readings of one scale
_WORD = re.compile(r"\w\w")  # a dash, or one letter, may be the specimen's
_CLOSE = 3.0  # px from the picture's edge, where a bar may have been cut
_EDGE = 2  # columns at the picture's edge that no text may reach
_NEAR_EDGE = 0.2  # heights of a text from the edge, within which it may do so
_OF_LEVEL = 0.3  # of the contrast, within which pixels there are print
_INKED = 0.04  # share of them that print fills if one does
_PRINTED = 0.8  # confidence of another length that is told of
_CLEAR = 0.9  # confidence of a text that states no usual length,
_MANY = 3  # and pictures of it that agree
_FAINT = 0.4  # score of a bar, below which its text must be print of its own grey level
_PRINT = 0.5  # share of the text's width that such print takes
_CERTAIN = 2  # pictures of it that agree, where it is certain enough to contradict the bar


@dataclasses.dataclass(frozen=True)
class Page:
    """All that was read in a picture: what states a scale, and where text lies."""

    readings: tuple[ScaleReading, ...] = ()
    bar: Bar | None = None
    text: str | None = None
    text_box: Box | None = None
    boxes: tuple[Box, ...] = ()
    warnings: tuple[str, ...] = ()


def page_of(
    grey: NDArray[np.float32],
    lines: Sequence[Line],
    pairs: Sequence[Pair],
    footer: int | None = None,
) -> Page:
    """Decide what a picture says of its scale.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    lines : sequence of Line
    pairs : sequence of Pair
        The likeliest first.
    footer : int or None
        First row of the data bar, in which other lengths are nothing to tell of.

    Returns
    -------
    page : Page
    """
    readings: list[ScaleReading] = []
    warnings: list[str] = []
    bar = pairs[0].bar if pairs and pairs[0].bar.score >= ACCEPTED else None
    best = _best(grey, pairs, warnings)
    if best is not None:
        readings.append(best)
        bar = best.bar
    labels = labels_of(lines)
    others = [] if best is None else _others(best, labels, footer)
    warnings += [_told(label) for label in others]
    if best is not None and any(label.line.readings >= _CERTAIN for label in others):
        warnings[-1] += f"; {best.text!r} beside the bar is not used"
        readings, best = [], None
    readings += [
        reading
        for label in labels
        if label.token.kind != "length" and (reading := _printed(grey, label)) is not None
    ]
    return Page(
        tuple(readings),
        bar,
        None if best is None else best.text,
        None if best is None else best.text_box,
        tuple(line.box() for line in lines if line.confidence >= 0.6 and _WORD.search(line.text)),
        tuple(warnings),
    )


def _others(best: ScaleReading, labels: Sequence[Label], footer: int | None) -> list[Label]:
    """Other lengths that are printed elsewhere in the picture, perhaps by a second bar."""
    return [
        label
        for label in labels
        if label.token.kind == "length"
        and label.token.alone
        and label.line.confidence >= _PRINTED
        and is_round(label.token.length_nm)
        and abs(label.token.length_nm / best.length_nm - 1) > _SAME_SCALE
        and not label.line.box().meets(best.text_box)
        and (footer is None or label.top < footer)
    ]


def _told(label: Label) -> str:
    return (
        f"{label.token.text!r} is printed at row {int(label.top)}, column {int(label.left)} as "
        "well, without a bar that was found: if a second bar was drawn there, as in a figure of "
        "several panels, the scale may not hold for the whole picture"
    )


def _best(
    grey: NDArray[np.float32], pairs: Sequence[Pair], warnings: list[str]
) -> ScaleReading | None:
    """The one pair that is believed; None where two contradict each other or none is sure."""
    believed: list[tuple[Pair, float]] = []
    for pair in pairs[:4]:
        if pair.score < ACCEPTED or (believed and pair.score < _RIVAL * believed[0][0].score):
            continue
        checked = verified(grey, pair.label, pair.bar)
        if checked is None or may_be_half(grey, pair) or _is_cut(grey, pair):
            continue
        if pair.bar.score < _FAINT and not _is_of_print(grey, pair):
            continue
        if lacks_digits(grey, pair):
            continue
        if not is_round(pair.label.token.length_nm) and not _is_clear(checked):
            continue
        believed.append((pair, checked.confidence))
    if not believed:
        return None
    first, sure = believed[0]
    scale = _scale(first)
    for other, _ in believed[1:]:
        if abs(_scale(other) / scale - 1) > _SAME_SCALE and not _is_lesser(grey, first, other):
            warnings.append(
                f"two scale bars or texts contradict each other: {first.label.token.text!r} over "
                f"{first.bar.length_px:.1f} px and {other.label.token.text!r} over "
                f"{other.bar.length_px:.1f} px ({format_length(scale)} and "
                f"{format_length(_scale(other))} per pixel); neither is used"
            )
            return None
    bar, token = first.bar, first.label.token
    return ScaleReading(
        "scale-bar",
        scale,
        bar.uncertainty_px / bar.length_px,
        round(min(sure, first.score), 3),
        token.text,
        token.length_nm,
        first.label.line.box(),
        bar,
    )


def _is_clear(checked: Checked) -> bool:
    """Whether a text was read so surely, and so often alike, that any length goes."""
    return checked.confidence >= _CLEAR and checked.readings >= _MANY


def _is_of_print(grey: NDArray[np.float32], pair: Pair) -> bool:
    """Whether print in a bar's own grey level makes up the text that is beside it."""
    box = pair.label.line.box()
    if pair.label.line.readings >= _CERTAIN:
        return True
    region = box.grown(box.height // 2, (grey.shape[0], grey.shape[1]))
    found = [line for line in text_boxes(grey, pair.bar, region) if line.meets(box)]
    return sum(line.width for line in found) >= _PRINT * box.width


def _is_cut(grey: NDArray[np.float32], pair: Pair) -> bool:
    """Whether a bar may run out of the picture, or a text with its first digit."""
    if pair.bar.start < _CLOSE or pair.bar.stop > grey.shape[1] - _CLOSE:
        return True
    label, level = pair.label, level_of(grey, pair.bar)
    rows = slice(max(int(label.top), 0), int(np.ceil(label.bottom)))
    ground = float(np.median(grey[rows, max(int(label.left), 0) : int(label.right) + 1]))
    if label.left > max(_EDGE, _NEAR_EDGE * label.height):
        return False
    inked = float((np.abs(grey[rows, :_EDGE] - level) < _OF_LEVEL * abs(level - ground)).mean())
    return _INKED < inked < 1 - _INKED  # all of it is a frame


def _is_lesser(grey: NDArray[np.float32], first: Pair, other: Pair) -> bool:
    """Whether another bar beside the same text is of another grey level than it, or far less near.

    A text names one bar: the one that was drawn with it.
    """
    if other.label.line is not first.label.line:
        return False
    levels = level_of(grey, first.bar), level_of(grey, other.bar)
    if other.score < _AS_NEAR * first.score:
        return True
    box = other.label.line.box()
    return abs(levels[0] - levels[1]) > _SAME_LEVEL and not has_level(grey, box, levels[1])


def _scale(pair: Pair) -> float:
    return pair.label.token.length_nm / pair.bar.length_px


def _printed(grey: NDArray[np.float32], label: Label) -> ScaleReading | None:
    """A printed image width or pixel size, where it was read with certainty."""
    checked = verified(grey, label)
    if checked is None or checked.confidence < 0.7:
        return None
    token = label.token
    scale = token.length_nm / (grey.shape[1] if token.kind == "width" else 1)
    return ScaleReading(
        "printed-width" if token.kind == "width" else "printed-pixel-size",
        scale,
        token.half_digit_nm / token.length_nm / 3**0.5,
        round(checked.confidence, 3),
        label.line.text,
        token.length_nm,
        label.line.box(),
    )
