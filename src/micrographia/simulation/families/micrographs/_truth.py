"""What is true of the image, and what of it can be seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._sample import Instance, Whole, stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.simulation.families.micrographs._camera import Camera
    from micrographia.simulation.families.micrographs._draw import Drawn, Picture
    from micrographia.simulation.families.micrographs.config import Config

__all__ = ["signal_to_noise", "truth"]

_STRETCHES = 12
"""Independent places along an outline at which it is told from the ground's structure."""


def signal_to_noise(
    contrast: float, area: float, blur: float, noise: float, texture: float = 0.0
) -> float:
    """Signal to noise of a particle for an observer who knows its outline.

    A change of `contrast` over `area` pixels gives contrast · √area / noise (Rose 1948,
    doi:10.1364/JOSA.38.000196); a blur of standard deviation s spreads the disc's signal over
    about area + 4 π s² pixels. Structure of the ground of the particle's own size does not average
    out over its area; it is counted as noise that is met 12 times along the outline, so that a
    particle as strong as the ground's structure has a ratio of about 3.5.

    Parameters
    ----------
    contrast, noise : float
        Root mean square change that the particle makes, and standard deviation of a pixel.
    area : float [px]
        What is seen of the particle.
    blur : float [px]
    texture : float
        Standard deviation of the ground's structure.

    Examples
    --------
    >>> signal_to_noise(0.1, 100, 0, 0.2), signal_to_noise(0.1, 100, 0, 0)
    (5.0, inf)
    >>> round(signal_to_noise(0.1, 100, 0, 0, texture=0.1), 2)
    3.46
    """
    if contrast <= 0 or area <= 0:
        return 0.0
    signal = area / math.sqrt(area + 4 * math.pi * blur**2)
    hidden = (noise / (contrast * signal)) ** 2 + (texture / contrast) ** 2 / _STRETCHES
    return math.inf if hidden == 0 else 1 / math.sqrt(hidden)


def truth(
    drawn: Sequence[Drawn], picture: Picture, camera: Camera, covered: NDArray[np.bool_],
    margin: int, config: Config, nm_per_px: float,
) -> tuple[tuple[Instance, ...], list[list[float]]]:  # fmt: skip
    """Instances that can be seen, from the bottom to the top, and those that cannot.

    Parameters
    ----------
    drawn : sequence of Drawn
        From the bottom to the top.
    picture : Picture
    camera : Camera
    covered : ndarray of shape (rows, cols), bool
        Hidden by a bar or footer.
    margin : int [px]
        Of the canvas round the image.
    config : Config
    nm_per_px : float [nm]

    Returns
    -------
    instances : tuple of Instance
    unseen : list of [row, col, equivalent diameter in px]
        Particles in the field that the noise or what lies over them hides.
    """
    wholes = [_whole(one, margin, nm_per_px) for one in drawn]
    instances, unseen = [], []
    for k, one in enumerate(stack(wholes, covered.shape)):
        if not _inside(one, covered.shape):
            continue
        one = _uncovered(one, covered)
        area = int(one.visible.sum())
        blur = math.hypot(camera.blur, float(picture.blur[k]))
        level = _level(one, picture.signal, margin) if area else 0.0
        noise, texture = camera.noise(level), float(picture.texture[k])
        ratio = signal_to_noise(float(picture.contrast[k]), area, blur, noise, texture)
        one.parameters["snr"] = round(min(ratio, 1e6), 3)
        one.parameters["visible_share"] = round(area / max(int(one.whole.sum()), 1), 4)
        if area >= config.min_visible_px and ratio >= config.min_snr:
            instances.append(one)
        elif one.whole.any():
            unseen.append(
                [round(one.row, 2), round(one.col, 2), round(one.parameters["ecd_px"], 2)]
            )
    return tuple(instances), unseen


def _inside(one: Instance, shape: tuple[int, ...]) -> bool:
    """Whether any of the whole outline lies in the image."""
    row, col = one.origin
    rows, cols = one.whole.shape
    top, left = max(-row, 0), max(-col, 0)
    return bool(one.whole[top : shape[0] - row, left : shape[1] - col].any()) and (
        row + rows > 0 and col + cols > 0 and row < shape[0] and col < shape[1]
    )


def _whole(one: Drawn, margin: int, nm_per_px: float) -> Whole:
    placed, patch = one.placed, one.patch
    mask = patch.cover >= 0.5
    parameters: dict[str, Any] = {
        "ecd_px": round(placed.scale, 4),
        "ecd_nm": placed.scale * nm_per_px,
        "area_nm2": math.pi / 4 * (placed.scale * nm_per_px) ** 2,
        "angle_rad": round(placed.angle % (2 * math.pi), 5),
        "size_family": placed.family,
    }
    return Whole(
        placed.form.name, placed.row, placed.col, (patch.row - margin, patch.col - margin), mask,
        parameters,
    )  # fmt: skip


def _uncovered(one: Instance, covered: NDArray[np.bool_]) -> Instance:
    top, left, bottom, right = one.box
    hidden = covered[top:bottom, left:right]
    if not hidden.any():
        return one
    visible = one.visible & ~hidden
    return Instance(
        class_name=one.class_name, row=one.row, col=one.col, box=one.box, visible=visible,
        origin=one.origin, whole=one.whole, parameters=one.parameters,
    )  # fmt: skip


def _level(one: Instance, signal: NDArray[np.float32], margin: int) -> float:
    """Mean signal over what is seen."""
    top, left, bottom, right = (edge + margin for edge in one.box)
    return float(signal[top:bottom, left:right][one.visible].mean())
