"""Several pictures of one line of print, and the length that their readings agree on."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.calibration._glyphs import has_character, keyed, level_of
from micrographia.calibration._ocr import read_pictures
from micrographia.calibration._parse import Kind, Token, parse_line
from micrographia.calibration._types import Box

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from micrographia.calibration._types import Bar

__all__ = ["Vote", "elect", "read_again"]

_HEIGHT = 48  # px, the height that the recogniser works at
_LARGEST_PIXEL = 3e4  # nm; no electron micrograph has larger ones
_WEAK = 0.55  # confidence below which a reading against others does not count
_STRONG = 0.9  # confidence above which such a reading counts twice
_ENOUGH = 3  # readings that agree without any against them
_FAINT = 0.35  # confidence below which no reading counts
_UNIT = re.compile(r"[nµμu]m|Å")
_LONE_UNIT = re.compile(r"\s*(?:[nµμu]m|Å)\s*")  # its number lies outside, in part or whole
_TORN = re.compile(r"\d\s*(?:n|nr|[µμu])?$")  # a unit without its last letter, or none
_BARE = re.compile(r"[\d.,:\s]+")
_NUMBER, _DIGIT = 4.0, 1.2  # heights of print that a number, or a digit, may take
_TALLER = 0.4  # heights of a lone unit, by which its digits may be taller
_WIDE = 0.65  # heights of a digit, that it is wide at most, as a rule
_UNIT_WIDTH, _LETTER = 3.5, 1.8  # the same for a unit, and for its last letter
_NOTHING = (("", 0.0),)  # a reading that says nothing, so that a line is made wider but once
_HOPEFUL = re.compile(r"\d|[nµμu]m|Å")  # what a text has that may be a length


@dataclasses.dataclass(frozen=True)
class Vote:
    """A length, the number of readings that say so, of those that do not, and their certainty.

    Sure readings that say another length count twice among those `against` it.
    `box` is the line where it had to be made wider for its first digits.
    """

    text: str
    token: Token
    readings: int
    against: int
    confidence: float
    box: Box | None = None

    @property
    def is_certain(self) -> bool:
        """Whether at least two agree, and more than twice as many as say another length."""
        return self.readings >= 2 and self.readings > 2 * self.against


def read_again(
    grey: NDArray[np.float32],
    box: Box,
    bar: Bar | None = None,
    kind: Kind = "length",
    earlier: Sequence[tuple[str, float]] = (),
) -> Vote | None:
    """Read a line of print in several pictures of it until enough of them agree.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    box : Box
        The line, tightly.
    bar : Bar or None
        Kept out of the pictures, as its end looks like a 1; print of its grey level is brought out.
    kind : {"length", "width", "pixel"}
    earlier : sequence of (text, confidence)
        Readings of the same line that are there already.

    Returns
    -------
    vote : Vote or None
        None where the readings do not agree on a length.
    """
    readings = list(earlier)
    best: Vote | None = None
    texts, torn = [text for text, _ in readings], False
    for pictures in _batches(grey, box, bar):
        readings += read_pictures(pictures)
        best = elect(readings, bar, kind)
        if best is None and not _HOPEFUL.search(" ".join(text for text, _ in readings)):
            return None  # nothing like a length
        texts = [text for text, _ in readings]
        torn = bar is not None and not earlier and any(map(_LONE_UNIT.fullmatch, texts))
        if best is not None and best.readings >= _ENOUGH and not best.against and not torn:
            return best
    if best is not None and best.is_certain and not torn:
        return best
    wider = _with_more_before(box, texts) or _with_more_after(box, texts, grey.shape[1])
    if wider is None or earlier:
        return None
    whole = read_again(grey, wider, bar, kind, _NOTHING)
    if whole is None:
        return None
    differs = best is not None and not _same(best.token, whole.token)
    if differs and bar is not None and not has_character(grey, bar, wider, box.left):
        return None  # the edge of a box, or a part of the specimen, was read as a digit
    return dataclasses.replace(whole, box=_tightened(wider, box, whole.text))


def _tightened(wider: Box, box: Box, text: str) -> Box:
    """A line that was made wider, without room at its left that its number cannot take."""
    unit = _UNIT.search(text)
    if unit is None or wider.left == box.left:
        return wider
    width = round(_WIDE * (1 + _TALLER) * box.height * unit.start())
    return dataclasses.replace(wider, left=max(wider.left, box.left - width))


def _with_more_before(box: Box, texts: Sequence[str]) -> Box | None:
    """A line that lacks its first digits, or its number, with room for them."""
    if not any(_UNIT.search(text) for text in texts):
        return None
    without = any(map(_LONE_UNIT.fullmatch, texts))
    without = without or all(_UNIT.match(text) for text in texts if text)
    left = max(round(box.left - (_NUMBER if without else _DIGIT) * box.height), 0)
    above = round(_TALLER * box.height) if without else 0  # digits are taller than an n or an m
    return Box(max(box.top - above, 0), left, box.bottom, box.right)


def _with_more_after(box: Box, texts: Sequence[str], cols: int) -> Box | None:
    """A line that lacks a part of its unit, or all of it, with room for that."""
    said = [text for text in texts if text]
    torn = [text for text in said if _TORN.search(text)]
    if 2 * len(torn) <= len(said):
        return None
    room = _UNIT_WIDTH if any(_BARE.fullmatch(text) for text in torn) else _LETTER
    return Box(box.top, box.left, box.bottom, min(round(box.right + room * box.height), cols))


def elect(
    readings: Sequence[tuple[str, float]], bar: Bar | None, kind: Kind = "length"
) -> Vote | None:
    """The length that most readings say; None where none says any.

    Examples
    --------
    >>> elect([("50 nm", 0.9), ("50nm", 0.7), ("60 nm", 0.4)], None).readings
    2
    """
    found: list[tuple[str, float, Token]] = []
    for text, confidence in readings:
        tokens = [token for token in parse_line(text) if token.kind == kind]
        tokens = [token for token in tokens if _is_scale(token, bar)]
        if tokens and confidence >= _FAINT:
            found.append((text, confidence, max(tokens, key=lambda token: token.alone)))
    if not found:
        return None
    groups: list[list[tuple[str, float, Token]]] = []
    for item in found:
        home = next((group for group in groups if _same(group[0][2], item[2])), None)
        if home is None:
            groups.append([item])
        else:
            home.append(item)
    best = max(groups, key=lambda group: sum(item[1] for item in group))
    others = [item for group in groups if group is not best for item in group]
    text, _, token = max(best, key=lambda item: (item[2].alone, item[1]))
    return Vote(
        text,
        token,
        len(best),
        sum((confidence >= _WEAK) + (confidence > _STRONG) for _, confidence, _ in others),
        float(np.mean([item[1] for item in best])),
    )


def _is_scale(token: Token, bar: Bar | None) -> bool:
    return bar is None or token.length_nm / bar.length_px <= _LARGEST_PIXEL


def _same(one: Token, other: Token) -> bool:
    return abs(one.length_nm / other.length_nm - 1) < 1e-6


def _batches(
    grey: NDArray[np.float32], box: Box, bar: Bar | None
) -> Iterator[list[NDArray[np.uint8]]]:
    """Pictures of a line: as it is, in its own grey level, inverted; then others."""
    close = grey[_window(box, bar, grey.shape, (0.12, 0.4)).slices()]
    wide = grey[_window(box, bar, grey.shape, (0.25, 1.5)).slices()]
    if bar is None:
        yield [_sized(_stretched(close)), _sized(255 - _stretched(close))]
        yield [_sized(_stretched(wide)), _sized(255 - _stretched(wide))]
        return
    level = level_of(grey, bar)
    yield [_sized(keyed(close, level))]
    yield [_sized(_stretched(close)), _sized(255 - keyed(wide, level))]
    sharp = cv2.threshold(_sized(keyed(close, level)), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield [
        _sized(255 - _stretched(wide)),
        np.asarray(255 - sharp[1], np.uint8),
        _sized(keyed(wide, level), wider=1.25),
        _sized(255 - keyed(close, level), wider=0.85),
    ]


def _window(
    line: Box, bar: Bar | None, shape: tuple[int, ...], margins: tuple[float, float]
) -> Box:
    """The line with margins, in shares of its height down and along, cut where the bar begins."""
    more_rows, more_cols = margins[0] * line.height, margins[1] * line.height
    top, bottom = line.top - more_rows, line.bottom + more_rows
    left, right = line.left - more_cols, line.right + min(more_cols, 0.7 * line.height)
    if bar is not None:
        row, column = (line.top + line.bottom) / 2, (line.left + line.right) / 2
        if bar.hole is not None:
            left, right = max(left, bar.hole[0] + 2), min(right, bar.hole[1] - 2)
        elif row < bar.box.top and line.bottom < bar.box.bottom:
            bottom = min(bottom, max(bar.box.top - 1, line.bottom - 0.25 * line.height))
        elif row > bar.box.bottom and line.top > bar.box.top:
            top = max(top, min(bar.box.bottom + 1, line.top + 0.25 * line.height))
        elif column > bar.stop:
            left = max(left, bar.stop + 2)
        elif column < bar.start:
            right = min(right, bar.start - 2)
    box = Box(
        max(int(np.floor(top)), 0),
        max(int(np.floor(left)), 0),
        min(int(np.ceil(bottom)), shape[0]),
        min(int(np.ceil(right)), shape[1]),
    )
    return box if box.height > 1 and box.width > 1 else line


def _stretched(part: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = np.percentile(part, [1, 99])
    scaled = np.clip((part - low) * (255 / max(high - low, 1.0)), 0, 255)
    return np.asarray(scaled, np.uint8)


def _sized(picture: NDArray[np.uint8], wider: float = 1.0) -> NDArray[np.uint8]:
    """The picture at the height that the recogniser likes; a sliver stays at least a pixel wide."""
    rows, cols = picture.shape
    if not picture.size:
        return np.zeros((_HEIGHT, 1), np.uint8)
    factor = _HEIGHT / rows
    mode = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    size = max(round(cols * factor * wider), 1), _HEIGHT
    return np.asarray(cv2.resize(picture, size, interpolation=mode), np.uint8)
