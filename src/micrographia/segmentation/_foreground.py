"""What is particle and what is background, chosen from the image itself."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from micrographia.preprocessing._tables import apply_steps
from micrographia.preprocessing.flatten import Flatten, background
from micrographia.preprocessing.gaussian import Gaussian
from micrographia.preprocessing.otsu import otsu_threshold
from micrographia.segmentation._binary import find_polarity
from micrographia.segmentation._support import on_support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.preprocessing._base import StepBase
    from micrographia.preprocessing._polarity import Polarity
    from micrographia.segmentation._scene import Scene

__all__ = ["Foreground", "find_foreground"]


_RIM_PX = 9
_SIGMAS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
_CLEAR = 10.0
_NOTHING = 4.0
_FLATTEN_GAIN = 0.03
_SAMPLE = 1 << 19
_FEW = 1000


@dataclasses.dataclass(frozen=True, eq=False)
class Foreground:
    """The mask of the particles and the image that it was found in.

    Parameters
    ----------
    mask : ndarray of shape (rows, cols), bool
    smooth : ndarray of shape (rows, cols), float32
        The smoothed image, particles bright.
    background : float
        Median of `smooth` outside the mask.
    grain : float
        Standard deviation of the noise left in `smooth`.
    contrast : float
        Median of `smooth` inside the mask, less the background.
    polarity : {"dark", "bright"}
    steps : tuple of steps
    """

    mask: NDArray[np.bool_]
    smooth: NDArray[np.float32]
    background: float
    grain: float
    contrast: float
    polarity: Polarity
    steps: tuple[StepBase, ...]


def find_foreground(scene: Scene) -> Foreground:
    """Smooth the image as much as its noise asks for, and find the particles' mask.

    Otsu's threshold finds what stands out most. The background's own level and deviation are then
    taken outside it, and fainter objects are added where they stand out of that.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    foreground : Foreground
    """
    polarity = find_polarity(scene)
    image = scene.image if polarity == "bright" else np.float32(1) - scene.image
    steps = scene.settings.steps
    chosen = own_steps(image, scene.valid) if steps is None else steps
    smooth = apply_steps(image, chosen, scene.record)
    if scene.settings.threshold is not None:
        mask = scene.settings.threshold.apply(smooth, scene.valid)
    elif _clarity(smooth, chosen, scene.valid) < _NOTHING:
        smooth, mask, polarity = _rare(smooth, polarity, scene)
    else:
        mask = _two_passes(smooth, scene.valid)
        if steps is None:
            smooth, mask, added = on_support(smooth, mask, scene.valid, _two_passes)
            chosen = (*chosen, *added)
    for operation in scene.settings.morphology or ():
        mask = operation.apply(mask)
    if scene.valid is not None:
        mask &= scene.valid
    level, _, contrast = _levels(smooth, mask, scene.valid)
    left = grain(smooth, _sigma_of(chosen), scene.valid)
    if scene.settings.fill_holes:
        mask = _fill_dark_spots(mask, smooth, level + contrast / 2)
    scene.record("binary", mask)
    return Foreground(mask, smooth, level, left, contrast, polarity, tuple(chosen))


def sample(
    image: NDArray[np.float32], where: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Pixels on a grid of about a million places, enough for medians and histograms."""
    step = max(1, round(math.sqrt(image.size / _SAMPLE)))
    grid = (slice(None, None, step), slice(None, None, step))
    if where is None:
        return image[grid].ravel()
    found = image[grid][where[grid]]
    return found if found.size >= _FEW else image[where]


def _clarity(
    smooth: NDArray[np.float32], steps: Sequence[StepBase], valid: NDArray[np.bool_] | None
) -> float:
    """Contrast of Otsu's two classes over the grain; about 2 for nothing but noise."""
    values = sample(smooth, valid)
    threshold = otsu_threshold(values)
    if threshold is None:
        return math.inf
    above = values > threshold
    contrast = float(np.median(values[above])) - float(np.median(values[~above]))
    return contrast / max(grain(smooth, _sigma_of(steps), valid), 1e-12)


def _sigma_of(steps: Sequence[StepBase]) -> float:
    return max([1.0, *(float(getattr(step, "sigma_px", 1.0)) for step in steps)])


def _rare(
    smooth: NDArray[np.float32], polarity: Polarity, scene: Scene
) -> tuple[NDArray[np.float32], NDArray[np.bool_], Polarity]:
    """What stands out by six deviations, where particles are too few to make a class.

    The polarity is then that of what stands out, unless it is set.
    """
    values = sample(smooth, scene.valid)
    level = float(np.median(values))
    reach = np.float32(6 * 1.4826 * float(np.median(np.abs(values - level))))
    above = smooth > level + reach
    below = smooth < level - reach
    if scene.valid is not None:
        above &= scene.valid
        below &= scene.valid
    if scene.settings.polarity == "auto" and below.sum() > above.sum():
        smooth, above = np.float32(1) - smooth, below
        polarity = "dark" if polarity == "bright" else "bright"
    if not above.any():
        scene.warnings.append("nothing stands out from the noise: no particles found")
    return smooth, np.asarray(above), polarity


