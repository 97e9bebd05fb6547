"""The outlines and bodies by name: how a form of each class is made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, get_args

import numpy as np

from micrographia.simulation.families.micrographs._forms import Form, PolarForm, WireForm
from micrographia.simulation.families.micrographs._solids import SOLIDS, solid_form
from micrographia.simulation.families.micrographs.config import BodyName

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BODIES", "make_form"]

BODIES: tuple[str, ...] = get_args(BodyName)

_THETA = np.arange(2048) * (2 * math.pi / 2048)
_ORDERS = np.arange(2.0, 14.0)
_COSINES, _SINES = np.cos(np.outer(_ORDERS, _THETA)), np.sin(np.outer(_ORDERS, _THETA))
_CORNERS = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}


def make_form(name: str, mode: str, random: np.random.Generator) -> Form:
    """A form of unit size (ECD 1) of the class `name`, as it would lie in the mode's specimens.

    Parameters
    ----------
    name : str
        One of `BODIES`.
    mode : {"tem", "bf", "haadf", "sem"}
    random : Generator
    """
    if name in SOLIDS:
        return solid_form(name, bool(random.random() < 0.55), random)
    if name in ("rod", "wire"):
        return _standing(random) if mode == "standing" else _wire(name, random)
    if name in _CORNERS:
        return _regular(name, random)
    makers = {
        "sphere": _sphere, "ellipsoid": _ellipsoid, "rectangle": _rectangle, "rhombus": _rhombus,
        "star": _star, "dumbbell": _dumbbell, "trimer": _trimer, "irregular": _irregular,
        "faceted": _faceted, "shell": _shell,
    }  # fmt: skip
    return makers[name](random)


def _polygon(corners: NDArray[np.floating]) -> NDArray[np.float64]:
    """Distance of a convex polygon's outline round the origin; corners (n, 2), row and col."""
    following = np.roll(corners, -1, axis=0)
    edge = following - corners
    normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1)
    offset = (normal * corners).sum(axis=1)
    normal, offset = normal * np.sign(offset)[:, None], np.abs(offset)
    facing = normal[:, :1] * np.sin(_THETA) + normal[:, 1:] * np.cos(_THETA)
    ratio = offset[:, None] / np.where(facing > 1e-9, facing, np.nan)
    radii: NDArray[np.float64] = np.nanmin(ratio, axis=0)
    return radii


def _rounded(radii: NDArray[np.floating], share: float) -> NDArray[np.float64]:
    """Round the corners: circular smoothing over `share` of the turn."""
    width = share * 2048
    if width < 1:
        return np.asarray(radii, float)
    frequencies = np.fft.rfftfreq(2048)
    kernel = np.exp(-2 * (math.pi * frequencies * width) ** 2)
    rounded: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(radii) * kernel, 2048)
    return rounded


def _wobble(random: np.random.Generator, strength: float, fall: float) -> NDArray[np.float64]:
    """A smooth random ripple round the outline, mean 1."""
    size = strength * np.exp2(fall) * random.normal(size=12) * _ORDERS ** (-fall)
    phase = random.uniform(0, 2 * math.pi, 12)
    ripple = (size * np.cos(phase)) @ _COSINES - (size * np.sin(phase)) @ _SINES
    return np.asarray(np.clip(1 + ripple, 0.4, 1.8))


def _rough(random: np.random.Generator) -> NDArray[np.float64]:
    """Slight unevenness that every real outline has."""
    return _wobble(random, random.uniform(0, 0.012), random.uniform(0.4, 1.2))


def _sphere(random: np.random.Generator) -> Form:
    return PolarForm.from_radii("sphere", _rough(random))


def _shell(random: np.random.Generator) -> Form:
    return PolarForm.from_radii("shell", _rough(random), "shell")


def _ellipsoid(random: np.random.Generator) -> Form:
    aspect = random.uniform(1.2, 2.2)
    radii = 1 / np.sqrt((np.cos(_THETA) / aspect) ** 2 + np.sin(_THETA) ** 2)
    return PolarForm.from_radii("ellipsoid", radii * _rough(random), height=aspect**-0.5)


def _regular(name: str, random: np.random.Generator) -> Form:
    n = _CORNERS[name]
    turn = np.arange(n) * 2 * math.pi / n
    corners = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    radii = _rounded(_polygon(corners), random.uniform(0.002, 0.025)) * _rough(random)
    relief = "pyramid" if random.random() < 0.2 else "plate"
    faces = tuple(float(a) for a in turn + math.pi / n)
    return PolarForm.from_radii(name, radii, relief, random.uniform(0.2, 1.0), faces)


def _rectangle(random: np.random.Generator) -> Form:
    half = random.uniform(1.2, 3.0) / 2
    corners = np.array([(0.5, half), (0.5, -half), (-0.5, -half), (-0.5, half)])
    radii = _rounded(_polygon(corners), random.uniform(0.001, 0.008)) * _rough(random)
    faces = (math.pi / 2, -math.pi / 2) if half > 0.8 else (0.0, math.pi / 2, math.pi, -math.pi / 2)
    return PolarForm.from_radii("rectangle", radii, "plate", random.uniform(0.3, 0.8), faces)


