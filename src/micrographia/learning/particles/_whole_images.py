"""Images for learning whole outlines: particles that lie over each other, bent at random."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from micrographia._files import whole_file
from micrographia.learning.particles._images import METAL, POWDER, SHARD, fitted, missing
from micrographia.learning.particles._targets import label_deepest, label_visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from micrographia.simulation import Sample

__all__ = ["RAYS", "Drawn", "bent", "drawn", "make_whole_images", "make_whole_shard", "rays_of"]

RAYS = 24
"""Directions in which an outline's distance from the centre is given; a multiple of 4."""

_ANGLES = 2 * np.pi * np.arange(RAYS) / RAYS
_DIRECTIONS = np.stack([np.sin(_ANGLES), np.cos(_ANGLES)], 1)

_SOOT: dict[str, Any] = {
    "modes": ("tem",), "layouts": ("aggregate",), "diameter_px": (16, 64), "overlap": (0.05, 0.5),
    "spread": (1.05, 1.3), "fractal_dimension": (1.7, 2.4), "prefactor": (1.15, 1.8),
}  # fmt: skip
_SCENES: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.30, _SOOT),
    (0.15, {"modes": ("tem",), "layouts": ("aggregate",), "diameter_px": (20, 60),
            "overlap": (0.1, 0.5), "spread": (1.02, 1.2)}),
    (0.25, {"modes": ("tem", "bf", "haadf"), "layouts": ("overlapping",), "diameter_px": (14, 64)}),
    (0.10, {"modes": ("tem", "bf"), "layouts": ("touching", "packed", "lattice", "sparse"),
            "diameter_px": (14, 70), "bodies": METAL}),
    (0.08, {"modes": ("sem",), "layouts": ("touching", "overlapping", "packed"), "bodies": POWDER,
            "diameter_px": (14, 60)}),
    (0.12, {}),
)  # fmt: skip
"""Share of the images, settings of the family `micrographs`."""

_OVER = 3
"""The first so many scenes are bent in part of the images."""

_BENT = 0.5
_BEYOND = 64
"""Pixels beyond the image that are bent with it."""


class Drawn(NamedTuple):
    """What an image is kept as.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), uint8
    label : ndarray of shape (rows, cols), uint16
        The particle that each pixel is given to.
    over : ndarray of shape (rows, cols), bool
        Where several particles lie over each other in transmission.
    table : ndarray of shape (count + 1, 2 + RAYS), float32
        Row and column of each particle's centre, distances of its whole outline from there in
        directions that begin along the columns and go towards higher rows [px].
    """

    image: NDArray[np.uint8]
    label: NDArray[np.uint16]
    over: NDArray[np.bool_]
    table: NDArray[np.float32]


def rays_of(whole: NDArray[np.bool_]) -> tuple[float, float, NDArray[np.float32]]:
    """Centre of a particle and how far its outline is from there.

    The centre is the centroid, or the deepest point where the centroid lies outside.

    Examples
    --------
    >>> row, col, rays = rays_of(np.ones((9, 21), bool))
    >>> row, col, rays[[0, 6]]
    (4.0, 10.0, array([10.5,  4.5], dtype=float32))
    """
    rows, cols = np.nonzero(whole)
    row, col = float(rows.mean()), float(cols.mean())
    if not whole[round(row), round(col)]:
        from scipy.ndimage import distance_transform_edt

        inside = distance_transform_edt(np.pad(whole, 1))[1:-1, 1:-1]
        row, col = (float(n) for n in np.unravel_index(int(inside.argmax()), whole.shape))
    steps = np.arange(0.25, np.hypot(*whole.shape) + 1, 0.5)
    y = np.rint(row + _DIRECTIONS[:, :1] * steps).astype(int)
    x = np.rint(col + _DIRECTIONS[:, 1:] * steps).astype(int)
    inside = (y >= 0) & (x >= 0) & (y < whole.shape[0]) & (x < whole.shape[1])
    inside[inside] = whole[y[inside], x[inside]]
    reached = np.logical_and.accumulate(inside, 1).sum(1)
    return row, col, np.maximum(0.5 * reached, 0.5).astype(np.float32)


def drawn(sample: Sample) -> Drawn:
    """Labels, overlap and outlines of a sample."""
    through = sample.parameters.get("mode") != "sem"
    label = label_deepest(sample) if through else label_visible(sample)
    shape = label.shape
    over = np.zeros(shape, np.uint8)
    table = np.zeros((len(sample.instances) + 1, 2 + RAYS), np.float32)
    for number, one in enumerate(sample.instances, 1):
        if not one.whole.any():
            continue
        row, col, rays = rays_of(one.whole)
        table[number] = (row + one.origin[0], col + one.origin[1], *rays)
        if through:
            place, part = _meeting(one.origin, one.whole.shape, shape)
            over[place] += one.whole[part]
    return Drawn(sample.pixels, label, (over > 1) & (label > 0), table)


