"""Graduated bars: eleven equally spaced marks; the length is meant from the first to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from micrographia.calibration._types import Bar, Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_graduated"]

_FEWEST = 5  # marks, from which the missing ones are looked for
_ALL = 11  # marks
_TEXTURE = 3000  # marks in an image; more are the specimen's texture
_MOST = 40  # marks on one row; more are the specimen's texture
_WIDEST = 8  # px
_CONTRASTS = (40.0, 90.0)  # grey levels; the higher one leaves noise and fringes out
_FEW = 3  # marks that may seem to go on above or below


def find_graduated(grey: NDArray[np.float32]) -> list[Bar]:
    """Rows of eleven marks of equal width at equal distances.

    Makers divide a bar into ten. A row of another number of marks may lack some, so that its
    length would be wrong: it is no candidate.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255

    Returns
    -------
    bars : list of Bar
        From the middle of the first mark to the middle of the last.
    """
    image = grey.round().astype(np.uint8)
    kernel = np.ones((1, 2 * _WIDEST + 1), np.uint8)
    bars: list[Bar] = []
    for polarity, operation in (("bright", cv2.MORPH_TOPHAT), ("dark", cv2.MORPH_BLACKHAT)):
        height = cv2.morphologyEx(image, operation, kernel)
        for contrast in _CONTRASTS:
            marks = _marks((height > contrast).astype(np.uint8))
            if len(marks) > _TEXTURE:
                continue
            found = _series(grey, marks, "bright" if polarity == "bright" else "dark")
            if found:
                bars += found
                break
    return bars


def _marks(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Marks as rows (left, top, width, height, column of the middle)."""
    begins = np.count_nonzero(mask[:, 1:] > mask[:, :-1]) + np.count_nonzero(mask[:, 0])
    labels = cv2.CV_16U if begins < 65535 else cv2.CV_32S  # the narrow type is quicker
    _, _, stats, centres = cv2.connectedComponentsWithStats(mask, None, None, None, 8, labels)
    left, top, width, height, area = np.asarray(stats)[1:].T
    middle = np.asarray(centres)[1:, 0] + 0.5
    keep = (width <= _WIDEST) & (height >= 2) & (height >= 0.8 * width)
    keep &= (height <= max(10, mask.shape[0] * 0.06)) & (area >= 0.55 * width * height)
    table = np.stack([left, top, width, height, middle], 1).astype(np.float64)
    return np.asarray(table[keep])


def _series(
    grey: NDArray[np.float32], marks: NDArray[np.float64], polarity: Literal["bright", "dark"]
) -> list[Bar]:
    bars = []
    for aligned in (marks[:, 1], marks[:, 1] + marks[:, 3]):  # by their tops, by their feet
        for row in np.unique(aligned):
            near = marks[np.abs(aligned - row) <= 1]
            if _FEWEST <= len(near) <= _MOST:
                bars += _even_runs(grey, near[np.argsort(near[:, 4])], polarity)
    return bars


def _even_runs(
    grey: NDArray[np.float32], marks: NDArray[np.float64], polarity: Literal["bright", "dark"]
) -> list[Bar]:
    """The largest set of marks that fit one step, if any; a few may be missing between them."""
    middles = marks[:, 4]
    best = np.zeros(len(marks), bool)
    for index in range(len(middles) - 1):
        step = middles[index + 1] - middles[index]
        if step < 4:
            continue
        place = (middles - middles[index]) / step
        fits = (np.abs(place - place.round()) * step <= 1.2) & (np.abs(place) < _ALL)
        if fits.sum() > best.sum():
            best = fits
    bar = _bar(grey, marks[best], polarity)
    return [] if bar is None else [bar]


def _bar(
    grey: NDArray[np.float32], marks: NDArray[np.float64], polarity: Literal["bright", "dark"]
) -> Bar | None:
    if len(marks) < _FEWEST or np.ptp(marks[:, 2]) > 3:
        return None
    gaps = np.diff(marks[:, 4])
    counts = np.round(gaps / gaps.min()).cumsum()
    step = float((marks[-1, 4] - marks[0, 4]) / counts[-1])
    tall = marks[:, 3]
    if step < 4 or step < 1.5 * marks[:, 2].mean():
        return None
    top, bottom = int(marks[:, 1].max()), int((marks[:, 1] + tall).min())
    if bottom <= top:
        return None
    first, last = float(marks[0, 4]), float(marks[-1, 4])
    profile = grey[top:bottom].mean(axis=0) * (1 if polarity == "bright" else -1)
    usual = float(np.median([_height(profile, middle, step) for middle in marks[:, 4]]))
    if usual < _CONTRASTS[0] / 2:
        return None
    while _height(profile, first - step, step) > 0.5 * usual:
        first -= step
    while _height(profile, last + step, step) > 0.5 * usual:
        last += step
    rises = [_height(profile, first + step * index, step) for index in range(_ALL)]
    if round((last - first) / step) + 1 != _ALL or np.sum(np.array(rises) > 0.4 * usual) < _ALL - 1:
        return None
    half = marks[:, 2].max() / 2
    box = Box(
        int(marks[:, 1].min()),
        max(int(first - half), 0),
        int((marks[:, 1] + tall).max()),
        min(int(np.ceil(last + half)), grey.shape[1]),
    )
    for beyond in (grey[max(box.top - 4, 0) : box.top - 1], grey[box.bottom + 1 : box.bottom + 4]):
        if len(beyond) and _goes_on(beyond, polarity, (first, step), usual):
            return None
    columns = np.clip(np.round(marks[:, 4] - 0.5), 0, grey.shape[1] - 1).astype(np.intp)
    level = float(np.median(grey[top:bottom][:, columns]))
    return Bar(box, first, last, 0.41, polarity, "graduated", 0.97, level=level)


def _goes_on(
    rows: NDArray[np.float32],
    polarity: Literal["bright", "dark"],
    place: tuple[float, float],
    usual: float,
) -> bool:
    """Whether the marks, from a first one at a step, go on in these rows, as fringes do."""
    profile = rows.mean(axis=0) * (1 if polarity == "bright" else -1)
    first, step = place
    rises = [_height(profile, first + step * index, step) for index in range(_ALL)]
    return int(np.sum(np.array(rises) > 0.5 * usual)) > _FEW


def _height(profile: NDArray[np.float32], middle: float, step: float) -> float:
    """By how much a mark at this column would rise above the middles of its two gaps."""
    columns = np.round([middle - 0.5 - step / 2, middle - 0.5, middle - 0.5 + step / 2])
    left, here, right = columns.astype(np.intp)
    if left < 0 or right >= len(profile):
        return 0.0
    return float(profile[here] - max(profile[left], profile[right]))
