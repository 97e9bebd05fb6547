"""The family `carbon`: airborne carbon nanostructures in transmission electron microscopy."""

from micrographia.simulation.families.carbon._config import CLASSES, Config
from micrographia.simulation.families.carbon._simulate import simulate

__all__ = ["CLASSES", "Config", "simulate"]
