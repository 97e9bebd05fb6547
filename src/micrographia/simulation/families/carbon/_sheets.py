"""GS: thin sheets of graphene, laid over one another, folded, wrinkled, rolled at their edges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.carbon._canvas import Canvas
    from micrographia.simulation.families.carbon._specimen import Specimen

__all__ = ["filled", "sheets", "stroke"]

_FINE = 4


def filled(shape: tuple[int, int], corners: NDArray[np.float64]) -> NDArray[np.float32]:
    """Share of each pixel that a polygon covers, corners (n, 2) as (row, col) [px]."""
    canvas = np.zeros((shape[0] * _FINE, shape[1] * _FINE), np.uint8)
    placed = np.rint(((corners + 0.5) * _FINE - 0.5)[:, ::-1] * 16).astype(np.int32)
    cv2.fillPoly(canvas, [placed], 255, cv2.LINE_8, 4)
    small = cv2.resize(canvas, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def stroke(shape: tuple[int, int], path: NDArray[np.float64], width: float) -> NDArray[np.float32]:
    """A line of constant width [px] along a path (n, 2), (row, col) [px]."""
    canvas = np.zeros((shape[0] * _FINE, shape[1] * _FINE), np.uint8)
    placed = np.rint(((path + 0.5) * _FINE - 0.5)[:, ::-1] * 16).astype(np.int32)
    cv2.polylines(canvas, [placed], False, 255, max(round(width * _FINE), 1), cv2.LINE_8, 4)
    small = cv2.resize(canvas, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def _outline(
    centre: NDArray[np.float64], radius: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Corners of a torn, mostly straight-edged piece, (n, 2) [px]."""
    n = int(random.integers(5, 12))
    turns = (np.arange(n) + random.uniform(-0.4, 0.4, n)) * math.tau / n + random.uniform(0, 6.3)
    far = radius * random.uniform(0.65, 1.15, n)
    stretch = random.uniform(1, 1.7)
    flat = np.stack([far * np.sin(turns) / stretch, far * np.cos(turns) * stretch], 1)
    turn = random.uniform(0, math.tau)
    cos, sin = math.cos(turn), math.sin(turn)
    corners = centre + flat @ np.array([[cos, sin], [-sin, cos]])
    return _frayed(corners, radius * random.uniform(0.002, 0.02), random)


