"""Both trainings in miniature: pictures, network, figures, a bundle that proves itself."""

import importlib

import numpy as np
import pytest

pytest.importorskip("torch")

from micrographia.bundles import load_bundle
from micrographia.classification import classify_particles
from micrographia.learning.shapes._examples import Pictures, collect
from micrographia.learning.trainers import TRAINERS
from micrographia.micrograph import Micrograph


@pytest.mark.parametrize("name", ["outline", "polyhedron"])
@pytest.mark.slow
def test_a_training_in_miniature_gives_a_bundle_that_names_particles(name, tmp_path):
    module = importlib.import_module(TRAINERS[name])
    recipe = module.TrainSettings()
    training = recipe.training.model_copy(update={"epochs": 1, "batch_size": 16})
    small = {"pictures": 96, "test": 16, "side": 32, "stack": "tiny", "training": training}
    if name == "polyhedron":
        small["second"] = recipe.second.model_copy(update={"training": training})
        small["cast"] = 80
    settings = recipe.model_copy(update=small)
    said = []
    path = module.train(tmp_path, settings, report=said.append)
    bundle = load_bundle(path)
    assert bundle.card.task == "particle-classification"
    assert set(bundle.card.classes) == set(module.CLASSES)
    assert any(metric.name == "accuracy" for metric in bundle.card.metrics)
    assert said
    labels = np.zeros((60, 60), int)
    labels[10:30, 10:40] = 1
    answers = classify_particles(bundle, Micrograph(np.float32(labels)), labels)
    assert answers.label[0] in bundle.card.classes
    rounds = {"outline": ["training"], "polyhedron": ["training", "training-second"]}[name]
    assert sorted(found.parent.name for found in tmp_path.glob("*/last.ckpt")) == rounds
    again = module.train(tmp_path, settings)
    assert again == path


def test_pieces_that_are_there_are_not_made_again(tmp_path):
    made = []

    def make(start, end):
        made.append((start, end))
        size = end - start
        return Pictures(
            np.zeros((size, 4, 4), np.uint8), np.arange(start, end), np.ones((size, 1), bool),
            np.zeros(size, np.int64),
        )  # fmt: skip

    first = collect(make, 2500, tmp_path, {"seed": 0})
    again = collect(make, 2500, tmp_path, {"seed": 0})
    other = collect(make, 10, tmp_path, {"seed": 1})
    assert made == [(0, 2000), (2000, 2500), (0, 10)]
    np.testing.assert_array_equal(first.targets, again.targets)
    assert len(other.images) == 10
