"""The statistics of the score "kernel"."""

import functools

import numpy as np
import pytest

from micrographia.classification import ood_score
from micrographia.classification._kernel import similarity, unit
from micrographia.classification.scores import relative_score
from micrographia.learning import _kernel as module
from micrographia.learning._crossed import cross_fit, kernel_to
from micrographia.learning._kernel import kernel_statistics, known_kernel_terms
from micrographia.learning._limits import limit_of
from micrographia.learning.calibrate import CalibrationSettings, calibrate, strangeness
from micrographia.learning.methods._softmax import fit_softmax

SETTINGS = CalibrationSettings(ood="kernel")
CENTRES = np.random.default_rng(3).normal(0, 1, (5, 60))


def drawn(number, classes=4, seed=0, spread=0.8):
    """Images of the first classes; the last of the five is what no model knows."""
    random = np.random.default_rng(seed)
    targets = np.arange(number) % classes
    return CENTRES[targets] + random.normal(0, spread, (number, 60)), targets


def strangers(number, seed=9):
    return CENTRES[4] + np.random.default_rng(seed).normal(0, 0.8, (number, 60))


def directions(features, arrays):
    basis = arrays["ood_basis"].astype(np.float64)
    return unit((features - arrays["ood_centre"]) @ basis)


def test_the_regression_is_kernel_ridge_regression_on_the_classes():
    ridge = pytest.importorskip("sklearn.kernel_ridge")
    features, targets = drawn(80)
    arrays = kernel_statistics(features, targets, 30)
    other = ridge.KernelRidge(alpha=0.1, kernel="rbf", gamma=1.0)
    other.fit(arrays["ood_features"].astype(np.float64), np.eye(4)[targets])
    new = directions(drawn(20, seed=1)[0], arrays)
    found = similarity(new @ arrays["ood_features"].astype(np.float64).T) @ arrays["ood_answers"]
    np.testing.assert_allclose(found, other.predict(new), atol=2e-3)  # lengths are rounded


def test_directions_in_which_classes_scatter_are_shortened():
    random = np.random.default_rng(2)
    targets = np.arange(400) % 2
    features = random.normal(0, 1, (400, 3)) * [10.0, 1.0, 1.0]
    features[:, 1] += 4 * targets
    basis = kernel_statistics(features, targets, 3)["ood_basis"]
    reach = np.linalg.norm(basis, axis=1)
    # 1 / root(variance + three times the mean variance), the variances being 100, 1, 1
    np.testing.assert_allclose(reach, 1 / np.sqrt(np.array([100, 1, 1]) + 102), rtol=0.05)


def test_as_many_directions_as_are_asked_for():
    features, targets = drawn(80)
    settings = SETTINGS.model_copy(update={"kernel_dimensions": 7})
    _, arrays = strangeness(features, targets, features, settings)
    assert arrays["ood_basis"].shape == (60, 7)
    assert arrays["ood_features"].dtype == np.float16


def test_of_very_many_images_some_are_drawn_always_the_same(monkeypatch):
    monkeypatch.setattr(module, "_MOST", 50)
    features, targets = drawn(200)
    first, second = (kernel_statistics(features, targets, 20) for _ in range(2))
    assert first["ood_features"].shape == (50, 20)
    np.testing.assert_array_equal(first["ood_answers"], second["ood_answers"])


def test_the_projection_is_the_same_by_either_way_of_finding_it():
    features, targets = drawn(61)  # more images than features, then as many
    some = kernel_statistics(features, targets, 20)
    wide = kernel_statistics(np.hstack([features, np.zeros((61, 1))]), targets, 20)
    np.testing.assert_allclose(
        directions(features, some) @ directions(features, some).T,
        directions(np.hstack([features, np.zeros((61, 1))]), wide)
        @ directions(np.hstack([features, np.zeros((61, 1))]), wide).T,
        atol=1e-5,
    )


@pytest.mark.parametrize("several", [False, True])
def test_strangers_are_told_and_few_known_ones_are_flagged(several):
    features, targets = drawn(900)
    truth = np.eye(4)[targets] if several else targets
    card, arrays = strangeness(features[:500], truth[:500], features[500:700], SETTINGS)
    assert card.method == "kernel"
    scores = ood_score(features[700:], arrays, card)
    assert (scores > card.threshold).mean() <= 0.1
    assert np.median(scores) == pytest.approx(1, abs=0.4)
    assert (ood_score(strangers(200), arrays, card) > card.threshold).mean() >= 0.95


def test_no_linear_step_is_needed_and_a_class_may_be_missing():
    features, targets = drawn(200)
    some = targets != 1
    card, arrays = strangeness(features[some], targets[some], features[:0], SETTINGS)
    assert card.method == "kernel"
    assert (ood_score(strangers(50), arrays, card) > card.threshold).mean() >= 0.9


def test_few_are_judged_by_regressions_that_have_not_learned_from_them():
    features, targets = drawn(60)
    held = np.arange(60) % 7 == 0
    refit = functools.partial(fit_softmax, classes=4, strength=0.01)
    head = refit(features[~held], targets[~held])
    answers = features[held] @ head[0].T + head[1], features[held]
    found = calibrate(
        features[~held], targets[~held], answers, targets[held], SETTINGS,
        classes=4, head=head, refit=refit,
    )  # fmt: skip
    assert found.ood.method == "kernel"
    order = np.r_[np.flatnonzero(~held), np.flatnonzero(held)]
    measure = functools.partial(kernel_to, neighbours=5)
    crossed = cross_fit(features[order], targets[order], None, refit, 1024, measure=measure)
    assert found.held == len(crossed.targets) == 60
    assert len(found.arrays["ood_features"]) == 60
    middle, scatter = found.arrays["ood_usual"]
    np.testing.assert_allclose(middle, crossed.terms.mean(0), rtol=1e-6)
    np.testing.assert_allclose(scatter, np.maximum(crossed.terms.std(0), [0.1, 0.05]), rtol=1e-6)
    # and not by what they have taught, which is sure of them
    own = known_kernel_terms(features, found.arrays, 5)
    assert own[:, 0].mean() < crossed.terms[:, 0].mean() - 0.05
    new = found.strangeness(drawn(400, seed=5)[0])
    assert (new > found.ood.threshold).mean() <= 0.12
    scores = relative_score(crossed.terms, found.arrays["ood_usual"])
    assert found.ood.threshold == pytest.approx(limit_of(scores, 0.05), rel=1e-5)


def test_few_held_back_are_scored_by_what_is_usual_for_the_others():
    features, targets = drawn(120)
    few, _ = strangeness(features[:110], targets[:110], features[110:], SETTINGS)
    many, _ = strangeness(features[:60], targets[:60], features[60:], SETTINGS)
    assert few.threshold > many.threshold
