"""Drawing a body in one of four contrasts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from micrographia.simulation import _picture as picture
from micrographia.simulation._sample import Sample, Whole, stack
from micrographia.simulation.families.polyhedra._alike import alike
from micrographia.simulation.families.polyhedra._bodies import STEP, Body, body
from micrographia.simulation.families.polyhedra._views import (
    Place,
    facets,
    lying,
    orientation,
    silhouette,
    thickness,
)

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from micrographia.simulation.families.polyhedra._config import Config

__all__ = ["simulate"]

_MARGIN = 1.5
_TWINNED = ("DEC", "ICO", "TPT")


class _View(NamedTuple):
    """A body in its place, within the box of pixels that it touches."""

    body: Body
    rotation: NDArray[np.float64]
    scale: float
    centre: NDArray[np.float64]
    cover: picture.Cover

    @property
    def share(self) -> NDArray[np.float32]:
        """Share of each pixel of the box that is covered."""
        return self.cover.share

    @property
    def place(self) -> Place:
        """The body's place in the box."""
        row, col = self.centre - self.cover.origin
        return Place(self.rotation, self.scale, (float(row), float(col)), self.share.shape)

    def in_field(self, box: NDArray[np.float32], size: int) -> NDArray[np.float32]:
        """What is in the box, in a square field of zeros."""
        return picture.Cover(self.cover.origin, box).on((size, size))


def simulate(config: Config, random: Generator, index: int) -> Sample:
    """Make one image of one body.

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
        8 bit, one instance. The parameter `alike` names the other bodies that could have cast the
        silhouette; where the image shows nothing but the silhouette, they are labels too.

    Examples
    --------
    >>> from micrographia.simulation.families.polyhedra import Config
    >>> sample = simulate(Config(classes=("TD",)), np.random.default_rng(0), 0)
    >>> sample.label, sample.pixels.shape, len(sample.instances)
    ('TD', (128, 128), 1)
    """
    name = config.classes[int(random.integers(len(config.classes)))]
    contrast = config.contrasts[int(random.integers(len(config.contrasts)))]
    steps = [
        int(random.integers(math.floor(most / STEP + 1e-9) + 1))
        for most in (config.max_truncation, config.max_rounding)
    ]
    one = body(name, *steps)
    lies = config.lying > 0 and random.uniform() < config.lying
    rotation = lying(one, random) if lies else orientation(random)
    contour = silhouette(one, rotation)
    field = (config.size, config.size)
    scale = config.size * random.uniform(*config.extent) / 2
    centre = _place(contour * scale, config.size, random)
    view = _View(one, rotation, scale, centre, picture.cover(contour * scale + centre))
    pixels, made = _DRAWERS[contrast](view, config, random)
    others = alike(contour, name) if config.find_alike else {}
    parameters = {
        "contrast": contrast, "truncation": one.truncation, "rounding": one.rounding,
        "diameter_px": 2 * scale, "volume_px3": one.volume * scale**3,
        "surface_px2": one.surface * scale**2, "rotation": rotation.ravel().tolist(),
        "alike": list(others), "alike_overlap": list(others.values()), **made,
    }  # fmt: skip
    place = (float(centre[0]), float(centre[1]))
    whole = Whole(name, *place, view.cover.origin, view.share >= 0.5, parameters)
    return Sample(
        pixels=pixels,
        nm_per_px=picture.log_uniform(random, config.nm_per_px),
        label=name,
        labels_all=(name, *others) if contrast == "silhouette" else (name,),
        group=f"body-{index}",
        parameters=parameters,
        instances=stack([whole], field),
    )


def _place(contour: NDArray[np.float64], size: int, random: Generator) -> NDArray[np.float64]:
    """Where the origin goes so that the contour lies inside the field."""
    low, high = contour.min(0), contour.max(0)
    room = np.maximum(size - 1 - 2 * _MARGIN - (high - low), 0)
    place: NDArray[np.float64] = _MARGIN - low + random.beta(3, 3, 2) * room
    return place