def own_steps(
    image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
) -> Sequence[StepBase]:
    """Smoothing, and flattening where it parts particles and background better.

    How well they are parted is Otsu's criterion: the share of the variance that lies between the
    two classes.
    """
    gaussian = smoothing(image, valid)
    if gaussian is None:
        return ()
    smooth = gaussian.apply(image)
    flat = smooth - background(smooth, 2, valid)
    gain = _separation(sample(flat, valid)) - _separation(sample(smooth, valid))
    return (Flatten(), gaussian) if gain > _FLATTEN_GAIN else (gaussian,)


def _separation(values: NDArray[np.float32]) -> float:
    threshold = otsu_threshold(values)
    if threshold is None:
        return 0.0
    above = values > threshold
    share = float(above.mean())
    between = share * (1 - share) * float(values[above].mean() - values[~above].mean()) ** 2
    return between / float(values.var())


def smoothing(
    image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
) -> Gaussian | None:
    """The weakest of a row of Gaussians that leaves the grain below a tenth of the contrast.

    The grain is measured in the smoothed image, so noise that is correlated between pixels is
    seen, too. Where no Gaussian is enough, the one that leaves the clearest image is taken: fine
    structure, unlike noise, does not become clearer by smoothing.
    """
    import cv2

    clearest, chosen = 0.0, _SIGMAS[0]
    for sigma in _SIGMAS:
        smooth = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
        values = sample(smooth, valid)
        threshold = otsu_threshold(values)
        if threshold is None:
            return None
        above = values > threshold
        contrast = float(np.median(values[above])) - float(np.median(values[~above]))
        clear = contrast / max(grain(smooth, sigma, valid), 1e-12)
        if clear > clearest:
            clearest, chosen = clear, sigma
        if clear > _CLEAR:
            break
    return Gaussian(sigma_px=chosen)


def grain(
    smooth: NDArray[np.float32], sigma: float, valid: NDArray[np.bool_] | None = None
) -> float:
    """Robust standard deviation of what is left of the noise after smoothing.

    The image less itself smoothed by 2σ holds the grain and little of slopes and particles; of
    white noise it holds a share of √0.45.
    """
    import cv2

    fine = smooth - cv2.GaussianBlur(smooth, (0, 0), 2 * sigma)
    values = np.abs(sample(np.asarray(fine, np.float32), valid))
    return 1.4826 * float(np.median(values)) / math.sqrt(0.45) if values.size else 0.0


def _two_passes(smooth: NDArray[np.float32], valid: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    threshold = otsu_threshold(sample(smooth, valid))
    if threshold is None:
        return np.zeros(smooth.shape, bool)
    mask = smooth > threshold
    level, deviation, contrast = _levels(smooth, mask, valid)
    floor = level + max(0.2 * contrast, 5 * deviation)
    if floor < threshold:
        mask = _with_faint(mask, np.asarray(smooth > floor))
    return mask


def _with_faint(mask: NDArray[np.bool_], above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add what stands out less: objects on their own, and what is wider than a blurred rim."""
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_RIM_PX, _RIM_PX))
    rest = (above & ~mask).astype(np.uint8)
    wide = cv2.dilate(cv2.morphologyEx(rest, cv2.MORPH_OPEN, kernel), kernel) & rest
    count, labels = cv2.connectedComponents((mask | above).astype(np.uint8), connectivity=4)
    alone = np.ones(count, bool)
    alone[labels[mask]] = False
    alone[0] = False
    return np.asarray(mask | (wide > 0) | alone[labels])


def _levels(
    smooth: NDArray[np.float32], mask: NDArray[np.bool_], valid: NDArray[np.bool_] | None
) -> tuple[float, float, float]:
    """Median and deviation of the background, and the contrast of the particles."""
    ground = sample(smooth, ~mask if valid is None else ~mask & valid)
    figure = sample(smooth, mask if valid is None else mask & valid)
    if ground.size == 0:
        return 0.0, 0.0, 1.0
    level = float(np.median(ground))
    lower = ground[ground <= level]
    deviation = 1.4826 * float(np.median(level - lower)) if lower.size else 0.0
    contrast = float(np.median(figure)) - level if figure.size else 0.0
    return level, deviation, max(contrast, 0.0)


def _fill_dark_spots(
    mask: NDArray[np.bool_], smooth: NDArray[np.float32], level: float
) -> NDArray[np.bool_]:
    """Fill holes whose mean is nearer to the particles' level than to the background's."""
    import cv2

    count, regions, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    if count <= 1:
        return mask
    left, top, width, height, area = stats.T
    inside = (left > 0) & (top > 0)
    inside &= (left + width < mask.shape[1]) & (top + height < mask.shape[0])
    inside[0] = False
    where = inside[regions]
    sums = np.bincount(regions[where], smooth[where], minlength=count)
    spot = inside & ((sums / np.maximum(area, 1) > level) | (area <= 4))
    return np.asarray(mask | spot[regions])
