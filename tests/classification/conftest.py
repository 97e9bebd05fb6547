"""Bundles that need no training."""

import pytest

from micrographia.bundles import InputCard, load_bundle
from micrographia.bundles.testing import save_brightness

pytest.importorskip("onnx")


@pytest.fixture
def make_bundle(tmp_path):
    """Write and load a bundle that tells grey levels from 0 to 1 apart."""

    def make(name="brightness", classes=("dark", "bright"), **changes):
        return load_bundle(save_brightness(tmp_path / name, classes, name=name, **changes))

    return make


@pytest.fixture
def make_particle_bundle(make_bundle):
    """The same for particles, which are told apart by one of the layers."""

    def make(name="shape", classes=("thin", "full"), layers=("mask",), share=1.0, **changes):
        changes.setdefault("input", InputCard(rows=64, cols=64, channels=len(layers)))
        parameters = {"crop": {"layers": list(layers), "share": share}}
        parameters |= changes.pop("parameters", {})
        return make_bundle(
            name, classes, task="particle-classification", parameters=parameters, **changes
        )

    return make
