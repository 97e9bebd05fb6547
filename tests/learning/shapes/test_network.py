"""The network of both models."""

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from micrographia.learning._export import to_onnx
from micrographia.learning._networks import stack
from micrographia.learning.shapes._network import Averaged


def test_an_averaged_network_answers_alike_for_turned_pictures():
    torch.manual_seed(0)
    network = Averaged(stack("tiny", 1, 32, 32, 3)).eval()
    images = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        logits, features, maps = network.outputs(images)
        for turns in (1, 2, 3):
            again = network.outputs(torch.rot90(images, turns, (2, 3)))
            torch.testing.assert_close(again[0], logits, rtol=1e-4, atol=1e-5)
            back = torch.rot90(again[2], -turns, (2, 3))
            torch.testing.assert_close(back, maps, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(maps.mean((2, 3)), logits, rtol=1e-4, atol=1e-5)
    assert features.shape == (2, 32)


def test_a_network_averaged_over_two_positions_answers_alike_for_half_a_turn():
    torch.manual_seed(0)
    network = Averaged(stack("tiny", 1, 32, 32, 3), 2).eval()
    images = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        again = network(torch.rot90(images, 2, (2, 3)))
        torch.testing.assert_close(again, network(images), rtol=1e-4, atol=1e-5)
        assert not torch.allclose(network(torch.rot90(images, 1, (2, 3))), again, atol=1e-5)


def test_an_averaged_network_keeps_its_weights_once_in_its_file():
    plain = stack("tiny", 1, 32, 32, 3)
    example = np.random.default_rng(0).random((2, 1, 32, 32), np.float32)
    once, averaged = to_onnx(plain, example), to_onnx(Averaged(plain), example)
    assert len(averaged) < 3 * len(once)
