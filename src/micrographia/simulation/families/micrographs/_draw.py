"""Particles put on the canvas: what they all have in common, whatever the mode of imaging."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia.simulation.families.micrographs import _textures as tex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.micrographs._forms import Patch
    from micrographia.simulation.families.micrographs._layout import Field, Placed
    from micrographia.simulation.families.micrographs._scene import Plan

__all__ = ["Drawn", "Picture", "Scene", "draw_all", "ground_texture", "texture_crop"]


class Drawn(NamedTuple):
    """A particle, its patch, and where the patch lies on the canvas."""

    placed: Placed
    patch: Patch
    on_canvas: tuple[slice, slice]
    on_patch: tuple[slice, slice]


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """What an imaging mode works with.

    Parameters
    ----------
    plan : Plan
    shape : tuple of int [px]
        Rows and columns of the canvas: the image and a margin round it.
    drawn : list of Drawn
        From the bottom to the top.
    random : Generator
    """

    plan: Plan
    shape: tuple[int, int]
    drawn: list[Drawn]
    random: np.random.Generator


class Picture(NamedTuple):
    """What the optics would show without noise.

    Parameters
    ----------
    signal : ndarray of shape (rows, cols), float32
        Expected intensity on the canvas, 0 or more, the brightest parts about 1.
    contrast : ndarray of shape (n,)
        Root mean square of the change that each particle makes to the signal where it lies.
    blur : ndarray of shape (n,) [px]
        Standard deviation of each particle's own blur (out of focus).
    texture : ndarray of shape (n,)
        Standard deviation of the ground's structure of the particles' size, round each particle.
    parameters : dict
        What the picture was made with.
    """

    signal: NDArray[np.float32]
    contrast: NDArray[np.float64]
    blur: NDArray[np.float64]
    texture: NDArray[np.float64]
    parameters: dict[str, float | str | bool]


def draw_all(field: Field, margin: int) -> list[Drawn]:
    """Draw all particles that reach into the canvas, from the bottom to the top."""
    rows, cols = (size + 2 * margin for size in field.shape)
    found = []
    for placed in sorted(field.placed, key=lambda one: one.level):
        reach = placed.form.reach * placed.scale + 2
        row, col = placed.row + margin, placed.col + margin
        if not (-reach < row < rows + reach and -reach < col < cols + reach):
            continue
        patch = placed.form.patch(row, col, placed.scale, placed.angle)
        height, width = patch.cover.shape
        top, left = max(patch.row, 0), max(patch.col, 0)
        bottom, right = min(patch.row + height, rows), min(patch.col + width, cols)
        if bottom <= top or right <= left:
            continue
        found.append(
            Drawn(
                placed, patch, (slice(top, bottom), slice(left, right)),
                (slice(top - patch.row, bottom - patch.row),
                 slice(left - patch.col, right - patch.col)),
            )
        )  # fmt: skip
    return found


def ground_texture(ground: NDArray[np.float32], scene: Scene) -> NDArray[np.float64]:
    """Local standard deviation of the ground where each particle lies.

    Only what is finer than twice the median diameter counts: slow changes hide no particle.
    """
    shrink = max(int(scene.plan.median_px / 8), 1)
    small = cv2.resize(ground, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    wide = 2 * scene.plan.median_px / shrink
    fine = small - cv2.GaussianBlur(small, (0, 0), wide)
    power = cv2.GaussianBlur(fine * fine, (0, 0), wide)
    rows, cols = power.shape
    found = np.empty(len(scene.drawn))
    for k, drawn in enumerate(scene.drawn):
        row, col = ((int(s.start) + int(s.stop)) // (2 * shrink) for s in drawn.on_canvas)
        found[k] = power[min(row, rows - 1), min(col, cols - 1)]
    return np.sqrt(found)


def texture_crop(
    field: NDArray[np.float32], shape: tuple[int, ...], random: np.random.Generator
) -> NDArray[np.float32]:
    """A random piece of a texture; where it is too small, it is repeated."""
    rows, cols = (int(random.integers(0, max(n - m, 0) + 1))
                  for n, m in zip(field.shape, shape, strict=True))  # fmt: skip
    piece = field[rows : rows + shape[0], cols : cols + shape[1]]
    if piece.shape != shape:
        piece = np.pad(piece, [(0, m - n) for n, m in zip(piece.shape, shape, strict=True)], "wrap")
    return piece


def internal_structure(scene: Scene) -> list[NDArray[np.float32] | np.float32]:
    """A factor for the thickness of each particle: crystals diffract, and not all alike.

    Orientation changes the whole particle (some are much darker), bending and twins change parts of
    it, and where pixels are fine enough the lattice itself is seen.
    """
    plan, random = scene.plan, scene.random
    vary = math.exp(random.uniform(math.log(0.02), math.log(0.45)))
    dark_share = random.uniform(0, 0.3) if random.random() < 0.5 else 0.0
    patchy = random.uniform(0.0, 0.25) if random.random() < 0.6 else 0.0
    striped = (
        random.uniform(0, 0.3) if random.random() < (0.3 if plan.mode != "haadf" else 0.05) else 0
    )
    lattice_px = random.uniform(0.19, 0.36) / plan.nm_per_px
    fringes = random.uniform(0, 0.5) if 2.2 < lattice_px < 6 and plan.mode != "haadf" else 0.0
    blotches = tex.clouds(scene.shape, max(plan.median_px * random.uniform(0.2, 0.6), 3), random)
    factors: list[NDArray[np.float32] | np.float32] = []
    for drawn in scene.drawn:
        factor = math.exp(random.normal(0, vary))
        if random.random() < dark_share:
            factor *= random.uniform(1.3, 3)
        shape = drawn.patch.cover.shape
        if drawn.placed.scale < 9 or not (patchy or striped or fringes):
            factors.append(np.float32(factor))
            continue
        inside = np.full(shape, factor, np.float32)
        if patchy:
            inside *= np.clip(
                1 + np.float32(patchy) * texture_crop(blotches, shape, random), 0.3, 3
            )
        if random.random() < striped:
            inside *= _stripes(drawn, random)
        if random.random() < fringes:
            inside *= _planes(shape, lattice_px, random.uniform(0.03, 0.18), random)
        factors.append(inside)
    return factors


def _stripes(drawn: Drawn, random: np.random.Generator) -> NDArray[np.float32]:
    """Bend contours or twins: bent dark bands, or one side darker than the other."""
    rows, cols = drawn.patch.cover.shape
    half = drawn.placed.scale / 2
    down = (np.arange(rows, dtype=np.float32)[:, None] - rows / 2) / np.float32(half)
    right = (np.arange(cols, dtype=np.float32)[None] - cols / 2) / np.float32(half)
    turn = random.uniform(0, 2 * math.pi)
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    along = cos * right + sin * down + np.float32(random.uniform(-0.5, 0.5))
    along = along + np.float32(random.uniform(-0.9, 0.9)) * (cos * down - sin * right) ** 2
    strength = np.float32(random.uniform(0.1, 0.5))
    if random.random() < 0.6:
        return np.asarray(1 + strength * np.float32(0.5) * (np.tanh(along * 12) + 1), np.float32)
    period = random.uniform(0.5, 2.5)
    band = np.exp(-(((np.abs(along) % np.float32(period)) / np.float32(0.22 * period)) ** 2))
    return np.asarray(1 + 2 * strength * band, np.float32)


def _planes(
    shape: tuple[int, ...], period: float, strength: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Lattice planes."""
    turn = random.uniform(0, math.pi)
    wave = 2 * math.pi / period
    down = np.arange(shape[0], dtype=np.float32)[:, None] * np.float32(wave * math.sin(turn))
    right = np.arange(shape[1], dtype=np.float32)[None] * np.float32(wave * math.cos(turn))
    return np.asarray(1 + np.float32(strength) * np.cos(down + right), np.float32)
