"""Statistics of sizes: known values, weights, uncertainty, what happens with few particles."""

import json

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrographia.errors import InputError
from micrographia.measurement import MeasurementSettings, summarize
from micrographia.micrograph import PixelSize

STATISTICS = ("mean", "median", "sd", "d10", "d50", "d90")


def table(sizes, pixel=None, **columns):
    sizes = np.asarray(sizes, float)
    data = pd.DataFrame(
        {
            "id": np.arange(len(sizes)) + 1,
            "ecd_px": sizes,
            "feret_min_px": 0.9 * sizes,
            "feret_max_px": 1.2 * sizes,
            "aspect_ratio": np.full(len(sizes), 0.75),
            "counted": np.ones(len(sizes), bool),
            "reason": np.full(len(sizes), "", object),
            "weight": np.ones(len(sizes)),
        }
    )
    if pixel:
        for name in ("ecd", "feret_min", "feret_max"):
            data[f"{name}_nm"] = data[f"{name}_px"] * pixel
    return data.assign(**columns)


def lognormal(count=400, seed=0, spread=0.3):
    return 20 * np.exp(np.random.default_rng(seed).normal(0, spread, count))


def test_mean_median_and_quantiles_are_the_usual_ones():
    sizes = lognormal(201)
    ecd = summarize(table(sizes))["ecd"]
    assert ecd["mean"]["value"] == pytest.approx(sizes.mean())
    assert ecd["median"]["value"] == pytest.approx(np.median(sizes))
    assert ecd["sd"]["value"] == pytest.approx(sizes.std(ddof=1))
    for name, share in (("d10", 0.1), ("d50", 0.5), ("d90", 0.9)):
        assert ecd[name]["value"] == pytest.approx(np.quantile(sizes, share, method="hazen"))


def test_every_interval_holds_its_value_and_has_a_width():
    summary = summarize(table(lognormal(), 0.5), PixelSize(0.5, 0.5, "user", 0.01))
    for quantity in ("ecd", "feret_min", "feret_max"):
        for name in STATISTICS:
            one = summary[quantity][name]
            assert one["low"] < one["value"] < one["high"], (quantity, name)
    for name in ("number", "area", "volume"):
        for one in summary["distributions"][name].values():
            assert one["low"] < one["value"] < one["high"]


def test_the_interval_of_a_normal_mean_is_that_of_students_t():
    sizes = np.random.default_rng(5).normal(50, 5, 400)
    mean = summarize(table(sizes))["ecd"]["mean"]
    half = 1.966 * sizes.std(ddof=1) / 20
    ends = [sizes.mean() - half, sizes.mean() + half]
    npt.assert_allclose([mean["low"], mean["high"]], ends, atol=0.06)


def test_twice_the_weight_counts_as_two_particles():
    sizes = lognormal(40)
    doubled = np.concatenate([sizes, sizes[:10]])
    weights = np.where(np.arange(40) < 10, 2.0, 1.0)
    weighted = summarize(table(sizes, weight=weights))
    plain = summarize(table(doubled))
    for quantity in ("ecd", "feret_max"):
        assert weighted[quantity]["mean"]["value"] == pytest.approx(
            plain[quantity]["mean"]["value"]
        )
    assert weighted["effective_number"] == pytest.approx(50**2 / 70)
    assert weighted["fits"]["normal"]["parameters"]["mean"] == pytest.approx(doubled.mean())


def test_mean_diameters_by_area_and_volume_are_those_of_sauter_and_de_brouckere():
    sizes = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    found = summarize(table(sizes))["distributions"]
    assert found["d32"]["value"] == pytest.approx((sizes**3).sum() / (sizes**2).sum())
    assert found["d43"]["value"] == pytest.approx((sizes**4).sum() / (sizes**3).sum())
    assert found["volume"]["d50"]["value"] > found["area"]["d50"]["value"]
    assert "sphere" in found["assumption"]


