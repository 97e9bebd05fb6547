"""Which text belongs to which bar."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from micrographia.calibration._parse import Token, is_round, parse_line
from micrographia.calibration._types import Bar, Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrographia.calibration._ocr import Line

__all__ = ["Label", "Pair", "labels_of", "pair_up"]

_FOOT = 0.15  # of the height, within which a line below or above print is a part of it
_COVERS = 0.5  # of a half of a broken bar, that the box of its text may cover
_FARTHEST = 2.0  # heights of a text between it and a bar below or above it
_STROKE = 1.5  # heights of a text that a stroke of its digits is long at most
_BEFORE = 3.0  # heights before a text in which such strokes may be
_LOOSE = 0.16  # of the height, by which the text detector's boxes are too high on either side


@dataclasses.dataclass(frozen=True)
class Label:
    """A length in the picture: what it says, and where."""

    token: Token
    line: Line
    top: float
    left: float
    bottom: float
    right: float

    @property
    def height(self) -> float:
        """Extent down the rows [px]."""
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """Row and column of the middle."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2


@dataclasses.dataclass(frozen=True)
class Pair:
    """A bar with the text that seems to name its length."""

    bar: Bar
    label: Label
    score: float


def labels_of(lines: Sequence[Line]) -> list[Label]:
    """All lengths in lines of text, each with its own part of the line's box."""
    labels = []
    for line in lines:
        width = line.right - line.left
        for token in parse_line(line.text):
            left, right = (
                (line.left, line.right)
                if token.alone
                else (line.left + token.begin * width, line.left + token.end * width)
            )
            labels.append(Label(token, line, line.top, left, line.bottom, right))
    return labels


def pair_up(bars: Sequence[Bar], labels: Sequence[Label], lines: Sequence[Line]) -> list[Pair]:
    """Pairs of a bar and a length beside it, the likeliest first.

    Parameters
    ----------
    bars : sequence of Bar
    labels : sequence of Label
    lines : sequence of Line
        All lines of text, so that the strokes of letters are not taken for bars.

    Returns
    -------
    pairs : list of Pair
    """
    real = [bar for bar in bars if not any(_is_stroke(bar, line) for line in lines)]
    pairs = []
    for bar in real:
        for label in labels:
            if label.token.kind != "length":
                continue
            if _is_within(bar, label):
                continue
            if bar.hole is None and any(_is_half(bar, other, label) for other in bars):
                continue
            near = _nearness(bar, label)
            score = near * bar.score**0.5 * label.line.confidence * _custom(label.token)
            if score > 0.1:
                pairs.append(Pair(bar, label, score))
    return sorted(pairs, key=lambda pair: -pair.score)


def _is_within(bar: Bar, label: Label) -> bool:
    """Whether a bar lies among the characters of a text: a stroke, or an outline, of theirs."""
    if bar.hole is not None:
        return False
    row = (bar.box.top + bar.box.bottom) / 2
    left, right = label.line.left, label.line.right
    if label.line.readings == 1:
        slack = _LOOSE * label.height
        rows = label.top + slack <= row <= label.bottom - slack
        return rows and bar.start < right - slack and bar.stop > left + slack
    middle = label.top + 0.25 * label.height < row < label.bottom - 0.25 * label.height
    if bar.length_px < _STROKE * label.height and not middle:
        left -= _BEFORE * label.height  # digits that the box of the text does not hold
    if label.top <= row <= label.bottom:
        return bar.start < right and bar.stop > left
    foot = _FOOT * label.height
    rows = label.top - foot <= row <= label.bottom + foot
    slack = max(3.0, foot)
    return rows and left - slack <= bar.start and bar.stop <= right + slack


def _is_half(bar: Bar, whole: Bar, label: Label) -> bool:
    """Whether a bar is a half of another one that has this label in its gap."""
    return (
        whole.hole is not None
        and _in_hole(whole, label) > 0
        and whole.start - 4 <= bar.start
        and bar.stop <= whole.stop + 4
        and whole.box.top <= bar.box.bottom
        and bar.box.top <= whole.box.bottom
    )


def _in_hole(bar: Bar, label: Label) -> float:
    """1 for a text in the middle of a bar's gap that fills it, less with empty room, else 0."""
    if bar.hole is None:
        return 0.0
    left, right = bar.hole
    height = max(label.height, 1.0)
    row = (bar.box.top + bar.box.bottom) / 2
    if abs(label.middle[0] - row) > 0.6 * height:
        return 0.0
    over = [
        min(0.6 * height, _COVERS * half) for half in (left - bar.start, bar.stop - right)
    ]  # px of a half that the text's box may cover; a text with serifs covers both
    if label.left < left - over[0] or label.right > right + over[1]:
        return 0.0
    empty = (right - left) - (label.right - label.left)
    return float(min(1.0, max(0.0, 1.2 - 0.15 * empty / height)))


def _custom(token: Token) -> float:
    return (1.0 if is_round(token.length_nm) else 0.7) * (1.0 if token.alone else 0.9)


def _is_stroke(bar: Bar, line: Line) -> bool:
    """Whether a candidate is the stroke of a letter, or a dash, inside a line of text."""
    if len(line.text) < 2 or bar.length_px > 0.5 * (line.right - line.left):
        return False
    row = (bar.box.top + bar.box.bottom) / 2
    inside = line.left - 2 <= bar.start and bar.stop <= line.right + 2
    return inside and line.top - 1 <= row <= line.bottom + 1


def _nearness(bar: Bar, label: Label) -> float:
    """1 for a text right above, below or beside a bar, falling to 0 with distance."""
    if bar.hole is not None:
        return _in_hole(bar, label)
    height = max(label.height, 1.0)
    row, column = label.middle
    shortest = 0.9 if label.line.readings > 1 else 0.9 * (1 - 2 * _LOOSE)
    if bar.length_px < shortest * height or bar.length_px > 40 * height:
        return 0.0
    over = max(label.top - bar.box.bottom, bar.box.top - label.bottom)  # negative: rows shared
    side = max(label.left - bar.stop, bar.start - label.right)  # negative: columns shared
    if side < -0.25 * height:  # above or below
        off = abs(column - (bar.start + bar.stop) / 2)
        reach = 0.5 * max(bar.length_px, label.right - label.left) + height
        if over > _FARTHEST * height or off > reach:
            return 0.0
        return (1 - 0.35 * max(over, 0.0) / (1.6 * height)) * (1 - 0.25 * off / reach)
    middle = (bar.box.top + bar.box.bottom) / 2
    if abs(row - middle) > 0.9 * height or side > 3.5 * height:
        return 0.0
    return (1 - 0.4 * side / (3.5 * height)) * (1 - 0.2 * abs(row - middle) / height)


def box_of(label: Label) -> Box:
    """The smallest box of whole pixels around a label's line."""
    return label.line.box()
