"""Whole micrographs: fields of many particles as TEM, STEM and SEM show them, with exact truth."""

from micrographia.simulation.families.micrographs._simulate import simulate
from micrographia.simulation.families.micrographs.config import Config

__all__ = ["Config", "simulate"]
