"""Bundles are written, loaded, proved and run."""

import numpy as np
import pytest

from micrographia.bundles import load_bundle
from micrographia.bundles.testing import save_brightness

pytest.importorskip("onnx")


@pytest.fixture
def tiny(tmp_path):
    return save_brightness(tmp_path / "tiny", arrays={"ood_mean": np.zeros((1, 2), np.float32)})


def test_a_saved_bundle_answers_as_the_model_does(tiny):
    bundle = load_bundle(tiny)
    images = np.stack([np.full((1, 8, 8), grey, np.float32) for grey in (0.1, 0.9)])
    answers = bundle.run(images)
    assert answers["logits"].argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(answers["features"], [[0.1, 0], [0.9, 0]], atol=1e-6)
    assert bundle.arrays["ood_mean"].shape == (1, 2)