def test_particles_that_are_not_counted_do_not_count():
    sizes = lognormal(60)
    reasons = np.array([""] * 50 + ["border"] * 6 + ["too small"] * 4, object)
    summary = summarize(table(sizes, counted=reasons == "", reason=reasons))
    assert (summary["count"], summary["counted"]) == (60, 50)
    assert summary["left_out"] == {"border": 6, "too small": 4}
    assert summary["ecd"]["mean"]["value"] == pytest.approx(sizes[:50].mean())


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_few_particles_give_no_interval_and_a_reason(count):
    summary = summarize(table(lognormal(count), 0.5), PixelSize(0.5, 0.5, "metadata", 0.01))
    assert summary["counted"] == count
    ecd = summary["ecd"]
    assert (ecd["mean"]["value"] is None) == (count == 0)
    assert (ecd["sd"]["value"] is None) == (count < 2)
    assert ecd["mean"]["low"] is None
    assert summary["reason"]
    assert summary["fits"]["best"] is None
    assert "needs at least 10" in summary["fits"]["reason"]
    assert summary["uncertainty"]["mean"] is None
    json.dumps(summary.to_dict(), allow_nan=False)


def test_equal_sizes_have_intervals_of_no_width_and_no_fit():
    summary = summarize(table(np.full(30, 7.0)))
    assert summary["ecd"]["mean"] == {"value": 7.0, "low": 7.0, "high": 7.0}
    assert summary["ecd"]["sd"]["value"] == 0
    assert summary["fits"]["reason"] == "all particles have the same size"
    json.dumps(summary.to_dict(), allow_nan=False)


def test_the_same_particles_give_identical_numbers_in_any_run():
    sizes = lognormal()
    assert summarize(table(sizes)).to_dict() == summarize(table(sizes)).to_dict()
    other = summarize(table(sizes), settings=MeasurementSettings(seed=1))
    assert other["ecd"]["mean"]["value"] == summarize(table(sizes))["ecd"]["mean"]["value"]
    assert other["ecd"]["mean"]["low"] != summarize(table(sizes))["ecd"]["mean"]["low"]


@given(st.lists(st.floats(0.5, 500), max_size=30))
def test_any_sizes_give_a_summary_fit_for_json(sizes):
    summary = summarize(table(sizes, 2.0), PixelSize(2.0, 2.0, "user"))
    assert json.loads(json.dumps(summary.to_dict(), allow_nan=False))["counted"] == len(sizes)


@settings(max_examples=10)
@given(factor=st.floats(0.01, 100))
def test_statistics_grow_in_proportion_to_the_pixel_size(factor):
    sizes = lognormal(50)
    few = MeasurementSettings(draws=200)
    first = summarize(table(sizes, 1.0), PixelSize(1, 1, "user"), few)
    other = summarize(table(sizes, factor), PixelSize(factor, factor, "user"), few)
    for name in STATISTICS:
        for end in ("value", "low", "high"):
            expected = first["ecd"][name][end] * factor
            assert other["ecd"][name][end] == pytest.approx(expected, rel=1e-6)


def test_without_a_pixel_size_all_is_in_pixels_and_nano_says_why_not():
    summary = summarize(table(lognormal()))
    assert summary["pixel_size_nm"] is None
    assert summary["pixel_size_origin"] is None
    assert {summary[name]["unit"] for name in ("ecd", "feret_min", "fits", "uncertainty")} == {"px"}
    assert summary["nano"]["share"] is None
    assert "no pixel size" in summary["nano"]["reason"]
    assert "no scale enters" in summary["uncertainty"]["statement"]


def test_the_uncertainty_of_the_scale_widens_every_nanometre():
    sizes = lognormal()
    known, sharp, unknown = (
        summarize(table(sizes, 0.5), PixelSize(0.5, 0.5, "scale-bar", u)) for u in (0.05, 0.0, None)
    )
    for name in STATISTICS:
        wide, narrow = known["ecd"][name], sharp["ecd"][name]
        part = 1.959964 * 0.05 * wide["value"]
        assert wide["high"] - wide["value"] == pytest.approx(
            np.hypot(narrow["high"] - narrow["value"], part)
        )
        assert unknown["ecd"][name] == narrow
    assert known["aspect_ratio"] == sharp["aspect_ratio"]
    assert "not known and is not included" in unknown["uncertainty"]["statement"]


