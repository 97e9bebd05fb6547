"""The montage: the particles cut out and sorted by size, all at one scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.errors import InputError
from micrographia.reporting._canvas import Fit, limits, stretch
from micrographia.reporting._palette import INK, PAPER, Group, group_particles
from micrographia.reporting._shapes import SHIFT, bounding_boxes, dashes, shapes
from micrographia.reporting._strip import add_strip
from micrographia.reporting._text import put_text
from micrographia.reporting.settings import ReportingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.micrograph import Micrograph

__all__ = ["draw_montage"]

_CELL = 150
_CAPTION = 24
_GAP = 6
_MARGIN = 1.25


def draw_montage(
    micrograph: Micrograph,
    labels: NDArray[np.integer[Any]],
    particles: pd.DataFrame,
    *,
    colour_by: str | None = None,
    classes: Sequence[str] = (),
    captions: Mapping[int, str] | None = None,
    wholes: Mapping[int, Patch] | None = None,
    settings: ReportingSettings | None = None,
) -> NDArray[np.uint8]:
    """Cut out particles and lay them side by side, sorted by size, all at one scale.

    The counted particles are shown (all, where none is counted). Where there are more than
    `settings.montage_count`, evenly spaced ranks are taken, the largest and the smallest among
    them, so that the montage shows the whole range.

    Parameters
    ----------
    micrograph : Micrograph
    labels : ndarray of shape (rows, cols), integer
        0 is background; particle k covers the pixels equal to k.
    particles : DataFrame
        With `id`, `ecd_nm` or `ecd_px`, and `counted` where known.
    colour_by, classes : str, sequence of str, optional
        As of `draw_overlay`.
    captions : mapping of int to str, optional
        What stands under each particle, by id; its size otherwise.
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others: they have their whole outlines.
    settings : ReportingSettings, optional

    Returns
    -------
    picture : ndarray of shape (picture rows, picture cols, 3), uint8
        RGB; a small empty sheet where there are no particles.

    Raises
    ------
    InputError
        If the labels do not have the micrograph's shape.

    Examples
    --------
    >>> import pandas as pd
    >>> from micrographia.micrograph import Micrograph
    >>> labels = np.zeros((64, 80), np.int32)
    >>> labels[20:40, 20:40] = 1
    >>> table = pd.DataFrame({"id": [1], "ecd_px": [22.6], "counted": [True]})
    >>> draw_montage(Micrograph(labels * 9), labels, table).shape[2]
    3
    """
    settings = ReportingSettings() if settings is None else settings
    if labels.shape != micrograph.shape:
        raise InputError(
            f"{micrograph.name}: labels must have the image's shape {micrograph.shape}, "
            f"got {labels.shape}"
        )
    boxes = bounding_boxes(labels)
    for number, patch in (wholes or {}).items():
        boxes[number - 1] = patch.box
    chosen, total = _choose(particles, boxes, settings)
    if chosen.empty:
        sheet = np.full((4 * _CAPTION, 3 * _CELL, 3), INK, np.uint8)
        put_text(sheet, "no particles", (2.0 * _CAPTION, 1.5 * _CELL), 15, PAPER)
        return sheet
    side = _window(chosen["id"].tolist(), boxes)
    groups = {k: one for one in group_particles(particles, colour_by, classes) for k in one.ids}
    captions = _sizes(chosen) if captions is None else captions
    cells = _cells(
        micrograph,
        labels,
        boxes,
        captions,
        groups,
        side,
        settings.contrast_clip,
        chosen["id"].tolist(),
        wholes,
    )
    sheet = _lay_out(cells)
    edge = None
    if micrograph.pixel_size is not None:
        edge = micrograph.pixel_size.col * side / _CELL
    note = f"{len(chosen):,} of {total:,} particles, by size" if total > len(chosen) else (
        f"{total:,} particles, by size" if total > 1 else "1 particle"
    )  # fmt: skip
    notes = (
        [note] if micrograph.pixel_size is not None else [note, "no pixel size: sizes in pixels"]
    )
    return add_strip(sheet, [], edge, notes=notes, size=15)


def _choose(
    particles: pd.DataFrame,
    boxes: list[tuple[slice, slice] | None],
    settings: ReportingSettings,
) -> tuple[pd.DataFrame, int]:
    """The particles to show, in order, and how many they stand for."""
    present = particles["id"].map(lambda k: 0 < k <= len(boxes) and boxes[k - 1] is not None)
    shown = particles.loc[present.to_numpy(dtype=bool)]
    if "counted" in shown and shown["counted"].any():
        shown = shown.loc[shown["counted"].to_numpy(dtype=bool)]
    column = _size_column(shown)
    if column is not None:
        shown = shown.sort_values(
            column, ascending=settings.montage_order == "ascending", kind="stable"
        )
    total = len(shown)
    if total > settings.montage_count:
        ranks = np.linspace(0, total - 1, settings.montage_count).round().astype(int)
        shown = shown.iloc[np.unique(ranks)]
    return shown, total


def _size_column(particles: pd.DataFrame) -> str | None:
    return next((name for name in ("ecd_nm", "ecd_px") if name in particles), None)


def _window(ids: list[int], boxes: list[tuple[slice, slice] | None]) -> int:
    """Side of the square that holds the largest of the particles with a margin [px]."""
    found = [box for k in ids if (box := boxes[k - 1]) is not None]
    longest: int = max(part.stop - part.start for box in found for part in box)
    return max(8, math.ceil(_MARGIN * longest) + 2)


def _sizes(chosen: pd.DataFrame) -> dict[int, str]:
    """The size of each particle in words."""
    column = _size_column(chosen)
    if column is None:
        return {}
    unit = column.rpartition("_")[2]
    pairs = zip(chosen["id"].tolist(), chosen[column], strict=True)
    return {number: f"{value:.3g} {unit}" for number, value in pairs}


def _cells(
    micrograph: Micrograph,
    labels: NDArray[np.integer[Any]],
    boxes: list[tuple[slice, slice] | None],
    captions: Mapping[int, str],
    groups: Mapping[int, Group],
    side: int,
    clip: float,
    ids: Sequence[int],
    wholes: Mapping[int, Patch] | None,
) -> list[NDArray[np.uint8]]:
    low, high = limits(micrograph.pixels, clip)
    factor = _CELL / side
    cells = []
    for label in ids:
        box = boxes[label - 1]
        if box is None:
            continue
        middle = [(part.start + part.stop) // 2 for part in box]
        place = middle[0] - side // 2, middle[1] - side // 2
        cell = np.full((_CELL + _CAPTION, _CELL, 3), INK, np.uint8)
        window = cell[:_CELL]
        window[:] = _crop(micrograph.pixels, place, side, low, high)
        group = groups[label]
        closed = not group.dashed
        to = Fit((_CELL, _CELL), factor, factor)
        for shape in shapes(labels, boxes, [label], to, closed, wholes):
            start = np.array([place[1], place[0]]) * factor * (1 << SHIFT)
            lines = [np.rint(chain - start).astype(np.int32) for chain in shape.chains]
            if group.dashed:
                lines = [part for line in lines for part in dashes(line, max(2, round(6 / factor)))]
            cv2.polylines(window, lines, closed, group.colour, 1, cv2.LINE_AA, shift=SHIFT)
        text = f"{label}   {captions.get(label, '')}".strip()
        put_text(cell, text, (_CELL + _CAPTION / 2, _CELL / 2), 12, PAPER)
        cells.append(cell)
    return cells


def _crop(
    pixels: NDArray[Any], place: tuple[int, int], side: int, low: float, high: float
) -> NDArray[np.uint8]:
    """A square of the image, in grey RGB of the cell's size; what lies outside stays dark."""
    rows, cols = pixels.shape
    r0, c0 = max(place[0], 0), max(place[1], 0)
    r1, c1 = min(place[0] + side, rows), min(place[1] + side, cols)
    square = np.full((side, side, 3), INK, np.uint8)
    part = stretch(pixels[r0:r1, c0:c1], low, high)
    square[r0 - place[0] : r1 - place[0], c0 - place[1] : c1 - place[1]] = part[..., None]
    method = cv2.INTER_AREA if side > _CELL else cv2.INTER_NEAREST
    picture: NDArray[np.uint8] = cv2.resize(square, (_CELL, _CELL), interpolation=method)
    return picture


def _lay_out(cells: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    height, width = _CELL + _CAPTION + _GAP, _CELL + _GAP
    across = max(3, min(len(cells), math.ceil(math.sqrt(1.5 * len(cells)))))
    down = math.ceil(len(cells) / across)
    sheet = np.full((down * height + _GAP, across * width + _GAP, 3), INK, np.uint8)
    for at, cell in enumerate(cells):
        row, col = _GAP + at // across * height, _GAP + at % across * width
        sheet[row : row + cell.shape[0], col : col + cell.shape[1]] = cell
    return sheet