def bent(sample: Sample, random: np.random.Generator) -> Sample:
    """The sample drawn on rubber: no two spheres stay round in the same way."""
    sizes = [np.sqrt(4 / np.pi * one.whole.sum()) for one in sample.instances]
    typical = max(float(np.median(sizes)), 8.0) if sizes else 32.0
    across, along = _bends(sample.pixels.shape, typical, random)
    inner = (slice(_BEYOND, -_BEYOND),) * 2
    wide = np.pad(sample.pixels, _BEYOND, "reflect")
    pixels = np.asarray(cv2.remap(wide, across, along, cv2.INTER_LINEAR)[inner], np.uint8)
    instances = []
    for one in sample.instances:
        full, part_seen = np.zeros(wide.shape, np.uint8), np.zeros(wide.shape, np.uint8)
        origin = one.origin[0] + _BEYOND, one.origin[1] + _BEYOND
        place, part = _meeting(origin, one.whole.shape, wide.shape)
        full[place] = 255 * one.whole[part].astype(np.uint8)
        top, left, bottom, right = (side + _BEYOND for side in one.box)
        part_seen[top:bottom, left:right] = 255 * one.visible.astype(np.uint8)
        whole = np.asarray(cv2.remap(full, across, along, cv2.INTER_LINEAR) > 127)
        seen = np.asarray(cv2.remap(part_seen, across, along, cv2.INTER_LINEAR)[inner] > 127)
        if not whole.any():
            continue
        first, last = _extent(whole)
        begin, end = _extent(seen) if seen.any() else ((0, 0), (0, 0))
        instances.append(dataclasses.replace(
            one, box=(*begin, *end), visible=seen[begin[0] : end[0], begin[1] : end[1]],
            origin=(first[0] - _BEYOND, first[1] - _BEYOND),
            whole=whole[first[0] : last[0], first[1] : last[1]],
        ))  # fmt: skip
    return dataclasses.replace(sample, pixels=pixels, instances=tuple(instances))


def _bends(
    shape: tuple[int, ...], typical: float, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel comes from: 4 to 16 % of a particle's diameter away, smoothly."""
    sides = tuple(side + 2 * _BEYOND for side in shape)
    much, smooth = random.uniform(0.04, 0.16) * typical, random.uniform(0.4, 1.0) * typical
    rows, cols = np.indices(sides, np.float32)
    moves = []
    for _ in range(2):
        noise = random.standard_normal(sides, np.float32)
        move = np.asarray(cv2.GaussianBlur(noise, (0, 0), smooth), np.float32)
        moves.append(np.float32(much) * move / move.std())
    return cols + moves[0], rows + moves[1]


Place = tuple[slice, slice]


def _meeting(
    origin: tuple[int, int], size: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Place, Place]:
    """Where a part of `size` lies in an image of `shape`, and what of it lies inside."""
    first = [min(max(-begin, 0), side) for begin, side in zip(origin, size, strict=True)]
    last = [
        max(min(side, whole - begin), start)
        for begin, side, whole, start in zip(origin, size, shape, first, strict=True)
    ]
    place = [slice(o + a, o + b) for o, a, b in zip(origin, first, last, strict=True)]
    part = [slice(a, b) for a, b in zip(first, last, strict=True)]
    if any(a == b for a, b in zip(first, last, strict=True)):
        nothing = slice(0, 0)
        return (nothing, nothing), (nothing, nothing)
    return (place[0], place[1]), (part[0], part[1])


def _extent(mask: NDArray[np.bool_]) -> tuple[tuple[int, int], tuple[int, int]]:
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (int(rows[0]), int(cols[0])), (int(rows[-1]) + 1, int(cols[-1]) + 1)


def make_whole_shard(
    number: int, seed: int, size: int, count: int = SHARD
) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """Make the images of one file.

    Parameters
    ----------
    number : int
        Of the file; with `seed` it decides everything.
    seed : int
    size : int
        Rows and columns of each image [px].
    count : int

    Returns
    -------
    layers : ndarray of shape (count, 3, size, size), uint16
        `image`, `label` and `over` of `Drawn`.
    tables : ndarray of shape (count, most, 2 + RAYS), float32
    """
    from micrographia.simulation.families.micrographs import Config, simulate

    shares = np.array([share for share, _ in _SCENES])
    made = []
    for k in range(count):
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number, k)))
        chosen = int(random.choice(len(shares), p=shares / shares.sum()))
        sample = simulate(Config(size=size, **fitted(_SCENES[chosen][1], size)), random, k)
        if chosen < _OVER and random.random() < _BENT:
            sample = bent(sample, random)
        made.append(drawn(sample))
    most = max(len(one.table) for one in made)
    tables = [np.pad(one.table, [(0, most - len(one.table)), (0, 0)]) for one in made]
    layers = [np.stack(one[:3]).astype(np.uint16) for one in made]
    return np.stack(layers), np.stack(tables)


def make_whole_images(
    folder: Path, count: int, seed: int, size: int = 256,
    report: Callable[[str], object] = lambda _: None, part: tuple[int, int] = (0, 1),
) -> list[Path]:  # fmt: skip
    """Make the images that are not there yet, and the tables beside them; see `make_images`."""
    for number, path in missing(folder, "wholes", count, seed, part):
        layers, tables = make_whole_shard(number, seed, size, SHARD)
        for target, values in ((path.with_suffix(".table.npy"), tables), (path, layers)):
            with whole_file(target) as temporary, temporary.open("wb") as file:
                np.save(file, values)
        report(f"{path.name}: {len(layers)} images")
    return sorted(folder.glob("wholes-*-?????.npy"))
