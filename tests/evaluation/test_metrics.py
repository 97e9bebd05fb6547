"""Scores agree with scikit-learn's, and their intervals behave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import InputError
from micrographia.evaluation.intervals import Interval, mean_of, proportion, wilson
from micrographia.evaluation.metrics import (
    accuracy,
    balanced_accuracy,
    brier_score,
    class_scores,
    class_table,
    confusion_matrix,
    log_loss,
    overall_scores,
    top_accuracy,
)
from micrographia.evaluation.multilabel import average_precision, label_table, multilabel_scores

sklearn_metrics = pytest.importorskip("sklearn.metrics")


@st.composite
def answers(draw, classes=4):
    """True classes, all of them present, and probabilities."""
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    n = draw(st.integers(classes, 60))
    truth = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    logits = rng.normal(size=(n, classes)) + 2 * np.eye(classes)[truth] * draw(st.floats(0, 2))
    chances = np.exp(logits)
    return truth, chances / chances.sum(axis=1, keepdims=True)


@given(answers())
def test_scores_equal_those_of_scikit_learn(pair):
    truth, chances = pair
    called = chances.argmax(axis=1)
    confusion = confusion_matrix(truth, called, 4)
    np.testing.assert_array_equal(confusion, sklearn_metrics.confusion_matrix(truth, called))
    expected = sklearn_metrics.precision_recall_fscore_support(
        truth, called, labels=range(4), zero_division=np.nan
    )
    found = class_scores(confusion)
    np.testing.assert_allclose(found.precision, expected[0])
    np.testing.assert_allclose(found.recall, expected[1])
    np.testing.assert_allclose(np.nan_to_num(found.f1), np.nan_to_num(expected[2]))
    np.testing.assert_array_equal(found.support, expected[3])
    assert accuracy(truth, called) == pytest.approx(sklearn_metrics.accuracy_score(truth, called))
    assert balanced_accuracy(truth, called, 4) == pytest.approx(
        sklearn_metrics.balanced_accuracy_score(truth, called)
    )
    assert log_loss(truth, chances) == pytest.approx(sklearn_metrics.log_loss(truth, chances))
    assert top_accuracy(truth, chances, 2) == pytest.approx(
        sklearn_metrics.top_k_accuracy_score(truth, chances, k=2)
    )


@given(answers(classes=2))
def test_the_brier_score_of_two_classes_is_twice_that_of_one(pair):
    truth, chances = pair
    one = sklearn_metrics.brier_score_loss(truth, chances[:, 1])
    assert brier_score(truth, chances) == pytest.approx(2 * one)


@given(st.integers(0, 10_000), st.integers(3, 40))
def test_multilabel_scores_equal_those_of_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    truth, called = rng.random((2, n, 3)) < 0.5
    truth[:2], called[:2] = [[1, 1, 1], [0, 0, 0]], [[1, 1, 1], [0, 0, 0]]
    found = multilabel_scores(truth, called, draws=50)
    assert found["subset_accuracy"].value == pytest.approx(
        sklearn_metrics.accuracy_score(truth, called)
    )
    assert found["hamming_loss"].value == pytest.approx(sklearn_metrics.hamming_loss(truth, called))
    for average in ("micro", "macro"):
        expected = sklearn_metrics.f1_score(truth, called, average=average)
        assert found[f"{average}_f1"].value == pytest.approx(expected)
    np.testing.assert_allclose(
        label_table(truth, called, "abc")["f1"],
        sklearn_metrics.f1_score(truth, called, average=None),
    )
    scores = np.round(rng.random(n), 1)
    assert average_precision(truth[:, 0], scores) == pytest.approx(
        sklearn_metrics.average_precision_score(truth[:, 0], scores)
    )


def test_a_class_that_is_never_called_has_no_precision_and_no_f1():
    scores = class_scores(np.array([[3, 0], [2, 0]]))
    assert np.isnan(scores.precision[1])
    assert scores.recall[1] == 0
    assert scores.f1[1] == 0


def test_the_class_table_holds_known_values():
    table = class_table([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], ["rod", "sphere"]).set_index("class")
    assert table.loc["rod", "precision"] == 0.5
    assert table.loc["sphere", "recall"] == pytest.approx(2 / 3)
    assert table.loc["sphere", "f1"] == pytest.approx(2 / 3)
    assert (table["f1_low"] <= table["f1"]).all()
    assert (table["f1"] <= table["f1_high"]).all()


def test_wilsons_interval_has_its_known_value():
    found = wilson(0, 10)
    assert found.low == 0
    assert found.high == pytest.approx(0.2775, abs=1e-4)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 6))
def test_an_interval_holds_its_value_and_repeating_images_in_groups_adds_nothing(right, copies):
    holds = np.array(right)
    alone = proportion(holds)
    assert alone.low <= alone.value <= alone.high
    repeated = proportion(np.repeat(holds, copies), np.repeat(np.arange(len(holds)), copies))
    assert repeated.value == pytest.approx(alone.value)
    assert repeated.high - repeated.low >= (alone.high - alone.low) * 0.999 - 1e-12


def test_the_mean_leaves_out_what_is_not_known():
    assert mean_of([Interval(0.5, 0.4, 0.6), Interval(float("nan"))]).value == 0.5
    assert np.isnan(mean_of([]).value)


def test_no_mistake_still_leaves_room_below_one():
    truth = np.repeat(np.arange(3), 20)
    found = overall_scores(truth, np.eye(3)[truth])
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        assert found[name].value == 1
        assert 0.8 < found[name].low < 1, name


def test_the_order_of_images_does_not_matter():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 90)
    chances = rng.dirichlet(np.ones(3), 90)
    groups = rng.integers(0, 20, 90)
    order = rng.permutation(90)
    first = overall_scores(truth, chances, groups)
    second = overall_scores(truth[order], chances[order], groups[order])
    for name, found in first.items():
        assert second[name].value == pytest.approx(found.value)
        assert second[name].low == pytest.approx(found.low, nan_ok=True)


@pytest.mark.parametrize(
    ("truth", "chances", "message"),
    [
        ([0, 3], [[0.5, 0.5]] * 2, "wanted numbers from 0 to 1, got 0 to 3"),
        ([0, 1], [[2.0, -1.0]] * 2, "give probabilities, not logits"),
        ([0, 1], [[0.9, 0.9]] * 2, "adds up to 1.8, wanted 1"),
        ([0, 1], [[0.5, 0.5]], r"wanted shape \(2, classes\)"),
        ([0.5, 1.0], [[0.5, 0.5]] * 2, "wanted class numbers as integers"),
        ([0, 1], [[0.5, np.nan]] * 2, "wanted finite values"),
    ],
)
def test_answers_that_cannot_be_judged_are_refused(truth, chances, message):
    with pytest.raises(InputError, match=message):
        overall_scores(truth, chances)


def test_predictions_of_another_number_of_images_are_refused():
    with pytest.raises(InputError, match="2 true classes but 1 predicted"):
        confusion_matrix([0, 1], [0], 2)
    with pytest.raises(InputError, match=r"true labels of shape \(1, 2\)"):
        multilabel_scores([[0, 1]], [[1]])
    with pytest.raises(InputError, match=r"one per image, shape \(2,\)"):
        proportion(np.array([True, False]), [1])
