"""Maps of relevance from a bundle alone, without torch.

Class activation maps (B. Zhou et al., CVPR 2016, arXiv:1512.04150) are an output of bundles whose
networks end in a mean over rows and columns and a linear layer. Every bundle can be occluded
(M. D. Zeiler and R. Fergus, ECCV 2014, arXiv:1311.2901).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle

__all__ = ["activation_maps", "has_maps", "occlusion_map"]

_BATCH = 64


def has_maps(outputs: dict[str, NDArray[Any]]) -> bool:
    """Whether a bundle's answers hold class activation maps of more than one pixel.

    Examples
    --------
    >>> has_maps({"logits": np.zeros((1, 2)), "maps": np.zeros((1, 2, 4, 4))})
    True
    """
    found = outputs.get("maps")
    return found is not None and found.ndim == 4 and min(found.shape[2:]) > 1


def activation_maps(bundle: Bundle, images: NDArray[Any]) -> NDArray[np.float32]:
    """Where a class is seen: its map, brought to the size of the input.

    Parameters
    ----------
    bundle : Bundle
    images : ndarray of shape (n, channels, rows, cols), float32
        As `micrographia.bundles.prepare` makes them.

    Returns
    -------
    maps : ndarray of shape (n, classes, rows, cols), float32
        The mean over rows and columns of a bundle's own, coarser map is the logit of its class.

    Raises
    ------
    InputError
        If the bundle has no maps.
    """
    outputs = bundle.run(np.asarray(images, np.float32))
    if not has_maps(outputs):
        raise InputError(
            f"{bundle.card.name}: the model has no class activation maps (its network does not "
            "end in a mean over rows and columns); take the method 'occlusion'"
        )
    rows, cols = images.shape[2:]
    maps = outputs["maps"]
    found = np.empty((*maps.shape[:2], rows, cols), np.float32)
    for image, own in zip(found, maps, strict=True):
        for target, source in zip(image, own, strict=True):
            target[:] = cv2.resize(source, (cols, rows), interpolation=cv2.INTER_LINEAR)
    return found


def occlusion_map(
    score: Callable[[NDArray[np.float32]], NDArray[Any]],
    image: NDArray[Any],
    *,
    window: float = 0.125,
    stride: float = 0.5,
    fill: float | None = None,
) -> NDArray[np.float64]:
    """How much the answer for every class loses when a square of the image is hidden.

    Parameters
    ----------
    score : callable
        From images of shape (n, channels, rows, cols) to scores of shape (n, classes).
    image : ndarray of shape (channels, rows, cols)
    window : float
        Edge of the square, as a share of the image's longer side.
    stride : float
        Step of the square, as a share of its edge.
    fill : float, optional
        Grey level that hides; the image's median where not given.

    Returns
    -------
    maps : ndarray of shape (classes, rows, cols)
        Mean loss of score over the squares that cover a pixel; positive where the pixel speaks for
        the class.

    Examples
    --------
    >>> image = np.zeros((1, 8, 8), np.float32)
    >>> image[0, 2, 2] = 1
    >>> found = occlusion_map(lambda x: x.sum(axis=(1, 2, 3))[:, None], image, window=0.25)
    >>> [int(i) for i in np.unravel_index(found[0].argmax(), (8, 8))], float(found[0, 6, 6])
    ([2, 2], 0.0)
    """
    image = np.asarray(image, np.float32)
    if image.ndim != 3:
        raise InputError(f"wanted an image of shape (channels, rows, cols), got {image.shape}")
    rows, cols = image.shape[1:]
    edge = max(1, round(window * max(rows, cols)))
    step = max(1, round(stride * edge))
    level = float(np.median(image)) if fill is None else fill
    places = [(r, c) for r in _starts(rows, edge, step) for c in _starts(cols, edge, step)]
    whole = np.asarray(score(image[None]), np.float64)[0]
    total = np.zeros((len(whole), rows, cols))
    times = np.zeros((rows, cols))
    for begin in range(0, len(places), _BATCH):
        part = places[begin : begin + _BATCH]
        batch = np.repeat(image[None], len(part), axis=0)
        for hidden, (r, c) in zip(batch, part, strict=True):
            hidden[:, r : r + edge, c : c + edge] = level
        lost = whole - np.asarray(score(batch), np.float64)
        for loss, (r, c) in zip(lost, part, strict=True):
            total[:, r : r + edge, c : c + edge] += loss[:, None, None]
            times[r : r + edge, c : c + edge] += 1
    return total / np.maximum(times, 1)


def _starts(length: int, edge: int, step: int) -> list[int]:
    """Where squares begin, so that the last one ends at the image's edge."""
    last = max(0, length - edge)
    return sorted({*range(0, last + 1, step), last})
