"""Probabilities, strangeness, verdicts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from micrographia.bundles import OodCard
from micrographia.classification import ood_score, probabilities, verdict
from micrographia.classification.scores import chosen, chosen_labels, strange_terms
from micrographia.errors import BundleError, InputError

LOGITS = arrays(np.float64, (5, 3), elements=st.integers(-9999, 9999).map(float))
COMBINED = OodCard(method="combined", threshold=3.0)
RELATIVE = OodCard(method="relative", threshold=3.0)
MAHALANOBIS = OodCard(method="mahalanobis", threshold=3.0)


@given(logits=LOGITS, temperature=st.floats(0.01, 100))
def test_probabilities_sum_to_one_and_keep_the_order(logits, temperature):
    found = probabilities(logits, temperature)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    rows = np.arange(5)
    best = logits.argmax(axis=1)
    np.testing.assert_allclose(found[rows, best], found.max(axis=1))


@given(logits=LOGITS)
def test_several_labels_are_answered_each_for_itself(logits):
    found = probabilities(logits, multi_label=True)
    np.testing.assert_allclose(found[:, 0], probabilities(logits[:, :1], multi_label=True)[:, 0])
    assert ((found >= 0.5) == (logits >= 0)).all()


def test_known_values_of_softmax_with_a_temperature_for_each_class():
    np.testing.assert_allclose(probabilities([[np.log(3.0), 0.0]]), [[0.75, 0.25]])
    np.testing.assert_allclose(probabilities([[2.0, 1.0]], (2.0, 1.0)), [[0.5, 0.5]])


def test_logits_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"\(n, classes\), got \(3,\)"):
        probabilities([1.0, 2.0, 3.0])


def test_mahalanobis_is_the_euclidean_distance_where_the_covariance_is_one():
    points = np.random.default_rng(0).normal(size=(20, 4))
    means = np.random.default_rng(1).normal(size=(3, 4))
    found = ood_score(points, {"ood_mean": means, "ood_precision": np.eye(4)}, MAHALANOBIS)
    expected = np.linalg.norm(points[:, None] - means, axis=2).min(axis=1)
    np.testing.assert_allclose(found, expected)


def test_mahalanobis_agrees_with_scipy():
    from scipy.spatial.distance import mahalanobis

    rng = np.random.default_rng(0)
    precision = np.linalg.inv(np.cov(rng.normal(size=(50, 3)) @ np.diag([1, 5, 9]), rowvar=False))
    arrays_ = {"ood_mean": np.zeros((1, 3)), "ood_precision": precision}
    [found] = ood_score([[1.0, 2.0, 3.0]], arrays_, MAHALANOBIS)
    assert found == pytest.approx(mahalanobis([1, 2, 3], [0, 0, 0], precision))


def combined_arrays():
    """Two classes in a plane, at (0, 0) and (8, 0), known in and out."""
    return {
        "ood_mean": np.array([[0.0, 0.0], [8.0, 0.0]]),
        "ood_precision": np.stack([np.eye(2), np.eye(2) / 4]),
        "ood_usual": np.array([[0.0, 0.0], [1.0, 2.0]]),
        "ood_doubt": np.array([0.1, 0.2]),
        "ood_weight": np.array([[-5.0, 0.0], [5.0, 0.0]]),
        "ood_bias": np.array([20.0, -20.0]),
    }


def test_known_values_of_distance_and_doubt_combined():
    found = ood_score([[0.0, np.e], [8.0, 2 * np.e]], combined_arrays(), COMBINED)
    # logarithms of squared distances: 2 and 2, of scatters 1 and 2; no doubt: (0 - 0.1) / 0.2
    np.testing.assert_allclose(found, np.exp([(2 - 0.5) / 2, (1 - 0.5) / 2]), rtol=1e-6)


def test_doubt_alone_raises_the_combined_score():
    arrays_ = combined_arrays() | {"ood_precision": np.stack([np.eye(2) / 16, np.eye(2) / 16])}
    sure, unsure = ood_score([[-4.0, 0.0], [4.0, 0.0]], arrays_, COMBINED)
    assert unsure / sure == pytest.approx(np.exp((1.0 - 0.0) / 0.2 / 2), rel=1e-6)


def test_nearer_than_usual_is_no_reason_to_doubt_less():
    near, usual = ood_score([[0.0, 0.0], [0.0, 1.0]], combined_arrays(), COMBINED)
    assert near == pytest.approx(usual)


@given(arrays(np.float64, (6, 2), elements=st.floats(-1e6, 1e6)))
def test_combined_scores_are_positive_numbers_wherever_the_features_lie(points):
    found = ood_score(points, combined_arrays(), COMBINED)
    assert np.isfinite(found).all()
    assert (found > 0).all()


@given(st.floats(1.5, 1e3))
def test_farther_from_all_classes_is_never_less_strange(factor):
    near, far = ood_score([[0.0, 5.0], [0.0, 5.0 * factor]], combined_arrays(), COMBINED)
    assert far >= near


def relative_arrays():
    """Two classes in a plane, at (-2, 0) and (2, 0), of scatter 1; known in and out."""
    return {
        "ood_mean": np.array([[-2.0, 0.0], [2.0, 0.0]]),
        "ood_precision": np.eye(2),
        "ood_share": np.array([0.5, 0.5]),
        "ood_usual": np.array([[0.1, 0.0, -1.0], [0.5, 2.0, 4.0]]),
        "ood_weight": np.array([[-50.0, 0.0], [50.0, 0.0]]),
        "ood_bias": np.zeros(2),
    }


def test_known_values_of_doubt_distance_and_relative_distance():
    found = ood_score([[-2.0, np.e], [0.0, 0.0]], relative_arrays(), RELATIVE)
    # at (-2, e): no doubt; ln of e squared; the covariance of all is diag(5, 1), so e² - 4/5 - e²
    # at (0, 0): doubt between two; ln 4; 4 - 0
    terms = [[-0.1 / 0.5, 2 / 2, (-0.8 + 1) / 4], [0.9 / 0.5, np.log(4) / 2, 5 / 4]]
    np.testing.assert_allclose(found, np.exp(np.mean(terms, axis=1)), rtol=1e-6)


def test_what_is_far_from_every_class_is_strange_whatever_the_other_terms_say():
    usual = np.array([[0.1, 0.0, 4000.0], [0.5, 2.0, 1000.0]])
    [found] = ood_score([[-40.0, 0.0]], relative_arrays() | {"ood_usual": usual}, RELATIVE)
    # no doubt; ln of 38 squared; 38² from the nearest class less 40² / 5 from all
    terms = np.array([-0.1 / 0.5, np.log(38.0), (38**2 - 40**2 / 5 - 4000) / 1000])
    assert terms.mean() < 0.2
    assert np.log(found) == pytest.approx(terms.mean() + terms[1] - 1.5)


def test_the_distance_from_all_images_is_the_one_under_their_own_covariance():
    random = np.random.default_rng(3)
    means, shares = random.normal(0, 2, (4, 5)), np.array([0.1, 0.2, 0.3, 0.4])
    root = random.normal(size=(5, 5))
    inside = root @ root.T + np.eye(5)
    points = random.normal(0, 3, (30, 5))
    terms = strange_terms(
        np.full((30, 4), 0.25), points, means, np.linalg.inv(inside), shares
    )  # fmt: skip
    away = means - shares @ means
    common = np.linalg.inv(inside + (away.T * shares) @ away)
    squares = [np.einsum("ij,jk,ik->i", points - m, np.linalg.inv(inside), points - m)
               for m in means]  # fmt: skip
    nearest = np.min(squares, axis=0)
    middle = points - shares @ means
    np.testing.assert_allclose(terms[:, 0], 1)
    np.testing.assert_allclose(terms[:, 1], np.log(nearest))
    np.testing.assert_allclose(
        terms[:, 2], nearest - np.einsum("ij,jk,ik->i", middle, common, middle)
    )


@given(arrays(np.float64, (6, 2), elements=st.floats(-1e6, 1e6)))
def test_relative_scores_are_positive_numbers_wherever_the_features_lie(points):
    found = ood_score(points, relative_arrays(), RELATIVE)
    assert np.isfinite(found).all()
    assert (found > 0).all()


@given(st.floats(1.5, 1e3), st.sampled_from([(-2.0, 5.0), (8.0, 0.0)]))
def test_farther_from_the_nearest_class_is_stranger(factor, away):
    start = np.array([-2.0, 0.0]) if away[0] < 0 else np.array([2.0, 0.0])
    points = [away, start + factor * (np.array(away) - start)]
    near, far = ood_score(points, relative_arrays(), RELATIVE)
    assert far > near


@pytest.mark.parametrize("name", ["ood_share", "ood_usual", "ood_weight"])
def test_what_relative_scores_lack_is_refused_by_name(name):
    arrays_ = {k: v for k, v in relative_arrays().items() if k != name}
    with pytest.raises(BundleError, match=rf"'relative' do not fit .*{name}"):
        ood_score([[0.0, 0.0]], arrays_, RELATIVE)


def test_statistics_that_lack_the_last_step_are_refused():
    arrays_ = {k: v for k, v in combined_arrays().items() if k != "ood_weight"}
    with pytest.raises(BundleError, match=r"'combined' do not fit .*ood_weight"):
        ood_score([[0.0, 0.0]], arrays_, COMBINED)


def test_neighbours_measure_directions_and_not_lengths():
    ood = OodCard(method="neighbours", threshold=0.5, neighbours=1)
    known = {"ood_features": np.array([[1.0, 0.0], [0.0, 2.0]])}
    found = ood_score([[9.0, 0.0], [0.0, 0.1], [-1.0, 0.0]], known, ood)
    np.testing.assert_allclose(found, [0, 0, np.sqrt(2)], atol=1e-7)


def test_the_kth_neighbour_counts_and_the_farthest_where_there_are_fewer():
    ood = OodCard(method="neighbours", threshold=0.5, neighbours=2)
    known = {"ood_features": np.array([[1.0, 0.0], [0.0, 1.0]])}
    np.testing.assert_allclose(ood_score([[1.0, 0.0]], known, ood), [np.sqrt(2)])
    many = OodCard(method="neighbours", threshold=0.5, neighbours=9)
    np.testing.assert_allclose(ood_score([[1.0, 0.0]], known, many), [np.sqrt(2)])


def test_features_are_projected_first_where_the_bundle_says_so():
    arrays_ = {
        "ood_centre": np.array([1.0, 1.0]),
        "ood_basis": np.array([[1.0], [0.0]]),
        "ood_mean": np.zeros((1, 1)),
        "ood_precision": np.eye(1),
    }
    np.testing.assert_allclose(ood_score([[4.0, 99.0]], arrays_, MAHALANOBIS), [3.0])


@pytest.mark.parametrize(
    "arrays_", [{}, {"ood_mean": np.zeros((1, 3)), "ood_precision": np.eye(3)}]
)
def test_statistics_that_are_missing_or_do_not_fit_are_named(arrays_):
    with pytest.raises(BundleError, match="do not fit the model's features"):
        ood_score([[1.0, 2.0]], arrays_, MAHALANOBIS)


@pytest.mark.parametrize(
    ("row", "threshold", "expected"),
    [
        ([0.9, 0.1], 0.9, "known"),
        ([0.89, 0.11], 0.9, "unknown"),
        ([0.7, 0.3], (0.6, 0.9), "known"),
        ([0.3, 0.7], (0.6, 0.9), "unknown"),
    ],
)
def test_an_answer_below_its_threshold_is_unknown(row, threshold, expected):
    assert verdict(np.array(row), threshold) == expected


def test_what_is_strange_is_unlike_however_sure_the_model_is():
    sure = np.array([1.0, 0.0])
    assert verdict(sure, 0.8, ood=3.1, ood_threshold=3.0) == "unlike"
    assert verdict(sure, 0.8, ood=3.0, ood_threshold=3.0) == "known"
    assert verdict(sure, 0.8, ood=float("nan"), ood_threshold=3.0) == "unlike"


def test_of_several_labels_all_must_be_sure():
    assert chosen(np.array([0.9, 0.2, 0.6]), True) == (0, 2)
    assert chosen(np.array([0.3, 0.2, 0.4]), True) == (2,)
    assert verdict(np.array([0.9, 0.2, 0.6]), 0.8, True) == "unknown"
    assert verdict(np.array([0.9, 0.2, 0.8]), 0.8, True) == "known"


@given(rows=arrays(np.float64, (4, 3), elements=st.floats(0, 1)))
def test_several_labels_are_those_of_one_half_or_else_the_likeliest(rows):
    named = chosen_labels(rows, multi_label=True)
    sure = rows.max(axis=1) >= 0.5
    np.testing.assert_array_equal(named[sure], rows[sure] >= 0.5)
    np.testing.assert_array_equal(named[~sure], chosen_labels(rows)[~sure])
    assert [chosen(row, multi_label=True) for row in rows] == [
        tuple(np.flatnonzero(one)) for one in named
    ]


@given(rows=arrays(np.float64, (4, 3), elements=st.floats(0, 1)))
def test_of_one_label_the_likeliest_is_named(rows):
    assert [chosen(row) for row in rows] == [(at,) for at in rows.argmax(axis=1)]
