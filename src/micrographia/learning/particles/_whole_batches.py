"""Batches for learning whole outlines: pieces of images and what each cell of them is to answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from micrographia.learning._seeds import stream
from micrographia.learning.particles._batches import noisy, shifted_levels, spoilt
from micrographia.learning.particles._whole_images import RAYS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["CELL", "WholeBatch", "WholePool", "answers_of", "make_whole_batch"]

CELL = 4
"""Rows and columns of a cell [px]."""

_LEAST, _USUAL, _FAR = 0.75, 2.2, 4.0
"""Enlargements of a piece: from, to as a rule, to for one in five."""

_AIMED = 0.8
"""Share of the pieces that are laid where a particle is."""


class WholePool:
    """The images, read from their files when they are asked for.

    Parameters
    ----------
    folder : Path
    seed, images : int
        Of the images, and how many.
    """

    def __init__(self, folder: Path, seed: int, images: int) -> None:
        from micrographia.learning.particles._images import SHARD

        self.folder, self.seed, self.files = folder, seed, -(-images // SHARD)
        self._open: dict[int, tuple[NDArray[np.uint16], NDArray[np.float32]]] = {}

    def draw(self, random: np.random.Generator) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
        """One image's layers (3, rows, cols) and its table."""
        number = int(random.integers(self.files))
        if number not in self._open:
            path = self.folder / f"wholes-{self.seed:04d}-{number:05d}.npy"
            self._open[number] = (
                np.load(path, mmap_mode="r", allow_pickle=False),
                np.load(path.with_suffix(".table.npy"), mmap_mode="r", allow_pickle=False),
            )
        layers, tables = self._open[number]
        chosen = int(random.integers(len(layers)))
        return np.asarray(layers[chosen]), np.asarray(tables[chosen])


class WholeBatch(NamedTuple):
    """Pieces (n, 1, size, size) and, for each cell of 4 × 4 px, answers; float32.

    Parameters
    ----------
    images, levels : ndarrays
        See `micrographia.learning.particles._batches.Batch`.
    depth : ndarray of shape (n, 1, cells, cells)
        1 at the centre of the cell's particle, 0 on its whole outline and outside.
    over : ndarray of shape (n, 1, cells, cells)
        Share of the cell where several particles lie over each other.
    centre : ndarray of shape (n, 2, cells, cells)
        Rows and columns from the cell to the centre of its particle [px].
    rays : ndarray of shape (n, RAYS, cells, cells)
        The particle's outline, seen from its centre [px].
    radius : ndarray of shape (n, 1, cells, cells)
        Root mean square of the rays [px].
    inside : ndarray of shape (n, 1, cells, cells)
        1 where there is a particle.
    """

    images: NDArray[np.float32]
    levels: NDArray[np.float32]
    depth: NDArray[np.float32]
    over: NDArray[np.float32]
    centre: NDArray[np.float32]
    rays: NDArray[np.float32]
    radius: NDArray[np.float32]
    inside: NDArray[np.float32]


def make_whole_batch(pool: WholePool, seed: int, step: int, count: int, size: int) -> WholeBatch:
    """Make the batch of a step; it depends on the seed and the step alone."""
    random = stream(seed, "particles whole batch", step)
    pieces = [_piece(*pool.draw(random), size, random) for _ in range(count)]
    return WholeBatch(*(np.stack(parts).astype(np.float32) for parts in zip(*pieces, strict=True)))


