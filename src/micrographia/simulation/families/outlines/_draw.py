"""Drawing an outline: filled as a particle in a micrograph, as a silhouette, as a line by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from micrographia.simulation import _picture as picture
from micrographia.simulation._sample import Sample, Whole, stack
from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._shapes import make

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from micrographia.simulation.families.outlines._config import ClassName, Config

__all__ = ["simulate"]

_MARGIN = 2.0


class _Drawing(NamedTuple):
    """Grey levels, the particle's mask and what they were made with."""

    pixels: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    parameters: dict[str, Any]


def simulate(config: Config, random: Generator, index: int) -> Sample:
    """Make one image of one outline.

    Parameters
    ----------
    config : Config
    random : Generator
        All that is drawn by chance comes from it.
    index : int
        Of the image in its run; names its group.

    Returns
    -------
    sample : Sample
        8 bit. The last instance is the outline's inside; of a line, what the line encloses and
        the line itself. Instances before it are neighbours that reach into the field.

    Examples
    --------
    >>> from micrographia.simulation.families.outlines import Config
    >>> sample = simulate(Config(classes=("star",)), np.random.default_rng(0), 0)
    >>> sample.label, sample.pixels.shape, len(sample.instances)
    ('star', (128, 128), 1)
    """
    name = config.classes[int(random.integers(len(config.classes)))]
    style = config.styles[int(random.integers(len(config.styles)))]
    shape = make(name, config, random)
    roughness = config.max_roughness * float(random.uniform()) ** 2
    if style == "line":
        points = contours.roughened(shape.points, _by_hand(shape.points, random), 4.0, random)
    elif roughness > 1e-3:
        sigma = roughness * _ecd(shape.points)
        points = contours.roughened(shape.points, sigma, random.uniform(6, 40), random)
    else:
        points, roughness = shape.points, 0.0
    points = _placed(points, config, random)
    beside: list[Whole] = []
    if style == "filled" and random.uniform() < config.neighbours:
        beside = _neighbours(name, points, config, random)
    if style == "filled":
        drawing = _particle(points, beside, config, random)
    else:
        drawing = (_line if style == "line" else _silhouette)(points, config, random)
    area, centre = contours.area_and_centre(points)
    measures = {
        "area_px": area,
        "diameter_px": contours.diameter(points),
        "roughness": 0.0 if style == "line" else roughness,
    }
    parameters = {
        "style": style, **shape.parameters, **measures, "neighbours": len(beside),
        **drawing.parameters,
    }  # fmt: skip
    field = (config.size, config.size)
    whole = Whole(name, centre[0], centre[1], (0, 0), drawing.mask, parameters)
    return Sample(
        pixels=drawing.pixels,
        nm_per_px=picture.log_uniform(random, config.nm_per_px),
        label=name,
        labels_all=shape.labels,
        group=f"outline-{index}",
        parameters=parameters,
        instances=stack([*beside, whole], field),
    )


def _ecd(points: NDArray[np.float64]) -> float:
    return math.sqrt(4 * contours.area_and_centre(points)[0] / math.pi)


def _by_hand(points: NDArray[np.float64], random: Generator) -> float:
    """How far a hand strays from the outline, standard deviation in its unit."""
    return float(random.uniform(0.002, 0.012)) * _ecd(points)


def _placed(points: NDArray[np.float64], config: Config, random: Generator) -> NDArray[np.float64]:
    """Turn, scale and move a contour so that it lies inside the field."""
    points = contours.turned(points, random.uniform(0, math.tau))
    wanted = config.size * random.uniform(*config.extent)
    points = points * (wanted / contours.diameter(points))
    low, high = points.min(0), points.max(0)
    room = config.size - 1 - 2 * _MARGIN - (high - low)
    if room.min() < 0:  # a large diameter on the diagonal fits; along an edge it may not
        points = points * (1 + room.min() / (high - low).max())
        low, high = points.min(0), points.max(0)
        room = np.maximum(config.size - 1 - 2 * _MARGIN - (high - low), 0)
    placed: NDArray[np.float64] = points - low + _MARGIN + random.beta(2, 2, 2) * room
    return placed


def _neighbours(
    name: ClassName, points: NDArray[np.float64], config: Config, random: Generator
) -> list[Whole]:
    """Outlines of the class and size that come in over the edge and leave a gap of 1 to 3 px."""
    field = (config.size, config.size)
    own = (picture.cover(points).on(field) > 0).astype(np.uint8)
    gap = np.ones((2 * int(random.integers(1, 4)) + 1,) * 2, np.uint8)
    taken = cv2.dilate(own, gap) > 0
    low, high = points.min(0), points.max(0)
    size = contours.diameter(points)
    shape = make(name, config, random)
    flat = shape.points - contours.area_and_centre(shape.points)[1]
    flat = flat / contours.diameter(flat)
    found: list[Whole] = []
    for _ in range(10):
        scale, way = size * random.uniform(0.75, 1.25), random.uniform(0, math.tau)
        away = scale * random.uniform(0.7, 1.25) * np.array([math.sin(way), math.cos(way)])
        middle = (low + high) / 2 + away
        other = contours.turned(flat, random.uniform(0, math.tau)) * scale + middle
        spots = np.round(np.vstack([other, (other + middle) / 2])).astype(int)
        inside = ((spots >= 0) & (spots < config.size)).all(1)
        rows, cols = spots[inside].T
        if inside.all() or not inside.any() or taken[rows, cols].any():
            continue
        cover = picture.cover(other, fine=4)
        here = cover.on(field)
        edge = max(float(side.max()) for side in (here[0], here[-1], here[:, 0], here[:, -1]))
        if edge >= 0.5 and not (taken & (here > 0)).any():
            taken |= cv2.dilate((here > 0).astype(np.uint8), gap) > 0
            place = (float(middle[0]), float(middle[1]))
            found.append(Whole(name, *place, cover.origin, cover.share >= 0.5, shape.parameters))
    return found