def test_the_budget_adds_its_parts_in_quadrature():
    sizes = lognormal()
    quarter = MeasurementSettings(boundary_px=0.25)
    summary = summarize(table(sizes, 0.5), PixelSize(0.5, 0.5, "metadata", 0.02), quarter)
    mean = summary["uncertainty"]["mean"]
    assert mean["boundary"] == pytest.approx(2 * 0.25 * 0.5)
    assert mean["scale"] == pytest.approx(0.02 * 0.5 * sizes.mean())
    assert mean["sampling"] == pytest.approx(0.5 * sizes.std() / 20, rel=0.06)
    parts = [mean[name] for name in ("sampling", "boundary", "scale")]
    assert mean["combined"] == pytest.approx(np.sqrt(np.square(parts).sum()))
    assert mean["expanded"] == pytest.approx(2 * mean["combined"])
    assert mean["high"] - mean["value"] == pytest.approx(mean["expanded"])


def test_four_times_the_particles_halve_the_width():
    percent = MeasurementSettings(precision=0.01)
    one = summarize(table(lognormal(300)), settings=percent)["precision"]["mean"]
    assert one["particles"] == pytest.approx(300 * (one["relative_half_width"] / 0.01) ** 2, abs=1)
    assert one["more"] == pytest.approx(one["particles"] - 300)
    enough = summarize(table(lognormal(one["particles"])), settings=percent)["precision"]["mean"]
    assert enough["relative_half_width"] == pytest.approx(0.01, rel=0.1)
    loose = summarize(table(lognormal(300)), settings=MeasurementSettings(precision=0.5))
    assert loose["precision"]["median"]["more"] == 0


def test_the_share_of_nanoparticles_has_wilsons_interval():
    # 0.9 × size is the smallest Feret diameter: 60 of 100 lie from 1 nm to 100 nm.
    sizes = np.concatenate([np.full(60, 50.0), np.full(30, 200.0), np.full(10, 1.0)])
    nano = summarize(table(sizes, 1.0), PixelSize(1, 1, "user"))["nano"]
    assert nano["share"] == pytest.approx(0.6)
    npt.assert_allclose([nano["low"], nano["high"]], [0.5020, 0.6906], atol=2e-4)
    assert nano["against_threshold"] == "above"
    assert "2022/C 229/01" in nano["claim"]
    few = summarize(table(sizes[::10], 1.0), PixelSize(1, 1, "user"))["nano"]
    assert few["against_threshold"] == "not decided"


def test_an_unsure_scale_makes_the_share_of_nanoparticles_unsure():
    sizes = np.linspace(60, 130, 400)
    sharp, blunt = (
        summarize(table(sizes, 1.0), PixelSize(1, 1, "user", u))["nano"] for u in (0.0, 0.1)
    )
    assert blunt["low"] < sharp["low"] < sharp["high"] < blunt["high"]
    assert sharp["against_threshold"] == "above"
    assert blunt["against_threshold"] == "not decided"


def test_whole_images_are_drawn_where_there_are_enough_of_them():
    rng = np.random.default_rng(2)
    shift = np.repeat(rng.normal(0, 4, 20), 30)
    sizes = 40 + shift + rng.normal(0, 1, 600)
    image = np.repeat([f"image {k}" for k in range(20)], 30)
    pooled = summarize(table(sizes, image=image))
    single = summarize(table(sizes))
    assert (pooled["resampled"], single["resampled"]) == ("images", "particles")
    widths = [s["ecd"]["mean"]["high"] - s["ecd"]["mean"]["low"] for s in (pooled, single)]
    between = np.std(sizes.reshape(20, 30).mean(1), ddof=1) / np.sqrt(20)
    assert widths[0] == pytest.approx(2 * 2.09 * between, rel=0.15)
    assert widths[1] < widths[0] / 3
    few = summarize(table(sizes[:90], image=image[:90]))
    assert few["resampled"] == "particles"
    assert "3 images, too few" in few["notes"][0]


def test_particles_without_a_size_in_nm_are_left_out_and_named():
    pooled = pd.concat([table(lognormal(20), 0.5), table(lognormal(5))], ignore_index=True)
    summary = summarize(pooled)
    assert (summary["count"], summary["counted"], summary.unit) == (25, 20, "nm")
    assert summary["left_out"] == {"no pixel size": 5}
    assert "5 counted particles have no size in nm" in summary["notes"][0]


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(InputError, match="lacks the columns aspect_ratio, counted"):
        summarize(table([1.0]).drop(columns=["aspect_ratio", "counted"]))
