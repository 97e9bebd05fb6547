"""Calibration, coverage and strangers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import InputError
from micrographia.evaluation.coverage import (
    area_under_risk,
    at_threshold,
    coverage_curve,
    threshold_for,
)
from micrographia.evaluation.reliability import (
    calibration_error,
    confidences,
    measure_calibration,
    reliability_bins,
)
from micrographia.evaluation.strangers import auroc, open_coverage, rank_strangers


def decisions(n=4000, seed=0, over=0.0):
    """Confidences, and answers that are right as often as these say, less `over`."""
    rng = np.random.default_rng(seed)
    sure = rng.uniform(0.4, 1.0, n)
    return sure, rng.random(n) < sure - over


def test_exact_confidences_err_no_more_than_chance_does():
    found = measure_calibration(*decisions())
    assert found.ece.value < 2 * found.by_chance < 0.04
    assert abs(found.over) < 0.02


@pytest.mark.parametrize("binning", ["width", "mass"])
def test_too_sure_by_a_tenth_is_an_error_of_a_tenth(binning):
    sure, right = decisions(20_000, over=0.1)
    assert calibration_error(sure, right, binning=binning) == pytest.approx(0.1, abs=0.012)
    assert measure_calibration(sure, right, draws=20).over == pytest.approx(0.1, abs=0.012)


def test_the_calibration_error_follows_its_definition():
    sure, right = np.array([0.95, 0.93, 0.55, 0.52]), np.array([True, False, True, True])
    by_hand = 0.5 * abs(0.5 - 0.94) + 0.5 * abs(1.0 - 0.535)
    assert calibration_error(sure, right, bins=10) == pytest.approx(by_hand)


@given(st.integers(0, 1000), st.integers(1, 20), st.sampled_from(["width", "mass"]))
def test_bins_hold_every_decision_once(seed, bins, binning):
    sure, right = decisions(50, seed)
    sure = np.round(sure, 1)
    table = reliability_bins(sure, right, bins=bins, binning=binning)
    assert table["count"].sum() == 50
    assert (table["count"] * table["accuracy"]).sum() == pytest.approx(right.sum())
    assert (table["from"] <= table["confidence"] + 1e-12).all()
    assert (table["confidence"] <= table["to"] + 1e-12).all()
    whole = (table["count"] * (table["accuracy"] - table["confidence"]).abs()).sum() / 50
    assert calibration_error(sure, right, bins=bins, binning=binning) == pytest.approx(whole)


def test_bins_of_equal_mass_hold_the_same_number():
    sure, right = decisions(150)
    assert reliability_bins(sure, right, bins=10, binning="mass")["count"].tolist() == [15] * 10


def test_several_labels_are_a_decision_each():
    confidence, right = confidences([[1, 0]], [[0.8, 0.7]])
    np.testing.assert_allclose(confidence, [0.8, 0.7])
    assert right.tolist() == [True, False]


def test_certainty_that_knows_the_mistakes_reaches_full_accuracy_first():
    right = np.array([True] * 8 + [False] * 2)
    sure = np.linspace(1, 0.1, 10)
    curve = coverage_curve(sure, right)
    assert curve["coverage"].iloc[-1] == 1
    assert curve["accuracy"].iloc[-1] == 0.8
    assert curve.loc[curve["coverage"] <= 0.8, "accuracy"].eq(1).all()
    assert area_under_risk(sure, right) < area_under_risk(sure[::-1], right)
    assert at_threshold(sure, right, sure[7]) == (0.8, 1.0)
    assert threshold_for(sure, right, 1.0) == sure[7]
    assert threshold_for(sure, np.zeros(10, bool), 0.5) is None


def test_equal_confidences_are_never_torn_apart():
    curve = coverage_curve([0.5, 0.5, 0.5], [True, False, True])
    assert len(curve) == 1
    assert area_under_risk([0.5, 0.5, 0.5], [True, False, True]) == pytest.approx(1 / 3)


@given(st.integers(0, 1000))
def test_auroc_equals_that_of_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    known, strangers = np.round(rng.normal(0, 1, 30), 1), np.round(rng.normal(1, 1, 20), 1)
    truth = np.repeat([0, 1], [30, 20])
    expected = metrics.roc_auc_score(truth, np.concatenate([known, strangers]))
    assert auroc(known, strangers) == pytest.approx(expected)


def test_strangers_are_ranked_with_intervals():
    rng = np.random.default_rng(0)
    found = rank_strangers(rng.normal(0, 1, 400), rng.normal(4, 1, 100), 2.0)
    assert found.auroc.low <= found.auroc.value <= found.auroc.high
    assert found.auroc.value > 0.98
    assert found.known_flagged.value < 0.05
    assert found.strangers_flagged.value > 0.9
    assert found.to_dict()["known"] == 400


def test_groups_of_equal_images_widen_the_interval():
    rng = np.random.default_rng(0)
    known, strangers = rng.normal(0, 1, 30), rng.normal(1, 1, 30)
    alone = rank_strangers(known, strangers, 1.0).auroc
    tens = np.repeat(np.arange(30), 10)
    many = [np.repeat(known, 10), np.repeat(strangers, 10), 1.0]
    naive = rank_strangers(*many).auroc
    grouped = rank_strangers(*many, known_groups=tens, stranger_groups=tens).auroc
    assert naive.high - naive.low < 0.5 * (alone.high - alone.low)
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.3)


def test_strangers_always_count_as_wrong():
    curve = open_coverage([True, True], [0.9, 0.8], [0.1, 0.2])
    assert curve["accuracy"].tolist() == [1.0, 1.0, pytest.approx(2 / 3), 0.5]


def test_what_is_no_confidence_is_refused():
    with pytest.raises(InputError, match="values from 0 to 1"):
        calibration_error([1.5], [True])
    with pytest.raises(InputError, match="both of shape"):
        coverage_curve([0.5, 0.4], [True])
    with pytest.raises(InputError, match="bins: wanted at least 1"):
        calibration_error([0.5], [True], bins=0)
    with pytest.raises(InputError, match="strangers: wanted a score per image"):
        auroc([0.1], [np.nan])
