"""Images made by electrons that pass through: TEM, STEM bright field, STEM dark field."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
import scipy.fft

from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.micrographs._draw import (
    Picture,
    Scene,
    ground_texture,
    internal_structure,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.micrographs._supports import Support

__all__ = ["bright_field", "dark_field", "fresnel"]


def _log_uniform(low: float, high: float, random: np.random.Generator) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


def _masses(
    scene: Scene, strength: float, blur: NDArray[np.float64]
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Projected mass of all particles together, and of each on its part of the canvas.

    A particle of the median diameter that is as thick as wide has the mass `strength`.
    """
    total = np.zeros(scene.shape, np.float32)
    parts = []
    unit = np.float32(strength / scene.plan.median_px)
    factors = internal_structure(scene)
    for drawn, factor, soft in zip(scene.drawn, factors, blur, strict=True):
        mass = drawn.patch.depth * factor * unit
        if soft > 0.3:
            mass = cv2.GaussianBlur(mass, (0, 0), float(soft))
        part = mass[drawn.on_patch]
        total[drawn.on_canvas] += part
        parts.append(part)
    return total, parts


def _own_blur(scene: Scene, share: float) -> NDArray[np.float64]:
    """Blur of each particle by its height in a thick specimen [px]."""
    n, random = len(scene.drawn), scene.random
    if scene.plan.own_blur is not None:
        return scene.plan.own_blur * random.uniform(0.6, 1.3, n)
    if scene.plan.layout != "supported" or random.random() > share:
        return np.zeros(n)
    most = min(random.uniform(0.3, 2.0), 0.12 * scene.plan.median_px)
    return random.uniform(0, most, n)


