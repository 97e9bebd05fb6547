"""Of few known images the limit is a bound of prediction, of many their quantile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from micrographia.learning._limits import enough, limit_of
from micrographia.learning._strangers import scores_by_others


def test_of_many_it_is_the_quantile_of_split_conformal_prediction():
    scores = np.random.default_rng(0).permutation(np.arange(1.0, 20.0))
    assert limit_of(scores, 0.05) == 19  # of 19 and one more, each is the largest one time in 20
    assert limit_of(np.arange(1.0, 100.0), 0.1) == 90


def test_of_few_it_is_the_bound_of_prediction_by_hand():
    logarithms = np.array([0.0, 0.4, -0.1, 0.1])
    # mean 0.1, squares 0.14; two more images with a deviation of 0.3: 0.32 over five freedoms
    expected = 0.1 + t.ppf(0.95, 5) * np.sqrt(0.32 / 5 * 1.25)
    assert limit_of(np.exp(logarithms), 0.05) == pytest.approx(np.exp(expected))


def test_of_a_single_image_it_lies_where_usual_scatter_puts_it():
    expected = np.exp(t.ppf(0.95, 2) * 0.3 * np.sqrt(2))
    assert limit_of(np.array([1.0]), 0.05) == pytest.approx(expected)


@pytest.mark.parametrize("count", [2, 4, 8, 18, 19, 50])
@pytest.mark.parametrize("scatter", [0.2, 0.3, 0.5])
def test_about_as_many_further_images_are_flagged_as_were_asked_for(count, scatter):
    rng = np.random.default_rng(count)
    known, further = (np.exp(scatter * rng.normal(size=(400, n))) for n in (count, 100))
    flagged = np.mean([one > limit_of(k, 0.05) for k, one in zip(known, further, strict=True)])
    assert flagged < 0.07 or (count == 2 and flagged < 0.1)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60), st.floats(0.01, 0.5))
def test_it_is_never_below_all_but_the_share_of_the_known(scores, flagged):
    scores = np.array(scores)
    assert (scores > limit_of(scores, flagged)).mean() <= flagged
    if not enough(len(scores), flagged):
        assert limit_of(scores, flagged) >= scores.max()


def test_each_of_few_is_scored_by_what_is_usual_for_the_others():
    terms = np.random.default_rng(1).normal((0.2, 3.0, -5.0), (0.1, 0.3, 2.0), (6, 3))
    strange = terms.copy()
    strange[0] += (0.0, 2.0, 0.0)
    ordinary, found = scores_by_others(terms), scores_by_others(strange)
    assert found[0] > 50 * ordinary[0]  # by the others' deviation, not one that it widens itself
    assert found.shape == (6,)
