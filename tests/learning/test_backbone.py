"""The backbone that comes with the package: there, small, loadable and better than nothing."""

import json

import numpy as np
import pytest

from micrographia.errors import InputError
from micrographia.learning.backbones import OURS, backbone_network, our_weights
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.methods import METHODS
from micrographia.learning.pretrain import TrainSettings

SHAPE = (64, 64)


def network(weights=OURS, name=OURS, channels=1):
    return backbone_network(name, weights, channels=channels, classes=3, shape=SHAPE).eval()


@pytest.fixture(scope="module")
def card():
    return json.loads(our_weights().with_suffix(".json").read_text("utf-8"))


def test_its_card_says_how_it_is_made_again(card):
    own = TrainSettings.model_validate(card["settings"])
    assert own == TrainSettings()
    assert set(card["accuracy_held_back"]) == set(own.families)
    assert {name.split("/")[0] for name in card["classes"]} == set(own.families)


def test_it_is_small_and_in_half_precision(card):
    from safetensors.numpy import load_file

    state = load_file(our_weights())
    assert card["parameters"] == sum(value.size for value in state.values()) < 12e6
    assert {str(value.dtype) for value in state.values() if value.ndim > 1} == {"float16"}
    assert all(np.isfinite(value).all() for value in state.values())
    assert our_weights().stat().st_size < 25e6


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_images_of_the_same_levels_have_the_same_features(channels):
    import torch

    images = torch.from_numpy(np.random.default_rng(0).random((2, 1, *SHAPE), np.float32))
    with torch.inference_mode():
        grey = network().parts(images)[1]
        found = network(channels=channels).parts(images.expand(-1, channels, -1, -1))[1]
    assert found.shape == (2, 512)
    torch.testing.assert_close(found, grey, rtol=1e-3, atol=1e-4)


def test_it_is_refused_by_another_architecture():
    with pytest.raises(InputError, match="of another architecture"):
        network(name="resnet18")


def test_a_linear_classifier_of_a_dozen_images_is_better_on_it_than_on_random_weights(
    shapes, fresh_shapes
):
    few = shapes[0][:12], shapes[1][:12]
    settings = CalibrationSettings(share=0.0)
    scores = [
        METHODS["linear"](weights=weights, calibration=settings).fit(*few).score(*fresh_shapes)
        for weights in (OURS, "random")
    ]
    assert scores[0] > scores[1] + 0.05
