"""The categories: who draws them, how large their main length is, in pixels and in nanometres."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["CATEGORIES", "Kind", "drawer", "mixtures"]


class Kind(NamedTuple):
    """How a category is drawn.

    Parameters
    ----------
    module : str
        Whose `draw` lays it.
    share : tuple of float
        Range of the main length over the shorter edge of the field.
    nm : tuple of float [nm]
        Range of the main length.
    tilted : float
        Share of images with a tilted stage.
    over : bool
        Whether it can lie on other categories.
    under : bool
        Whether others can lie on it.
    """

    module: str
    share: tuple[float, float]
    nm: tuple[float, float]
    tilted: float
    over: bool
    under: bool


class Drawer(Protocol):
    """What lays a category over a stage; `size` is its main length [fine px]."""

    def __call__(self, stage: Stage, size: float, over: bool) -> dict[str, Any]: ...


CATEGORIES: dict[str, Kind] = {
    "Biological": Kind("_biology", (0.06, 0.7), (400, 60_000), 0.2, True, False),
    "Fibres": Kind("_fibres", (0.012, 0.3), (150, 40_000), 0.0, True, False),
    "Films_Coated_Surface": Kind("_films", (0.01, 0.16), (8, 2_000), 0.25, False, True),
    "MEMS_devices_and_electrodes": Kind("_devices", (0.02, 0.2), (150, 30_000), 0.4, False, True),
    "Nanowires": Kind("_wires", (0.008, 0.07), (15, 250), 0.45, True, False),
    "Particles": Kind("_particles", (0.02, 0.35), (5, 5_000), 0.15, True, False),
    "Patterned_surface": Kind("_patterns", (0.03, 0.4), (60, 20_000), 0.45, False, True),
    "Porous_Sponge": Kind("_porous", (0.025, 0.3), (15, 200_000), 0.1, False, True),
    "Powder": Kind("_powder", (0.02, 0.3), (60, 80_000), 0.0, True, False),
    "Tips": Kind("_tips", (0.15, 0.6), (300, 30_000), 0.4, False, False),
}
"""Main lengths: cell, fibre's diameter, grain, line, wire's diameter, particle's diameter, period,
pore, grain, width of the tip's base."""


def mixtures(classes: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs (below, above) of categories of which one can lie on the other."""
    return [
        (below, above)
        for below in classes
        for above in classes
        if CATEGORIES[below].under and CATEGORIES[above].over and below != above
    ]


def drawer(category: str) -> Drawer:
    """The function that draws a category."""
    package = __package__ or "micrographia.simulation.families.sem"
    return cast("Drawer", import_module(f"{package}.{CATEGORIES[category].module}").draw)
