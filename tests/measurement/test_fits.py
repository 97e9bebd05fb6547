"""Fits against SciPy, goodness of fit, and the number of size families."""

import numpy as np
import pytest
import scipy.stats

from micrographia.measurement._bootstrap import Variable
from micrographia.measurement._families import find_families
from micrographia.measurement._fits import fit_all


def sample(values, weights=None):
    values = np.asarray(values, float)
    return Variable.of(values, np.ones(len(values)) if weights is None else weights)


def families(values, most=4):
    variable = sample(values)
    fits = fit_all(variable, len(values))
    return find_families(variable, len(values), fits, most, 0.1)


DRAWS = {
    "normal": lambda rng, n: rng.normal(20, 3, n),
    "lognormal": lambda rng, n: 20 * np.exp(rng.normal(0, 0.3, n)),
    "weibull": lambda rng, n: 20 * rng.weibull(2.5, n),
}


def test_parameters_and_likelihoods_agree_with_scipy():
    x = DRAWS["lognormal"](np.random.default_rng(1), 150)
    fits = fit_all(sample(x), len(x))
    mean, sd = scipy.stats.norm.fit(x)
    assert fits["normal"].parameters == pytest.approx({"mean": mean, "sd": sd})
    log_sd, _, median = scipy.stats.lognorm.fit(x, floc=0)
    assert fits["lognormal"].parameters == pytest.approx(
        {"median": median, "geometric_sd": np.exp(log_sd)}, rel=1e-4
    )
    shape, _, scale = scipy.stats.weibull_min.fit(x, floc=0)
    assert fits["weibull"].parameters == pytest.approx({"shape": shape, "scale": scale}, rel=1e-3)
    theirs = {
        "normal": scipy.stats.norm(mean, sd),
        "lognormal": scipy.stats.lognorm(log_sd, scale=median),
        "weibull": scipy.stats.weibull_min(shape, scale=scale),
    }
    for name, law in theirs.items():
        total = law.logpdf(x).sum()
        assert fits[name].log_likelihood == pytest.approx(total, abs=0.01)
        assert fits[name].aic == pytest.approx(4 - 2 * total, abs=0.02)
        assert fits[name].bic == pytest.approx(2 * np.log(150) - 2 * total, abs=0.02)
        assert fits[name].ks == pytest.approx(scipy.stats.kstest(x, law.cdf).statistic, abs=1e-3)


def test_the_anderson_darling_statistic_agrees_with_its_textbook_formula():
    x = np.sort(DRAWS["normal"](np.random.default_rng(2), 80))
    z = scipy.stats.norm.cdf((x - x.mean()) / x.std())
    i = np.arange(1, 81)
    textbook = -80 - np.mean((2 * i - 1) * (np.log(z) + np.log(1 - z[::-1])))
    assert fit_all(sample(x), 80)["normal"].anderson_darling == pytest.approx(textbook)


def test_p_values_of_true_families_are_uniform():
    rng = np.random.default_rng(3)
    for name, draw in DRAWS.items():
        values = [fit_all(sample(draw(rng, 80)), 80)[name].p_value for _ in range(150)]
        assert 0.4 < np.mean(values) < 0.6, name
        assert np.mean(np.array(values) < 0.1) < 0.18, name


def test_a_wrong_family_is_rejected():
    x = 20 * np.exp(np.random.default_rng(4).normal(0, 0.5, 300))
    fits = fit_all(sample(x), 300)
    assert fits["normal"].p_value < 0.01
    assert fits["lognormal"].p_value > 0.05
    assert min(fits.values(), key=lambda fit: fit.bic).name == "lognormal"


def test_weights_act_like_repeated_particles():
    x = DRAWS["weibull"](np.random.default_rng(5), 60)
    weights = np.where(np.arange(60) % 3 == 0, 3.0, 1.0)
    repeated = np.repeat(x, weights.astype(int))
    one, two = fit_all(sample(x, weights), 100), fit_all(sample(repeated), 100)
    for name in one:
        assert one[name].parameters == pytest.approx(two[name].parameters)
        assert one[name].bic == pytest.approx(two[name].bic)
        assert one[name].anderson_darling == pytest.approx(two[name].anderson_darling)


def test_two_families_are_found_with_their_sizes_and_shares():
    rng = np.random.default_rng(6)
    found = families(np.concatenate([rng.normal(10, 1, 300), rng.normal(20, 2, 100)]))
    assert len(found.members) == 2
    small, large = found.members
    assert [small["mean"], large["mean"]] == pytest.approx([10, 20], rel=0.03)
    assert [small["sd"], large["sd"]] == pytest.approx([1, 2], rel=0.2)
    assert [small["share"], large["share"]] == pytest.approx([0.75, 0.25], abs=0.02)
    assert found.reason


def test_three_families_are_found_and_no_more_than_allowed():
    rng = np.random.default_rng(7)
    sizes = np.concatenate([rng.normal(m, m / 15, 150) for m in (10, 20, 40)])
    assert len(families(sizes).members) == 3
    assert len(families(sizes, most=2).members) <= 2
    assert len(families(sizes, most=1).members) == 1


@pytest.mark.parametrize("name", DRAWS)
def test_one_family_is_hardly_ever_taken_for_several(name):
    rng = np.random.default_rng(8)
    numbers = [len(families(DRAWS[name](rng, 300)).members) for _ in range(60)]
    assert np.mean(np.array(numbers) > 1) <= 0.04


def test_two_overlapping_families_are_not_forced_apart():
    rng = np.random.default_rng(9)
    found = families(np.concatenate([rng.normal(10, 2, 100), rng.normal(12, 2, 100)]))
    assert len(found.members) == 1


def test_few_particles_are_one_family():
    found = families([5.0] * 8 + [5.1] * 8 + [50.0, 51.0])
    assert len(found.members) == 1
    assert "too few" in found.reason
