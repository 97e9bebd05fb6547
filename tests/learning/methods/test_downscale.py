"""The features of an image at several sizes."""

import numpy as np
import pytest
import torch

from micrographia.bundles import load_bundle
from micrographia.errors import InputError, SettingsError
from micrographia.explanation import ExplanationSettings, attribute
from micrographia.learning._downscaled import Downscaled
from micrographia.learning.backbones import backbone_network
from micrographia.learning.methods import METHODS

NET = "test_resnet"


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return backbone_network(NET, "random", channels=1, classes=3, shape=(64, 64)).eval()


def test_the_features_are_those_of_the_image_and_of_its_averages(network):
    images = torch.rand(2, 1, 64, 64)
    several = Downscaled(network, (1, 2), 3, (64, 64)).eval()
    blocks = images.reshape(2, 1, 32, 2, 32, 2).mean((3, 5))
    with torch.no_grad():
        found = several.parts(images)[1]
        wanted = torch.cat([network.parts(images)[1], network.parts(blocks)[1]], 1)
    torch.testing.assert_close(found, wanted)
    assert several.classifier().in_features == found.shape[1]


def test_the_mean_of_the_activation_maps_are_the_logits(network):
    several = Downscaled(network, (1, 2), 3, (64, 64)).eval()
    with torch.no_grad():
        logits, _, maps = several.outputs(torch.rand(2, 1, 64, 64))
    assert maps.shape[1] == 3
    torch.testing.assert_close(maps.mean((2, 3)), logits, atol=1e-5, rtol=1e-4)


def test_one_factor_alone_is_the_network_on_smaller_images(network):
    images = torch.rand(2, 1, 64, 64)
    half = Downscaled(network, (2,), 3, (64, 64)).eval()
    with torch.no_grad():
        torch.testing.assert_close(
            half.parts(images)[1],
            network.parts(torch.nn.functional.avg_pool2d(images, 2))[1],
        )


@pytest.fixture(scope="module")
def large(shapes):
    """Images of 192 px, whose last maps have rows and columns at both sizes."""
    return np.repeat(np.repeat(shapes[0][:24], 8, 1), 8, 2), shapes[1][:24]


@pytest.fixture(scope="module")
def learned(large):
    return METHODS["linear"](NET, "random", downscale=[1, 2]).fit(*large)


@pytest.fixture(scope="module")
def bundle(learned, tmp_path_factory):
    return load_bundle(learned.to_bundle(tmp_path_factory.mktemp("made") / "it", name="several"))


def test_a_bundle_of_several_sizes_answers_as_the_method(learned, bundle, large):
    answers = bundle.run(large[0][:5, None].astype(np.float32))
    wanted = learned.decision_function(large[0][:5])
    np.testing.assert_allclose(answers["logits"], wanted, atol=1e-3)
    assert answers["maps"].shape[2:] == (6, 6)
    np.testing.assert_allclose(answers["maps"].mean((2, 3)), wanted, atol=1e-3)


def test_without_a_mean_at_its_end_there_are_no_maps(network):
    several = Downscaled(network, (1, 2), 3, (64, 64)).eval()
    several.pooled = False
    with torch.no_grad():
        assert len(several.outputs(torch.rand(2, 1, 64, 64))) == 2


def test_integrated_gradients_reach_every_size_and_add_up(learned, bundle, large):
    images = large[0][:2, None].astype(np.float32)
    of_method, of_bundle = (
        attribute(it, images, targets=1, settings=ExplanationSettings(steps=20))
        for it in (learned, bundle)
    )
    np.testing.assert_allclose(of_method.maps, of_bundle.maps, atol=1e-3)
    assert (np.abs(of_method.gap) < 0.05 * np.abs(of_method.maps).sum((1, 2))).all()


def test_late_layers_are_explained_in_a_network_of_several_sizes(network):
    several = Downscaled(network, (1, 2), 3, (64, 64)).eval()
    torch.nn.init.constant_(several.classifier().weight, 0.1)
    images = np.random.default_rng(0).random((2, 1, 64, 64), np.float32)
    found = attribute(several, images, "grad-cam").maps
    assert np.isfinite(found).all()
    assert (np.ptp(found, axis=(1, 2)) > 0).all()


@pytest.mark.parametrize("wrong", [(), (0, 1), (1.5,), "two"])
def test_factors_that_are_none_are_refused(wrong, shapes):
    with pytest.raises(SettingsError, match=r"downscale: wanted whole numbers from 1 on"):
        METHODS["linear"](NET, "random", downscale=wrong).fit(*shapes)


def test_a_factor_that_leaves_nothing_is_refused(shapes):
    with pytest.raises(InputError, match=r"downscale 100: .*take larger images, smaller factors"):
        METHODS["linear"](NET, "random", downscale=(1, 100)).fit(*shapes)


def test_a_network_of_one_size_is_refused_with_the_reason(shapes):
    images = np.repeat(np.repeat(shapes[0], 2, 1), 2, 2)
    with pytest.raises(InputError, match=r"downscale 2: images of 24 x 24 px"):
        METHODS["linear"]("test_vit", "random", downscale=(1, 2)).fit(images, shapes[1])