def _frayed(
    corners: NDArray[np.float64], rough: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Edges with small steps: points put in between, moved sideways more or less."""
    after = np.roll(corners, -1, axis=0)
    share = np.linspace(0, 1, 8, endpoint=False)[None, :, None]
    points = corners[:, None] * (1 - share) + after[:, None] * share
    noise = random.normal(0, rough, points.shape) * random.choice([0.2, 1.0], (len(points), 1, 1))
    noise[:, 0] *= 0.3
    frayed: NDArray[np.float64] = (points + noise).reshape(-1, 2)
    return frayed


def _fold(
    corners: NDArray[np.float64], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Fold a corner of a sheet over: what stays, the flap that lies on it, and the crease."""
    middle = corners.mean(0)
    turn = random.uniform(0, math.tau)
    normal = np.array([math.sin(turn), math.cos(turn)])
    along = (corners - middle) @ normal
    limit = random.uniform(0.35, 0.8) * along.max()
    beyond = along > limit
    if beyond.all() or beyond.sum() < 2:
        return corners, None, None
    start = int(np.flatnonzero(beyond & ~np.roll(beyond, 1))[0])
    rolled, out = np.roll(corners, -start, axis=0), np.roll(beyond, -start)
    count = int(np.argmin(out)) if not out.all() else len(out)
    flap = rolled[:count]
    stays = rolled[count:]
    ends = []
    for inner, outer in ((stays[-1], flap[0]), (stays[0], flap[-1])):
        a, b = (inner - middle) @ normal, (outer - middle) @ normal
        ends.append(inner + (outer - inner) * (limit - a) / (b - a if abs(b - a) > 1e-9 else 1e-9))
    first, last = ends
    mirrored = flap - 2 * (((flap - middle) @ normal - limit)[:, None] * normal)
    crease = np.vstack([first, last])
    return np.vstack([stays, first, last]), np.vstack([first, mirrored, last]), crease


def _wrinkle(corners: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """A nearly straight line between two places of the outline, slightly bent."""
    one, two = corners[random.integers(len(corners), size=2)]
    middle = corners.mean(0)
    one, two = (p + (middle - p) * random.uniform(0, 0.6) for p in (one, two))
    share = np.linspace(0, random.uniform(0.4, 1.0), 14)[:, None]
    side = np.array([two[1] - one[1], one[0] - two[0]])
    bend = random.normal(0, 0.1)
    kinks = np.cumsum(random.normal(0, 0.008, (14, 1)), axis=0)
    path: NDArray[np.float64] = (
        one + (two - one) * share + side * (4 * bend * share * (1 - share) + kinks)
    )
    return path


def sheets(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> dict[str, Any]:
    """Draw one to six sheets; each is an instance, with its folded-over part."""
    edge, shape = canvas.edge, canvas.shape
    count = 1 + int(random.integers(0, 6))
    layer_nm = log_uniform(random, (3.0, 22.0))
    size = edge * random.uniform(0.3, 0.75)
    crumpled = random.uniform(0, 1)
    thinnest = float(np.clip(1.2 / canvas.nm_per_px, 0.8, 2.0))
    for _ in range(count):
        centre = canvas.middle + random.normal(0, 0.22 * edge, 2) * min(count - 1, 2) / 2
        corners = _outline(centre, size * random.uniform(0.6, 1.1), random)
        layers = layer_nm * math.exp(random.normal(0, 0.35))
        flaps: list[NDArray[np.float64]] = []
        lines: list[tuple[NDArray[np.float64], float, float]] = []
        for _ in range(int(random.integers(0, 4))):
            corners, flap, crease = _fold(corners, random)
            if flap is not None and crease is not None:
                flaps.append(flap)
                lines.append((crease, thinnest * random.uniform(0.8, 1.6), random.uniform(1, 4)))
        base = filled(shape, corners)
        mass = layers * base
        for flap in flaps:
            part = filled(shape, flap)
            mass += layers * part
            base = np.maximum(base, part)
        for _ in range(int(random.integers(1, 4 + int(14 * crumpled)))):
            width = thinnest * log_uniform(random, (0.8, 3.5))
            lines.append((_wrinkle(corners, random), width, random.uniform(0.4, 2.5)))
        for path, width, strength in lines:
            ridge = stroke(shape, path, width)
            mass += layers * np.float32(strength) * ridge * np.clip(base, 0.25, 1)
        if random.random() < 0.7:
            mass += _rolled_edges(shape, corners, thinnest, layers, random)
        if random.random() < crumpled:
            mass *= _tilts(shape, size, random)
        canvas.add(mass.astype(np.float32))
        canvas.name("sheet", base >= 0.5, thickness_nm=layers, folds=len(flaps))
    return {"sheets": count, "layer_nm": layer_nm, "crumpled": crumpled}


def _rolled_edges(
    shape: tuple[int, int], corners: NDArray[np.float64], width: float, layers: float,
    random: np.random.Generator,
) -> NDArray[np.float32]:  # fmt: skip
    """Dark lines along some of the edges, where the sheet curls up."""
    total = np.zeros(shape, np.float32)
    closed = np.vstack([corners, corners[:1]])
    n = len(corners)
    for _ in range(int(random.integers(1, 5))):
        begin, count = int(random.integers(n)), int(random.integers(4, 17))
        path = closed[(begin + np.arange(count)) % n]
        total += np.float32(layers * random.uniform(0.3, 1.5)) * stroke(
            shape, path, width * random.uniform(0.6, 1.2)
        )
    return total


def _tilts(shape: tuple[int, int], size: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Crumpled parts stand up to the beam: soft bands that are thicker."""
    waves = tex.clouds(shape, size * random.uniform(0.15, 0.5), random)
    ridge = np.exp(-((waves / np.float32(random.uniform(0.08, 0.3))) ** 2))
    where = np.clip(tex.clouds(shape, size * 0.5, random) + 0.3, 0, 1.5)
    return np.asarray(1 + np.float32(random.uniform(0.3, 1.6)) * ridge * where, np.float32)