def _finish(
    signal: NDArray[np.float32], strength: float, config: Config, random: Generator
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Support, uneven light, point spread and noise."""
    field = signal.shape
    signal = signal + picture.level(
        field, random.uniform(0, 0.25) * strength, random.uniform(0, 6.3)
    )
    grainy = np.float32(0.15 * strength * float(random.uniform()) ** 2)
    signal += picture.texture(field, (picture.log_uniform(random, (1.2, 25.0)),), random) * grainy
    blur = random.uniform(0.4, 1.3)
    cv2.GaussianBlur(signal, (0, 0), blur, dst=signal)
    fringe = random.uniform(0.05, 0.4) * (random.uniform() < 0.35)
    if fringe:
        signal = picture.fringed(signal, fringe, random.uniform(1.2, 4.0))
    noise = picture.noise_level(random, config.noise, strength)
    grain = random.uniform(0.4, 1.6) * (random.uniform() < 0.6)
    image = picture.noisy(signal, noise, grain, random)
    return picture.quantize(image), {
        "noise": noise, "blur_px": blur, "strength": strength, "fringe": fringe,
    }  # fmt: skip


def _shaded(
    view: _View, config: Config, random: Generator
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Facets lit from the detector's side, more signal where they are steep, bright edges."""
    strength = float(random.uniform(*config.contrast))
    normals = view.body.hull.normals @ view.rotation.T
    aside, height = random.uniform(0, math.tau), random.uniform(0.3, 1.2)
    light = np.array([math.cos(aside), math.sin(aside), height]) / math.hypot(1, height)
    lit = np.clip(normals @ light, 0, None)
    steep = np.minimum(1 / np.maximum(normals[:, 2], 0.25), 3) - 1
    shades = 0.3 + 0.5 * lit + random.uniform(0.05, 0.25) * steep
    shades = (shades / shades[normals[:, 2] > 0].max()).astype(np.float32)
    facet, crease = facets(view.body, view.place)
    shade = shades[facet]
    width = np.float32(random.uniform(0.6, 2.0))
    edges = np.exp(-crease / width) * np.float32(random.uniform(0.0, 0.4))
    if view.body.radius > 0:
        shade = _soft(shade, view.share, 0.6 * view.body.radius * view.scale)
    depth = cv2.distanceTransform((view.share >= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    rim = np.exp(-depth / (2 * width)) * np.float32(random.uniform(0.0, 0.35))
    low = random.uniform(0.03, max(0.9 - strength, 0.05))
    bright = np.float32(strength) * np.minimum(shade + edges + rim, 1.35)
    signal = np.float32(low) + view.in_field(view.share * bright, config.size)
    pixels, made = _finish(signal, strength, config, random)
    return pixels, {"polarity": "bright", **made}


def _soft(
    shade: NDArray[np.float32], share: NDArray[np.float32], sigma: float
) -> NDArray[np.float32]:
    """Shade smoothed inside the body alone."""
    if sigma < 0.3:
        return shade
    weight = cv2.GaussianBlur(share, (0, 0), sigma)
    smooth: NDArray[np.float32] = cv2.GaussianBlur(shade * share, (0, 0), sigma) / np.maximum(
        weight, 1e-3
    )
    return smooth


def _mass(
    view: _View, config: Config, random: Generator
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Dark field in proportion to thickness, or bright field falling exponentially with it."""
    strength = float(random.uniform(*config.contrast))
    through = view.in_field(thickness(view.body, view.place) * view.share, config.size)
    through /= max(float(through.max()), 1e-6)
    if random.uniform() < 0.5:
        low = random.uniform(0.03, max(0.95 - strength, 0.04))
        signal = np.float32(low) + np.float32(strength) * through
        polarity = "bright"
    else:
        high = random.uniform(min(strength + 0.05, 0.95), 0.97)
        decay = -math.log(1 - min(strength / high, 0.97))
        signal = np.float32(high) * np.exp(-np.float32(decay) * through)
        polarity = "dark"
    pixels, made = _finish(signal, strength, config, random)
    return pixels, {"polarity": polarity, **made}


def _diffraction(
    view: _View, config: Config, random: Generator
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Bright field with thickness fringes; twins differ in strength, other facets a little.

    Two-beam intensity 1 - a sin²(π t / ξ), t the thickness and ξ the extinction distance, times
    absorption (Williams and Carter 2009, Transmission Electron Microscopy, eq. 13.5 and ch. 24).
    """
    strength = float(random.uniform(*config.contrast))
    count = len(view.body.hull.facets)
    spread = 0.8 if view.body.name in _TWINNED else 0.25
    base = random.uniform(0.2, 1.0)
    factors = np.clip(base * (1 + spread * random.uniform(-1, 1, (2, count))), 0, 1.3)
    upper, lower = factors.astype(np.float32)
    above, _ = facets(view.body, view.place)
    below, _ = facets(view.body, view.place.from_below())
    excited = (upper[above] + lower[below]) / 2
    through = thickness(view.body, view.place) * view.share
    fringes = random.uniform(0.6, 3.5)
    extinction = 2 * view.scale / fringes
    wave = np.sin(np.float32(math.pi / extinction) * through) ** 2
    high = random.uniform(min(strength + 0.1, 0.95), 0.97)
    decay = np.float32(random.uniform(0.4, 1.6) / (2 * view.scale))
    drop = np.minimum(np.float32(strength / high) * excited * wave, 0.97)
    passed = (1 - drop * view.share) * np.exp(-decay * (0.5 + excited) * through)
    signal = np.float32(high) * (1 + view.in_field(passed - 1, config.size))
    pixels, made = _finish(signal, strength, config, random)
    return pixels, {"polarity": "dark", "extinction_px": extinction, **made}


def _silhouette(
    view: _View, config: Config, random: Generator
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Two grey levels."""
    dark = random.uniform() < 0.6
    ground, ink = random.uniform(0.8, 1.0), random.uniform(0.0, 0.25)
    low, high = (ground, ink) if dark else (ink, ground)
    signal = np.float32(low) + np.float32(high - low) * view.cover.on((config.size, config.size))
    return picture.quantize(signal), {"polarity": "dark" if dark else "bright"}


_DRAWERS = {
    "shaded": _shaded, "mass": _mass, "diffraction": _diffraction, "silhouette": _silhouette,
}  # fmt: skip
