"""Differences between samples, against SciPy's tests."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from micrographia.errors import InputError
from micrographia.measurement import compare_samples
from micrographia.measurement._tests import holm, kolmogorov_smirnov, mann_whitney, welch


def table(groups, **columns):
    sizes = np.concatenate(list(groups.values()))
    names = np.repeat(list(groups), [len(x) for x in groups.values()])
    data = pd.DataFrame({"ecd_px": sizes, "feret_min_px": sizes, "feret_max_px": sizes})
    return data.assign(aspect_ratio=1.0, counted=True, sample=names, **columns)


RNG = np.random.default_rng(0)
THREE = {"a": RNG.normal(20, 3, 120), "b": RNG.normal(23, 3, 80), "c": RNG.normal(20, 3, 100)}


def test_tests_agree_with_scipy():
    one, two = np.round(THREE["a"], 1), np.round(THREE["b"], 1)
    larger, p_value = mann_whitney(one, two)
    theirs = scipy.stats.mannwhitneyu(two, one, method="asymptotic")
    assert (larger * len(one) * len(two), p_value) == pytest.approx(tuple(theirs))
    assert welch(one, two) == pytest.approx(tuple(scipy.stats.ttest_ind(two, one, equal_var=False)))
    distance, p_value = kolmogorov_smirnov(one, two)
    theirs = scipy.stats.ks_2samp(one, two)
    assert distance == pytest.approx(theirs.statistic)
    assert np.log(p_value) == pytest.approx(np.log(theirs.pvalue), rel=0.1)


def test_holms_correction_is_the_textbook_one():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_pairs_have_differences_with_intervals_and_corrected_p_values():
    found = compare_samples(table(THREE))
    assert set(found.samples) == {"a", "b", "c"}
    assert [(p["first"], p["second"]) for p in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    first = found.pairs[0]
    difference = THREE["b"].mean() - THREE["a"].mean()
    assert first["mean"]["value"] == pytest.approx(difference)
    assert first["mean"]["relative"] == pytest.approx(difference / THREE["a"].mean())
    error = np.sqrt(sum(np.var(THREE[k], ddof=1) / len(THREE[k]) for k in "ab"))
    assert first["mean"]["high"] - first["mean"]["low"] == pytest.approx(3.92 * error, rel=0.08)
    assert first["mean"]["low"] > 0
    assert found.pairs[1]["mean"]["low"] < 0 < found.pairs[1]["mean"]["high"]
    for test in ("kolmogorov_smirnov", "mann_whitney", "welch"):
        assert first[test]["p_value"] < 1e-6
        assert first[test]["p_corrected"] >= first[test]["p_value"]
        assert found.pairs[1][test]["p_corrected"] > 0.05
    json.dumps(found.to_dict(), allow_nan=False)


def test_images_that_differ_are_drawn_whole_and_widen_the_interval():
    rng = np.random.default_rng(4)
    groups = {
        name: np.concatenate([rng.normal(20 + rng.normal(0, 3), 1, 25) for _ in range(12)])
        for name in "ab"
    }
    image = np.repeat([f"{k}" for k in range(24)], 25)
    plain, grouped = compare_samples(table(groups)), compare_samples(table(groups, image=image))
    widths = [c.pairs[0]["mean"]["high"] - c.pairs[0]["mean"]["low"] for c in (plain, grouped)]
    assert widths[1] > 3 * widths[0]
    assert (plain.pairs[0]["resampled"], grouped.pairs[0]["resampled"]) == ("particles", "images")
    assert plain.pairs[0]["welch_by_image"] is None
    by_image = grouped.pairs[0]["welch_by_image"]["p_value"]
    means = [groups[name].reshape(12, 25).mean(1) for name in "ab"]
    assert by_image == pytest.approx(scipy.stats.ttest_ind(*means, equal_var=False).pvalue)


def test_small_and_empty_samples_are_compared_as_far_as_they_go():
    data = table({"a": THREE["a"], "b": np.array([5.0, 6.0]), "c": np.array([7.0])})
    data.loc[data["sample"] == "c", "counted"] = False
    found = compare_samples(data)
    assert found.pairs[0]["mean"]["low"] is None
    assert found.pairs[0]["welch"] is None
    assert found.pairs[1]["mean"]["value"] is None
    json.dumps(found.to_dict(), allow_nan=False)


def test_one_sample_has_nothing_to_be_compared_with():
    assert compare_samples(table({"a": THREE["a"]})).pairs == ()


def test_samples_are_compared_in_pixels_where_one_has_no_scale():
    data = table({"a": THREE["a"], "b": THREE["b"]})
    for name in ("ecd", "feret_min", "feret_max"):
        data[f"{name}_nm"] = np.where(data["sample"] == "a", data[f"{name}_px"] / 2, np.nan)
    assert compare_samples(data).unit == "px"
    assert compare_samples(data[data["sample"] == "a"]).unit == "nm"


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="no column 'batch' to tell samples apart"):
        compare_samples(table(THREE), column="batch")
