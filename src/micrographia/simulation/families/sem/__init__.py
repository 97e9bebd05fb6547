"""SEM images of ten categories of specimens, with exact pixel size, labels and geometry."""

from micrographia.simulation.families.sem._simulate import simulate
from micrographia.simulation.families.sem.config import Config

__all__ = ["Config", "simulate"]
