"""Biological specimens: bacteria, cells, blood, pollen, diatoms, leaves, eyes, hyphae."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._bodies import ball, tubes
from micrographia.simulation.families.sem._grounds import lay_ground, roughness
from micrographia.simulation.families.sem._places import (
    apart,
    clustered,
    hexagonal,
    nearest,
    scattered,
    wandering,
    winding,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw"]


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay something that lived; its cells are about `size` wide [fine px]."""
    random = stage.random
    part = size / stage.least
    if over:
        names = ["rods", "cocci", "cell"]
    elif part > 0.3:
        names = ["cell", "pollen", "diatom", "discs", "spread cell"]
    elif part > 0.13:
        names = ["rods", "cocci", "discs", "leaf", "eye", "pollen", "cell", "hyphae"]
    else:
        names = ["rods", "cocci", "discs", "leaf", "eye", "hyphae", "neurons"]
    variant = str(random.choice(names))
    if not over and variant not in ("leaf", "eye"):
        lay_ground(stage, 0.3 * size, random)
    make = {"rods": _rods, "cocci": _cocci, "cell": _cell, "spread cell": _cell, "discs": _discs,
            "pollen": _pollen, "diatom": _diatom, "leaf": _leaf, "eye": _eye, "hyphae": _hyphae,
            "neurons": _neurons}[variant]  # fmt: skip
    make(stage, size, over)
    return {"variant": variant}


def _skin(size: float, strength: float, random: np.random.Generator) -> NDArray[np.float32]:
    return tex.fractal(
        (320, 320), max(size / random.uniform(3, 8), 4), 2, 0.6, random
    ) * np.float32(strength)


def _crop(
    texture: NDArray[np.float32], radius: float, random: np.random.Generator
) -> NDArray[np.float32]:
    side = min(2 * math.ceil(1.2 * radius) + 4, 318)
    r, c = (int(random.integers(0, 320 - side)) for _ in range(2))
    return texture[r : r + side, c : c + side]