def _particle(
    points: NDArray[np.float64], beside: list[Whole], config: Config, random: Generator
) -> _Drawing:
    field = (config.size, config.size)
    share = picture.cover(points).on(field)
    mask = share >= 0.5
    whole = mask.copy()
    for other in beside:
        part = picture.Cover(other.origin, other.mask.astype(np.float32)).on(field)
        share = np.maximum(share, part)
        whole |= part > 0.5
    dark = config.polarity == "dark" or (config.polarity == "both" and random.uniform() < 0.5)
    low_contrast, high_contrast = config.contrast
    contrast = high_contrast - (high_contrast - low_contrast) * float(random.uniform()) ** 2
    noise = picture.noise_level(random, config.noise, contrast)
    blur, grain = random.uniform(0.3, 1.6), random.uniform(0, 1.6) * (random.uniform() < 0.6)
    profile = ("flat", "domed", "rimmed")[int(random.integers(3))]
    body = share * _profile(whole, profile, random)
    if random.uniform() < 0.5:
        mottled = random.uniform(0.03, 0.25)
        body *= 1 + np.float32(mottled) * picture.texture(field, (random.uniform(2, 14),), random)
    low = random.uniform(0.08, 0.92 - contrast)
    sign = -1.0 if dark else 1.0
    signal = np.float32(low + contrast if dark else low) + np.float32(sign * contrast) * body
    signal += picture.level(field, random.uniform(0, 0.3) * contrast, random.uniform(0, math.tau))
    grainy = 0.15 * contrast * float(random.uniform()) ** 2
    scale = picture.log_uniform(random, (1.5, 30.0))
    signal += picture.texture(field, (scale,), random) * np.float32(grainy)
    cv2.GaussianBlur(signal, (0, 0), blur, dst=signal)
    fringe = random.uniform(0.05, 0.5) * (random.uniform() < 0.4)
    if fringe:
        signal = picture.fringed(signal, fringe, random.uniform(1.2, 4.0))
    image = picture.noisy(signal, noise, grain, random)
    parameters = {
        "polarity": "dark" if dark else "bright", "contrast": contrast, "noise": noise,
        "blur_px": blur, "profile": profile, "fringe": fringe,
    }  # fmt: skip
    return _Drawing(picture.quantize(image), mask, parameters)


def _profile(mask: NDArray[np.bool_], kind: str, random: Generator) -> NDArray[np.float32]:
    """Contrast across a particle: flat plate, thicker in the middle, or stronger at the rim."""
    if kind == "flat":
        return np.ones(mask.shape, np.float32)
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    inside = depth / max(float(depth.max()), 1.0)
    if kind == "domed":
        dome: NDArray[np.float32] = np.sqrt(np.clip(inside * (2 - inside), 0.04, 1))
        return dome
    rim = np.exp(-depth / np.float32(random.uniform(1.0, 4.0)))
    strength = np.float32(random.uniform(0.2, 0.6))
    rimmed: NDArray[np.float32] = 1 - strength + strength * rim
    return rimmed


def _two_levels(config: Config, random: Generator) -> tuple[float, float]:
    """Grey levels of background and ink, 0 to 1."""
    ink, paper = random.uniform(0, 0.25), random.uniform(0.8, 1.0)
    bright = config.polarity == "bright" or (config.polarity == "both" and random.uniform() < 0.3)
    return (ink, paper) if bright else (paper, ink)


def _silhouette(points: NDArray[np.float64], config: Config, random: Generator) -> _Drawing:
    share = picture.cover(points).on((config.size, config.size))
    paper, ink = _two_levels(config, random)
    image = np.float32(paper) + np.float32(ink - paper) * share
    polarity = "dark" if ink < paper else "bright"
    return _Drawing(picture.quantize(image), share >= 0.5, {"polarity": polarity})


def _line(points: NDArray[np.float64], config: Config, random: Generator) -> _Drawing:
    """A stroke along the contour that may end before or beyond its beginning."""
    fine, field = 4, (config.size, config.size)
    stroke = random.uniform(0.012, 0.045) * config.size
    overlap = random.uniform(-0.02, 0.04) if random.uniform() < 0.5 else 0.0
    count = len(points)
    begin = int(random.integers(count))
    steps = np.arange(begin, begin + round(count * (1 + overlap)) + (overlap >= 0))
    path = points[steps % count].copy()
    if overlap > 0:
        drift = np.linspace(0, 1, len(path))[:, None] * random.normal(0, stroke / 3, 2)
        path += drift
    canvas = np.zeros((config.size * fine, config.size * fine), np.uint8)
    placed = np.round(((path + 0.5) * fine - 0.5)[:, ::-1] * 16).astype(np.int32)
    cv2.polylines(canvas, [placed], False, 255, max(round(stroke * fine), 1), cv2.LINE_8, 4)
    ink_share = cv2.resize(canvas, field, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    paper, ink = _two_levels(config, random)
    faint = random.uniform(0.5, 1.0)
    image = np.float32(paper) + np.float32((ink - paper) * faint) * ink_share
    if random.uniform() < 0.3:
        coarse = max(config.size // int(random.integers(2, 5)), 16)
        small = cv2.resize(image, (coarse, coarse), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, field, interpolation=cv2.INTER_LINEAR)
    mask = (picture.cover(points).on(field) >= 0.5) | (ink_share >= 0.5)
    parameters = {
        "polarity": "dark" if ink < paper else "bright", "stroke_px": stroke, "overlap": overlap,
    }  # fmt: skip
    return _Drawing(picture.quantize(image), mask, parameters)
