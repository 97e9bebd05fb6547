"""Training of the built-in model `particles` on simulated micrographs alone."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.particles._train import TrainSettings, train

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "TrainSettings": "micrographia.learning.particles._train",
        "train": "micrographia.learning.particles._train",
    },
)

__all__ = ["TrainSettings", "train"]