def _rods(stage: Stage, size: float, over: bool) -> None:
    """Bacilli: short rods with round ends, some dividing, many in patches."""
    random = stage.random
    wide = size * random.uniform(0.25, 0.5)
    n = int(random.integers(2, 12)) if over else int(log_uniform(random, (2, 110)))
    tone = log_uniform(random, (0.8, 1.5))
    skin = tex.fractal((600, 64), 12, 3, 0.6, random) * np.float32(random.uniform(0, 0.06))
    radii = np.full(n, 0.45 * size)
    places = (clustered(radii, stage.shape, max(n // 12, 1), random, contact=0.75, overlap=0.5)
              if random.random() < 0.7 else scattered(n, stage.shape, random))  # fmt: skip
    turn, aligned = random.uniform(0, math.pi), random.choice([0.4, 3.2, 3.2])
    bend = random.uniform(0, 0.6) if random.random() < 0.3 else 0.0
    for row, col in places:
        heading = turn + random.uniform(-aligned, aligned)
        long = (size - wide) * math.exp(random.normal(0, 0.25))
        t = np.linspace(-0.5, 0.5, 9)
        angle = heading + bend * t * 2
        path = (
            np.array([row, col]) + np.stack([np.sin(angle), np.cos(angle)], 1) * t[:, None] * long
        )
        width = np.full(9, wide / 2) * math.exp(random.normal(0, 0.06))
        if random.random() < 0.3:
            width[4] *= random.uniform(0.7, 0.9)
        lift = np.full(9, stage.at(row, col) + 0.35 * wide) + t * random.normal(0, 0.15) * long
        here = tone * math.exp(random.normal(0, 0.06))
        tubes(stage, [np.column_stack([path, lift])], [width], here, texture=skin)
    if random.random() < 0.25:
        _threads(stage, int(random.integers(10, 60)), size, 0.06 * wide, tone)


def _threads(stage: Stage, n: int, long: float, radius: float, tone: float) -> None:
    """Slime that dried to threads."""
    random = stage.random
    paths = []
    for start in scattered(n, stage.shape, random):
        reach = long * random.uniform(0.4, 1.5)
        path = winding((start[0], start[1]), random.uniform(0, 6.3), reach, 0.5, random)
        paths.append(np.column_stack([path, [stage.at(*p) + radius for p in path]]))
    tubes(stage, paths, [np.full(len(p), max(radius, 0.8)) for p in paths], tone)


def _cocci(stage: Stage, size: float, over: bool) -> None:
    """Round bacteria or yeast in grapes, chains and pairs; yeast buds."""
    random = stage.random
    n = int(random.integers(3, 20)) if over else int(log_uniform(random, (3, 170)))
    radii = size / 2 * np.exp(random.normal(0, 0.1, n))
    places = clustered(radii, stage.shape, max(n // int(random.integers(3, 20)), 1), random,
                       contact=0.92, overlap=random.uniform(0.6, 0.95))  # fmt: skip
    tone, yeast = log_uniform(random, (0.8, 1.4)), random.random() < 0.35
    skin = _skin(size, random.uniform(0.01, 0.1), random)
    for (row, col), r in zip(places, radii, strict=True):
        row, col, r = float(row), float(col), float(r)
        long = r * (random.uniform(1.1, 1.4) if yeast else random.uniform(1, 1.08))
        angle = random.uniform(0, math.pi)
        depth = stage.at(row, col) + 0.7 * r
        ball(
            stage,
            row,
            col,
            depth,
            (long, r, r),
            angle=angle,
            tone=tone,
            bumps=_crop(skin, r, random),
        )
        if yeast and random.random() < 0.4:
            ball(stage, row + 1.2 * long * math.sin(angle), col + 1.2 * long * math.cos(angle),
                 depth, (0.5 * r,) * 3, tone=tone)  # fmt: skip


def _discs(stage: Stage, size: float, over: bool) -> None:
    """Red blood cells: discs with a dimple on both sides, leaning on each other."""
    random = stage.random
    n = int(np.clip(log_uniform(random, (0.15, 1.3)) * stage.shape[0] * stage.shape[1] / size**2,
                    2, 90))  # fmt: skip
    radii = size / 2 * np.exp(random.normal(0, 0.06, n))
    places = (apart(radii, stage.shape, random, 0.85) if random.random() < 0.5
              else scattered(n, stage.shape, random))  # fmt: skip
    dimple, tone = random.uniform(0.3, 0.9), log_uniform(random, (0.7, 1.2))
    spiky = random.random() < 0.2
    skin = _skin(size, random.uniform(0.005, 0.04), random)
    for (row, col), r in zip(places, radii, strict=True):
        if math.isnan(row):
            continue
        _disc(stage, float(row), float(col), float(r), dimple, tone, skin)
        if spiky:
            for out in scattered(14, (2, 2), random) - 1:
                ball(stage, row + 0.8 * r * out[0], col + 0.8 * r * out[1],
                     stage.at(row, col) + 0.1 * r, (0.13 * r,) * 3, tone=tone)  # fmt: skip


def _disc(stage: Stage, row: float, col: float, r: float, dimple: float, tone: float,
          skin: NDArray[np.float32]) -> None:  # fmt: skip
    random = stage.random
    reach = math.ceil(r) + 1
    top, left = round(row) - reach, round(col) - reach
    span = np.arange(2 * reach + 1, dtype=np.float32)
    down, right = span[:, None] + np.float32(top - row), span[None] + np.float32(left - col)
    lean, about = abs(random.normal(0, 0.5)), random.uniform(0, 2 * math.pi)
    flat = max(math.cos(lean), 0.3)
    u = down * np.float32(math.sin(about)) + right * np.float32(math.cos(about))
    v = down * np.float32(math.cos(about)) - right * np.float32(math.sin(about))
    u = u / np.float32(flat)
    q = np.sqrt(u * u + v * v) / np.float32(r)
    shape = np.sqrt(np.clip(1 - q * q, 0, None)) * (np.float32(1 - dimple) + np.float32(dimple)
                                                   * np.clip(q * 1.25, 0, 1) ** 2)  # fmt: skip
    surface = shape * np.float32(0.45 * r) + u * np.float32(flat * math.tan(min(lean, 1.2)))
    crop = skin[: surface.shape[0], : surface.shape[1]]
    surface[: crop.shape[0], : crop.shape[1]] += crop * np.float32(r)
    surface += np.float32(stage.at(row, col) + 0.35 * r)
    stage.put(top, left, surface, q < 1, tone)


def _cell(stage: Stage, size: float, over: bool) -> None:
    """A cell spread on the ground: body, ruffled rim, threads that hold on, hairs on top."""
    random = stage.random
    count = 1 if size > 0.3 * stage.least or over else int(random.integers(2, 9))
    for row, col in random.uniform(0.15, 0.85, (count, 2)) * stage.shape:
        _one_cell(stage, float(row), float(col), size * random.uniform(0.7, 1.2))


def _one_cell(stage: Stage, row: float, col: float, size: float) -> None:
    random = stage.random
    turns = np.linspace(0, 2 * math.pi, 160, endpoint=False)
    waves = sum(random.normal(0, 0.25 / k) * np.cos(k * turns + random.uniform(0, 6.3))
                for k in range(2, 9))  # fmt: skip
    rim = size / 2 * np.exp(np.clip(waves, -0.7, 0.7))
    points = np.stack([col + rim * np.cos(turns), row + rim * np.sin(turns)], axis=1)
    mask = np.zeros(stage.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 255)
    into = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    base = cv2.GaussianBlur(stage.depth, (0, 0), 3)
    tone = log_uniform(random, (0.6, 1.2))
    paths, widths = [], []
    for _ in range(int(random.integers(0, 70))):
        k = int(random.integers(0, 160))
        heading = turns[k] + random.normal(0, 0.35)
        start = (row + rim[k] * 0.9 * math.sin(turns[k]), col + rim[k] * 0.9 * math.cos(turns[k]))
        path = winding(start, heading, size * log_uniform(random, (0.06, 0.5)), 0.25, random)
        lift = np.array([stage.at(*p) for p in path]) + 1
        paths.append(np.column_stack([path, lift]))
        widths.append(np.linspace(1, 0.6, len(path)) * max(size * 0.006, 0.9))
    tubes(stage, paths, widths, tone * 1.1)
    flat = random.uniform(0.25, 1.0)
    dome = np.float32(flat * size / 2) * (1 - np.exp(-into / np.float32(0.22 * size)))
    dome += roughness(stage.shape, 0.25 * size, random) * np.float32(0.012 * size) * np.clip(
        into / np.float32(0.1 * size), 0, 1)  # fmt: skip
    stage.put(0, 0, (base + dome).astype(np.float32), mask > 0, tone)
    hairs = random.random()
    if hairs < 0.55:
        _hairs(stage, mask, size, tone, hairs < 0.3)


def _hairs(stage: Stage, mask: NDArray[np.uint8], size: float, tone: float, long: bool) -> None:
    """Microvilli and blebs."""
    random = stage.random
    n = int(random.integers(60, 320))
    tries = scattered(4 * n, stage.shape, random)
    places = [p for p in tries if mask[int(p[0]), int(p[1])]][:n]
    radius = max(size * random.uniform(0.006, 0.014), 0.9)
    if not long:
        for row, col in places:
            r = radius * random.uniform(0.8, 3)
            ball(stage, float(row), float(col), stage.at(row, col), (r, r, r), tone=tone)
        return
    paths = []
    for row, col in places:
        out, lift = random.normal(0, 0.05 * size, 2), stage.at(row, col)
        rise = np.array([[0, 0, 0], [*(out / 2), 3 * radius], [*out, 4 * radius]])
        paths.append(np.array([row, col, lift]) + rise)
    tubes(stage, paths, [np.full(3, radius) for _ in paths], tone * 1.1)


def _pollen(stage: Stage, size: float, over: bool) -> None:
    """Round grains with spikes, knobs or a net of ridges."""
    random = stage.random
    n = 1 if size > 0.35 * stage.least else int(random.integers(1, 7))
    kind = str(random.choice(["spikes", "knobs", "net", "furrow"]))
    tone = log_uniform(random, (0.7, 1.2))
    skin = _skin(size, 0.04, random)
    small = random.uniform(0.05, 0.1)
    for row, col in random.uniform(0.2, 0.8, (n, 2)) * stage.shape:
        row, col, r = float(row), float(col), size / 2 * math.exp(random.normal(0, 0.08))
        depth = stage.at(row, col) + 0.8 * r
        if kind in ("net", "furrow"):
            bumps = _net(r, 0.18 if kind == "net" else 0.06, kind, random)
            squash = random.uniform(0.6, 1.0) if kind == "furrow" else 1.0
            ball(stage, row, col, depth, (r, squash * r, r), tone=tone, bumps=bumps,
                 angle=0.0)  # fmt: skip
            continue
        ball(stage, row, col, depth, (r, r, r), tone=tone, bumps=_crop(skin, r, random))
        k = np.arange(int(0.9 / small**1.6)) + 0.5
        polar, turn = np.arccos(1 - k / len(k)), math.pi * (1 + 5**0.5) * k
        for p, t in zip(polar, turn, strict=True):
            out = np.array([math.sin(p) * math.sin(t), math.sin(p) * math.cos(t), math.cos(p)])
            foot = np.array([row, col, depth]) + 0.97 * r * out
            if kind == "knobs":
                r_, c_, d_ = (float(v) for v in foot)
                ball(stage, r_, c_, d_, (small * r,) * 3, tone=tone)
            else:
                tip = foot + out * r * 0.22 + 1e-3
                tubes(stage, [np.array([foot, tip])], [np.array([small * r, 0.8])], tone)


def _net(r: float, strength: float, kind: str, random: np.random.Generator) -> NDArray[np.float32]:
    """Ridges between round holes, or furrows, for the surface of a grain."""
    side = 2 * (math.ceil(1.15 * r) + 1) + 1
    if kind == "net":
        _, far = nearest(hexagonal((side, side), 0.22 * r + 3, random, jitter=0.12), (side, side))
        return np.asarray(np.float32(strength) * (1 - far / np.float32(0.11 * r + 2)))
    across = np.abs(np.arange(side, dtype=np.float32)[:, None] - side / 2) / np.float32(r)
    fine = tex.grain((side, side), 2, random)
    return np.asarray(np.exp(-((across / 0.09) ** 2)) * np.float32(0.35) + fine * np.float32(0.02))


def _diatom(stage: Stage, size: float, over: bool) -> None:
    """Shells with rows of pores: round, oval or boat-shaped."""
    random = stage.random
    n = 1 if random.random() < 0.7 else int(random.integers(2, 5))
    for row, col in random.uniform(0.3, 0.7, (n, 2)) * stage.shape:
        aspect = float(random.choice([1.0, random.uniform(1.5, 5)]))
        long, wide = size / 2 * math.sqrt(aspect), size / 2 / math.sqrt(aspect)
        turn = random.uniform(0, math.pi)
        rows, cols = (np.arange(k, dtype=np.float32) for k in stage.shape)
        down, right = rows[:, None] - np.float32(row), cols[None] - np.float32(col)
        u = np.float32(math.cos(turn)) * right + np.float32(math.sin(turn)) * down
        v = np.float32(math.cos(turn)) * down - np.float32(math.sin(turn)) * right
        fold = random.choice([2.0, 1.4])
        q = np.abs(u / np.float32(long)) ** fold + np.abs(v / np.float32(wide)) ** fold
        pitch = size * random.uniform(0.03, 0.07)
        if aspect == 1.0:
            angle, far = np.arctan2(v, u), np.sqrt(u * u + v * v)
            spokes = round(2 * math.pi * 0.6 * long / pitch)
            pores = np.cos(angle * spokes) * np.cos(far * np.float32(2 * math.pi / pitch))
        else:
            pores = np.cos(u * np.float32(2 * math.pi / pitch)) * np.cos(
                v * np.float32(2 * math.pi / pitch))  # fmt: skip
            pores[np.abs(v) < pitch] = 0
        surface = np.sqrt(np.clip(1 - q, 0, None)) * np.float32(random.uniform(0.15, 0.5) * wide)
        surface -= np.clip(pores - np.float32(0.3), 0, None) * np.float32(0.9 * pitch)
        surface += np.float32(stage.at(row, col))
        rim = np.clip((q - np.float32(0.9)) * 10, 0, 1) * np.float32(0.03 * size)
        stage.put(0, 0, (surface + rim).astype(np.float32), q < 1, log_uniform(random, (0.7, 1.2)))


def _leaf(stage: Stage, size: float, over: bool) -> None:
    """Epidermis: jigsaw or long cells, furrows between them, stomata, wax."""
    random = stage.random
    shape = stage.world
    wander = np.stack([tex.clouds(shape, 0.35 * size, random) for _ in range(2)])
    wander *= np.float32(random.uniform(0, 0.18) * size)
    stretch = random.choice([1.0, 1.0, random.uniform(2, 5)])
    small = (shape[0], math.ceil(shape[1] / stretch))
    places = hexagonal(small, size / math.sqrt(stretch), random, jitter=0.2)
    owner, _ = nearest(places, small)
    rows, cols = (np.arange(k, dtype=np.float32) for k in shape)
    owner = cv2.remap(
        owner.astype(np.float32),
        (cols[None] / np.float32(stretch) + wander[0]),
        rows[:, None] + wander[1],
        cv2.INTER_NEAREST,
        None,
        cv2.BORDER_REFLECT,
    )
    edge = np.zeros(shape, np.uint8)
    edge[1:] |= owner[1:] != owner[:-1]
    edge[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    into = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5)
    height = 1 - np.exp(-into / np.float32(0.18 * size))
    height *= np.float32(random.uniform(0.1, 0.6) * size)
    if random.random() < 0.4:
        height *= np.clip(into / np.float32(0.2 * size), 0, 2)
    height += tex.clouds(shape, 3 * size, random) * np.float32(0.2 * size)
    wax = log_uniform(random, (0.2, 2.0))
    height += roughness(shape, random.uniform(4, 20), random) * np.float32(wax)
    stage.ground(height, random.uniform(0.5, 1.0))
    if random.random() < 0.6:
        for row, col in scattered(int(random.integers(1, 12)), stage.shape, random):
            _stoma(stage, float(row), float(col), 0.45 * size)


def _stoma(stage: Stage, row: float, col: float, size: float) -> None:
    """Two lips and the slit between them."""
    random = stage.random
    turn = random.uniform(0, math.pi)
    out = np.array([math.sin(turn), math.cos(turn)])
    side = np.array([out[1], -out[0]])
    base = stage.at(row, col)
    for sign in (-1, 1):
        t = np.linspace(-1, 1, 9)[:, None]
        bow = (1 - t**2) * 0.45 * sign + 0.05 * sign
        path = np.array([row, col]) + out * t * size * 0.6 + side * bow * size * 0.5
        lift = np.full(9, base + 0.02 * size)
        tubes(stage, [np.column_stack([path, lift])], [np.full(9, 0.17 * size)], 0.9)


def _eye(stage: Stage, size: float, over: bool) -> None:
    """Facets of an insect's eye: domes side by side on a rounded ground, hairs between."""
    random = stage.random
    shape = stage.world
    _, far = nearest(hexagonal(shape, size, random, jitter=random.uniform(0.005, 0.04)), shape)
    height = np.sqrt(np.clip(1 - (far / np.float32(0.62 * size)) ** 2, 0.05, None))
    height *= np.float32(random.uniform(0.3, 0.6) * size)
    rows = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    cols = np.linspace(-1, 1, shape[1], dtype=np.float32)[None]
    bow = random.uniform(-0.6, 0.6, 2)
    height -= np.float32(random.uniform(0.1, 0.9) * stage.least / 2) * (
        (rows - bow[0]) ** 2 + (cols - bow[1]) ** 2)  # fmt: skip
    height += roughness(shape, 0.2 * size, random) * np.float32(random.uniform(0.1, 1.0))
    stage.ground(height, random.uniform(0.6, 1.0))
    if random.random() < 0.4:
        paths = []
        for row, col in scattered(int(random.integers(5, 40)), stage.shape, random):
            lift, out = stage.at(row, col), random.normal(0, 0.3 * size, 2)
            paths.append(
                np.array([[row, col, lift], [row + out[0], col + out[1], lift + 2 * size]])
            )
        tubes(stage, paths, [np.array([0.06 * size + 1, 0.8]) for _ in paths], 1.0)


def _hyphae(stage: Stage, size: float, over: bool) -> None:
    """Threads of a fungus with spores in chains and heads."""
    random = stage.random
    wide = size * random.uniform(0.12, 0.3)
    tone = log_uniform(random, (0.7, 1.2))
    for _ in range(int(random.integers(5, 30))):
        start = random.uniform(-0.1, 1.1, 2) * stage.shape
        path = winding((start[0], start[1]), random.uniform(0, 6.3),
                       stage.least * random.uniform(0.5, 1.3), 0.35, random)  # fmt: skip
        lift = random.uniform(0, 2 * size) + wandering(len(path), 0.1 * wide, random)
        width = wide / 2 * (1 + wandering(len(path), 0.06, random))
        tubes(stage, [np.column_stack([path, lift])], [np.clip(width, 1, None)], tone)
        if random.random() < 0.5:
            _head(stage, path[-1], float(lift[-1]), size, wide, tone)


def _head(stage: Stage, place: NDArray[np.float64], depth: float, size: float, wide: float,
          tone: float) -> None:  # fmt: skip
    random = stage.random
    radius, small = 0.5 * size, random.uniform(0.4, 0.7) * wide
    for _ in range(int(random.integers(20, 90))):
        out = random.standard_normal(3)
        out *= radius * random.uniform(0.7, 1) / np.linalg.norm(out)
        ball(stage, float(place[0] + out[0]), float(place[1] + out[1]), float(depth + abs(out[2])),
             (small,) * 3, tone=tone)  # fmt: skip


def _neurons(stage: Stage, size: float, over: bool) -> None:
    """Cell bodies joined by a net of thin branching arms."""
    random = stage.random
    tone = log_uniform(random, (0.8, 1.3))
    bodies = random.uniform(0, 1, (int(random.integers(2, 12)), 2)) * stage.shape
    for row, col in bodies:
        for _ in range(int(random.integers(3, 8))):
            width = max(size * random.uniform(0.05, 0.12), 1.2)
            _arm(stage, float(row), float(col), random.uniform(0, 6.3), width, size, tone, 2)
    skin = _skin(size, 0.06, random)
    for row, col in bodies:
        r = size / 2 * math.exp(random.normal(0, 0.2))
        ball(stage, float(row), float(col), stage.at(row, col) + 0.2 * r, (1.3 * r, r, 0.8 * r),
             angle=random.uniform(0, math.pi), tone=tone, bumps=_crop(skin, r, random))  # fmt: skip


def _arm(stage: Stage, row: float, col: float, heading: float, width: float, size: float,
         tone: float, depth: int) -> None:  # fmt: skip
    random = stage.random
    path = winding((row, col), heading, size * random.uniform(1, 3), 0.3, random)
    lift = np.array([stage.at(*p) for p in path]) + 0.5 * width
    radii = np.linspace(1, 0.6, len(path)) * width / 2
    tubes(stage, [np.column_stack([path, lift])], [np.clip(radii, 0.7, None)], tone)
    if depth:
        for _ in range(2):
            turn = heading + random.normal(0, 0.6)
            _arm(stage, float(path[-1][0]), float(path[-1][1]), turn, 0.65 * width, size, tone,
                 depth - 1)  # fmt: skip
