"""Temperature, threshold and strangeness against truths that are known."""

import numpy as np
import pytest

from micrographia.learning.calibrate import (
    CalibrationSettings,
    _shrunk,
    calibrate,
    fit_temperature,
    strangeness,
    threshold_for,
)


def sampled(logits, seed=0):
    """Truths drawn from the probabilities that the logits stand for."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    chances = powers / powers.sum(1, keepdims=True)
    random = np.random.default_rng(seed)
    return np.array([random.choice(len(p), p=p) for p in chances])


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(factor):
    logits = np.random.default_rng(1).normal(0, 2, (4000, 4))
    assert fit_temperature(logits * factor, sampled(logits)) == pytest.approx(factor, rel=0.08)


def test_several_labels_have_one_temperature():
    random = np.random.default_rng(2)
    logits = random.normal(0, 2, (3000, 3))
    truth = (random.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float)
    assert fit_temperature(logits * 2, truth) == pytest.approx(2, rel=0.08)


def test_no_mistake_among_few_does_not_make_certain():
    logits = np.tile([[3.0, 0.0]], (20, 1))
    heat = fit_temperature(logits, np.zeros(20, int))
    assert 1 / (1 + np.exp(-3.0 / heat)) < 0.97


def test_expected_calibration_error_falls_below_three_percent_where_answers_are_hard():
    random = np.random.default_rng(3)
    logits = random.normal(0, 1.2, (6000, 5))
    truth = sampled(logits, 4)
    heat = fit_temperature(logits[:2000] * 4, truth[:2000])

    def error(scaled):
        powers = np.exp(scaled - scaled.max(1, keepdims=True))
        found = powers / powers.sum(1, keepdims=True)
        sure, right = found.max(1), found.argmax(1) == truth[2000:]
        part = np.digitize(sure, np.linspace(0, 1, 16))
        each = [abs(sure[part == k].mean() - right[part == k].mean()) * (part == k).mean()
                for k in np.unique(part)]  # fmt: skip
        return sum(each)

    assert error(logits[2000:] * 4) > 0.2
    assert error(logits[2000:] * 4 / heat) < 0.03


def test_the_threshold_gives_the_precision_that_was_asked_for():
    logits = np.random.default_rng(5).normal(0, 1.5, (4000, 3))
    powers = np.exp(logits)
    found = powers / powers.sum(1, keepdims=True)
    truth = sampled(logits)
    limit = threshold_for(found, truth, 0.9)
    kept = found.max(1) >= limit
    assert (found.argmax(1) == truth)[kept].mean() >= 0.9
    assert kept.mean() > 0.2


def test_a_precision_that_is_never_reached_keeps_only_the_surest():
    found = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert threshold_for(found, np.array([1, 1]), 0.5) == 0.9


@pytest.mark.parametrize("ood", ["mahalanobis", "neighbours"])
def test_strangers_are_told_and_few_known_ones_are_flagged(ood):
    random = np.random.default_rng(6)
    centres = random.normal(0, 4, (3, 40))
    y = random.integers(0, 3, 900)
    known = centres[y] + random.normal(0, 1, (900, 40))
    strangers = random.normal(0, 4, (200, 40))
    settings = CalibrationSettings(ood=ood)
    card, arrays = strangeness(known[:500], y[:500], known[500:700], settings)
    from micrographia.classification.scores import ood_score

    assert (ood_score(known[700:], arrays, card) > card.threshold).mean() <= 0.1
    assert (ood_score(strangers, arrays, card) > card.threshold).mean() >= 0.95


def test_shrinkage_is_that_of_scikit_learn():
    covariance = pytest.importorskip("sklearn.covariance")
    points = np.random.default_rng(7).normal(size=(40, 12)) * np.arange(1, 13)
    points -= points.mean(0)
    wanted, _ = covariance.ledoit_wolf(points, assume_centered=True)
    np.testing.assert_allclose(_shrunk(points), wanted, rtol=1e-6, atol=1e-6)


def test_nothing_held_back_means_nothing_calibrated():
    found = calibrate(
        np.eye(6), np.arange(6) % 2, None, np.zeros(0, int), CalibrationSettings(), classes=2
    )
    assert (found.temperature, found.held) == (1, 0)


def test_no_statistics_where_none_are_wanted():
    card, arrays = strangeness(
        np.eye(6), np.arange(6) % 2, np.eye(6), CalibrationSettings(ood="none")
    )
    assert card is None
    assert arrays == {}
