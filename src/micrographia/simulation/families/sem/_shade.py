"""From depth to secondary electrons: slope, edges, cavities, the side of the detector."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._stage import FAR, FINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["Look", "openness", "shade"]


@dataclasses.dataclass(frozen=True)
class Look:
    """How a surface gives electrons.

    Parameters
    ----------
    power, cap : float
        The yield is 1 / cos(slope) to this power, at most `cap`.
    escape : float [fine px]
        Depth that electrons come from: smooths slopes and sets the width of bright edges.
    edge : float
        Strength of the bright edges (and dark inner corners).
    light, turn : float
        Strength and direction [rad] of the asymmetry of a detector on one side.
    shadow : float
        Share that the deepest cavities lose.
    reach : float [px]
        How far away a wall still shadows.
    dark : float
        Signal of empty space and closed cavities.
    skin, pores : float [fine px]
        Deviation and largest length of the fine roughness of every surface.
    """

    power: float
    cap: float
    escape: float
    edge: float
    light: float
    turn: float
    shadow: float
    reach: float
    dark: float
    skin: float = 0.0
    pores: float = 4.0


def draw_look(nm: float, random: np.random.Generator) -> Look:
    """Draw how the surface of an image gives electrons; `nm` is the size of a fine pixel."""
    escape = log_uniform(random, (3.0, 60.0)) / nm
    inlens = random.random() < 0.35
    return Look(
        power=random.uniform(0.35, 1.1),
        cap=log_uniform(random, (1.25, 3.2)),
        escape=float(np.clip(escape, 0.7, random.uniform(1.5, 5.0))),
        edge=0.7 * random.random() ** 1.5,
        light=random.uniform(0, 0.15) if inlens else random.uniform(0.15, 0.7),
        turn=random.uniform(0, 2 * math.pi),
        shadow=random.uniform(0.35, 0.95),
        reach=random.uniform(8, 40),
        dark=random.uniform(0.0, 0.12),
        skin=log_uniform(random, (0.03, 0.5)) if random.random() < 0.7 else 0.0,
        pores=log_uniform(random, (2.5, 24.0)),
    )


def shade(stage: Stage, look: Look) -> NDArray[np.float32]:
    """Signal of the stage at the pixels of the image, margin included.

    Parameters
    ----------
    stage : Stage
    look : Look

    Returns
    -------
    signal : ndarray of shape (rows, cols), float32
        About 1 on flat ground of tone 1.
    """
    depth = np.maximum(stage.depth, np.float32(FAR / 10))
    if look.skin:
        depth = depth + np.float32(look.skin) * tex.fractal(
            stage.shape, look.pores, 1.5, 0.8, stage.random
        )
    soft = cv2.GaussianBlur(depth, (0, 0), look.escape)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    right = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    steep = np.sqrt(1 + down * down + right * right)
    signal = np.minimum(cv2.pow(steep, look.power), np.float32(look.cap))
    if look.light:
        facing = down * np.float32(math.sin(look.turn)) + right * np.float32(math.cos(look.turn))
        signal *= 1 - np.float32(look.light) * facing / steep
    wide = max(1.6 * look.escape, 1.6)
    rise = (depth - cv2.GaussianBlur(depth, (0, 0), wide)) / np.float32(wide)
    signal *= 1 + np.float32(look.edge) * np.clip(rise, -0.8, 1.3)
    signal *= stage.tone
    size = (stage.shape[1] // FINE, stage.shape[0] // FINE)
    small = cv2.resize(signal, size, interpolation=cv2.INTER_AREA)
    open_sky = openness(
        cv2.resize(depth, size, interpolation=cv2.INTER_AREA) / np.float32(FINE),
        look.reach, look.light, look.turn,
    )  # fmt: skip
    kept = np.float32(1 - look.shadow) + np.float32(look.shadow) * open_sky
    return np.asarray(np.float32(look.dark) + small * kept, np.float32)


def openness(
    depth: NDArray[np.float32], reach: float, light: float = 0.0, turn: float = 0.0
) -> NDArray[np.float32]:
    """How freely electrons leave: mean squared cosine of the horizon in eight directions.

    Parameters
    ----------
    depth : ndarray of shape (rows, cols), float32 [px]
    reach : float [px]
        Distance up to which the horizon is looked for.
    light, turn : float
        Weight of the direction of the detector above the others; direction [rad].

    Returns
    -------
    openness : ndarray of shape (rows, cols), float32
        1 on a plateau, 0 at the bottom of a narrow hole.

    Examples
    --------
    >>> well = np.zeros((9, 9), np.float32)
    >>> well[4, 4] = -100
    >>> bool(openness(well, 4.0)[4, 4] < 0.01 and openness(well, 4.0)[0, 0] == 1)
    True
    """
    steps = [step for step in (1, 2, 4, 7, 12, 20, 34) if step <= max(reach, 1)]
    edge = steps[-1]
    rows, cols = depth.shape
    padded = cv2.copyMakeBorder(depth, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    total, weights = np.zeros(depth.shape, np.float32), 0.0
    for dr, dc in ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)):
        horizon = np.zeros(depth.shape, np.float32)
        for step in steps:
            row, col = edge + dr * step, edge + dc * step
            there = padded[row : row + rows, col : col + cols]
            rise = (there - depth) * np.float32(1 / (step * math.hypot(dr, dc)))
            np.maximum(horizon, rise, out=horizon)
        towards = math.cos(math.atan2(dr, dc) - turn)
        weight = 1 + 3 * light * max(towards, 0.0)
        total += np.float32(weight) / (1 + horizon * horizon)
        weights += weight
    return total / np.float32(weights)
