"""What the network is to answer for each pixel: inside, how deep inside, where two meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation._depth import depth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation import Sample

__all__ = ["contacts", "label_deepest", "label_visible", "targets", "unsure"]

_CONTACT = 2
"""Half width of the band along which two particles meet [px]."""


_MOSTLY = 0.6


def label_visible(sample: Sample) -> NDArray[np.uint16]:
    """Labels of what is seen of each instance, from the bottom to the top."""
    labels = np.zeros(sample.pixels.shape, np.uint16)
    for number, one in enumerate(sample.instances, 1):
        top, left, bottom, right = one.box
        labels[top:bottom, left:right][one.visible] = number
    return labels


def label_deepest(sample: Sample) -> NDArray[np.uint16]:
    """Labels for images made by transmission, where one particle does not hide another.

    A pixel over which several lie belongs to the one that it lies deepest in, or to the one that
    lies mostly over another. What is covered by a bar or a footer stays out.
    """
    from scipy.ndimage import distance_transform_edt

    seen = label_visible(sample) > 0
    rows, cols = seen.shape
    labels = np.zeros(seen.shape, np.uint16)
    share = np.zeros(seen.shape, np.float32)
    sizes = [int(one.whole.sum()) for one in sample.instances]
    for k in np.argsort(-np.array(sizes, int), kind="stable"):
        one = sample.instances[k]
        top, left = one.origin
        inside = distance_transform_edt(np.pad(one.whole, 1))[1:-1, 1:-1].astype(np.float32)
        inside /= max(float(inside.max()), 1e-6)
        first = max(-top, 0), max(-left, 0)
        last = min(one.whole.shape[0], rows - top), min(one.whole.shape[1], cols - left)
        if last[0] <= first[0] or last[1] <= first[1]:
            continue
        inside = inside[first[0] : last[0], first[1] : last[1]]
        place = slice(top + first[0], top + last[0]), slice(left + first[1], left + last[1])
        own = (inside > 0) & seen[place]
        shared = own & (labels[place] > 0)
        if shared.sum() <= _MOSTLY * own.sum():
            own &= inside > share[place]
        labels[place][own] = k + 1
        share[place][own] = inside[own]
    return labels


def contacts(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Where two particles lie within 2 px of each other.

    Examples
    --------
    >>> contacts(np.array([[1, 1, 1, 1, 2, 2, 2, 2]], np.uint16)).astype(int)
    array([[0, 0, 1, 1, 1, 1, 0, 0]])
    """
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _CONTACT + 1,) * 2)
    largest = cv2.dilate(labels.astype(np.float32), kernel)
    turned = np.where(labels > 0, 70000 - labels.astype(np.float32), 0).astype(np.float32)
    least = 70000 - cv2.dilate(turned, kernel)
    return np.asarray((largest > 0) & (least < largest))


def unsure(sample: Sample, labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Ground on which a particle lies that noise or others hide: no answer is wrong there."""
    import cv2

    mask = np.zeros(labels.shape, np.uint8)
    for row, col, size in sample.parameters.get("unseen", ()):
        cv2.circle(mask, (round(col), round(row)), max(round(0.6 * size), 2), 1, cv2.FILLED)
    return np.asarray((mask > 0) & (labels == 0))


def targets(sample: Sample, by_depth: bool = True) -> NDArray[np.uint8]:
    """Picture, depth and flags of a sample.

    Parameters
    ----------
    sample : Sample
    by_depth : bool
        Whether particles that lie over each other in an image made by transmission share the
        pixels evenly (`label_deepest`); otherwise the upper one has them all.

    Returns
    -------
    layers : ndarray of shape (3, rows, cols), uint8
        The picture; `depth`; 1 where particles meet plus 2 where no answer is wrong.
    """
    through = by_depth and sample.parameters.get("mode") != "sem"
    labels = label_deepest(sample) if through else label_visible(sample)
    flags = contacts(labels).astype(np.uint8) + 2 * unsure(sample, labels).astype(np.uint8)
    return np.stack([sample.pixels, depth(labels), flags])
