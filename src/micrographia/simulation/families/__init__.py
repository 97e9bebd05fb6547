"""The families of simulated images: one module each, listed here, read without importing them.

A family's module holds a frozen settings model `Config` and a function
``simulate(config: Config, random: numpy.random.Generator, index: int) -> Sample``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from micrographia.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from micrographia.settings import Settings
    from micrographia.simulation._sample import Sample

__all__ = ["FAMILIES", "Family", "FamilyModule", "load_family"]


class Family(NamedTuple):
    """Where a family is, and how its images are made.

    Attributes
    ----------
    module, summary : str
    number : int
        Keeps its random numbers apart from the other families'.
    chunk : int
        Images that are made by one process and kept after a kill together: some seconds' worth.
    """

    module: str
    number: int
    summary: str
    chunk: int = 100


class FamilyModule(Protocol):
    """What a family's module holds."""

    Config: type[Settings]

    def simulate(self, config: Any, random: np.random.Generator, index: int) -> Sample:
        """Make image `index`."""


_HERE = "micrographia.simulation.families"

FAMILIES: dict[str, Family] = {
    "outlines": Family(f"{_HERE}.outlines", 1, "one flat outline of eleven classes an image"),
    "polyhedra": Family(f"{_HERE}.polyhedra", 2, "one of eight polyhedra, turned at random"),
    "micrographs": Family(f"{_HERE}.micrographs", 3, "whole fields of many particles", 20),
    "carbon": Family(f"{_HERE}.carbon", 4, "airborne carbon of eight classes in TEM", 20),
    "sem": Family(f"{_HERE}.sem", 5, "SEM images of ten categories of specimens", 20),
}


def load_family(name: str) -> FamilyModule:
    """Import the module of a family.

    Raises
    ------
    InputError
        If there is no such family; the message lists them.
    """
    if name not in FAMILIES:
        raise InputError(f"there is no family {name!r}; there are {', '.join(FAMILIES)}")
    return cast("FamilyModule", import_module(FAMILIES[name].module))
