"""Few images are judged by classifiers that have not learned from them."""

import functools

import numpy as np
import pytest

from micrographia.classification.scores import strange_terms
from micrographia.learning._crossed import cross_fit
from micrographia.learning._labels import divide
from micrographia.learning._limits import limit_of
from micrographia.learning.calibrate import CalibrationSettings, calibrate
from micrographia.learning.methods._softmax import fit_softmax

REFIT = functools.partial(fit_softmax, classes=3, strength=0.01)
MEANS = np.random.default_rng(7).normal(0, 1, (3, 60))


def drawn(number, seed=0):
    rng = np.random.default_rng(seed)
    targets = np.arange(number) % 3
    return (MEANS[targets] + rng.normal(0, 0.8, (number, 60))).astype(np.float32), targets


def test_every_image_is_judged_once_by_what_has_not_seen_it():
    features, targets = drawn(30)
    seen = []

    def refit(some, truth):
        seen.append(some)
        return REFIT(some, truth)

    crossed = cross_fit(features, targets, None, refit, 64)
    part = divide(targets, None, np.full(5, 0.2), 0)
    assert [len(some) for some in seen] == [int((part != k).sum()) for k in range(5)]
    order = np.concatenate([np.flatnonzero(part == k) for k in range(5)])
    np.testing.assert_array_equal(crossed.targets, targets[order])
    weight, bias = REFIT(features[part != 0], targets[part != 0])
    first = features[part == 0] @ weight.T.astype(float) + bias
    np.testing.assert_allclose(crossed.logits[: len(first)], first, rtol=1e-6)
    assert crossed.dimensions == min(len(some) for some in seen) - 1


def test_groups_are_not_divided():
    features, targets = drawn(60)
    groups = np.repeat(np.arange(20), 3)
    targets = groups % 3
    part = divide(targets, groups, np.full(5, 0.2), 0)
    assert all(len(np.unique(part[groups == one])) == 1 for one in range(20))
    assert cross_fit(features, targets, groups, REFIT, 64) is not None


def test_a_class_of_one_image_is_not_judged_and_one_class_alone_never():
    features, targets = drawn(31)
    targets = np.where(np.arange(31) == 30, 2, targets % 2)
    crossed = cross_fit(features, targets, None, REFIT, 64)
    assert len(crossed.targets) == 30
    assert 2 not in crossed.targets
    assert cross_fit(features, np.zeros(31, int), None, REFIT, 64) is None


def fitted(number, crossed, **settings):
    features, targets = drawn(number)
    learned, held = np.arange(number) % 7 > 0, np.arange(number) % 7 == 0
    weight, bias = REFIT(features[learned], targets[learned])
    return calibrate(
        features[learned], targets[learned],
        (features[held] @ weight.T + bias, features[held]), targets[held],
        CalibrationSettings(**settings), classes=3, head=(weight, bias),
        refit=REFIT if crossed else None,
    ), (weight, bias)  # fmt: skip


def test_few_images_do_not_make_most_others_strange():
    others, truth = drawn(600, seed=5)
    far = MEANS.mean(0) + np.random.default_rng(3).normal(0, 2, (200, 60))
    for crossed in (False, True):
        found, (weight, bias) = fitted(21, crossed)
        limit = found.ood.threshold
        assert (found.strangeness(others) > limit).mean() <= 0.1
        assert (found.strangeness(far) > limit).mean() > 0.95
        assert found.held == (21 if crossed else 3)
    logits = others @ weight.T + bias
    right = logits.argmax(1) == truth
    sure = found.probabilities(logits).max(1)
    assert sure.mean() == pytest.approx(right.mean(), abs=0.1)
    assert sure.mean() > found.probabilities(logits * 0 + 1).max()


def test_some_dozen_images_are_told_by_their_distance_alone():
    features, targets = drawn(39)
    found, _ = fitted(39, True)
    assert found.ood.method == "mahalanobis"
    assert fitted(40, True)[0].ood.method == "relative"
    order = np.r_[np.flatnonzero(np.arange(39) % 7 > 0), np.flatnonzero(np.arange(39) % 7 == 0)]
    crossed = cross_fit(features[order], targets[order], None, REFIT, 64)
    limit = limit_of(np.exp(crossed.terms[:, 0] / 2), 0.05)
    assert found.ood.threshold == pytest.approx(limit)


def test_a_limit_of_distances_that_was_asked_for_is_crossed_too():
    others, _ = drawn(600, seed=5)
    found, _ = fitted(60, True, ood="mahalanobis")
    assert found.held == 60
    assert 0.01 < (found.strangeness(others) > found.ood.threshold).mean() < 0.1


def test_strangers_are_told_after_few_images_too():
    found, _ = fitted(60, True)
    rng = np.random.default_rng(3)
    far = MEANS.mean(0) + rng.normal(0, 3, (200, 60))
    assert (found.strangeness(far) > found.ood.threshold).mean() > 0.95


def test_what_is_usual_is_that_of_the_crossed_answers():
    found, _ = fitted(60, True)
    features, targets = drawn(60)
    order = np.r_[np.flatnonzero(np.arange(60) % 7 > 0), np.flatnonzero(np.arange(60) % 7 == 0)]
    crossed = cross_fit(features[order], targets[order], None, REFIT, 1024)
    usual = found.arrays["ood_usual"]
    np.testing.assert_allclose(usual[0, 1:], crossed.terms.mean(0), rtol=1e-4)
    points = (features - found.arrays["ood_centre"]) @ found.arrays["ood_basis"]
    assert points.shape[1] == crossed.dimensions
    terms = strange_terms(
        np.full((60, 3), 1 / 3), points.astype(float),
        found.arrays["ood_mean"], found.arrays["ood_precision"], found.arrays["ood_share"],
    )  # fmt: skip
    assert terms[:, 0] == pytest.approx(1)


def test_many_images_and_other_measures_are_calibrated_by_those_held_back():
    many, _ = fitted(420, True)
    assert many.held == 60
    other, _ = fitted(42, True, ood="combined")
    assert other.held == 6
    without, _ = fitted(42, True, ood="none")
    assert (without.held, without.ood) == (42, None)