def _rhombus(random: np.random.Generator) -> Form:
    half = random.uniform(1.15, 2.0)
    corners = np.array([(1.0, 0.0), (0.0, half), (-1.0, 0.0), (0.0, -half)])
    radii = _rounded(_polygon(corners), random.uniform(0.002, 0.015))
    slope = math.atan2(half, 1.0)
    faces = (slope, -slope, math.pi - slope, slope - math.pi)
    relief = "pyramid" if random.random() < 0.4 else "plate"
    return PolarForm.from_radii("rhombus", radii, relief, random.uniform(0.3, 0.8), faces)


def _star(random: np.random.Generator) -> Form:
    n, depth = int(random.integers(5, 11)), random.uniform(0.12, 0.42)
    phase = _THETA + 0.25 * np.sin(_THETA + random.uniform(0, 6)) * random.uniform(0, 1)
    spikes = np.abs(np.cos(n * phase / 2)) ** random.uniform(1.2, 4)
    radii = (1 - depth + depth * spikes) * _wobble(random, 0.05, 0.3)
    return PolarForm.from_radii("star", _rounded(radii, 0.004), "dome", 0.8)


def _lobes(centres: NDArray[np.floating], sizes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Outline of overlapping discs that all hold the origin or nearly touch it."""
    facing = centres[:, :1] * np.sin(_THETA) + centres[:, 1:] * np.cos(_THETA)
    square = sizes[:, None] ** 2 - (centres**2).sum(axis=1)[:, None] + facing**2
    reach = np.where(square > 0, facing + np.sqrt(np.clip(square, 0, None)), 0)
    return np.asarray(np.clip(reach.max(axis=0), 0.25, None))


def _dumbbell(random: np.random.Generator) -> Form:
    apart = random.uniform(0.55, 0.97)
    sizes = np.array([1.0, random.uniform(0.85, 1.15)])
    radii = _rounded(_lobes(np.array([(0, apart), (0, -apart)]), sizes), 0.008)
    return PolarForm.from_radii("dumbbell", radii, "ball", 0.72)


def _trimer(random: np.random.Generator) -> Form:
    turns = np.array([0, 2.1, 4.2]) + random.uniform(-0.15, 0.15, 3)
    apart = random.uniform(0.6, 0.95)
    centres = apart * np.stack([np.sin(turns), np.cos(turns)], axis=1)
    return PolarForm.from_radii("trimer", _rounded(_lobes(centres, np.ones(3)), 0.008), "ball", 0.6)


def _irregular(random: np.random.Generator) -> Form:
    aspect = random.uniform(1.0, 1.7)
    radii = 1 / np.sqrt((np.cos(_THETA) / aspect) ** 2 + np.sin(_THETA) ** 2)
    radii = radii * _wobble(random, random.uniform(0.03, 0.16), random.uniform(0.9, 1.6))
    return PolarForm.from_radii(
        "irregular", radii, str(random.choice(["ball", "dome"])), random.uniform(0.5, 0.9)
    )


def _faceted(random: np.random.Generator) -> Form:
    """A crystal grain: a random convex polygon with slightly rounded corners."""
    n = int(random.integers(5, 9))
    turn = (np.arange(n) + random.uniform(-0.33, 0.33, n)) * 2 * math.pi / n
    far = random.uniform(0.8, 1.1, n)
    facing = np.cos(_THETA[None] - turn[:, None])
    radii = np.min(far[:, None] / np.where(facing > 0.05, facing, np.nan), axis=0, initial=3,
                   where=facing > 0.05)  # fmt: skip
    radii = radii * (1 + random.uniform(0, 0.25) * np.cos(2 * _THETA))
    radii = _rounded(radii, random.uniform(0.004, 0.03)) * _rough(random)
    relief = str(random.choice(["ball", "plate", "dome"]))
    return PolarForm.from_radii("faceted", radii, relief, random.uniform(0.5, 0.9))


def _wire(name: str, random: np.random.Generator) -> Form:
    if name == "rod":
        aspect = random.uniform(1.6, 6.0)
        path = np.array([(0.0, 0.0), (0.0, 1.0)])
        return WireForm.from_path("rod", path, 0.5 / (aspect - 1), (math.pi / 2, -math.pi / 2))
    aspect, n = random.uniform(8.0, 25.0), 8
    heading = np.cumsum(random.normal(0, random.uniform(0, 0.22), n))
    path = np.cumsum(np.stack([np.sin(heading), np.cos(heading)], axis=1), axis=0) / n
    path = np.vstack([[0.0, 0.0], path])
    return WireForm.from_path("wire", path, 0.5 / aspect)


def _standing(random: np.random.Generator) -> Form:
    """A straight wire with the slenderness that tilted forests show."""
    path = np.array([(0.0, 0.0), (0.0, 1.0)])
    radius = 0.5 / random.uniform(5.0, 12.0)
    head = radius * random.uniform(1.1, 1.7) if random.random() < 0.6 else 0.0
    return WireForm.from_path("wire", path, radius, head=head)
