"""The overlay: what was found, what was counted, and what was left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.errors import InputError
from micrographia.reporting._canvas import Fit, fit, grey_picture, resize_mask
from micrographia.reporting._palette import WHITE, Group, group_particles
from micrographia.reporting._shapes import SHIFT, Shape, bounding_boxes, dashes, shapes
from micrographia.reporting._strip import add_strip, burn_bar
from micrographia.reporting._text import put_text, text_size
from micrographia.reporting.settings import ReportingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.micrograph import Micrograph

__all__ = ["draw_overlay"]

_SMALLEST_TEXT = 9
_SMALLEST_RIMMED = 16
_HALO = (12, 14, 18)


def draw_overlay(
    micrograph: Micrograph,
    labels: NDArray[np.integer[Any]],
    particles: pd.DataFrame,
    *,
    excluded: NDArray[np.bool_] | None = None,
    wholes: Mapping[int, Patch] | None = None,
    scale_bar: bool | None = None,
    legend: bool = True,
    colour_by: str | None = None,
    classes: Sequence[str] = (),
    settings: ReportingSettings | None = None,
) -> NDArray[np.uint8]:
    """Draw the outline of every particle over the micrograph.

    Counted particles have solid outlines, where asked in a colour for each class, those left out
    dashed ones in a colour for each reason; ids stand where they fit. Excluded areas are dimmed and
    hatched. A strip under the image holds the legend and the scale bar, so that neither hides a
    particle. Row and column 0 of the picture are those of the image; large images shrink to
    `settings.overlay_side`; tiny ones, and those of tiny particles, are enlarged by a whole factor.

    Parameters
    ----------
    micrograph : Micrograph
        Its pixels stay as they are; contrast is stretched in the picture alone.
    labels : ndarray of shape (rows, cols), integer
        0 is background; particle k covers the pixels equal to k.
    particles : DataFrame
        The particles table; `id`, `counted` and `reason` are used.
    excluded : ndarray of shape (rows, cols), bool, optional
        True where nothing was looked for.
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others: they have their whole outlines.
    scale_bar : bool, optional
        Whether to draw a scale bar; by default where the pixel size is known. Its length is
        along the columns.
    legend : bool
        Whether to add the strip; without it the scale bar is drawn in the image's corner.
    colour_by : str, optional
        The column of a model's answers, such as `outline`.
    classes : sequence of str
        Of that model; each has its colour, the same in every picture.
    settings : ReportingSettings, optional

    Returns
    -------
    picture : ndarray of shape (picture rows, picture cols, 3), uint8
        RGB.

    Raises
    ------
    InputError
        If labels or excluded area do not have the micrograph's shape.

    Examples
    --------
    >>> import pandas as pd
    >>> from micrographia.micrograph import Micrograph
    >>> labels = np.zeros((64, 80), np.int32)
    >>> labels[20:40, 20:40] = 1
    >>> table = pd.DataFrame({"id": [1], "counted": [True], "reason": [""]})
    >>> draw_overlay(Micrograph(labels * 9), labels, table, legend=False).shape
    (512, 640, 3)
    """
    settings = ReportingSettings() if settings is None else settings
    for name, array in (("labels", labels), ("excluded", excluded)):
        if array is not None and array.shape != micrograph.shape:
            raise InputError(
                f"{micrograph.name}: {name} must have the image's shape {micrograph.shape}, "
                f"got {array.shape}"
            )
    boxes = bounding_boxes(labels)
    to = fit(micrograph.shape, settings.overlay_side, _typical(boxes))
    picture = grey_picture(micrograph.pixels, to, settings.contrast_clip)
    if excluded is not None and excluded.any():
        _hatch(picture, resize_mask(excluded, to))
    groups = group_particles(particles, colour_by, classes)
    outlined = _draw_outlines(picture, labels, boxes, groups, to, wholes)
    skipped = _draw_ids(picture, outlined) if settings.overlay_ids else 0
    bar = micrograph.pixel_size is not None if scale_bar is None else scale_bar
    edge = micrograph.pixel_size.col / to.col if bar and micrograph.pixel_size else None
    if not legend:
        if edge is not None:
            burn_bar(picture, edge)
        return picture
    notes = [] if micrograph.pixel_size is not None else ["no pixel size: lengths in pixels"]
    if skipped:
        notes.append(f"{skipped:,} {'id' if skipped == 1 else 'ids'} not written, for want of room")
    hatched = excluded is not None and bool(excluded.any())
    return add_strip(picture, groups, edge, excluded=hatched, notes=notes)


def _typical(boxes: list[tuple[slice, slice] | None]) -> float | None:
    """Median of the longer sides of the bounding boxes [px]; None without particles."""
    sides = [max(part.stop - part.start for part in box) for box in boxes if box is not None]
    return float(np.median(sides)) if sides else None


def _hatch(picture: NDArray[np.uint8], mask: NDArray[np.bool_]) -> None:
    """Dim what is excluded and draw diagonal lines over it."""
    rows, cols = picture.shape[:2]
    step = max(8, max(rows, cols) // 80)
    width = max(1, step // 8)
    across = np.arange(cols)
    for row in range(rows):
        line = mask[row]
        if not line.any():
            continue
        part = picture[row]
        part[line] = part[line] // 3 + 30
        part[line & ((across + row) % step < width)] = (176, 182, 190)


def _draw_outlines(
    picture: NDArray[np.uint8],
    labels: NDArray[np.integer[Any]],
    boxes: list[tuple[slice, slice] | None],
    groups: list[Group],
    to: Fit,
    wholes: Mapping[int, Patch] | None,
) -> list[Shape]:
    """Draw all groups, the counted last so that they lie on top; return what was drawn."""
    thick = max(1, round(max(picture.shape[:2]) / 1100))
    dash = max(3, round(5 * thick / to.scale))
    rim = thick + (2 if (_typical(boxes) or 0) * to.scale >= _SMALLEST_RIMMED else 0)
    drawn: list[Shape] = []
    for group in reversed(groups):
        closed = not group.dashed
        new = list(shapes(labels, boxes, group.ids, to, closed, wholes))
        lines = [chain for shape in new for chain in shape.chains]
        if group.dashed:
            lines = [part for chain in lines for part in dashes(chain, dash)]
        if rim > thick:
            cv2.polylines(picture, lines, closed, _HALO, rim, cv2.LINE_8, shift=SHIFT)
        cv2.polylines(picture, lines, closed, group.colour, thick, cv2.LINE_AA, shift=SHIFT)
        drawn += new
    return drawn


def _draw_ids(picture: NDArray[np.uint8], outlined: list[Shape]) -> int:
    """Write the ids that fit; the number of those that do not is returned."""
    skipped = 0
    typical = np.median([max(shape.extent) for shape in outlined]) if outlined else 0
    longest = max(12, round(max(picture.shape[:2]) / 75))
    for shape in outlined:
        text = str(shape.label)
        # One size for most of them, larger in particles far above the typical.
        largest = min(max(0.4 * typical, 0.2 * max(shape.extent)), longest)
        for part in (1, 0.75, 0.55, 0):
            size = max(_SMALLEST_TEXT, round(largest * part))
            height, width = text_size(text, size)
            if height <= 0.7 * shape.extent[0] and width <= 0.8 * shape.extent[1]:
                put_text(picture, text, shape.middle, size, WHITE, _HALO)
                break
        else:
            skipped += 1
    return skipped