def _debris(scene: Scene) -> NDArray[np.float32]:
    """Dirt that is no particle: faint smears and specks, out of focus."""
    random = scene.random
    total = np.zeros(scene.shape, np.float32)
    if random.random() < 0.6:
        return total
    for _ in range(int(random.integers(1, 14))):
        row, col = (random.uniform(0, n) for n in scene.shape)
        size = _log_uniform(1.5, max(scene.plan.median_px * 0.8, 3), random)
        canvas = np.zeros(scene.shape, np.float32) if size > 60 else None
        box = int(6 * size) + 3
        spot = np.zeros((box, box), np.float32) if canvas is None else canvas
        centre = (box // 2, box // 2) if canvas is None else (int(col), int(row))
        axes = (max(int(size), 1), max(int(size * random.uniform(0.4, 1)), 1))
        cv2.ellipse(spot, centre, axes, random.uniform(0, 180), 0, 360,
                    random.uniform(0.1, 1), -1, cv2.LINE_AA)  # fmt: skip
        spot = cv2.GaussianBlur(spot, (0, 0), max(size * random.uniform(0.15, 0.7), 0.8))
        if canvas is not None:
            total += spot
            continue
        top, left = int(row) - box // 2, int(col) - box // 2
        first = max(-top, 0), max(-left, 0)
        last = min(box, scene.shape[0] - top), min(box, scene.shape[1] - left)
        if last[0] > first[0] and last[1] > first[1]:
            total[top + first[0] : top + last[0], left + first[1] : left + last[1]] += spot[
                first[0] : last[0], first[1] : last[1]
            ]
    return total * np.float32(random.uniform(0.05, 0.4))


def fresnel(
    mass: NDArray[np.float32], phase: NDArray[np.float32], width: float, coherence: float
) -> NDArray[np.float32]:
    """Intensity behind a thin object, out of focus.

    The wave exp(-mass / 2 + i phase) is propagated with exp(-i π w² q²), w² being wavelength times
    defocus, and loses what the envelope exp(-(q c)²) takes (Reimer & Kohl 2008, chapters 3 and 6).

    Parameters
    ----------
    mass, phase : ndarray of shape (rows, cols), float32
        Absorption exponent and phase shift [rad].
    width : float [px]
        w: about the width of the first fringe; below 0: over focus.
    coherence : float [px]
        c: fringes finer than this are lost.

    Examples
    --------
    >>> flat = np.zeros((8, 8), np.float32)
    >>> float(fresnel(flat, flat, 2.0, 0.5).round(3).min())
    1.0
    """
    shape = mass.shape
    size = tuple(scipy.fft.next_fast_len(n) for n in shape)
    pads = [(0, n - m) for n, m in zip(size, shape, strict=True)]
    wave = np.pad(np.exp(-mass / 2 + 1j * phase).astype(np.complex64), pads, "edge")
    rows = scipy.fft.fftfreq(size[0]).astype(np.float32)[:, None]
    cols = scipy.fft.fftfreq(size[1]).astype(np.float32)[None]
    chirp = -math.pi * width * abs(width)
    transfer_rows = np.exp((1j * chirp - coherence**2) * rows**2).astype(np.complex64)
    transfer_cols = np.exp((1j * chirp - coherence**2) * cols**2).astype(np.complex64)
    wave = scipy.fft.fft2(wave, overwrite_x=True)
    wave *= transfer_rows
    wave *= transfer_cols
    wave = scipy.fft.ifft2(wave, overwrite_x=True)[: shape[0], : shape[1]]
    return np.asarray(wave.real**2 + wave.imag**2, np.float32)


def _contrast(
    scene: Scene, parts: list[NDArray[np.float32]], signal: NDArray[np.float32] | None
) -> NDArray[np.float64]:
    """Root mean square, over each particle, of what the signal would change without it."""
    found = np.zeros(len(parts))
    for k, (drawn, part) in enumerate(zip(scene.drawn, parts, strict=True)):
        inside = drawn.patch.cover[drawn.on_patch] >= 0.5
        change = part[inside]
        if signal is not None:
            change = signal[drawn.on_canvas][inside] * np.expm1(np.minimum(change, 20))
        if change.size:
            found[k] = math.sqrt(float(np.mean(change.astype(float) ** 2)))
    return found


def bright_field(scene: Scene, support: Support) -> Picture:
    """TEM and STEM bright field: mass thickness, and for TEM phase contrast out of focus."""
    plan, random = scene.plan, scene.random
    strength = _log_uniform(0.2, 5.0, random)
    if plan.layout == "aggregate" and random.random() < 0.7:
        strength = _log_uniform(0.1, 0.6, random)
    elif plan.layout == "supported":
        strength = _log_uniform(0.15, 0.9, random)
    if plan.support_mass is not None:
        strength = _log_uniform(0.1, 0.6, random)
    mass, parts = _masses(scene, strength, _own_blur(scene, 0.5))
    thick = support.kind in ("heap", "plates", "sponge", "slab")
    film = (_log_uniform(0.1, 0.9, random) if thick else random.uniform(0.03, 0.35)) * support.depth
    if plan.support_mass is not None:
        film = np.float32(0.5 * strength * plan.support_mass) * support.depth
    mass += film.astype(np.float32) + _debris(scene)
    passed = np.exp(-mass)
    contrast = _contrast(scene, parts, passed)
    parameters: dict[str, float | str | bool] = {"mass": strength, "support": support.kind}
    grainy = support.depth / max(float(support.depth.max()), 1e-3)
    size = float(np.clip(random.uniform(0.15, 0.5) / plan.nm_per_px, 0.35, 3.5))
    grainy = grainy + np.float32(random.uniform(0, 1.0)) * np.tanh(mass)
    rough = np.asarray(tex.grain(scene.shape, size, random) * grainy, np.float32)
    if plan.mode == "tem" and random.random() < 0.75:
        width = _log_uniform(0.5, 5.0, random) * (1 if random.random() < 0.8 else -1)
        signal = fresnel(
            mass - _mean_film(film), _phase(scene, parts, film, random)
            + np.float32(_log_uniform(0.01, 0.15, random)) * rough, width, random.uniform(0.6, 2.5),
        ) * np.float32(math.exp(-_mean_film(film)))  # fmt: skip
        parameters["fringe_px"] = width
    else:
        amount = np.float32(_log_uniform(0.003, 0.06, random))
        signal = passed * (1 + amount * rough)
    texture = ground_texture(np.exp(-film).astype(np.float32), scene)
    return Picture(np.clip(signal, 0, None), contrast, np.zeros(len(parts)), texture, parameters)


def _mean_film(film: NDArray[np.floating]) -> float:
    return float(film.mean())


def _phase(
    scene: Scene, parts: list[NDArray[np.float32]], film: NDArray[np.float32],
    random: np.random.Generator,
) -> NDArray[np.float32]:  # fmt: skip
    """Phase shift: in proportion to the mass, saturating in thick particles."""
    total = np.zeros(scene.shape, np.float32)
    for drawn, part in zip(scene.drawn, parts, strict=True):
        total[drawn.on_canvas] += part
    ratio = np.float32(random.uniform(0.2, 1.6))
    return ratio * np.tanh(total) + np.float32(random.uniform(0.2, 1)) * film


def dark_field(scene: Scene, support: Support) -> Picture:
    """STEM dark field: intensity grows with mass, of particles and support alike."""
    plan, random = scene.plan, scene.random
    blur = _own_blur(scene, 0.8)
    thick = support.kind in ("heap", "plates", "sponge", "slab")
    strength = 1.0
    mass, parts = _masses(scene, strength, blur)
    ground = random.uniform(0.0, 0.12)
    if thick:
        carrier = _log_uniform(0.5, 6.0, random) * support.depth
        carrier = 4.0 * np.tanh(carrier / 4.0)
        if plan.support_mass is not None:
            carrier = np.float32(plan.support_mass) * support.depth
    else:
        carrier = random.uniform(0.02, 0.25) * support.depth
    grains = tex.grain(scene.shape, float(np.clip(0.3 / plan.nm_per_px, 0.5, 3)), random)
    rough = random.uniform(0, 0.06 if plan.support_mass is None else 0.015)
    carrier = carrier * (1 + np.float32(rough) * grains)
    cap = random.uniform(1.2, 6)
    signal = ground + carrier + cap * np.tanh((mass + _debris(scene)) / cap)
    top = max(float(np.percentile(signal, 99.5)), 1e-3)
    signal = np.clip(signal / top, 0, None).astype(np.float32)
    contrast = _contrast(scene, parts, None) / top
    parameters: dict[str, float | str | bool] = {"support": support.kind, "ground": ground / top}
    texture = ground_texture(np.asarray(carrier / top, np.float32), scene)
    return Picture(signal, contrast, blur, texture, parameters)
