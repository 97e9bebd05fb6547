"""The command line called as a person calls it, in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from micrographia.cli import build_app


@pytest.fixture(scope="session")
def call() -> Callable[..., Any]:
    """Call the program in this process; the result has exit_code, stdout and stderr."""

    def run(*arguments: object) -> Any:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(build_app(words), words, prog_name="micrographia")

    return run


@pytest.fixture
def spawn() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Call the program in a process of its own."""

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "micrographia", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def draw_images() -> Callable[..., list[Path]]:
    """Write pictures of bright discs on a dark, noisy ground, called ``im 0.png`` and so on."""

    def make(folder: Path, count: int) -> list[Path]:
        from PIL import Image

        from micrographia.simulation.phantoms import draw, scatter

        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for seed in range(count):
            generator = np.random.default_rng(seed)
            sizes = generator.normal(20, 3, 9).clip(12)
            phantom = draw(scatter(["disc"], sizes, (160, 200), seed=seed), (160, 200))
            pixels = phantom.pixels.astype(np.float64)
            pixels = 60 + 120 * (pixels - pixels.min()) / np.ptp(pixels)
            noisy = pixels + generator.normal(0, 4, pixels.shape)
            paths.append(folder / f"im {seed}.png")
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(paths[-1])
        return paths

    return make


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the slow pictures, which have their own tests."""

    def no_picture(*args: object, **kwargs: object) -> None:
        return None

    for name in ("draw_histogram", "histogram_svg", "draw_overlay", "draw_montage", "save_png"):
        monkeypatch.setattr(f"micrographia.reporting.{name}", no_picture)
