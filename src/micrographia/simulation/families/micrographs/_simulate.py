"""One simulated micrograph: plan, places, picture, record, overlay, truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._sample import Sample
from micrographia.simulation.families.micrographs._bars import Overlay, draw_bar, draw_footer
from micrographia.simulation.families.micrographs._camera import make_camera, record
from micrographia.simulation.families.micrographs._draw import Scene, draw_all
from micrographia.simulation.families.micrographs._grey import to_grey
from micrographia.simulation.families.micrographs._scene import make_plan, populate
from micrographia.simulation.families.micrographs._supports import (
    Support,
    crescents,
    film,
    softened,
    thick,
    wafer,
)
from micrographia.simulation.families.micrographs._surface import secondary_electrons
from micrographia.simulation.families.micrographs._transmission import bright_field, dark_field
from micrographia.simulation.families.micrographs._truth import truth

if TYPE_CHECKING:
    from micrographia.simulation.families.micrographs._draw import Picture
    from micrographia.simulation.families.micrographs._scene import Plan
    from micrographia.simulation.families.micrographs.config import Config

__all__ = ["simulate"]

_MARGIN = 16
"""Of the canvas round the image [px], so that blur and shifts meet no edge."""


def simulate(config: Config, random: np.random.Generator, index: int) -> Sample:
    """Make one micrograph.

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
        Its label is the layout; `labels_all` adds the mode and the classes of the bodies.

    Examples
    --------
    >>> from micrographia.simulation.families.micrographs import Config
    >>> sample = simulate(Config(modes=("tem",), bar=0), np.random.default_rng(3), 0)
    >>> sample.pixels.shape, sample.pixels.dtype.name
    ((256, 256), 'uint8')
    """
    plan = make_plan(config, random)
    shape = config.shape
    canvas = (shape[0] + 2 * _MARGIN, shape[1] + 2 * _MARGIN)
    support = _support(plan, canvas, config, random)
    weight = None if support.solid is None else support.solid[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    if weight is not None and not weight.any():
        weight = None
    field = populate(plan, config, shape, weight, random)
    drawn = draw_all(field, _MARGIN)
    picture = _image(Scene(plan, canvas, drawn, random), support)
    contrast = float(np.median(picture.contrast)) if len(drawn) else 0.2
    level = float(picture.signal.mean())
    camera = make_camera(plan.mode, contrast, level, config.degradation, random)
    image = record(picture.signal, camera, _MARGIN, random)
    grey, look = to_grey(image, config.bits, config.degradation, random)
    overlay = _overlay(grey, plan, config, random)
    instances, unseen = truth(
        drawn, picture, camera, overlay.covered, _MARGIN, config, plan.nm_per_px
    )
    return Sample(
        pixels=overlay.grey,
        nm_per_px=plan.nm_per_px,
        label=plan.layout,
        labels_all=tuple(dict.fromkeys((plan.layout, plan.mode, *plan.bodies))),
        group=f"micrographs-{index}",
        parameters=_parameters(plan, unseen, {**picture.parameters, **look, **overlay.truth,
                               "dose": camera.dose, "blur_px": camera.blur}),
        instances=instances,
    )  # fmt: skip


def _support(
    plan: Plan, shape: tuple[int, int], config: Config, random: np.random.Generator
) -> Support:
    if plan.mode == "sem":
        ground = wafer(shape, random)
        if config.crescents and random.random() < config.crescents:
            return crescents(ground, plan.median_px, random)
        return ground
    chance = {"supported": 0.95, "sparse": 0.06}.get(plan.layout, 0.02)
    if random.random() >= chance:
        return film(shape, random)
    carrier = thick(shape, plan.median_px, random)
    if config.support_blur:
        return softened(carrier, random.uniform(0, config.support_blur) * plan.median_px)
    return carrier


def _image(scene: Scene, support: Support) -> Picture:
    if scene.plan.mode == "sem":
        return secondary_electrons(scene, support)
    if scene.plan.mode == "haadf":
        return dark_field(scene, support)
    return bright_field(scene, support)


def _overlay(grey: Any, plan: Plan, config: Config, random: np.random.Generator) -> Overlay:
    overlay = Overlay(np.array(grey))
    with_footer = plan.mode == "sem" and random.random() < config.footer
    if with_footer and draw_footer(overlay, plan.nm_per_px, random):
        return overlay
    if random.random() < config.bar:
        draw_bar(overlay, plan.nm_per_px, random)
    return overlay


def _parameters(plan: Plan, unseen: list[list[float]], more: dict[str, Any]) -> dict[str, Any]:
    second = plan.second or (None, None)
    return {
        "mode": plan.mode,
        "layout": plan.layout,
        "bodies": list(plan.bodies),
        "median_nm": plan.median_px * plan.nm_per_px,
        "median_px": plan.median_px,
        "spread": plan.spread,
        "second_median_nm": None if second[0] is None else second[0] * plan.nm_per_px,
        "second_spread": second[1],
        "coverage": plan.coverage,
        "unseen": unseen,
        **more,
    }
