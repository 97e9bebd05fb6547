"""Layers that have channels, and the inputs that these like best."""

import numpy as np
import pytest

from micrographia.bundles import InputCard, load_bundle
from micrographia.errors import InputError
from micrographia.explanation import ExplanationSettings, like_channels, list_layers
from micrographia.explanation.channels import input_shape, parse_channel
from micrographia.explanation.run import save_liked

pytest.importorskip("torch")
pytest.importorskip("captum")


@pytest.fixture
def bundle(spot_bundle):
    return load_bundle(spot_bundle)


def test_the_layers_of_a_bundle_are_listed_with_their_weights(bundle):
    layers = list_layers(bundle, input_shape(bundle.card))
    assert [(each.kind, each.weights) for each in layers] == [
        ("Conv", "first"), ("Relu", ""), ("MaxPool", "")
    ]  # fmt: skip
    assert [(each.channels, each.rows, each.cols) for each in layers] == [
        (4, 16, 16), (4, 16, 16), (4, 8, 8)
    ]  # fmt: skip


def test_the_layers_of_a_torch_network_are_listed_by_their_modules():
    from torch import nn

    network = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(12, 2)
    )
    layers = list_layers(network, (1, 8, 8))
    assert [(each.name, each.kind) for each in layers] == [
        ("0", "Conv2d"), ("1", "ReLU"), ("2", "AvgPool2d")
    ]  # fmt: skip


def test_an_input_that_a_channel_likes_excites_it_more_than_noise_does(bundle):
    import torch

    from micrographia.explanation.network import as_network

    first = list_layers(bundle, (1, 16, 16))[0]
    found = like_channels(
        bundle, [(first.name, 1), (first.name, 1), (first.name, 2)],
        settings=ExplanationSettings(maximise_steps=60),
    )  # fmt: skip
    assert list(found) == [f"{first.name}:1", f"{first.name}:2"]
    network = as_network(bundle)
    kept = []
    dict(network.named_modules())[first.name].register_forward_hook(
        lambda m, i, output: kept.append(output[0].mean(dim=(1, 2)))
    )
    noise = np.random.default_rng(0).random((1, 16, 16), np.float32)
    for image in (*found.values(), noise):
        assert image.shape == (1, 16, 16)
        network(torch.from_numpy(image[None]))
    assert kept[0][1] > kept[2][1]
    assert kept[1][2] > kept[2][2]


def test_layers_and_channels_that_are_not_there_are_answered_with_those_that_are(bundle):
    layers = list_layers(bundle, (1, 16, 16))
    known = ", ".join(f"{each.name} \\(4\\)" for each in layers)
    with pytest.raises(InputError, match=f"no layer 'conv' with channels; there are, .* {known}"):
        like_channels(bundle, [("conv", 0)])
    with pytest.raises(InputError, match=r"has channels 0 to 3, got 4"):
        like_channels(bundle, [(layers[0].name, 4)])


@pytest.mark.parametrize("text", ["5", ":5", "layer", "layer:", "layer:-1", "layer:½"])
def test_a_channel_that_cannot_be_read_says_how_it_is_written(text):
    with pytest.raises(InputError, match="wanted LAYER:NUMBER"):
        parse_channel(text)


def test_a_layer_may_have_colons_in_its_name():
    assert parse_channel("body:0.conv:12") == ("body:0.conv", 12)


def test_a_model_of_any_size_is_shown_whole_multiples(bundle):
    card = bundle.card.model_copy(update={"input": InputCard(multiple_of=48, channels=3)})
    assert input_shape(card) == (3, 144, 144)


def test_liked_inputs_are_written_as_picture_and_as_numbers(tmp_path):
    inputs = {"a:1": np.zeros((1, 8, 8), np.float32), "b:2": np.ones((3, 8, 8), np.float32)}
    picture = save_liked(inputs, tmp_path / "new", "channels")
    assert picture == tmp_path / "new" / "channels.png"
    assert picture.is_file()
    with np.load(tmp_path / "new" / "channels.npz") as arrays:
        assert {name: arrays[name].shape for name in arrays} == {"a:1": (1, 8, 8), "b:2": (3, 8, 8)}
