"""Scale bars, printed widths and printed pixel sizes, read from the picture."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.calibration._bars import bars_of
from micrographia.calibration._elsewhere import printed_elsewhere
from micrographia.calibration._footer import footer_of
from micrographia.calibration._glyphs import has_level, level_of, text_boxes
from micrographia.calibration._grey import to_grey
from micrographia.calibration._match import Pair, labels_of, pair_up
from micrographia.calibration._ocr import Line
from micrographia.calibration._page import ACCEPTED, Page, page_of
from micrographia.calibration._parse import is_round, parse_line
from micrographia.calibration._search import (
    bar_regions,
    edge_regions,
    read_printed,
    read_region,
)
from micrographia.calibration._types import Bar, Box, ScaleReading
from micrographia.calibration._votes import Vote, read_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Page", "read_bar", "read_page"]

_CANDIDATES = 6  # bars beside which print of their grey level is looked for
_REGIONS = 3  # places around bars that are searched for any print
_MM = 1e6  # nm
_SHORTEST = 0.9  # heights of its text that a bar is long
_OTHER_LEVEL = 0.6  # what a pair keeps of its score if its text is not of the bar's grey level
_SURE = 0.75  # score of a pair that ends the search
_SURE_OF_MANY = 0.6  # the same, where so many pictures of the text agree:
_MANY = 3
_SURELY_A_BAR = 0.6  # score of a second bar whose text is searched for in every way
_LIKE_A_BAR = 0.35  # score of a second bar that is read although a first one was
_CLEAR = 0.8  # confidence of a reading that casts doubt on others of its place


def read_bar(pixels: NDArray[Any]) -> ScaleReading | None:
    """Read the scale bar of a micrograph: its ends in the pixels, its length in the text.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Returns
    -------
    reading : ScaleReading or None
        None where there is no bar, no readable text, or more than one answer.

    Raises
    ------
    MissingDependencyError
        If RapidOCR is not installed.
    """
    grey = to_grey(pixels)
    page = read_page(grey, footer_of(grey), bars_of(grey))
    return next((item for item in page.readings if item.source == "scale-bar"), None)


def read_page(grey: NDArray[np.float32], footer: int | None, bars: Sequence[Bar]) -> Page:
    """Read everything in a picture that states a scale.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    footer : int or None
        First row of the data bar.
    bars : sequence of Bar
        Candidates, the likeliest first.

    Returns
    -------
    page : Page
    """
    lines, pairs = _beside(grey, footer, bars)
    seen: list[Box] = []
    for region, aim in _regions(grey.shape, footer, bars):
        if any(_within(region, other) for other in seen):
            continue
        if _is_sure(pairs) and aim is None:
            lines = _joined(lines, read_printed(grey, region))
            continue
        if _is_sure(pairs) and (aim is None or not _is_open(aim, pairs, grey.shape)):
            continue
        seen.append(region)
        again = len(seen) == 1 and aim is not None
        lines = _joined(lines, read_region(grey, region, bars, again))
        pairs = _paired(grey, bars, lines)
    if not pairs:
        for region in edge_regions(grey.shape, footer):
            lines = _joined(lines, read_region(grey, region, bars, again=False))
        pairs = _paired(grey, bars, lines)
    if pairs and pairs[0].score >= ACCEPTED and (footer is None or pairs[0].bar.box.top < footer):
        seen_at = [line.box() for line in lines]
        more = _joined(lines, _elsewhere(grey, pairs[0], footer, seen_at))
        if more != lines:
            lines, pairs = more, _paired(grey, bars, more)
    return page_of(grey, lines, pairs, footer)


def _elsewhere(
    grey: NDArray[np.float32], best: Pair, footer: int | None, seen: Sequence[Box]
) -> list[Line]:
    """Lengths printed in the corners, far from the bar that was read."""
    found = printed_elsewhere(grey, best, footer, [best.bar.box, *seen])
    return [_line(vote, box) for vote, box in found if _is_plain(vote)]


def _beside(
    grey: NDArray[np.float32], footer: int | None, bars: Sequence[Bar]
) -> tuple[list[Line], list[Pair]]:
    """Lines of print in the grey level of the likeliest bars, right beside them."""
    lines: list[Line] = []
    pairs: list[Pair] = []
    places: list[Box] = []
    size = (grey.shape[0], grey.shape[1])
    for region, bar in bar_regions(size, _wholes(bars), _CANDIDATES):
        if any(_within(bar.box, line.box().grown(2, size)) for line in lines):
            continue  # a stroke of a letter
        if _is_sure(pairs) and not _is_rival(bar, pairs[0], grey.shape):
            continue
        for found in text_boxes(grey, bar, region):
            box = _beyond(bar, found)
            if bar.length_px < _SHORTEST * box.height:
                continue  # a stroke of one of its letters
            if any(line.box().meets(box) for line in lines) or any(
                _holds(place, box) for place in places
            ):
                continue
            vote = read_again(grey, box, bar)
            places.append(box)
            if vote is None:
                continue
            if _is_plain(vote):
                lines.append(_line(vote, box))
                pairs = _paired(grey, bars, lines)
                if _is_sure(pairs):
                    break
    return lines, pairs


def _beyond(bar: Bar, box: Box) -> Box:
    """A line that took in the end of a bar beside it, without that."""
    row = (bar.line[0] + bar.line[1]) // 2
    if bar.hole is not None or not box.top + 0.25 * box.height < row < box.bottom:
        return box
    if box.left < bar.stop < box.right - box.height:
        return dataclasses.replace(box, left=int(bar.stop) + 2)
    if box.left + box.height < bar.start < box.right:
        return dataclasses.replace(box, right=int(bar.start) - 2)
    return box


def _holds(place: Box, box: Box) -> bool:
    """Whether a place that was read already has all of a line, or nearly all."""
    margin = box.height // 2
    return (
        place.left <= box.left + margin
        and box.right <= place.right + margin
        and place.top <= box.top + margin
        and box.bottom <= place.bottom + margin
    )


def _wholes(bars: Sequence[Bar]) -> list[Bar]:
    """Bars without the halves of those that are broken for their text."""
    broken = [bar for bar in bars if bar.hole is not None]
    return [
        bar
        for bar in bars
        if bar.hole is not None or not any(bar.box.meets(other.box) for other in broken)
    ]


def _is_plain(vote: Vote) -> bool:
    """Whether a length can be believed without the words around it: no working distance in mm."""
    return is_round(vote.token.length_nm) and vote.token.length_nm < _MM


def _line(vote: Vote, box: Box) -> Line:
    box = vote.box or box
    sides = (float(box.top), float(box.left), float(box.bottom), float(box.right))
    return Line(vote.text, vote.confidence, *sides, readings=vote.readings)


def _is_sure(pairs: Sequence[Pair]) -> bool:
    if not pairs:
        return False
    wanted = _SURE if pairs[0].label.line.readings < _MANY else _SURE_OF_MANY
    return pairs[0].score >= wanted


def _paired(grey: NDArray[np.float32], bars: Sequence[Bar], lines: Sequence[Line]) -> list[Pair]:
    """Pairs, those first whose bar and text are of one grey level."""
    pairs = [
        pair
        if has_level(grey, pair.label.line.box(), level_of(grey, pair.bar))
        else dataclasses.replace(pair, score=_OTHER_LEVEL * pair.score)
        for pair in pair_up(bars, labels_of(lines), lines)
    ]
    return sorted(pairs, key=lambda pair: -pair.score)


def _regions(
    shape: tuple[int, ...], footer: int | None, bars: Sequence[Bar]
) -> list[tuple[Box, Bar | None]]:
    """Where to read, in order, and the bar whose text is looked for there."""
    size = (shape[0], shape[1])
    if footer is None:
        return [*bar_regions(size, bars, _REGIONS)]
    above = [bar for bar in bars if bar.box.top < footer]
    return [(Box(footer, 0, *size), None), *bar_regions(size, above, _REGIONS)]


def _is_open(bar: Bar, pairs: Sequence[Pair], shape: tuple[int, ...]) -> bool:
    """Whether a candidate that is surely a bar, far from the best one, has no text yet."""
    return (
        bar.score >= _SURELY_A_BAR
        and _is_rival(bar, pairs[0], shape)
        and not any(pair.bar is bar and pair.score >= ACCEPTED for pair in pairs)
    )


def _is_rival(bar: Bar, best: Pair, shape: tuple[int, ...]) -> bool:
    """Whether a candidate far from the best pair looks so much like a bar that it must be read."""
    near = Box(
        min(best.bar.box.top, int(best.label.top)),
        min(best.bar.box.left, int(best.label.left)),
        max(best.bar.box.bottom, int(best.label.bottom) + 1),
        max(best.bar.box.right, int(best.label.right) + 1),
    )
    return (
        bar.score >= _LIKE_A_BAR
        and bar.length_px >= max(20.0, 0.04 * shape[1])
        and not bar.box.meets(near.grown(round(best.label.height), (shape[0], shape[1])))
    )


def _within(inner: Box, outer: Box) -> bool:
    return (
        outer.top <= inner.top
        and outer.left <= inner.left
        and inner.bottom <= outer.bottom
        and inner.right <= outer.right
    )


def _joined(lines: list[Line], more: list[Line]) -> list[Line]:
    """Lines of several regions; of two readings of one place the surer."""
    kept = list(lines)
    for line in more:
        twin = next((other for other in kept if _same_place(line, other)), None)
        if twin is None:
            kept.append(line)
        elif _says_more(line, twin) or _worth(line) > _worth(twin):
            kept[kept.index(twin)] = line
    return kept


def _says_more(line: Line, twin: Line) -> bool:
    """Whether a wider line holds another length: the narrower one lacks its first digit."""
    lengths = [[token.length_nm for token in parse_line(item.text)] for item in (line, twin)]
    return (
        line.confidence >= _CLEAR
        and line.left < twin.left
        and bool(lengths[0] and lengths[1])
        and lengths[0] != lengths[1]
    )


def _same_place(one: Line, other: Line) -> bool:
    rows = min(one.bottom, other.bottom) - max(one.top, other.top)
    cols = min(one.right, other.right) - max(one.left, other.left)
    return rows > 0.3 * min(one.height, other.height) and cols > 0


def _worth(line: Line) -> tuple[int, bool, float]:
    alone = any(token.alone for token in parse_line(line.text))
    return line.readings, alone, line.confidence
