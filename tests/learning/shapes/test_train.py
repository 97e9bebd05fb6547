"""Both trainings in miniature: pictures, network, figures, a bundle that proves itself."""

import importlib

import numpy as np
import pytest

pytest.importorskip("torch")

from micrographia.bundles import load_bundle
from micrographia.classification import classify_particles
from micrographia.learning.shapes._examples import Pictures, collect
from micrographia.learning.shapes._train import doubted
from micrographia.learning.trainers import TRAINERS
from micrographia.micrograph import Micrograph


@pytest.mark.parametrize("name", ["outline", "polyhedron"])
@pytest.mark.slow
def test_a_training_in_miniature_gives_a_bundle_that_names_particles(name, tmp_path):
    module = importlib.import_module(TRAINERS[name])
    recipe = module.TrainSettings()
    training = recipe.training.model_copy(update={"epochs": 1, "batch_size": 16})
    small = {"pictures": 96, "test": 16, "side": 32, "stack": "tiny", "training": training}
    for later in ("second", "third"):
        small[later] = getattr(recipe, later).model_copy(update={"training": training})
    if name == "polyhedron":
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
    rounds = ["training", "training-second", "training-third"]
    assert sorted(found.parent.name for found in tmp_path.glob("*/last.ckpt")) == rounds
    again = module.train(tmp_path, settings)
    assert again == path


def test_new_pictures_that_the_round_before_doubts_come_three_times():
    class Before:
        classes_ = np.array(["a", "b"])

        def decision_function(self, images):
            return np.array([[9.0, 0], [1, 0], [0, 9], [0, 0]])

    def pictures(count, right):
        blank = np.zeros((count, 4, 4), np.uint8)
        return Pictures(blank, np.zeros(count, int), right, np.arange(count))

    certain = np.array([[True, False]] * 3 + [[True, True]])
    joined, groups = doubted(
        pictures(2, certain[:2]), pictures(4, certain), Before(), ("a", "b"), lambda _: None
    )
    assert joined.kinds.tolist() == [0, 1, 0, 1, 2, 3, 1, 2, 1, 2]  # a border is never doubted
    assert groups.tolist() == [0, 1, 2, 3, 4, 5, 3, 4, 3, 4]


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
