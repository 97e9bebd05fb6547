"""The eleven classes: each draws its numbers, makes its contour and names its labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._borders import (
    ACUTE_ANGLE,
    ASPECT,
    IRREGULAR_BELOW,
    ROUNDNESS,
    TRUNCATION,
    likeness_to_ellipse,
    round_labels,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from numpy.typing import NDArray

    from micrographia.simulation.families.outlines._config import ClassName, Config

__all__ = ["Shape", "make"]

_HEXAGON = 1 / 3
"""Truncation that turns a regular triangle into a regular hexagon."""


class Shape(NamedTuple):
    """A contour of any size and place, what it is, and the numbers it was made with."""

    points: NDArray[np.float64]
    labels: tuple[str, ...]
    parameters: dict[str, Any]


def make(name: ClassName, config: Config, random: Generator) -> Shape:
    """Draw an outline of a class.

    Parameters
    ----------
    name : str
    config : Config
    random : Generator

    Returns
    -------
    shape : Shape
        `name` is the first of its labels.
    """
    return _MAKERS[name](config, random)


def _near(random: Generator, low: float, high: float) -> float:
    """Between two numbers, oftener near the first."""
    return low + (high - low) * float(random.uniform()) ** 2


def _soften(
    corners: NDArray[np.float64], labels: tuple[str, ...], most: float, random: Generator
) -> Shape:
    """Round the corners, less where the outline would count as round."""
    rounding = _near(random, 0.0, most)
    points = contours.rounded(corners, rounding)
    while rounding > 0 and likeness_to_ellipse(points) >= ROUNDNESS.at:
        rounding = rounding * 0.9 if rounding > 0.05 else 0.0
        points = contours.rounded(corners, rounding)
    extra = round_labels(points)
    everything = labels + tuple(label for label in extra if label not in labels)
    return Shape(points, everything, {"rounding": rounding})


def _with(shape: Shape, **parameters: float | str) -> Shape:
    return shape._replace(parameters={**shape.parameters, **parameters})


def _circle(config: Config, random: Generator) -> Shape:
    aspect = _near(random, 1.0, ASPECT.at)
    labels = ASPECT.labels(aspect, "circle", "ellipse")
    return Shape(contours.ellipse(aspect), labels, {"aspect": aspect})


def _ellipse(config: Config, random: Generator) -> Shape:
    aspect = random.uniform(ASPECT.at, config.max_aspect)
    labels = ASPECT.labels(aspect, "circle", "ellipse")
    return Shape(contours.ellipse(aspect), labels, {"aspect": aspect})


def _triangle(config: Config, random: Generator) -> Shape:
    points = contours.polygon(3)
    truncation, lean = 0.0, 0.0
    if random.uniform() < 0.5:
        truncation = _near(random, 0.0, min(config.max_truncation, TRUNCATION.at - 1e-6))
        labels = TRUNCATION.labels(truncation, "triangle", "hexagon")
        points = contours.truncated(points, truncation)
    else:
        labels = ("triangle",)
        lean = random.uniform(0, 0.9)
        points[0] += lean * np.array([math.sin(a := random.uniform(0, math.tau)), math.cos(a)])
    shape = _soften(points, labels, min(config.max_rounding, 0.9), random)
    return _with(shape, truncation=truncation, lean=lean)


def _four(
    aspect: float, acute: float, labels: tuple[str, ...], config: Config, random: Generator
) -> Shape:
    """A parallelogram of a length over width and an acute angle [degrees]."""
    lean = math.radians(acute)
    side, along = np.array([math.sin(lean), math.cos(lean)]), np.array([0.0, aspect])
    points = np.array([[0.0, 0.0], along, along + side, side])
    truncation = 0.0
    if aspect < ASPECT.at and random.uniform() < 0.3:
        truncation = _near(random, 0.0, config.max_truncation)
        points = contours.truncated(points, truncation)
    shape = _soften(points, labels, config.max_rounding, random)
    return _with(shape, aspect=aspect, acute_angle_deg=acute, truncation=truncation)


def _square(config: Config, random: Generator) -> Shape:
    if random.uniform() < 0.5:
        aspect, acute = _near(random, 1.0, ASPECT.at), 90.0
        labels = ASPECT.labels(aspect, "square", "rectangle")
    else:
        aspect, acute = 1.0, _near(random, 90.0, ACUTE_ANGLE.at)
        labels = ACUTE_ANGLE.labels(acute, "rhombus", "square")
    return _four(aspect, acute, labels, config, random)


def _rectangle(config: Config, random: Generator) -> Shape:
    aspect = random.uniform(ASPECT.at, config.max_aspect)
    labels = ASPECT.labels(aspect, "square", "rectangle")
    shape = _four(aspect, 90.0, labels, config, random)
    return _with(shape, kind="rod" if shape.parameters["rounding"] > 0.8 else "rectangle")


def _rhombus(config: Config, random: Generator) -> Shape:
    acute = random.uniform(35.0, ACUTE_ANGLE.at)
    labels = ACUTE_ANGLE.labels(acute, "rhombus", "square")
    return _four(1.0, acute, labels, config, random)


def _stretched(points: NDArray[np.float64], stretch: float, angle: float) -> NDArray[np.float64]:
    aside = contours.turned(points, angle)
    return contours.turned(aside * np.array([1.0, stretch]), -angle)


def _regular(corners: int, name: str, config: Config, random: Generator) -> Shape:
    stretch = _near(random, 1.0, 1.2)
    points = _stretched(contours.polygon(corners), stretch, random.uniform(0, math.tau))
    truncation = _near(random, 0.0, min(config.max_truncation, 0.12)) * (random.uniform() < 0.3)
    points = contours.truncated(points, truncation)
    shape = _soften(points, (name,), config.max_rounding, random)
    return _with(shape, stretch=stretch, truncation=truncation)


def _pentagon(config: Config, random: Generator) -> Shape:
    return _regular(5, "pentagon", config, random)


def _hexagon(config: Config, random: Generator) -> Shape:
    if random.uniform() < 0.7:
        return _with(_regular(6, "hexagon", config, random), kind="hexagon")
    truncation = random.uniform(TRUNCATION.at, _HEXAGON)
    points = contours.truncated(contours.polygon(3), truncation)
    labels = TRUNCATION.labels(truncation, "triangle", "hexagon")
    shape = _soften(points, labels, config.max_rounding, random)
    return _with(shape, kind="truncated triangle", truncation=truncation)


def _star(config: Config, random: Generator) -> Shape:
    branches = int(random.integers(4, 9))
    depth = random.uniform(0.3, 0.8 * math.cos(math.pi / branches))
    rounding = _near(random, 0.0, min(config.max_rounding, 0.7))
    points = contours.rounded(contours.star(branches, depth), rounding)
    parameters = {"branches": branches, "depth": depth, "rounding": rounding}
    return Shape(points, ("star",), parameters)


def _dumbbell(config: Config, random: Generator) -> Shape:
    kind = ("dumbbell", "dog bone", "trimer")[int(random.integers(3))]
    second = random.uniform(0.7, 1.0)
    if kind == "dumbbell":
        reach, neck = random.uniform(0.75, 1.0), random.uniform(0.3, 0.6) * second
        middles, radii = np.array([0, reach * (1 + second)]), np.array([1, second])
    elif kind == "dog bone":
        second = random.uniform(0.9, 1.0)
        reach, neck = random.uniform(1.1, 2.2), random.uniform(0.45, 0.75) * second
        middles, radii = np.array([0, reach * (1 + second)]), np.array([1, second])
    elif random.uniform() < 0.5:
        reach, neck = random.uniform(0.8, 1.0), random.uniform(0.3, 0.6)
        middles, radii = np.arange(3) * 2 * reach, np.ones(3)
    else:
        reach = random.uniform(0.85, 1.0)
        points = contours.cloverleaf(2 * reach / math.sqrt(3), 1.0)
        return Shape(points, ("dumbbell",), {"kind": kind, "reach": reach})
    points = contours.lobes(middles, radii, neck)
    parameters = {"kind": kind, "reach": reach, "second_lobe": second, "neck": neck}
    return Shape(points, ("dumbbell",), parameters)


def _irregular(config: Config, random: Generator) -> Shape:
    while True:
        points = _blob(random) if random.uniform() < 0.6 else _shard(random)
        likeness = likeness_to_ellipse(points)
        if likeness < IRREGULAR_BELOW:
            return Shape(points, ("irregular",), {"likeness_to_ellipse": likeness})


def _blob(random: Generator) -> NDArray[np.float64]:
    """A smooth radius with two to six waves round the outline, 0.25 of the mean at least."""
    turns = math.tau * np.arange(180) / 180
    waves = np.arange(2, 8)
    size = random.normal(0, 0.32, len(waves)) / waves**0.6
    phase = random.uniform(0, math.tau, len(waves))
    radius = 1 + (size[:, None] * np.cos(waves[:, None] * turns + phase[:, None])).sum(0)
    radius = np.maximum(radius, 0.25)
    return np.stack([np.sin(turns) * radius, np.cos(turns) * radius], 1)


def _shard(random: Generator) -> NDArray[np.float64]:
    """Seven to ten corners at uneven distances, as of a broken grain."""
    count = int(random.integers(7, 11))
    gaps = random.dirichlet(np.full(count, 4.0))
    turns = math.tau * np.cumsum(gaps)
    radius = random.uniform(0.45, 1.0, count)
    corners = np.stack([np.sin(turns) * radius, np.cos(turns) * radius], 1)
    return contours.rounded(corners, random.uniform(0.0, 0.4))


_MAKERS: dict[str, Callable[[Config, Generator], Shape]] = {
    "circle": _circle, "ellipse": _ellipse, "triangle": _triangle, "square": _square,
    "rectangle": _rectangle, "rhombus": _rhombus, "pentagon": _pentagon, "hexagon": _hexagon,
    "star": _star, "dumbbell": _dumbbell, "irregular": _irregular,
}  # fmt: skip
