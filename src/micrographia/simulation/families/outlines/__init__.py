"""The family `outlines`: one flat outline an image, of eleven classes."""

from micrographia.simulation.families.outlines._config import Config
from micrographia.simulation.families.outlines._draw import simulate

__all__ = ["Config", "simulate"]
