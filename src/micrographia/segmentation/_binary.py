"""The mask that the named methods start from: polarity, steps, threshold, morphology."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.preprocessing._polarity import Polarity, estimate_polarity
from micrographia.preprocessing._tables import apply_steps
from micrographia.preprocessing.otsu import Otsu

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.preprocessing._base import MorphologyBase, StepBase
    from micrographia.segmentation._scene import Scene

__all__ = ["Binary", "binarize", "fill_holes"]


@dataclasses.dataclass(frozen=True, eq=False)
class Binary:
    """A mask and how it was made.

    Parameters
    ----------
    mask : ndarray of shape (rows, cols), bool
        True on particles.
    polarity : {"dark", "bright"}
    steps : tuple of steps
        The preprocessing that ran.
    """

    mask: NDArray[np.bool_]
    polarity: Polarity
    steps: tuple[StepBase, ...]


def binarize(
    scene: Scene,
    steps: Sequence[StepBase] = (),
    morphology: Sequence[MorphologyBase] = (),
) -> Binary:
    """Make the mask; what the settings say goes before the method's own choice.

    Parameters
    ----------
    scene : Scene
    steps, morphology : sequences
        The method's own choice.

    Returns
    -------
    binary : Binary
    """
    settings = scene.settings
    chosen = tuple(steps if settings.steps is None else settings.steps)
    polarity = find_polarity(scene)
    image = scene.image if polarity == "bright" else 1 - scene.image
    image = apply_steps(image, chosen, scene.record)
    threshold = settings.threshold or Otsu()
    mask = threshold.apply(image, scene.valid)
    for operation in morphology if settings.morphology is None else settings.morphology:
        mask = operation.apply(mask)
    if settings.fill_holes:
        mask = fill_holes(mask)
    if scene.valid is not None:
        mask = mask & scene.valid
    scene.record("binary", mask)
    return Binary(mask, polarity, chosen)


def find_polarity(scene: Scene) -> Polarity:
    """The polarity that is set, or the image's own."""
    if scene.settings.polarity != "auto":
        return scene.settings.polarity
    import cv2

    smooth = np.asarray(cv2.GaussianBlur(scene.image, (0, 0), 2.0), np.float32)
    return estimate_polarity(smooth, scene.valid)


def fill_holes(mask: NDArray[np.bool_], max_area: float = np.inf) -> NDArray[np.bool_]:
    """Fill background that does not reach the image's border.

    Parameters
    ----------
    mask : ndarray of shape (rows, cols), bool
    max_area : float [px²]
        Larger holes stay open.

    Returns
    -------
    filled : ndarray of shape (rows, cols), bool

    Examples
    --------
    >>> ring = np.ones((3, 3), bool); ring[1, 1] = False
    >>> bool(fill_holes(ring).all())
    True
    """
    import cv2

    count, regions, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    rows, cols = mask.shape
    left, top, width, height, area = stats.T
    inside = (left > 0) & (top > 0) & (left + width < cols) & (top + height < rows)
    hole = inside & (area <= max_area)
    hole[0] = False
    return mask | hole[regions] if count > 1 else mask
