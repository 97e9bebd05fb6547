"""Batches: pieces of the images, turned, mirrored, enlarged, inverted and spoilt."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia.learning._seeds import stream
from micrographia.learning.particles._images import SHARD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Batch", "Pool", "Stage", "make_batch", "noisy", "shifted_levels", "spoilt"]


_USUAL, _FAR = 1.7, 4.0
"""Greatest enlargement of a piece, as a rule and for the hard ones."""


class Stage(NamedTuple):
    """Images that come into play at a step, and how quickly.

    Parameters
    ----------
    seed : int
        Of the images.
    images : int
        How many in all.
    begin : int
        First step that uses them.
    share : float
        Of the pieces in a batch, from then on; the rest come from the stages before.
    """

    seed: int
    images: int
    begin: int = 0
    share: float = 1.0

    def ready(self, step: int) -> int:
        """Files in play: 20 at first, a further one each 16 steps, so that making can go on."""
        return max(min(20 + (step - self.begin) // 16, -(-self.images // SHARD)), 1)


class Pool:
    """The images of all stages, read from their files when they are asked for."""

    def __init__(self, folder: Path, stages: Sequence[Stage], patience_s: float = 900) -> None:
        self.folder, self.stages, self.patience_s = folder, tuple(stages), patience_s
        self._open: dict[Path, NDArray[np.uint8]] = {}

    def draw(self, step: int, random: np.random.Generator) -> NDArray[np.uint8]:
        """One image's layers, (3, rows, cols)."""
        chosen = self.stages[0]
        for stage in self.stages[1:]:
            if step >= stage.begin and random.random() < stage.share:
                chosen = stage
        number = int(random.integers(chosen.ready(step)))
        shard = self._shard(self.folder / f"images-{chosen.seed:04d}-{number:05d}.npy")
        return np.asarray(shard[int(random.integers(len(shard)))])

    def _shard(self, path: Path) -> NDArray[np.uint8]:
        if path not in self._open:
            waited = 0.0
            while not path.exists() and waited < self.patience_s:
                time.sleep(1)
                waited += 1
            self._open[path] = np.load(path, mmap_mode="r", allow_pickle=False)
        return self._open[path]


class Batch(NamedTuple):
    """Pieces and their answers, each of shape (n, 1, size, size), float32.

    `weight` is 0 where no answer is wrong. `levels` (n, 2) is the mean and the standard deviation
    to take out.
    """

    images: NDArray[np.float32]
    levels: NDArray[np.float32]
    foreground: NDArray[np.float32]
    distance: NDArray[np.float32]
    contact: NDArray[np.float32]
    weight: NDArray[np.float32]


def make_batch(
    pool: Pool, seed: int, step: int, count: int, size: int, hard: bool = False
) -> Batch:
    """Make the batch of a step; it depends on the seed and the step alone.

    Parameters
    ----------
    pool : Pool
    seed, step : int
    count : int
        Pieces.
    size : int
        Rows and columns of each [px].
    hard : bool
        Enlarge half of the pieces up to four times, and spoil a third of them with much noise.
    """
    random = stream(seed, "particles batch", step)
    pieces = [_piece(pool.draw(step, random), size, random, hard) for _ in range(count)]
    layers = np.stack([layers for layers, _ in pieces])[:, :, None]
    levels = np.stack([levels for _, levels in pieces])
    return Batch(layers[:, 0], levels, *(layers[:, k] for k in range(1, 5)))


def _piece(
    source: NDArray[np.uint8], size: int, random: np.random.Generator, hard: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Picture, foreground, distance, contact, weight of one piece; its levels."""
    edge = source.shape[1]
    least = size / edge
    most = _FAR if hard and random.random() < 0.5 else _USUAL
    zoom = math.exp(random.uniform(math.log(max(least, 0.5)), math.log(max(most, least))))
    window = min(round(size / zoom), edge)
    top, left = (int(n) for n in random.integers(0, edge - window + 1, 2))
    part = source[:, top : top + window, left : left + window]
    layers = np.stack(
        [part[0], (part[1] > 0) * np.uint8(255), part[1], (part[2] & 1) * np.uint8(255),
         (part[2] < 2) * np.uint8(255)]
    ).astype(np.float32)  # fmt: skip
    if window != size:
        how = cv2.INTER_AREA if window > size else cv2.INTER_LINEAR
        layers = np.stack([cv2.resize(one, (size, size), interpolation=how) for one in layers])
    layers = np.rot90(layers, int(random.integers(4)), (1, 2))
    if random.random() < 0.5:
        layers = layers[:, ::-1]
    layers = np.ascontiguousarray(layers)
    layers[1:] /= 255
    if hard and random.random() < 1 / 3:
        layers[0] = noisy(layers[0], random)
    picture = spoilt(layers[0], random)
    layers[0] = picture
    return layers, shifted_levels(picture, random)


def shifted_levels(
    picture: NDArray[np.float32], random: np.random.Generator
) -> NDArray[np.float32]:
    """Mean and deviation, as those of a larger image around the piece might be, (2,)."""
    levels = np.array([picture.mean(), picture.std()], np.float32)
    levels[0] += levels[1] * random.normal(0, 0.3)
    levels[1] = levels[1] * math.exp(random.normal(0, 0.3)) + 1e-3
    return levels


def noisy(picture: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Noise as strong as the contrast, fine or coarse."""
    noise = random.standard_normal(picture.shape, np.float32)
    grain = random.uniform(0, 2.0)
    if grain > 0.3:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), grain), np.float32)
        noise /= np.float32(noise.std() + 1e-6)
    spread = np.float32(picture.std() * random.uniform(0.3, 1.3))
    return np.asarray(picture + spread * noise, np.float32)


def spoilt(picture: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Another gamma, more blur, more noise, the negative: each sometimes."""
    if random.random() < 0.25:
        power = np.float32(math.exp(random.normal(0, 0.3)))
        picture = np.asarray(255 * (np.maximum(picture, 0) / 255) ** power, np.float32)
    if random.random() < 0.15:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), random.uniform(0.4, 1.2)))
    if random.random() < 0.2:
        spread = picture.std() * random.uniform(0, 0.5)
        noise = random.standard_normal(picture.shape, np.float32)
        if random.random() < 0.5:
            noise = 2 * np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.8))
        picture = picture + np.float32(spread) * noise
    return 255 - picture if random.random() < 0.5 else picture
