"""Devices: electrodes, combs, beams over trenches, meanders, plates on springs, gears, tracks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._grounds import roughness, specks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw", "fingers"]

Mask = "NDArray[np.uint8]"
_VARIANTS = ("fingers", "comb", "electrodes", "beams", "meander", "plate", "gear", "tracks", "hall")


class _Sheet:
    """A drawing of metal or silicon on the wafer, turned as a whole."""

    def __init__(self, shape: tuple[int, int], turn: float, middle: tuple[float, float]) -> None:
        self.mask = np.zeros(shape, np.uint8)
        self.cos, self.sin = math.cos(turn), math.sin(turn)
        self.middle = middle

    def poly(self, corners: Sequence[tuple[float, float]], value: int = 255) -> None:
        """Fill a polygon of (row, col) from the middle."""
        points = np.array(corners, float)
        row = self.cos * points[:, 0] - self.sin * points[:, 1] + self.middle[0]
        col = self.sin * points[:, 0] + self.cos * points[:, 1] + self.middle[1]
        flat = np.round(np.stack([col, row], axis=1) * 256).astype(np.int32)
        cv2.fillPoly(self.mask, [flat], value, cv2.LINE_8, 8)

    def box(self, row: float, col: float, rows: float, cols: float, value: int = 255) -> None:
        """Fill a rectangle about its middle."""
        r, c = rows / 2, cols / 2
        self.poly([(row - r, col - c), (row - r, col + c), (row + r, col + c), (row + r, col - c)],
                  value)  # fmt: skip

    def disc(self, row: float, col: float, radius: float, value: int = 255) -> None:
        """Fill a disc."""
        turns = np.linspace(0, 2 * math.pi, 64, endpoint=False)
        self.poly([(row + radius * math.sin(t), col + radius * math.cos(t)) for t in turns], value)


def fingers(sheet: _Sheet, line: float, gap: float, length: float, n: int) -> None:
    """Two combs of `n` lines whose fingers alternate, each `line` wide, `gap` apart."""
    pitch = line + gap
    for k in range(2 * n):
        col = (k - n + 0.5) * pitch
        side = 1 if k % 2 else -1
        sheet.box(side * gap, col, length, line)
    wide = 2 * n * pitch + line
    for side in (-1, 1):
        sheet.box(side * (length / 2 + gap + 1.5 * line), 0, 3 * line + 2, wide)


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay a device whose lines are `size` wide [fine px]."""
    random = stage.random
    weights = [0.14, 0.12, 0.16, 0.14, 0.1, 0.12, 0.05, 0.1, 0.07]
    variant = str(random.choice(_VARIANTS, p=weights))
    shape = stage.world
    turn = (
        0.0 if random.random() < 0.5 else random.choice([0, math.pi / 2]) + random.normal(0, 0.25)
    )
    if random.random() < 0.15:
        turn = random.uniform(0, math.pi)
    middle = (shape[0] * random.uniform(0.35, 0.65), shape[1] * random.uniform(0.35, 0.65))
    sheet = _Sheet(shape, float(turn), middle)
    gap = size * log_uniform(random, (0.4, 2.0))
    _DRAWERS[variant](sheet, size, gap, max(shape), random)
    thick = log_uniform(random, (0.06, 1.6)) * size
    free = variant in ("comb", "beams", "plate", "gear") and random.random() < 0.8
    height, tone = _wafer(sheet.mask, thick, size, free, random)
    if random.random() < 0.4:
        _second(height, tone, sheet, size, max(shape), random)
    height += np.float32(log_uniform(random, (0.02, 0.35))) * roughness(
        shape, random.uniform(3, 30), random)  # fmt: skip
    stage.ground(height, np.clip(tone, 0.02, None))
    if random.random() < 0.4:
        specks(stage, int(random.integers(1, 30)), 0.3 * size, random)
    return {"variant": variant, "line_nm": size * stage.nm, "gap_nm": gap * stage.nm,
            "thickness_nm": thick * stage.nm, "free": bool(free)}  # fmt: skip


