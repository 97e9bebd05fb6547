"""Whether intervals hold the truth as often as they say (see benchmarks/interval_coverage.py)."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from micrographia.measurement._bootstrap import (
    Resampling,
    Variable,
    effective_number,
    estimate,
    weighted_quantiles,
)
from micrographia.measurement._nano import wilson

_FILE = Path(__file__).parents[2] / "benchmarks" / "interval_coverage.py"


def _benchmark():
    spec = importlib.util.spec_from_file_location("interval_coverage", _FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", list(_benchmark().CASES))
def test_intervals_of_mean_and_median_hold_the_truth_in_95_of_100_samples(name):
    held, _ = _benchmark().coverage(name, samples=400, particles=200, draws=1000, seed=1)
    # Three standard errors of a share of 400 around 93 % to 97 %.
    assert (held[:2] > 0.93 - 0.035).all(), held
    assert (held[:2] < 0.97 + 0.03).all(), held


def test_wilsons_interval_holds_the_share_as_often_as_it_says():
    rng = np.random.default_rng(0)
    for share in (0.1, 0.5, 0.95):
        ends = [wilson(k / 60, 60, 0.95) for k in rng.binomial(60, share, 2000)]
        held = np.mean([low <= share <= high for low, high in ends])
        assert 0.92 < held < 0.98


def test_quantiles_of_equal_weights_are_hazens():
    values = np.random.default_rng(1).normal(size=37)
    shares = np.array([0.05, 0.3, 0.5, 0.9])
    found = weighted_quantiles(Variable.of(values, np.full(37, 2.5)), shares)
    np.testing.assert_allclose(found, np.quantile(values, shares, method="hazen"))


def test_large_samples_get_fewer_draws_and_the_same_answer_from_blocks():
    assert Resampling(1_000_000, 2000, 0).draws == 400
    assert Resampling(1000, 2000, 0).draws == 2000
    blocks = list(Resampling(3000, 250, 5).blocks())
    assert len(blocks) > 1
    counts = np.concatenate(blocks)
    assert counts.shape == (250, 3000)
    assert (counts.sum(1) == 3000).all()
    again = np.concatenate(list(Resampling(3000, 250, 5).blocks()))
    np.testing.assert_array_equal(counts, again)


def test_groups_are_drawn_whole():
    groups = np.array([0, 0, 1, 1, 1, 2])
    counts = np.concatenate(list(Resampling(6, 300, 0, groups).blocks()))
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, 2] == counts[:, 4]).all()
    assert (counts[:, [0, 2, 5]].sum(1) == 3).all()


def test_medians_of_draws_are_those_of_the_drawn_particles():
    values = np.random.default_rng(2).normal(size=24)
    resampling = Resampling(24, 200, 3)
    variable = Variable.of(values, np.ones(24))
    counts = np.concatenate(list(resampling.blocks()))
    medians = [np.median(np.repeat(values, row)) for row in counts]
    _, _, (median,) = estimate(variable, resampling, np.array([0.5]), 0.9)
    np.testing.assert_allclose([median.low, median.high], np.quantile(medians, [0.05, 0.95]))


def test_the_effective_number_is_the_number_for_equal_weights():
    assert effective_number(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_number(np.zeros(0)) == 0
