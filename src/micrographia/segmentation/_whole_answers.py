"""What the network says of whole outlines: every cell names its particle's centre and outline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia.segmentation._answers import scaled, tiles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.bundles import Bundle

__all__ = ["CELL", "WholeAnswers", "ask_wholes", "tells_wholes"]

CELL = 4
"""Rows and columns of a cell [px of the scaled image]."""

_NAMES = ("depth", "over", "centre", "rays")


class WholeAnswers(NamedTuple):
    """Answers of several turns, on the cells of an image at a scale.

    Parameters
    ----------
    over : ndarray of shape (rows, cols), float32
        Chance that several particles lie over each other; the mean over the turns.
    depth : ndarray of shape (turns, rows, cols), float32
        1 at the centre of the cell's particle, 0 on its outline.
    centre : ndarray of shape (turns, 2, rows, cols), float32
        Rows and columns from the cell to that centre [px of the scaled image].
    rays : ndarray of shape (turns, rays, rows, cols), float32
        Distances of the whole outline from the centre [px of the scaled image], in directions
        that begin along the columns and go towards higher rows.
    scale : float
    """

    over: NDArray[np.float32]
    depth: NDArray[np.float32]
    centre: NDArray[np.float32]
    rays: NDArray[np.float32]
    scale: float

    def over_in(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """The chance of particles over each other, on the image's own grid."""
        rows, cols = self.over.shape
        reach = (self.scale / CELL) * np.array(shape[::-1])  # cells that the image covers
        across = (np.arange(shape[1], dtype=np.float32) + 0.5) * (reach[0] / shape[1]) - 0.5
        along = (np.arange(shape[0], dtype=np.float32) + 0.5) * (reach[1] / shape[0]) - 0.5
        maps = np.meshgrid(np.clip(across, 0, cols - 1), np.clip(along, 0, rows - 1))
        x, y = (one.astype(np.float32) for one in maps)
        return np.asarray(cv2.remap(self.over, x, y, cv2.INTER_LINEAR), np.float32)


def tells_wholes(bundle: Bundle) -> bool:
    """Whether the network of a bundle tells whole outlines."""
    return all(name in bundle.session.outputs for name in _NAMES)


def ask_wholes(
    bundle: Bundle,
    image: NDArray[np.float32],
    levels: NDArray[np.float32],
    scale: float,
    turns: int = 1,
) -> WholeAnswers:
    """Ask for whole outlines at a scale, the image turned by a further 90° and inverted each time.

    Parameters
    ----------
    bundle : Bundle
        One that `tells_wholes`.
    image : ndarray of shape (rows, cols), float32
    levels : ndarray of shape (2,), float32
        Mean and deviation to take out of the scaled image.
    scale : float
    turns : int
        1 to 4.

    Returns
    -------
    answers : WholeAnswers
    """
    small = scaled(image, scale)
    multiple = bundle.card.input.multiple_of
    fill = [(0, -side % multiple) for side in small.shape]
    small = np.pad(small, fill, "reflect" if min(small.shape) > multiple else "edge")
    over, depths, centres, rays = [], [], [], []
    for turn in range(turns):
        sign = np.float32(1 - 2 * (turn % 2))
        seen = np.ascontiguousarray(np.rot90(sign * small, turn))
        said = _ask_once(bundle, seen, levels * np.array([sign, 1], np.float32))
        over.append(np.rot90(1 / (1 + np.exp(-np.clip(said["over"], -30, 30))), -turn, (1, 2))[0])
        depths.append(np.rot90(said["depth"], -turn, (1, 2))[0])
        way, reach = (np.rot90(said[name], -turn, (1, 2)) for name in ("centre", "rays"))
        for _ in range(turn):
            way = np.stack([way[1], -way[0]])
        centres.append(way)
        rays.append(np.roll(reach, turn * len(reach) // 4, 0))
    return WholeAnswers(
        np.mean(over, 0, dtype=np.float32), np.stack(depths), np.stack(centres), np.stack(rays),
        scale,
    )  # fmt: skip


def _ask_once(
    bundle: Bundle, small: NDArray[np.float32], levels: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Answers for the cells of an image whose sides are multiples of the network's."""
    maps: dict[str, NDArray[np.float32]] = {}
    cells = tuple(side // CELL for side in small.shape)
    for source, inner, place in tiles_of(small.shape, bundle.card.input.multiple_of):
        part = small[source][None, None]
        said = bundle.session.run({"images": part, "levels": levels}, _NAMES)
        for name, answer in said.items():
            whole = maps.setdefault(name, np.empty((answer.shape[1], *cells), np.float32))
            whole[:, *map(_in_cells, place)] = answer[0][:, *map(_in_cells, inner)]
    return maps


def _in_cells(place: slice) -> slice:
    return slice(place.start // CELL, place.stop // CELL)
