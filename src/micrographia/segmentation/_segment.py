"""The one entrance for all methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError
from micrographia.preprocessing._clean import clean
from micrographia.segmentation._labels import (
    areas_of,
    connected,
    in_reading_order,
    keep,
    shared_pixels,
)
from micrographia.segmentation._refine import light_smoothing, refine
from micrographia.segmentation._scene import Found, Scene, Segmentation, _ignore
from micrographia.segmentation._table import load_method
from micrographia.segmentation.settings import SegmentationSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.preprocessing._base import Record

__all__ = ["segment"]

_MIN_AREA_PX = 16.0


def segment(
    pixels: NDArray[Any],
    settings: SegmentationSettings | None = None,
    valid: NDArray[np.bool_] | None = None,
    record: Record | None = None,
) -> Segmentation:
    """Find the particles of an image.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
        Intensities as recorded, integer or float, of any range. NaN and infinite pixels are left
        out, with a warning.
    settings : SegmentationSettings, optional
    valid : ndarray of shape (rows, cols), bool, optional
        True where particles may be.
    record : callable, optional
        Called as ``record(name, array)`` with the picture of each stage: as the method has them,
        ``denoised``, ``contrast``, ``binary``, ``distance``, ``seeds``, ``labels``.

    Returns
    -------
    segmentation : Segmentation

    Raises
    ------
    InputError
        If `pixels` is no image, or `valid` is of another shape.
    SettingsError
        If no method has the name asked for.

    Examples
    --------
    >>> rows, cols = np.mgrid[:60, :60]
    >>> image = 200 - 100.0 * (np.hypot(rows - 30, cols - 30) < 12)
    >>> found = segment(image)
    >>> found.count, found.polarity, found.method
    (1, 'dark', 'network')
    """
    settings = settings or SegmentationSettings()
    method = load_method(settings.method)
    image, valid, warnings = clean(pixels, valid)
    scene = Scene(image, settings, _without_specks(valid), record or _ignore, warnings)
    found = method.find(scene)
    wanted = settings.refine
    if wanted is None:
        wanted = bool(getattr(method, "REFINES", False))
    labels = _finish(found, scene, valid, wanted)
    scene.record("labels", labels)
    return Segmentation(
        labels,
        settings.method,
        found.polarity,
        found.steps,
        tuple(dict.fromkeys(warnings)),
        None if found.certainty is None else _renumbered(found.certainty, found.labels, labels),
        _wholes(found, labels) if found.wholes else {},
    )


def _wholes(found: Found, after: NDArray[np.int32]) -> dict[int, Patch]:
    """All pixels of overlapping particles, by the labels that these have in the end."""
    from scipy.ndimage import find_objects

    from micrographia.segmentation._wholes import patch_of

    new, old, times = shared_pixels(after, found.labels)
    order = np.argsort(times, kind="stable")
    best = dict(zip(new[order].tolist(), old[order].tolist(), strict=True))
    boxes = find_objects(after)
    return {
        label: patch_of(found.wholes[best[label]], after, label, boxes[label - 1])
        for label in sorted(best)
        if best[label] in found.wholes
    }


def _renumbered(
    values: NDArray[np.float32], before: NDArray[np.integer], after: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Values by label, for the labels that became of them: of most of each one's pixels."""
    count = int(after.max(initial=0)) + 1
    new, old, times = shared_pixels(after, before)
    result = np.zeros(count, np.float32)
    order = np.argsort(times, kind="stable")
    result[new[order]] = values[old[order]]
    return result


def _without_specks(valid: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """Let single bad pixels and lines pass: they must not divide a particle."""
    if valid is None:
        return None
    import cv2

    kernel = np.ones((3, 3), np.uint8)
    areas = cv2.morphologyEx((~valid).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return None if not areas.any() else np.asarray(areas == 0)


def _finish(
    found: Found, scene: Scene, valid: NDArray[np.bool_] | None, refined: bool
) -> NDArray[np.int32]:
    """Hold every method to the contract."""
    labels = np.asarray(found.labels)
    if labels.shape != scene.image.shape or labels.dtype.kind not in "iu":
        raise InputError(
            f"method {scene.settings.method!r} must give integer labels of the image's shape "
            f"{scene.image.shape}, got {labels.dtype} of {labels.shape}"
        )
    labels = labels.astype(np.int32, copy=False)
    if refined:
        labels = _refined(labels, found, scene)
    if valid is not None:
        labels = np.where(valid, labels, np.int32(0))
    labels = connected(labels)
    least = scene.settings.min_area_px
    areas = areas_of(labels, int(labels.max(initial=0)))
    enough = areas >= (_MIN_AREA_PX if least is None else max(least, 1))
    return in_reading_order(keep(labels, enough))


def _refined(labels: NDArray[np.int32], found: Found, scene: Scene) -> NDArray[np.int32]:
    smooth = found.smooth
    if smooth is None:
        smooth = light_smoothing(scene, found.polarity)
    level = found.background
    if level is None:
        ground = smooth[labels == 0]
        level = float(np.median(ground)) if ground.size else 0.0
    return refine(labels, smooth, level, found.least_contrast, scene.settings.edge_level)
