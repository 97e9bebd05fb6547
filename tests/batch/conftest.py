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


@pytest.fixture(scope="session")
def draw_images() -> Callable[..., list[Path]]:
    """Write pictures of bright discs on a dark, noisy ground, called ``im 0.png`` and so on."""

    def make(folder: Path, count: int, seed: int = 0) -> list[Path]:
        from PIL import Image

        from micrographia.simulation.phantoms import draw, scatter

        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for number in range(count):
            generator = np.random.default_rng(seed + number)
            sizes = generator.normal(20, 3, 9).clip(12)
            phantom = draw(scatter(["disc"], sizes, (160, 200), seed=seed + number), (160, 200))
            pixels = phantom.pixels.astype(np.float64)
            pixels = 60 + 120 * (pixels - pixels.min()) / np.ptp(pixels)
            noisy = pixels + generator.normal(0, 4, pixels.shape)
            paths.append(folder / f"im {number}.png")
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(paths[-1])
        return paths

    return make
