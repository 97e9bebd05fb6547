"""One simulated SEM image: plan, stage, signal, record, data bar, truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation._sample import Sample
from micrographia.simulation.families.micrographs._bars import Overlay, draw_bar
from micrographia.simulation.families.micrographs._camera import make_camera, record
from micrographia.simulation.families.sem._catalogue import CATEGORIES, drawer, mixtures
from micrographia.simulation.families.sem._databars import draw_data_bar
from micrographia.simulation.families.sem._grey import to_grey
from micrographia.simulation.families.sem._scan import charge, focus, scanning
from micrographia.simulation.families.sem._shade import draw_look, shade
from micrographia.simulation.families.sem._stage import FAR, FINE, Stage
from micrographia.simulation.families.sem._truth import instances

if TYPE_CHECKING:
    from micrographia.simulation.families.sem.config import Config

__all__ = ["Plan", "build", "make_plan", "simulate"]

MARGIN = 16
"""Of the stage round the image [px], so that blur and shifts meet no edge."""


FINEST = 0.35
"""Least pixel size that is drawn where none is asked for: beyond, an SEM shows nothing [nm]."""


class Plan(NamedTuple):
    """What an image shows: categories from below, main lengths [px], pixel size [nm], tilt."""

    label: str
    layers: tuple[str, ...]
    features: tuple[float, ...]
    nm_per_px: float
    tilt: float
    tip_angle: float


def make_plan(config: Config, random: np.random.Generator) -> Plan:
    """Draw what an image shows."""
    label = str(random.choice(config.classes))
    layers: tuple[str, ...] = (label,)
    pairs = mixtures(config.classes)
    fitting = [pair for pair in pairs if label in pair]
    if random.random() < config.mixtures and pairs:
        layers = (fitting or pairs)[int(random.integers(len(fitting or pairs)))]
        label = label if label in layers else layers[-1]
    features = [_feature(config, layer, random) for layer in layers]
    if len(layers) == 2 and config.feature_px is None:
        features[1] = min(features[1], 0.16 * min(config.shape))
    kind = CATEGORIES[label]
    nm = max(log_uniform(random, kind.nm) / features[layers.index(label)], FINEST)
    if config.nm_per_px is not None:
        nm = log_uniform(random, config.nm_per_px)
    tilt = math.radians(random.uniform(8, 60)) if random.random() < kind.tilted else 0.0
    if config.tilt_deg is not None:
        tilt = math.radians(random.uniform(*config.tilt_deg))
    angle = random.uniform(8, 75) if random.random() < 0.8 else random.uniform(5, 110)
    if config.tip_angle_deg is not None:
        angle = random.uniform(*config.tip_angle_deg)
    return Plan(label, layers, tuple(features), float(nm), tilt, math.radians(angle))


def _feature(config: Config, category: str, random: np.random.Generator) -> float:
    if config.feature_px is not None:
        return log_uniform(random, config.feature_px)
    low, high = CATEGORIES[category].share
    size = min(config.shape)
    return log_uniform(random, (max(low * size, 1.5), high * size))


def build(plan: Plan, config: Config, random: np.random.Generator) -> tuple[Stage, dict[str, Any]]:
    """Lay everything an image shows on a stage; gives it with the parameters of its layers."""
    rows, cols = (FINE * (n + 2 * MARGIN) for n in config.shape)
    stage = Stage((rows, cols), plan.nm_per_px / FINE, plan.tilt, random, plan.tip_angle)
    found: dict[str, Any] = {}
    for k, (layer, feature) in enumerate(zip(plan.layers, plan.features, strict=True)):
        told = drawer(layer)(stage, feature * FINE, k > 0)
        prefix = "" if layer == plan.label else "other_"
        found |= {
            f"{prefix}variant": told.pop("variant"),
            f"{prefix}feature_px": feature,
            f"{prefix}feature_nm": feature * plan.nm_per_px,
            f"{prefix}geometry": told,
        }
    return stage, found


def simulate(config: Config, random: np.random.Generator, index: int) -> Sample:
    """Make one SEM image.

    Parameters
    ----------
    config : Config
    random : Generator
        All randomness comes from it.
    index : int
        Number of the image, for the name of its group.

    Returns
    -------
    sample : Sample
        Its label is the category; `labels_all` names both of an image that mixes two.

    Examples
    --------
    >>> from micrographia.simulation.families.sem import Config
    >>> sample = simulate(Config(classes=("Tips",), mixtures=0), np.random.default_rng(3), 0)
    >>> sample.pixels.shape, sample.label
    ((256, 256), 'Tips')
    """
    plan = make_plan(config, random)
    stage, found = build(plan, config, random)
    signal = shade(stage, draw_look(stage.nm, random))
    top = max(float(np.percentile(signal, 99.5)), 1e-3)
    signal = np.clip(signal * np.float32(1 / top), 0, 1.6)
    size = (signal.shape[1], signal.shape[0])
    depth = cv2.resize(np.maximum(stage.depth, FAR / 10), size, interpolation=cv2.INTER_AREA)
    strength = config.degradation
    signal, lens = focus(signal, depth / np.float32(FINE), plan.nm_per_px, strength, random)
    signal, charging = charge(signal, strength, random)
    camera = make_camera("sem", float(signal.std()) * 1.5, float(signal.mean()), strength, random)
    camera = scanning(camera, random)
    image = record(signal, camera, MARGIN, random)
    grey, look = to_grey(image, config.bits, strength, random)
    overlay = Overlay(np.array(grey))
    drawn = random.random() < config.data_bar and draw_data_bar(overlay, plan.nm_per_px, random)
    if not drawn and random.random() < config.bar:
        draw_bar(overlay, plan.nm_per_px, random)
    return Sample(
        pixels=overlay.grey,
        nm_per_px=plan.nm_per_px,
        label=plan.label,
        labels_all=(plan.label, *(layer for layer in plan.layers if layer != plan.label)),
        group=f"sem-{index}",
        parameters={**found, "tilt_deg": math.degrees(plan.tilt), "charging": charging, **lens,
                    **look, **overlay.truth, "dose": camera.dose, "blur_px": camera.blur},
        instances=instances(stage, MARGIN, overlay.covered, config.min_visible_px),
    )  # fmt: skip
