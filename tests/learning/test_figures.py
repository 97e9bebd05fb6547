"""The figures of a held-out test against ones counted by hand."""

import numpy as np
import pytest

from micrographia.bundles.card import OodCard
from micrographia.learning._figures import figures_of, wilson
from micrographia.learning.calibrate import Calibration


def calibration(multi_label=False):
    ood = OodCard(method="mahalanobis", threshold=2.0)
    return Calibration(1.0, 0.8, multi_label, ood, {}, 10)


def test_one_class_an_image():
    found = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.95, 0.05]])
    figures, rows = figures_of(
        np.array([0, 0, 1, 1]), found, np.array([1.0, 1.0, 3.0, 1.0]), calibration(), ("a", "b")
    )
    assert figures["accuracy"]["value"] == 0.75
    assert figures["balanced_accuracy"] == 0.75
    assert figures["per_class"]["a"] == {
        "images": 2, "precision": 2 / 3, "recall": 1.0, "f1": 0.8,
    }  # fmt: skip
    assert rows["verdict"] == ["known", "unknown", "unlike", "known"]
    assert rows["predicted"] == ["a", "a", "b", "a"]
    assert (figures["unknown"], figures["unlike"], figures["not_answered"]) == (0.25, 0.25, 0.5)
    assert figures["accuracy_of_known"] == 0.5


def test_several_classes_an_image():
    truth = np.array([[1, 1], [1, 0], [0, 1]])
    found = np.array([[0.9, 0.9], [0.9, 0.6], [0.1, 0.2]])
    figures, rows = figures_of(truth, found, np.zeros(3), calibration(True), ("a", "b"))
    assert figures["accuracy"]["value"] == pytest.approx(2 / 3)
    assert figures["per_class"]["b"]["balanced"] == 0.5
    assert figures["balanced_accuracy"] == pytest.approx((1 + 0.5) / 2)
    assert rows["predicted"] == ["a+b", "a+b", "b"]


def test_a_class_that_is_never_answered_has_no_precision():
    found = np.array([[0.9, 0.1], [0.9, 0.1]])
    figures, _ = figures_of(np.array([0, 1]), found, np.zeros(2), calibration(), ("a", "b"))
    assert figures["per_class"]["b"]["precision"] is None


@pytest.mark.parametrize(("right", "number"), [(0, 5), (5, 5), (40, 50)])
def test_the_interval_holds_the_share(right, number):
    low, high = wilson(right, number)
    assert 0 <= low <= right / number <= high <= 1
