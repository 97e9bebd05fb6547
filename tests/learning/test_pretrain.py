"""Our own backbone in miniature: from simulated families to weights that can be taken over."""

import json

import numpy as np
import pytest

from micrographia.learning import backbones
from micrographia.learning.methods import METHODS
from micrographia.learning.pretrain import TrainSettings, collect, train
from micrographia.learning.settings import TrainingSettings

pytestmark = pytest.mark.slow

SMALL = TrainSettings(
    architecture="test_resnet",
    size=32,
    families={"outlines": 30, "sem": 20},
    training=TrainingSettings(epochs=2, batch_size=16, validation=0.2, accelerator="cpu"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backbone")
    said = []
    return folder, train(folder, SMALL, report=said.append), said


def test_weights_and_card_are_written(made):
    _, folder, said = made
    card = json.loads((folder / "backbone.json").read_text())
    assert card["architecture"] == "test_resnet"
    assert set(card["accuracy_held_back"]) <= {"outlines", "sem"}
    assert all("/" in name for name in card["classes"])
    assert any(line.startswith("training test_resnet on 50 images") for line in said)


def test_it_is_taken_over_as_our_backbone_in_half_precision(made, monkeypatch, shapes):
    _, folder, _ = made
    monkeypatch.setattr(backbones, "our_weights", lambda: folder / "backbone.safetensors")
    monkeypatch.setattr(backbones, "_our_architecture", lambda: "test_resnet")
    method = METHODS["linear"](strength=0.1).fit(*shapes)
    assert method.features(shapes[0]).shape == (90, 96)
    from safetensors.numpy import load_file

    kinds = {
        str(v.dtype) for v in load_file(folder / "backbone.safetensors").values() if v.ndim > 1
    }
    assert kinds == {"float16"}


def test_images_are_made_once(made):
    folder, _, _ = made
    images, targets, classes = collect(folder, SMALL, report=pytest.fail)
    assert images.shape == (50, 32, 32)
    assert targets.max() == len(classes) - 1
    assert images.max() == 255


def test_a_family_answers_with_its_own_classes_only():
    import torch

    from micrographia.learning._task import Task

    blocks = torch.tensor([0, 0, 1, 1, 1])
    task = Task(torch.nn.Identity(), SMALL.training, multi_label=False, class_weights=None,
                seed=0, blocks=blocks)  # fmt: skip
    logits = torch.randn(6, 5)
    targets = torch.tensor([0, 1, 0, 2, 3, 4])
    by_hand = [
        torch.nn.functional.cross_entropy(row[blocks == blocks[t]][None], (t - 2 * blocks[t])[None])
        for row, t in zip(logits, targets, strict=True)
    ]
    np.testing.assert_allclose(
        task.loss(logits, targets, 0.0), torch.stack(by_hand).mean(), rtol=1e-6
    )
