"""From the expected signal to recorded grey values: blur, noise, scan faults, contrast, JPEG."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation.families.micrographs import _textures as tex

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Camera", "make_camera", "record"]


def _log_uniform(low: float, high: float, random: np.random.Generator) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


_PROBE = {"tem": (0.35, 1.1), "bf": (0.4, 1.4), "haadf": (0.5, 2.2), "sem": (0.3, 0.9)}
"""Range of the point spread's standard deviation in each mode [px]."""
_SPREAD = {
    "tem": (0.5, 0.3, 1.2),
    "bf": (0.5, 0.35, 1.2),
    "haadf": (0.5, 0.4, 1.8),
    "sem": (0.35, 0.25, 0.7),
}
"""Share of images whose noise is correlated, and range of its blur [px]."""


@dataclasses.dataclass(frozen=True)
class Camera:
    """How an image is recorded.

    Parameters
    ----------
    blur : float [px]
        Standard deviation of the point spread.
    drift : tuple of float [px]
        Length and direction [rad] of the motion during the exposure.
    dose : float
        Quanta a pixel where the signal is 1; 0: no noise.
    read : float
        Standard deviation of noise that does not depend on the signal.
    spread : tuple of float [px]
        Blur of the noise itself down and across: camera MTF, the limited bandwidth of a detector
        along the scan lines, an image that was enlarged.
    stigma : float
        Width of the point spread down over that across.
    jitter : float [px]
        Standard deviation of the shift of each scan line; 0 for a camera.
    flicker : float
        Standard deviation of the gain of each scan line.
    charging : float
        Strength of the streaks that bright lines leave behind.
    uneven : float
        Strength of the slope and bowl of the illumination.
    """

    blur: float
    drift: tuple[float, float]
    dose: float
    read: float
    spread: tuple[float, float]
    stigma: float
    jitter: float
    flicker: float
    charging: float
    uneven: float

    def noise(self, level: float) -> float:
        """Standard deviation of the noise of one pixel where the signal is `level`."""
        if self.dose <= 0:
            return 0.0
        return math.sqrt(max(level, 0.0) / self.dose + self.read**2)


def make_camera(
    mode: str, contrast: float, level: float, strength: float, random: np.random.Generator
) -> Camera:
    """Draw how the image is recorded.

    Parameters
    ----------
    mode : {"tem", "bf", "haadf", "sem"}
    contrast : float
        Typical change that a particle makes to the signal.
    level : float
        Typical signal.
    strength : float
        0: a perfect camera; 1: as usual; 2: bad.
    random : Generator
    """
    if strength <= 0:
        return Camera(0.4, (0.0, 0.0), 0.0, 0.0, (0.0, 0.0), 1.0, 0.0, 0.0, 0.0, 0.0)
    scanned = mode != "tem"
    ratio = _log_uniform(2.2, 70.0, random) / strength
    noise = max(max(contrast, 0.02) / ratio, random.uniform(0.002, 0.012) * strength)
    share, least, most = _SPREAD[mode]
    spread = random.uniform(least, most) if random.random() < share else 0.0
    noise *= 1 + spread
    stretch = math.exp(random.normal(0, 0.25)) if random.random() < 0.5 else 1.0
    along = random.uniform(0.2, 0.8) if scanned and random.random() < 0.5 else 0.0
    part = random.uniform(0.0, 0.2 if mode == "tem" else 0.5)
    dose = max(level, 0.02) / (noise**2 * (1 - part) + 1e-9)
    some = random.random
    return Camera(
        blur=_log_uniform(*_PROBE[mode], random) * (0.6 + 0.4 * strength),
        drift=(random.uniform(0.5, 2.5) * strength if some() < 0.12 else 0.0,
               random.uniform(0, math.pi)),
        dose=dose,
        read=noise * math.sqrt(part),
        spread=(spread * stretch, math.hypot(spread / stretch, along)),
        stigma=math.exp(random.normal(0, 0.12)),
        jitter=random.uniform(0.05, 0.3) * strength if scanned and some() < 0.35 else 0.0,
        flicker=_log_uniform(0.0005, 0.008, random) * strength if scanned and some() < 0.4 else 0.0,
        charging=random.uniform(0.02, 0.2) * strength if mode == "sem" and some() < 0.2 else 0.0,
        uneven=_log_uniform(0.005, 0.15, random) * strength,
    )  # fmt: skip


