"""The strip under a picture: legend on the left, scale bar on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.reporting._canvas import nice_length
from micrographia.reporting._palette import INK, PAPER, RGB, Group
from micrographia.reporting._text import put_text, text_size
from micrographia.units import format_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["add_strip", "burn_bar"]

_NARROWEST = 360
_MUTED: RGB = (150, 156, 164)


def add_strip(
    picture: NDArray[np.uint8],
    groups: list[Group],
    edge: float | None,
    *,
    excluded: bool = False,
    notes: Sequence[str] = (),
    size: int | None = None,
) -> NDArray[np.uint8]:
    """Put legend and scale bar under a picture.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols, 3), uint8
    groups : list of Group
    edge : float or None [nm]
        Width of one pixel of the picture; None leaves the bar out.
    excluded : bool
        Whether an excluded area needs its entry.
    notes : sequence of str
        Sentences under the legend.
    size : int, optional [px]
        Height of the font; by default a share of the picture's longest side.

    Returns
    -------
    picture : ndarray of shape (rows + strip, at least 360, 3), uint8
    """
    rows, cols = picture.shape[:2]
    width = max(cols, _NARROWEST)
    size = font_size(picture) if size is None else size
    entries: list[tuple[str, Group | None]] = [
        (f"{group.text} ({len(group.ids):,})", group) for group in groups
    ]
    if excluded:
        entries.append(("not analysed", None))
    bar = _bar_width(edge, width) if edge is not None else 0
    reserved = bar + 2 * size if bar else 0
    lines = _flow(entries, width - size - reserved, size)
    room = width - 2 * size - reserved
    text_lines = [line for note in notes for line in _wrap(note, room, size)]
    step = round(1.75 * size)
    height = max(len(lines) * step + len(text_lines) * step, (2 * step if bar else step)) + size
    canvas: NDArray[np.uint8] = cv2.copyMakeBorder(
        picture, 0, height, 0, width - cols, cv2.BORDER_CONSTANT, value=INK
    )
    strip = canvas[rows:]
    for row, line in enumerate(lines):
        for left, (text, group) in line:
            _entry(strip, text, group, (size // 2 + (row + 0.5) * step, left), size)
    for row, text in enumerate(text_lines, start=len(lines)):
        middle = size + text_size(text, size)[1] / 2
        put_text(strip, text, (size // 2 + (row + 0.5) * step, middle), size, _MUTED)
    if bar and edge is not None:
        _bar(strip, edge, bar, (height / 2, width - size - bar), size)
    return canvas


def burn_bar(picture: NDArray[np.uint8], edge: float) -> None:
    """Draw a scale bar into the lower right corner, in place, on a dimmed patch.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols, 3), uint8
    edge : float [nm]
        Width of one pixel of the picture.
    """
    rows, cols = picture.shape[:2]
    size = font_size(picture)
    bar = _bar_width(edge, cols)
    height, width = 3 * size, bar + 2 * size
    if height + size > rows or width + size > cols:
        return
    patch = picture[rows - height - size // 2 : rows - size // 2, cols - width - size // 2 :]
    patch = patch[:, :width]
    patch[:] = patch // 4
    _bar(patch, edge, bar, (height / 2, size), size)


def font_size(picture: NDArray[np.uint8]) -> int:
    """Height of the strip's font: readable when the picture is shown 1,000 px wide."""
    return int(np.clip(round(max(picture.shape[:2]) / 68), 12, 60))


def _bar_width(edge: float, width: int) -> int:
    """Length of the bar in pixels of the picture, about a fifth of its width at most."""
    return max(1, round(nice_length(edge * width / 5) / edge))


def _bar(
    strip: NDArray[np.uint8], edge: float, bar: int, place: tuple[float, float], size: int
) -> None:
    """A plain bar with its length written above it."""
    length = nice_length(bar * edge * (1 + 0.5 / bar))
    middle, left = place
    thick = max(2, size // 4)
    top = round(middle + 0.55 * size)
    strip[top : top + thick, round(left) : round(left) + bar] = PAPER
    text = format_length(length)
    put_text(strip, text, (middle - 0.25 * size, left + bar / 2), size, PAPER)


def _entry_width(text: str, size: int) -> int:
    return 2 * size + size // 2 + text_size(text, size)[1] + size


def _flow(
    entries: list[tuple[str, Group | None]], width: int, size: int
) -> list[list[tuple[int, tuple[str, Group | None]]]]:
    """Break the entries into lines; each entry gets its left edge."""
    lines: list[list[tuple[int, tuple[str, Group | None]]]] = [[]] if entries else []
    at = size
    for entry in entries:
        need = _entry_width(entry[0], size)
        if at + need > width and lines[-1]:
            lines.append([])
            at = size
        lines[-1].append((at, entry))
        at += need
    return lines


def _wrap(text: str, width: int, size: int) -> list[str]:
    """Break a sentence into lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_size(longer, size)[1] > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _entry(
    strip: NDArray[np.uint8],
    text: str,
    group: Group | None,
    place: tuple[float, float],
    size: int,
) -> None:
    """A sample of the line, or of the hatching, and what it means."""
    row, left = round(place[0]), round(place[1])
    right = left + 2 * size
    if group is None:
        patch = strip[row - size // 2 : row + size // 2, left:right]
        patch[:] = (58, 62, 68)
        across = np.add.outer(np.arange(patch.shape[0]), np.arange(patch.shape[1]))
        patch[across % max(4, size // 2) < max(1, size // 8)] = _MUTED
    else:
        thick = max(2, size // 6)
        spans = ((0.0, 0.4), (0.6, 1.0)) if group.dashed else ((0.0, 1.0),)
        for start, stop in spans:
            ends = [(round(left + part * (right - left)), row) for part in (start, stop)]
            cv2.line(strip, ends[0], ends[1], group.colour, thick, cv2.LINE_AA)
    middle = right + size // 2 + text_size(text, size)[1] / 2
    put_text(strip, text, (row, middle), size, PAPER)
