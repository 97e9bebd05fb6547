"""The family `polyhedra`: one of eight convex bodies an image, turned at random."""

from micrographia.simulation.families.polyhedra._config import Config
from micrographia.simulation.families.polyhedra._draw import simulate

__all__ = ["Config", "simulate"]