def record(
    signal: NDArray[np.float32], camera: Camera, margin: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """Record a signal; the margin round it is cut off.

    Parameters
    ----------
    signal : ndarray of shape (rows + 2 margin, cols + 2 margin), float32
    camera : Camera
    margin : int [px]
    random : Generator

    Returns
    -------
    image : ndarray of shape (rows, cols), float32
    """
    across, down = camera.blur / math.sqrt(camera.stigma), camera.blur * math.sqrt(camera.stigma)
    image = cv2.GaussianBlur(signal, (0, 0), across, sigmaY=down)
    if camera.drift[0] > 0:
        image = cv2.filter2D(image, -1, _motion(*camera.drift))
    if camera.jitter > 0:
        image = _shake(image, camera.jitter, random)
    image = np.ascontiguousarray(image[margin:-margin, margin:-margin])
    if camera.uneven > 0:
        image *= _illumination(image.shape, camera.uneven, random)
    if camera.charging > 0:
        image += _streaks(image, camera.charging, random)
    if camera.flicker > 0:
        image *= 1 + np.float32(camera.flicker) * tex.normal((image.shape[0], 1), random)
    if camera.dose > 0:
        image += _noise(image, camera, random)
    return image


def _motion(length: float, turn: float) -> NDArray[np.float32]:
    size = 2 * math.ceil(length) + 1
    kernel = np.zeros((size, size), np.float32)
    half = size // 2
    for step in np.linspace(-0.5, 0.5, 9):
        col, row = step * length * math.cos(turn) + half, step * length * math.sin(turn) + half
        c, r = int(col), int(row)
        for dr, dc in ((0, 0), (0, 1), (1, 0), (1, 1)):
            weight = (1 - abs(row - r - dr)) * (1 - abs(col - c - dc))
            if r + dr < size and c + dc < size:
                kernel[r + dr, c + dc] += max(weight, 0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _shake(
    image: NDArray[np.float32], jitter: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Shift each scan line by its own amount, to hundredths of a pixel."""
    rows, cols = image.shape
    slow = cv2.GaussianBlur(tex.normal((rows, 1), random), (1, 0), 1, sigmaY=random.uniform(1, 8))
    slow = slow[:, 0] / max(float(slow.std()), 1e-6)
    shifts = 0.5 * tex.normal((rows, 1), random)[:, 0] + slow
    shifts = np.clip(np.float32(jitter) * shifts, -1.5, 1.5)
    across = np.arange(cols, dtype=np.float32)[None] + shifts[:, None]
    down = np.broadcast_to(np.arange(rows, dtype=np.float32)[:, None], image.shape)
    down = np.ascontiguousarray(down)
    edge = cv2.BORDER_REPLICATE
    shaken = cv2.remap(image, across, down, cv2.INTER_LINEAR, borderMode=edge)
    return np.asarray(shaken, np.float32)


def _illumination(
    shape: tuple[int, ...], strength: float, random: np.random.Generator
) -> NDArray[np.float32]:
    rows = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    cols = np.linspace(-1, 1, shape[1], dtype=np.float32)[None]
    down, right = random.normal(0, strength, 2).astype(np.float32)
    middle = random.uniform(-0.7, 0.7, 2).astype(np.float32)
    bowl = np.float32(strength * random.uniform(-0.4, 1.0))
    even = (
        1 + down * rows + right * cols - bowl * ((rows - middle[0]) ** 2 + (cols - middle[1]) ** 2)
    )
    return np.asarray(np.clip(even, 0.3, None), np.float32)


def _streaks(
    image: NDArray[np.float32], strength: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Charging: what a line met darkens or brightens the rest of it, fading along the line."""
    length = max(int(image.shape[1] * random.uniform(0.1, 0.6)), 3)
    bright = np.clip(image - np.float32(np.median(image)), 0, None)
    kernel = np.exp(-np.arange(length, dtype=np.float32) / (length / 3))
    kernel = np.concatenate([kernel[::-1], np.zeros(length - 1, np.float32)])
    streak = cv2.filter2D(bright, -1, np.ascontiguousarray((kernel / kernel.sum())[None]),
                          borderType=cv2.BORDER_CONSTANT)  # fmt: skip
    sign = -1 if random.random() < 0.7 else 1
    return np.asarray(streak * np.float32(sign * 3 * strength), np.float32)


def _noise(
    image: NDArray[np.float32], camera: Camera, random: np.random.Generator
) -> NDArray[np.float32]:
    """Counting noise (normal approximation; Poisson where quanta are few) and read noise."""
    if camera.dose * float(np.median(image)) < 8 and image.size < 2**19:
        counts = random.poisson(np.clip(image, 0, None) * camera.dose).astype(np.float32)
        noise = counts / np.float32(camera.dose) - np.clip(image, 0, None)
        noise += np.float32(camera.read) * tex.normal(image.shape, random)
    else:
        variance = np.clip(image, 0, None) * np.float32(1 / camera.dose) + np.float32(
            camera.read**2
        )
        noise = tex.normal(image.shape, random) * np.sqrt(variance)
    down, across = (max(width, 0.01) for width in camera.spread)
    if max(down, across) > 0.15:
        noise = cv2.GaussianBlur(noise, (0, 0), across, sigmaY=down) + np.float32(0.12) * noise
    return np.asarray(noise, np.float32)
