"""The score "kernel": what similar training images answer, and how near they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from micrographia.bundles import OodCard
from micrographia.classification import _kernel as module
from micrographia.classification import ood_score
from micrographia.classification._kernel import kernel_terms, similarity
from micrographia.errors import BundleError

KERNEL = OodCard(method="kernel", threshold=3.0, neighbours=2)


def kernel_arrays():
    known = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    wanted = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    return {
        "ood_features": known,
        "ood_answers": np.linalg.solve(similarity(known @ known.T), wanted),
        "ood_usual": np.array([[0.2, 0.6], [0.1, 0.2]]),
    }


def test_the_kernel_is_the_gaussian_one_of_directions():
    metrics = pytest.importorskip("sklearn.metrics.pairwise")
    points = np.random.default_rng(0).normal(size=(5, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    np.testing.assert_allclose(
        similarity(points @ points.T), metrics.rbf_kernel(points, gamma=1.0), rtol=1e-12
    )


def test_the_terms_of_a_score_made_by_hand():
    # a point halfway between the last two: cosines 0.6 / root 2, 1.4 / root 2, 1 / root 2 of them
    found = kernel_terms(np.array([[0.4, 0.8]]), *list(kernel_arrays().values())[:2], 2)
    cosines = np.array([0.4, 0.8 * 0.4 + 0.6 * 0.8, 0.8]) / np.sqrt(0.8)
    answer = np.exp(2 * (cosines - 1)) @ kernel_arrays()["ood_answers"]
    np.testing.assert_allclose(found[0, 0], 1 - answer.max())
    np.testing.assert_allclose(found[0, 1], np.sqrt(2 - cosines[1] - cosines[2]))
    score = ood_score([[4.0, 8.0]], kernel_arrays(), KERNEL)
    wanted = np.exp(((found[0, 0] - 0.2) / 0.1 + (found[0, 1] - 0.6) / 0.2) / 2)
    np.testing.assert_allclose(score, [wanted])


def test_the_answer_falls_to_nothing_away_from_all_and_is_whole_at_a_training_image():
    known, answers = list(kernel_arrays().values())[:2]
    at, away = kernel_terms(np.array([[3.0, 0.0], [-1.0, -1.0]]), known, answers, 1)
    np.testing.assert_allclose(at, [0, 0], atol=1e-7)
    assert away[0] > 0.9
    assert away[1] > 1.7


def test_blocks_of_images_give_what_all_together_do(monkeypatch):
    random = np.random.default_rng(1)
    points, known = random.normal(size=(40, 6)), module.unit(random.normal(size=(9, 6)))
    answers = random.normal(size=(9, 3))
    whole = kernel_terms(points, known, answers, 4)
    monkeypatch.setattr(module, "_BLOCK", 30)
    np.testing.assert_allclose(kernel_terms(points, known, answers, 4), whole, rtol=1e-12)
    assert kernel_terms(points[:0], known, answers, 4).shape == (0, 2)


def test_more_neighbours_than_there_are_means_all():
    known, answers = list(kernel_arrays().values())[:2]
    points = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(
        kernel_terms(points, known, answers, 3), kernel_terms(points, known, answers, 99)
    )


@given(arrays(np.float64, (5, 2), elements=st.floats(-1e6, 1e6)))
def test_scores_are_positive_numbers_wherever_the_features_lie(points):
    found = ood_score(points, kernel_arrays(), KERNEL)
    assert np.isfinite(found).all()
    assert (found > 0).all()


@given(arrays(np.float64, (2,), elements=st.floats(-5, 5)), st.floats(1e-3, 1e3))
def test_directions_are_measured_and_not_lengths(point, factor):
    if np.linalg.norm(point) < 1e-3:
        return
    found = ood_score([point, point * factor], kernel_arrays(), KERNEL)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


@pytest.mark.parametrize("name", ["ood_features", "ood_answers", "ood_usual"])
def test_what_is_lacking_is_refused_by_name(name):
    lacking = {k: v for k, v in kernel_arrays().items() if k != name}
    with pytest.raises(BundleError, match=rf"'kernel' do not fit .*{name}"):
        ood_score([[0.0, 1.0]], lacking, KERNEL)
