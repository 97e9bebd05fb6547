"""Images with exact truth: phantoms, example micrographs, families of simulated images."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.simulation._run import samples, simulate_many, simulate_one
    from micrographia.simulation._sample import Instance, Sample, decode_runs, label_image
    from micrographia.simulation.families import FAMILIES, load_family

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "FAMILIES": "micrographia.simulation.families",
        "Instance": "micrographia.simulation._sample",
        "Sample": "micrographia.simulation._sample",
        "decode_runs": "micrographia.simulation._sample",
        "label_image": "micrographia.simulation._sample",
        "load_family": "micrographia.simulation.families",
        "samples": "micrographia.simulation._run",
        "simulate_many": "micrographia.simulation._run",
        "simulate_one": "micrographia.simulation._run",
    },
)

__all__ = [
    "FAMILIES",
    "Instance",
    "Sample",
    "decode_runs",
    "label_image",
    "load_family",
    "samples",
    "simulate_many",
    "simulate_one",
]
