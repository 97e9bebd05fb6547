"""Small files that stand for micrographs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def touch() -> Callable[..., list[Path]]:
    """Make files that look like images from outside; nothing reads them."""

    def make(*paths: Path) -> list[Path]:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"not read: " + str(path).encode(errors="surrogateescape"))
        return list(paths)

    return make


@pytest.fixture
def draw_image() -> Callable[..., Path]:
    """Write a picture of bright discs on a dark, noisy ground."""

    def draw(path: Path, seed: int = 0, shape: tuple[int, int] = (160, 200)) -> Path:
        from PIL import Image

        from micrographia.simulation.phantoms import draw, scatter

        generator = np.random.default_rng(seed)
        sizes = generator.normal(20, 3, 9).clip(12)
        phantom = draw(scatter(["disc"], sizes, shape, seed=seed), shape, blur=1)
        pixels = phantom.pixels.astype(np.float64)
        pixels = 60 + 120 * (pixels - pixels.min()) / np.ptp(pixels)
        noisy = pixels + generator.normal(0, 4, shape)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path)
        return path

    return draw