def _wafer(
    mask: NDArray[np.uint8], thick: float, size: float, free: bool, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Heights and tones of a drawn layer on its wafer."""
    soft = random.uniform(0.5, 2.0)
    share = cv2.GaussianBlur(mask, (0, 0), soft).astype(np.float32) / np.float32(255)
    height = share * np.float32(thick)
    metal, wafer = log_uniform(random, (0.5, 1.4)), log_uniform(random, (0.15, 0.9))
    if abs(metal - wafer) < 0.12:
        metal += 0.3
    tone = np.float32(wafer) + np.float32(metal - wafer) * share
    if free:
        deep = size * random.uniform(0.5, 4)
        wide = random.uniform(0.5, 3) * size
        far = cv2.distanceTransform((mask < 128).astype(np.uint8), cv2.DIST_L2, 5)
        height -= np.float32(deep) * (1 - share)
        shadow = np.exp(-far / np.float32(wide)) * (1 - share)
        tone *= 1 - np.float32(random.uniform(0.3, 0.85)) * shadow
    if random.random() < 0.35:
        edge = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
        rim = np.exp(-(((edge - 2) / np.float32(1.5)) ** 2)) * (mask > 127)
        height += rim * np.float32(random.uniform(0.3, 2.0))
    if random.random() < 0.4:
        grain = tex.grain(mask.shape, random.uniform(1.2, 3.5), random)
        height += grain * share * np.float32(random.uniform(0.2, 0.8))
    return height, tone


def _second(
    height: NDArray[np.float32], tone: NDArray[np.float32], sheet: _Sheet, size: float,
    reach: float, random: np.random.Generator,
) -> None:  # fmt: skip
    """Another layer: wide pads, a window, a frame."""
    other = _Sheet(tone.shape, math.atan2(sheet.sin, sheet.cos), sheet.middle)
    for _ in range(int(random.integers(1, 4))):
        row, col = random.uniform(-0.45, 0.45, 2) * reach
        other.box(row, col, reach * log_uniform(random, (0.1, 0.7)),
                  reach * log_uniform(random, (0.1, 0.7)))  # fmt: skip
    share = cv2.GaussianBlur(other.mask, (0, 0), 1.0).astype(np.float32) / np.float32(255)
    height += share * np.float32(random.choice([-1, 1]) * log_uniform(random, (0.05, 0.8)) * size)
    tone *= 1 + np.float32(random.uniform(-0.4, 0.5)) * share


def _fingers(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    fingers(s, size, gap, reach * random.uniform(0.25, 0.8), int(random.integers(3, 25)))


def _comb(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    """Comb drive: fingers that overlap for a part, a shuttle, springs."""
    n, long = int(random.integers(4, 16)), reach * random.uniform(0.12, 0.35)
    fingers(s, size, gap, long, n)
    s.box(long / 2 + gap + 5 * size, 0, 4 * size, reach * random.uniform(0.3, 1.2))
    for side in (-1, 1):
        col = side * reach * random.uniform(0.15, 0.4)
        s.box(long + 6 * size, col, long, size)
        s.box(1.5 * long + 6 * size, col, 5 * size, 5 * size)
    for col in np.arange(-0.4, 0.45, 0.1) * reach:
        s.box(long / 2 + gap + 5 * size, col, size, size, 0)


def _electrodes(s: _Sheet, size: float, gap: float, reach: float,
                random: np.random.Generator) -> None:  # fmt: skip
    """Tracks that run together from wide pads to a narrow gap."""
    n = int(random.choice([2, 2, 4, 4, 6, 8]))
    near, begin = gap / 2, random.uniform(0, math.pi)
    for k in range(n):
        turn = begin + 2 * math.pi * k / n + random.normal(0, 0.05)
        out = (math.sin(turn), math.cos(turn))
        side = (out[1], -out[0])
        neck = reach * random.uniform(0.05, 0.25)
        wide = size * random.uniform(3, 12)
        first = near / math.sin(math.pi / max(n, 3)) if n > 2 else near
        spots = [
            (first, size / 2),
            (neck, size / 2 * random.uniform(1, 1.5)),
            (neck * 2.2, wide / 2),
            (reach, wide / 2 * random.uniform(1, 2.5)),
        ]
        s.poly(
            [(d * out[0] + w * side[0], d * out[1] + w * side[1]) for d, w in spots]
            + [(d * out[0] - w * side[0], d * out[1] - w * side[1]) for d, w in spots[::-1]]
        )


def _beams(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    """Cantilevers and bridges that reach from the rim over a trench."""
    long = reach * random.uniform(0.2, 0.6)
    s.box(-long / 2 - reach, 0, 2 * reach, 4 * reach)
    bridge = random.random() < 0.4
    if bridge:
        s.box(long / 2 + reach, 0, 2 * reach, 4 * reach)
    n = int(random.integers(1, 12))
    pitch = max(size + gap, reach / n * random.uniform(0.3, 1.0))
    for k in range(n):
        share = 1.0 if bridge else random.choice([1.0, (k + 1) / n])
        wide = size * random.uniform(0.7, 1.5)
        s.box(-long / 2 + share * long / 2, (k - (n - 1) / 2) * pitch, share * long, wide)
        if not bridge and random.random() < 0.3:
            s.box(-long / 2 + share * long, (k - (n - 1) / 2) * pitch, 2 * size, 2 * size)


def _meander(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    """One line that runs back and forth between two pads."""
    n, long = int(random.integers(3, 14)), reach * random.uniform(0.2, 0.7)
    pitch = size + gap
    for k in range(n):
        col = (k - (n - 1) / 2) * pitch
        s.box(0, col, long, size)
        if k < n - 1:
            side = 1 if k % 2 else -1
            s.box(side * (long - size) / 2, col + pitch / 2, size, pitch + size)
    pad = size * random.uniform(3, 8)
    for side in (-1, 1):
        col = side * ((n - 1) / 2 * pitch + pad / 2)
        s.box(long / 2 - pad / 2, col, pad, pad)


def _plate(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    """A perforated plate on four springs."""
    rows, cols = reach * random.uniform(0.2, 0.6, 2)
    if random.random() < 0.3:
        s.disc(0, 0, rows / 2)
    else:
        s.box(0, 0, rows, cols)
    for a, b in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        s.box(a * (rows / 2 - size), b * (cols / 2 + 0.2 * reach), size, 0.4 * reach)
        s.box(
            a * (rows / 2 + 0.1 * reach), b * (cols / 2 + 0.3 * reach), 0.25 * reach, 0.25 * reach
        )
    if random.random() < 0.8:
        pitch, hole = 2.5 * size, size * random.uniform(0.5, 1.0)
        for r in np.arange(-rows / 2 + pitch, rows / 2 - pitch / 2, pitch)[:30]:
            for c in np.arange(-cols / 2 + pitch, cols / 2 - pitch / 2, pitch)[:30]:
                s.box(float(r), float(c), hole, hole, 0)


def _gear(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    """One or two toothed wheels with hubs."""
    radius = reach * random.uniform(0.12, 0.3)
    for k in range(int(random.integers(1, 3))):
        n = int(np.clip(2 * math.pi * radius / (2.2 * size), 8, 60))
        col = k * (2 * radius + 1.2 * size)
        turns = np.arange(4 * n) * 2 * math.pi / (4 * n) + random.uniform(0, 1)
        radii = np.where((np.arange(4 * n) % 4) < 2, radius, radius + size)
        s.poly(
            [(r * math.sin(t), col + r * math.cos(t)) for r, t in zip(radii, turns, strict=True)]
        )
        s.disc(0, col, 0.3 * radius, 0)
        s.disc(0, col, 0.2 * radius)
        for t in np.arange(int(random.integers(3, 9))) * 2 * math.pi / 6:
            s.disc(0.62 * radius * math.sin(t), col + 0.62 * radius * math.cos(t), 0.16 * radius, 0)


def _tracks(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    """Tracks with right-angled turns, pads at their ends."""
    pitch = size + gap
    for _ in range(int(random.integers(4, 18))):
        row, col = (round(v / pitch) * pitch for v in random.uniform(-0.6, 0.6, 2) * reach)
        down = bool(random.random() < 0.5)
        for _ in range(int(random.integers(1, 5))):
            far = round(random.normal(0, 0.3) * reach / pitch) * pitch
            middle = (row + far / 2, col) if down else (row, col + far / 2)
            s.box(*middle, *((abs(far) + size, size) if down else (size, abs(far) + size)))
            row, col, down = (row + far, col, False) if down else (row, col + far, True)
        if random.random() < 0.5:
            pad = size * random.uniform(2, 6)
            s.box(row, col, pad, pad)


def _hall(s: _Sheet, size: float, gap: float, reach: float, random: np.random.Generator) -> None:
    """A bar with pairs of arms."""
    s.box(0, 0, size, 2 * reach)
    for col in np.arange(-2, 3) * reach * random.uniform(0.12, 0.25):
        for side in (-1, 1):
            s.box(side * reach / 4, float(col), reach / 2, size * random.uniform(0.4, 0.7))
            s.box(side * reach * 0.4, float(col), reach * 0.15, size * 4)


_DRAWERS = {
    "fingers": _fingers, "comb": _comb, "electrodes": _electrodes, "beams": _beams,
    "meander": _meander, "plate": _plate, "gear": _gear, "tracks": _tracks, "hall": _hall,
}  # fmt: skip
