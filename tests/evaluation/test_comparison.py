"""Paired comparison of two methods."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import InputError
from micrographia.evaluation.comparison import (
    bootstrap_difference,
    compare_pair,
    mcnemar,
    resampled_t,
)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_test_of_scipy(first, second):
    from scipy.stats import binomtest

    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected)


def test_the_corrected_test_is_more_careful_than_the_plain_one():
    from scipy.stats import ttest_1samp

    gains = [0.02, 0.03, 0.01, 0.04, 0.02]
    assert resampled_t(gains, 80, 20)[1] > ttest_1samp(gains, 0).pvalue
    assert resampled_t(gains, 1e9, 0)[1] == pytest.approx(ttest_1samp(gains, 0).pvalue)


def test_equal_folds_show_no_difference_and_one_fold_says_nothing():
    assert resampled_t([0, 0, 0], 80, 20) == (0, 1)
    assert np.isnan(resampled_t([0.1], 80, 20)[1])
    assert resampled_t([0.1, 0.1], 80, 20)[1] == 0


def test_two_equal_methods_are_told_apart_no_more_often_than_the_level_says():
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(200):
        first, second = rng.random((2, 200)) < 0.9
        found = bootstrap_difference(first, second, seed=seed, draws=300)
        held += found.low <= 0 <= found.high
    assert 180 <= held <= 199


def test_a_better_method_is_seen():
    rng = np.random.default_rng(0)
    first, second = rng.random(400) < 0.7, rng.random(400) < 0.9
    found = compare_pair(
        ("plain", "network"), first, second, groups=np.arange(400) // 2, folds=np.arange(400) % 5
    )
    assert found.difference.low > 0
    assert found.mcnemar_p < 0.001
    assert found.t_p < 0.05
    assert found.only_second > found.only_first
    assert found.to_dict()["difference"] == pytest.approx(second.mean() - first.mean())


def test_swapping_the_methods_turns_the_sign():
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 100)) < 0.8
    there = compare_pair(("a", "b"), first, second)
    back = compare_pair(("b", "a"), second, first)
    assert there.difference.value == -back.difference.value
    assert there.mcnemar_p == back.mcnemar_p
    assert np.isnan(there.t_p)


def test_other_images_cannot_be_compared():
    with pytest.raises(InputError, match=r"a has 2 images, b 3; .* the same images"):
        compare_pair(("a", "b"), np.ones(2, bool), np.ones(3, bool))
