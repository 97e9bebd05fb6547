"""Temperature, threshold and strangeness against truths that are known."""

import numpy as np
import pytest

from micrographia.classification.scores import ood_score
from micrographia.learning._strangers import shrunk
from micrographia.learning.calibrate import (
    CalibrationSettings,
    calibrate,
    fit_temperature,
    strangeness,
    threshold_for,
)
from micrographia.learning.methods._softmax import fit_softmax


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
    assert (ood_score(known[700:], arrays, card) > card.threshold).mean() <= 0.1
    assert (ood_score(strangers, arrays, card) > card.threshold).mean() >= 0.95


def test_shrinkage_is_that_of_scikit_learn():
    covariance = pytest.importorskip("sklearn.covariance")
    points = np.random.default_rng(7).normal(size=(40, 12)) * np.arange(1, 13)
    points -= points.mean(0)
    wanted, _ = covariance.ledoit_wolf(points, assume_centered=True)
    np.testing.assert_allclose(shrunk(points), wanted, rtol=1e-6, atol=1e-6)


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


def known_and_heads(seed=8, classes=4, width=12):
    """Features of classes that scatter differently, their numbers, and a fitted last step."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 3, (classes, width))
    y = random.integers(0, classes, 900)
    points = (
        centres[y] + random.normal(0, 1, (900, width)) * np.linspace(0.3, 1.5, classes)[y, None]
    )
    return points, y, fit_softmax(points[:500], y[:500], classes, 0.1)


@pytest.mark.parametrize("ood", ["relative", "combined"])
def test_few_known_images_are_flagged_and_strangers_far_off_and_in_between_are_told(ood):
    points, y, head = known_and_heads()
    card, arrays = strangeness(
        points[:500], y[:500], points[500:700], CalibrationSettings(ood=ood),
        held_targets=y[500:700], head=head,
    )  # fmt: skip
    assert card.method == ood
    means = np.stack([points[y == k].mean(0) for k in range(4)])
    between = means[[0, 1, 2, 3]] / 2 + means[[1, 2, 3, 0]] / 2
    random = np.random.default_rng(0)
    scores = ood_score(points[700:], arrays, card)
    assert (scores > card.threshold).mean() <= 0.1
    assert np.median(scores) == pytest.approx(1, abs=0.4)
    assert (ood_score(between, arrays, card) > card.threshold).all()
    assert (ood_score(random.normal(0, 30, (50, 12)), arrays, card) > card.threshold).all()


def test_a_tight_class_has_a_measure_of_its_own():
    points, y, head = known_and_heads()
    settings = CalibrationSettings()
    tight = points[:500][y[:500] == 0]
    off = tight.mean(0) + 0.9 * np.sign(np.random.default_rng(1).normal(size=(60, 12)))
    flagged = {}
    for ood in ("combined", "mahalanobis"):
        card, arrays = strangeness(
            points[:500], y[:500], points[500:], settings.model_copy(update={"ood": ood}),
            held_targets=y[500:], head=head,
        )  # fmt: skip
        flagged[ood] = (ood_score(off, arrays, card) > card.threshold).mean()
    assert flagged["combined"] >= 0.95
    assert flagged["mahalanobis"] <= 0.05


def test_relative_distance_does_not_mind_how_unusual_images_are_in_what_tells_no_classes_apart():
    random = np.random.default_rng(11)
    means = np.zeros((6, 200))
    means[:, :5] = random.normal(0, 2.5, (6, 5))
    y = random.integers(0, 6, 3000)
    noise = random.normal(size=(3000, 200))
    noise[:, 5:] *= np.exp(random.normal(0, 0.7, (3000, 1)))
    points = means[y] + noise
    head = fit_softmax(points[:2000], y[:2000], 6, 0.01)
    strange = noise[2500:2800]
    area = {}
    for ood in ("relative", "mahalanobis"):
        card, arrays = strangeness(
            points[:2000], y[:2000], points[2000:2500], CalibrationSettings(ood=ood),
            held_targets=y[2000:2500], head=head,
        )  # fmt: skip
        known = np.sort(ood_score(points[2500:], arrays, card))
        area[ood] = (np.searchsorted(known, ood_score(strange, arrays, card)) / len(known)).mean()
    assert area["relative"] > 0.8
    assert area["relative"] > area["mahalanobis"] + 0.15


def test_relative_projects_to_as_many_directions_as_are_asked_for():
    points, y, head = known_and_heads()
    settings = CalibrationSettings(relative_dimensions=7, dimensions=3)
    for ood, wanted in (("relative", 7), ("combined", 3)):
        _, arrays = strangeness(
            points[:500], y[:500], points[500:], settings.model_copy(update={"ood": ood}),
            held_targets=y[500:], head=head,
        )  # fmt: skip
        assert arrays["ood_basis"].shape == (12, wanted)


@pytest.mark.parametrize("why", ["no linear step", "several labels", "a class is missing"])
def test_where_there_is_no_doubt_the_distance_alone_is_taken(why):
    points, y, head = known_and_heads()
    if why == "several labels":
        y = np.eye(4)[y]
    if why == "a class is missing":
        points, y = points[y > 0], y[y > 0]
    card, arrays = strangeness(
        points, y, points[:0], CalibrationSettings(), head=None if "step" in why else head
    )
    assert card.method == "mahalanobis"
    assert set(arrays) == {"ood_centre", "ood_basis", "ood_mean", "ood_precision"}


def test_few_known_images_held_back_lean_on_those_of_all_classes():
    points, y, head = known_and_heads()
    held = np.concatenate([np.arange(500, 530), np.flatnonzero(y == 3)[-1:]])
    held = held[(y[held] != 3) | (held > 800)]
    _, arrays = strangeness(
        points[:500], y[:500], points[held], CalibrationSettings(ood="combined"),
        held_targets=y[held], head=head,
    )  # fmt: skip
    middle, scatter = arrays["ood_usual"]
    assert abs(middle[3] - middle[:3].mean()) < 0.6
    assert (scatter >= 0.1 - 1e-6).all()
    assert arrays["ood_doubt"][1] >= 0.3 - 1e-6