def _piece(
    layers: NDArray[np.uint16], table: NDArray[np.float32], size: int, random: np.random.Generator
) -> tuple[NDArray[Any], ...]:
    edge = layers.shape[1]
    most = _FAR if random.random() < 0.2 else _USUAL
    least = max(_LEAST, size / edge)
    zoom = math.exp(random.uniform(math.log(least), math.log(max(most, least))))
    window = min(round(size / zoom), edge)
    top, left = _corner(table, edge, window, random)
    image, label, over = layers[:, top : top + window, left : left + window]
    sides = (size, size)
    how = cv2.INTER_AREA if window > size else cv2.INTER_LINEAR
    image = np.asarray(cv2.resize(image.astype(np.float32), sides, interpolation=how))
    label = np.asarray(cv2.resize(label, sides, interpolation=cv2.INTER_NEAREST))
    over = np.asarray(cv2.resize(over.astype(np.float32), sides, interpolation=cv2.INTER_AREA))
    table = table.copy()
    zoom = size / window
    table[:, :2] = (table[:, :2] - (top, left) + 0.5) * zoom - 0.5
    table[:, 2:] *= zoom
    maps, table = _turned(
        np.stack([image, label, over]), table, int(random.integers(4)), random.random() < 0.5
    )
    image = maps[0]
    if random.random() < 0.25:
        image = noisy(image, random)
    image = spoilt(image, random)
    levels = shifted_levels(image, random)
    return image[None], levels, *answers_of(maps[1].astype(np.int64), maps[2], table)


def _corner(
    table: NDArray[np.float32], edge: int, window: int, random: np.random.Generator
) -> tuple[int, int]:
    """First row and column of a window; most show a particle that was drawn by lot."""
    corner = random.integers(0, edge - window + 1, 2)
    there = np.flatnonzero(table[:, 2] > 0)
    if there.size and random.random() < _AIMED:
        aim = table[random.choice(there), :2] - window * random.uniform(0.2, 0.8, 2)
        corner = np.clip(np.rint(aim), 0, edge - window).astype(int)
    return int(corner[0]), int(corner[1])


def _turned(
    maps: NDArray[np.float32], table: NDArray[np.float32], turns: int, mirrored: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Maps and table mirrored left to right, then turned by 90° counterclockwise so many times."""
    last, index = maps.shape[1] - 1, np.arange(RAYS)
    row, col, rays = table[:, 0], table[:, 1], table[:, 2:]
    if mirrored:
        maps, col, rays = maps[:, :, ::-1], last - col, rays[:, (RAYS // 2 - index) % RAYS]
    for _ in range(turns):
        row, col = last - col, row
        rays = rays[:, (index + RAYS // 4) % RAYS]
    turned = np.ascontiguousarray(np.rot90(maps, turns, (1, 2)))
    return turned, np.column_stack([row, col, rays]).astype(np.float32)


def answers_of(
    label: NDArray[np.integer], over: NDArray[np.float32], table: NDArray[np.float32]
) -> tuple[NDArray[Any], ...]:
    """Depth, overlap, way to the centre, rays, radius, inside: of each cell; see `WholeBatch`.

    Parameters
    ----------
    label : ndarray of shape (size, size)
    over : ndarray of shape (size, size), float32
    table : ndarray of shape (count, 2 + RAYS), float32
        See `Drawn`.
    """
    middle = np.arange(CELL // 2, label.shape[0], CELL)
    cell = label[np.ix_(middle, middle)]
    inside = cell > 0
    own = table[cell]
    rows, cols = own[..., 0] - (middle - 0.5)[:, None], own[..., 1] - (middle - 0.5)
    rays = own[..., 2:]
    turn = np.arctan2(-rows, -cols) / (2 * np.pi) * RAYS
    first = np.floor(turn).astype(int)
    share = turn - first
    one, two = (
        np.take_along_axis(rays, (n % RAYS)[..., None], 2)[..., 0] for n in (first, first + 1)
    )
    reach = np.maximum(one * (1 - share) + two * share, 0.5)
    depth = np.where(inside, np.clip(1 - np.hypot(rows, cols) / reach, 0, 1), 0)
    radius = np.maximum(np.sqrt((rays**2).mean(2)), 2)
    cells = (len(middle),) * 2
    covered = np.asarray(cv2.resize(over, cells, interpolation=cv2.INTER_AREA))
    return (depth[None], covered[None], np.stack([rows, cols]), np.moveaxis(rays, 2, 0),
            radius[None], inside[None])  # fmt: skip
