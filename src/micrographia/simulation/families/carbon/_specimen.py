"""What the images of one specimen have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.carbon._fibres import SPACING, Tube

if TYPE_CHECKING:
    from micrographia.simulation.families.carbon._config import ClassName, Config, SupportName

__all__ = ["Specimen", "make_specimen", "specimen_random"]


class Specimen(NamedTuple):
    """A sample on its grid, at one magnification of one microscope.

    Attributes
    ----------
    name : str
        Class.
    nm_per_px : float [nm]
    tube : Tube or None
        The typical fibre.
    tube_spread : float
        Geometric standard deviation of the fibres' diameters.
    persistence : float
        Persistence length of the fibres over the field's edge.
    uneven : float
        Standard deviation of a fibre's diameter along it, as a share.
    primary_nm : float [nm]
        Mean diameter of soot spherules, 0 for other classes.
    support : str
    film_nm : float [nm]
    free_path : float [nm]
        Thickness of carbon that lets 1/e of the beam through the aperture.
    fringe : float [nm]
        √(wavelength · defocus), below 0 over focus.
    phase : float [rad/nm]
        Phase shift of carbon.
    """

    name: ClassName
    nm_per_px: float
    tube: Tube | None
    tube_spread: float
    persistence: float
    uneven: float
    primary_nm: float
    support: SupportName
    film_nm: float
    free_path: float
    fringe: float
    phase: float

    @property
    def parameters(self) -> dict[str, Any]:
        """As columns of the manifest."""
        tube = self.tube
        return {
            "fibre_kind": tube.kind if tube else None,
            "fibre_nm": tube.outer_nm if tube else None,
            "channel_nm": tube.inner_nm if tube else None,
            "walls": tube.walls if tube else None,
            "fibre_spread": self.tube_spread if tube else None,
            "persistence": self.persistence if tube else None,
            "primary_nm": self.primary_nm or None,
            "support": self.support,
            "film_nm": self.film_nm,
            "free_path_nm": self.free_path,
            "fringe_nm": self.fringe,
        }


def specimen_random(random: np.random.Generator, index: int, images: int) -> np.random.Generator:
    """The random numbers of a specimen, the same for each of its images.

    Its stream has the seed of the run and a key that no image has; with one image a specimen the
    image's own stream serves.
    """
    seeds = random.bit_generator.seed_seq
    if images == 1 or not isinstance(seeds, np.random.SeedSequence):
        return random
    key = (*seeds.spawn_key[:-1], index // images, 1)
    return np.random.default_rng(np.random.SeedSequence(seeds.entropy, spawn_key=key))


def make_specimen(config: Config, random: np.random.Generator) -> Specimen:
    """Draw a specimen."""
    name = config.classes[int(random.integers(len(config.classes)))]
    nm_per_px = log_uniform(random, config.scales(name))
    tube = _tube(name, config, nm_per_px, random) if name in ("Cl", "Fi", "Ma", "MS") else None
    primary = 0.0
    if name == "SP":
        least, most = (edge * nm_per_px for edge in config.width_px("SP"))
        low, high = config.primary_nm
        primary = log_uniform(random, (max(low, least), min(high, most)))
    return Specimen(
        name=name,
        nm_per_px=nm_per_px,
        tube=tube,
        tube_spread=random.uniform(1.05, 1.45),
        persistence=_persistence(name, random),
        uneven=random.uniform(0.0, 0.1) if random.random() < 0.7 else 0.0,
        primary_nm=primary,
        support=config.supports[int(random.integers(len(config.supports)))],
        film_nm=min(log_uniform(random, (5.0, 40.0)), _thickest_film(name, tube, primary)),
        free_path=_free_path(tube, random),
        fringe=log_uniform(random, (0.4, 3.5)) * (1 if random.random() < 0.8 else -1),
        phase=random.uniform(0.008, 0.03),
    )


def _thickest_film(name: ClassName, tube: Tube | None, primary: float) -> float:
    """Nobody takes a support [nm] on which what is looked for would not be seen."""
    if tube is not None:
        return max(1.2 * tube.mean_nm, 3.0)
    return 15.0 if name == "GS" else primary or math.inf


def _free_path(tube: Tube | None, random: np.random.Generator) -> float:
    """Mean free path [nm]; for thin fibres of slower electrons and with a smaller aperture."""
    drawn = log_uniform(random, (90.0, 260.0))
    return drawn if tube is None else max(min(drawn, 10 * tube.mean_nm), 60.0)


def _persistence(name: ClassName, random: np.random.Generator) -> float:
    low, high = {"Fi": (0.2, 8.0), "Ma": (0.05, 0.4), "MS": (0.1, 2.0)}.get(name, (0.07, 1.2))
    return log_uniform(random, (low, high))


def _tube(name: ClassName, config: Config, nm_per_px: float, random: np.random.Generator) -> Tube:
    least, most = (edge * nm_per_px for edge in config.width_px(name))
    low, high = max(config.fibre_nm[0], least), min(config.fibre_nm[1], most)
    if name == "MS":  # seen beside a body that takes nearly all of the light
        low = max(low, min(15.0, high))
    outer = log_uniform(random, (low, high))
    channel = random.uniform(*config.channel) * outer
    solid, bamboo = (0.15, 0.1) if outer < 30 else (0.4, 0.35)
    draw = random.random()
    if draw < solid:
        return Tube("solid", outer)
    if draw < solid + bamboo:
        return Tube("bamboo", outer, channel, outer * log_uniform(random, (0.5, 3.0)))
    walls = max(int((outer - channel) / (2 * SPACING)), 1)
    return Tube("walled", outer, outer - 2 * SPACING * (walls - 1))
