"""One flat outline an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from pydantic import Field

from micrographia.settings import Settings
from micrographia.simulation._sample import Sample, Whole, stack

if TYPE_CHECKING:
    from numpy.random import Generator


class Config(Settings):
    """Settings of the family."""

    size: int = Field(128, ge=32, le=1024, description="Rows and columns of an image [px].")


def simulate(config: Config, random: Generator, index: int) -> Sample:
    """Make one image."""
    mask = np.zeros((config.size, config.size), np.uint8)
    centre, radius = config.size / 2, int(config.size * random.uniform(0.2, 0.4))
    cv2.circle(mask, (int(centre), int(centre)), radius, 1, -1)
    noise = random.normal(0, 5, mask.shape)
    pixels = np.clip(180 - 100.0 * mask + noise, 0, 255).astype(np.uint8)
    whole = Whole("circle", centre, centre, (0, 0), mask.astype(bool), {})
    return Sample(
        pixels=pixels,
        nm_per_px=1.0,
        label="circle",
        labels_all=("circle",),
        group=f"{index}",
        instances=stack([whole], mask.shape),
    )
