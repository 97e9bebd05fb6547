"""Texture, gradient, shape and local descriptors of an image, computed without a network.

Each is computed of grey levels brought to the range of the image, so that a linear change of them
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from micrographia.errors import InputError

__all__ = ["DESCRIPTORS", "describe", "parse_descriptors"]

_SHAPE_ANGLES = 64
_LEVELS = 32


def describe(images: NDArray[Any], names: str) -> NDArray[np.float32]:
    """Compute descriptors of images of one size.

    Parameters
    ----------
    images : ndarray of shape (n, rows, cols) or (n, channels, rows, cols)
        Colours are averaged.
    names : str
        Names out of `DESCRIPTORS`, joined by ``+``.

    Returns
    -------
    descriptors : ndarray of shape (n, d), float32

    Raises
    ------
    InputError
        If a name is unknown, or the images are smaller than 16 px.

    Examples
    --------
    >>> describe(np.eye(32)[None], "lbp+glcm").shape
    (1, 72)
    """
    functions = [DESCRIPTORS[name] for name in parse_descriptors(names)]
    array = np.asarray(images, np.float32)
    if array.ndim == 4:
        array = array.mean(1)
    if array.ndim != 3 or min(array.shape[1:]) < 16:
        raise InputError(
            "descriptors: wanted images of shape (n, rows, cols) of at least 16 x 16 px, "
            f"got {np.shape(images)}"
        )
    rows = [np.concatenate([f(grey) for f in functions]) for grey in map(_grey, array)]
    return np.asarray(rows, np.float32)


def parse_descriptors(names: str) -> tuple[str, ...]:
    """Split names of descriptors, and check them.

    Raises
    ------
    InputError
        If one is unknown.

    Examples
    --------
    >>> parse_descriptors("hog+lbp")
    ('hog', 'lbp')
    """
    parts = tuple(part.strip() for part in names.split("+"))
    unknown = [part for part in parts if part not in DESCRIPTORS]
    if unknown:
        raise InputError(
            f"there are no descriptors {', '.join(map(repr, unknown))}; there are "
            f"{', '.join(DESCRIPTORS)}; join several by +"
        )
    return parts


def _grey(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = float(image.min()), float(image.max())
    return np.asarray(np.rint((image - low) * (255 / (high - low or 1))), np.uint8)


def _hog(grey: NDArray[np.uint8]) -> NDArray[Any]:
    """Histograms of oriented gradients on 8 x 8 cells (Dalal and Triggs, CVPR 2005)."""
    from skimage.feature import hog

    sized = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA)
    return np.asarray(hog(sized, 9, (8, 8), (2, 2), block_norm="L2-Hys"))


def _lbp(grey: NDArray[np.uint8]) -> NDArray[Any]:
    """Local binary patterns, uniform, rotation invariant (Ojala et al., TPAMI 2002)."""
    from skimage.feature import local_binary_pattern

    found = []
    for points, radius in ((8, 1), (16, 2), (24, 3)):
        codes = local_binary_pattern(grey, points, radius, "uniform").astype(int)
        found.append(np.bincount(codes.ravel(), minlength=points + 2) / codes.size)
    return np.asarray(np.sqrt(np.concatenate(found)))


def _glcm(grey: NDArray[np.uint8]) -> NDArray[Any]:
    """Texture of grey level co-occurrence, mean over directions (Haralick et al., 1973)."""
    from skimage.feature import graycomatrix, graycoprops

    coarse = (grey // (256 // _LEVELS)).astype(np.uint8)
    angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    matrix = graycomatrix(coarse, [1, 2, 4], angles, _LEVELS, symmetric=True, normed=True)
    names = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "ASM")
    return np.concatenate([graycoprops(matrix, name).mean(1) for name in names])


def _moments(grey: NDArray[np.uint8]) -> NDArray[Any]:
    """Hu's moments of the grey levels and of the outline, and how its radius varies round it.

    The outline is the largest part after Otsu's threshold, dark or bright, whichever touches
    less of the border.
    """
    mask = _part(grey)
    found = [_hu(grey), _hu(mask * np.uint8(255))]
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)
    area = max(float(mask.sum()), 1.0)
    hull = max(float(cv2.contourArea(cv2.convexHull(contour))), 1.0)
    perimeter = max(cv2.arcLength(contour, True), 1.0)
    (_, (width, height), _) = cv2.minAreaRect(contour)
    short, long = sorted((width + 1, height + 1))
    box = short * long
    found.append(
        np.array(
            [
                area / grey.size,
                min(area / hull, 2.0),
                4 * np.pi * area / perimeter**2,
                short / long,
                area / box,
                hull / box,
            ]
        )
    )
    found.append(_radii(contour[:, 0].astype(np.float64)))
    return np.concatenate(found)


def _part(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    _, bright = cv2.threshold(cv2.GaussianBlur(grey, (3, 3), 0), 0, 1, cv2.THRESH_OTSU)
    edge = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    mask = bright if edge.mean() <= 0.5 else 1 - bright
    number, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if number < 2:
        return np.ones_like(grey)
    largest = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    return np.asarray(labels == largest, np.uint8)


def _hu(picture: NDArray[np.uint8]) -> NDArray[Any]:
    moments = cv2.HuMoments(cv2.moments(picture)).ravel()
    return np.asarray(np.sign(moments) * np.log10(np.abs(moments) + 1e-12) / 12)


def _radii(points: NDArray[np.float64]) -> NDArray[Any]:
    """Sizes of the Fourier terms of the radius over the angle, which a rotation leaves alone."""
    away = points - points.mean(0)
    angle = np.arctan2(away[:, 1], away[:, 0])
    radius = np.hypot(*away.T)
    order = np.argsort(angle)
    even = np.linspace(-np.pi, np.pi, _SHAPE_ANGLES, endpoint=False)
    profile = np.interp(even, angle[order], radius[order], period=2 * np.pi)
    terms = np.abs(np.fft.rfft(profile))
    return np.asarray(terms[1:17] / max(float(terms[0]), 1e-9))


def _gradients(grey: NDArray[np.uint8]) -> NDArray[Any]:
    """How strong gradients are at three scales, and how their directions are spread."""
    found = []
    for sigma in (0.7, 1.4, 2.8):
        smooth = cv2.GaussianBlur(grey.astype(np.float32) / 255, (0, 0), sigma)
        down, across = np.gradient(smooth)
        strength = np.hypot(down, across) * sigma
        bins = np.histogram(strength, np.concatenate([np.geomspace(1e-3, 0.5, 12), [10]]))[0]
        direction = np.arctan2(down, across)
        weight = strength.sum() + 1e-9
        orders = [
            abs((strength * np.exp(1j * k * direction)).sum()) / weight for k in (1, 2, 3, 4, 6)
        ]
        found.append(np.concatenate([np.sqrt(bins / grey.size), orders]))
    return np.concatenate(found)


def _local(grey: NDArray[np.uint8]) -> NDArray[Any]:
    """SIFT descriptors on a grid, their mean and spread (Lowe, IJCV 2004)."""
    rows, cols = grey.shape
    step = min(rows, cols) / 8
    places = [
        cv2.KeyPoint(float(x), float(y), float(2 * step), 0.0)
        for y in np.linspace(step, rows - step, 7)
        for x in np.linspace(step, cols - step, 7)
    ]
    _, found = cv2.SIFT.create().compute(grey, places)
    rooted = np.sqrt(found / np.maximum(found.sum(1, keepdims=True), 1e-9))
    return np.concatenate([rooted.mean(0), rooted.std(0)])


DESCRIPTORS: dict[str, Callable[[NDArray[np.uint8]], NDArray[Any]]] = {
    "hog": _hog,
    "lbp": _lbp,
    "glcm": _glcm,
    "moments": _moments,
    "gradients": _gradients,
    "local": _local,
}
"""Name to what computes it of a grey image."""
