"""Recipe of the part of the model that tells whole outlines."""

from __future__ import annotations

from pydantic import Field

from micrographia.settings import Settings

__all__ = ["WholeSettings"]


class WholeSettings(Settings):
    """Recipe of the part of the model that tells whole outlines."""

    steps: int = Field(default=20000, ge=1, description="Steps in all.")
    batch: int = Field(default=8, ge=1, description="Pieces a step.")
    size: int = Field(default=192, ge=32, description="Rows and columns of a piece [px].")
    images: int = Field(default=7680, ge=1, description="Images to learn from.")
    image_seed: int = Field(default=5, ge=0, description="Of the images.")
    rate: float = Field(default=1.5e-3, gt=0, description="Learning rate of AdamW.")
    warm_up: int = Field(default=100, ge=1, description="Steps over which the rate rises.")
    fall: float = Field(default=0.5, gt=0, le=1, description="Last share: the rate falls to 0.")
    decay: float = Field(default=0.01, ge=0, description="Weight decay.")
    average: float = Field(
        default=0.998, ge=0, lt=1, description="Of the running mean of the weights."
    )

    def rate_at(self, step: int) -> float:
        """Learning rate: up, level, down to 0 in a straight line.

        Examples
        --------
        >>> settings = WholeSettings(steps=1000, rate=1.0, warm_up=100, fall=0.5)
        >>> settings.rate_at(49), settings.rate_at(300), settings.rate_at(750)
        (0.5, 1.0, 0.5)
        """
        left = (self.steps - step) / (self.fall * self.steps)
        return self.rate * min((step + 1) / self.warm_up, left, 1.0)
