"""One image of carbon: specimen, structure, support, the beam's way through, camera, truth."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._sample import Instance, Sample, stack
from micrographia.simulation.families.carbon import _tangles as tangles
from micrographia.simulation.families.carbon._canvas import MARGIN, Canvas
from micrographia.simulation.families.carbon._crystals import crystals
from micrographia.simulation.families.carbon._optics import transmitted
from micrographia.simulation.families.carbon._residue import others, polymer
from micrographia.simulation.families.carbon._sheets import sheets
from micrographia.simulation.families.carbon._soot import soot
from micrographia.simulation.families.carbon._specimen import make_specimen, specimen_random
from micrographia.simulation.families.carbon._support import film
from micrographia.simulation.families.micrographs._bars import Overlay, draw_bar
from micrographia.simulation.families.micrographs._camera import make_camera, record
from micrographia.simulation.families.micrographs._grey import to_grey

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.simulation.families.carbon._config import ClassName, Config
    from micrographia.simulation.families.carbon._specimen import Specimen

__all__ = ["simulate"]


def simulate(config: Config, random: np.random.Generator, index: int) -> Sample:
    """Make one image.

    Parameters
    ----------
    config : Config
    random : Generator
        All randomness comes from it.
    index : int
        Of the image in its run; the images of one specimen follow one another.

    Returns
    -------
    sample : Sample
        Labelled by its class. Instances are fibres, spherules, sheets, crystals, and whole bodies
        of matrix or polymer; a body lies over the fibres that end in it.

    Examples
    --------
    >>> from micrographia.simulation.families.carbon import Config
    >>> sample = simulate(Config(classes=("SP",), bar=0), np.random.default_rng(3), 0)
    >>> sample.label, sample.pixels.shape, sample.instances[0].class_name
    ('SP', (256, 256), 'spherule')
    """
    images = config.images_per_specimen
    specimen = make_specimen(config, specimen_random(random, index, images))
    canvas = Canvas(config.shape, specimen.nm_per_px)
    made = _structure(canvas, specimen, config, random)
    signal, contrast, optics = transmitted(canvas, specimen, _ground(canvas, specimen, random),
                                           random)  # fmt: skip
    strength = config.degradation * random.uniform(0.5, 1.0) * min(1.0, 0.3 + contrast / 0.08)
    camera = make_camera("tem", contrast, float(signal.mean()), strength, random)
    image = record(signal, camera, MARGIN, random)
    grey, look = to_grey(image, config.bits, config.degradation, random)
    overlay = Overlay(np.array(grey))
    if random.random() < config.bar:
        draw_bar(overlay, specimen.nm_per_px, random)
    seen = [_uncovered(one, overlay.covered) for one in stack(canvas.wholes, config.shape)]
    return Sample(
        pixels=overlay.grey,
        nm_per_px=specimen.nm_per_px,
        label=specimen.name,
        labels_all=(specimen.name,),
        group=f"carbon-{index // images}",
        parameters={**specimen.parameters, **made, **optics, **look, **overlay.truth,
                    "dose": camera.dose, "blur_px": camera.blur},
        instances=tuple(one for one in seen if one.visible.any()),
    )  # fmt: skip


def _structure(
    canvas: Canvas, specimen: Specimen, config: Config, random: np.random.Generator
) -> dict[str, Any]:
    if specimen.name == "SP":
        return soot(canvas, specimen, config, random)
    return _DRAW[specimen.name](canvas, specimen, random)


_DRAW: dict[ClassName, Callable[[Canvas, Specimen, np.random.Generator], dict[str, Any]]] = {
    "Cl": tangles.cluster,
    "Fi": tangles.fibre,
    "Ma": tangles.matrix,
    "MS": tangles.surface,
    "GS": sheets,
    "HDP": crystals,
    "PR": polymer,
    "O": others,
}


def _ground(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> NDArray[np.float32]:
    """Thickness of the support [nm]."""
    return film(
        canvas.shape, specimen.support, specimen.film_nm, specimen.nm_per_px, random,
        uneven=min(0.25 * canvas.faint / specimen.film_nm, 0.5),
    )  # fmt: skip


def _uncovered(one: Instance, covered: NDArray[np.bool_]) -> Instance:
    """An instance without what a scale bar hides."""
    top, left, bottom, right = one.box
    hidden = covered[top:bottom, left:right]
    if not hidden.any():
        return one
    return dataclasses.replace(one, visible=one.visible & ~hidden)
