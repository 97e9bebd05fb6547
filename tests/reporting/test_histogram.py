import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from micrographia.errors import OutputError
from micrographia.reporting import draw_histogram, histogram_svg
from micrographia.reporting._chart import (
    bin_edges,
    chart_of,
    logarithmic,
    logarithmic_bin_edges,
)
from micrographia.reporting._fits import Component, curves_of, density
from micrographia.reporting._svg import fine_ticks, logarithmic_ticks, ticks

SIZES = st.lists(st.floats(0.01, 1e5), min_size=1, max_size=300)


def table(values, **columns):
    return pd.DataFrame({"ecd_nm": values, "ecd_px": np.asarray(values) / 0.5, **columns})


@given(SIZES)
def test_bins_hold_every_value_and_are_neither_few_nor_many(values):
    edges = bin_edges(np.array(values))
    assert edges[0] <= min(values)
    assert edges[-1] > max(values) * (1 - 1e-9)
    assert 4 <= len(edges) - 1 <= 62
    assert np.ptp(np.diff(edges)) < 1e-6 * edges[-1]
    assert np.histogram(values, edges)[0].sum() == len(values)


def test_no_value_falls_beside_an_edge_that_was_rounded():
    values = np.array([0.95, 1.0])  # 19 × 0.05 is larger than 0.95
    assert np.histogram(values, bin_edges(values))[0].sum() == 2


def test_bins_have_the_width_of_freedman_and_diaconis_rounded_down():
    values = stats.norm(100, 10).ppf((np.arange(1000) + 0.5) / 1000)
    width = np.diff(bin_edges(values))[0]
    rule = 2 * 13.49 / 10  # 2 IQR n^(-1/3)
    assert width == pytest.approx(2.0)
    assert width <= rule


def test_a_narrow_family_gets_narrow_bins():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(10, 0.3, 150), rng.normal(30, 8, 200)])
    wide = np.diff(bin_edges(values))[0]
    narrow = np.diff(bin_edges(values, narrowest=0.3))[0]
    assert narrow < wide
    assert narrow <= 0.5


@pytest.mark.parametrize(
    ("kind", "parameters", "known"),
    [
        ("normal", {"mean": 12.0, "sd": 1.5}, stats.norm(12, 1.5)),
        ("lognormal", {"median": 9.0, "geometric_sd": 1.3}, stats.lognorm(np.log(1.3), scale=9)),
        ("weibull", {"shape": 3.2, "scale": 15.0}, stats.weibull_min(3.2, scale=15)),
    ],
)
def test_densities_and_their_facts_are_those_of_scipy(kind, parameters, known):
    x = np.linspace(0.1, 40, 400)
    np.testing.assert_allclose(density(kind, parameters, x), known.pdf(x), rtol=1e-9, atol=1e-12)
    mode, median, sd = Component(kind, parameters).facts()
    assert median == pytest.approx(known.median())
    assert sd == pytest.approx(known.std())
    assert known.pdf(mode) >= known.pdf(x).max() - 1e-9


@pytest.mark.parametrize(
    "summary",
    [
        {},
        {"fits": None, "families": None},
        {"fits": {"best": "gamma"}},
        {"fits": {"best": "normal", "normal": None}},
        {"fits": {"best": "normal", "normal": {"parameters": {"mean": 3.0, "sd": 0.0}}}},
        {"fits": {"best": "lognormal", "lognormal": {"parameters": {"median": -1}}}},
        {"families": {"distribution": "normal", "members": [{"mean": 1.0}, {}]}},
    ],
)
def test_fits_that_cannot_be_read_give_no_line(summary):
    assert curves_of(summary) == []


def test_several_families_give_a_line_each_and_their_sum():
    members = [{"mean": 10.0, "sd": 1.0, "share": 0.7}, {"mean": 20.0, "sd": 2.0, "share": 0.3}]
    curves = curves_of({"families": {"distribution": "normal", "members": members}})
    assert [curve.role for curve in curves] == ["family", "family", "sum"]
    x = np.linspace(0, 40, 4001)
    areas = [curve.density(x).sum() * 0.01 for curve in curves]
    np.testing.assert_allclose(areas, [0.7, 0.3, 1.0], atol=1e-6)


def test_curve_and_bars_enclose_the_same_area(make_summary):
    values = stats.norm(50, 4).ppf((np.arange(500) + 0.5) / 500)
    chart = chart_of(table(values), make_summary(values))
    bars = (chart.heights * np.diff(chart.edges)).sum()
    curve = np.trapezoid(chart.curves[0][1], chart.x)
    assert curve == pytest.approx(bars, rel=0.02)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_axis_is_logarithmic_above_a_ratio_of_twenty(sign):
    values = np.geomspace(5, 100 * (1 + sign * 1e-9), 20)
    assert logarithmic(values) == (sign > 0)
    assert chart_of(table(values), None).logarithmic == (sign > 0)


def test_large_particles_make_the_axis_logarithmic_and_specks_do_not():
    bulk = stats.norm(25, 2).ppf((np.arange(400) + 0.5) / 400)
    assert not logarithmic(bulk)
    assert logarithmic(np.append(bulk, [500.0, 520.0]))
    assert not logarithmic(np.append(bulk, [0.5, 0.6]))
    assert not logarithmic(np.append(bulk, [0.0, 600.0]))
    assert not logarithmic(np.empty(0))
    assert not chart_of(table([1.0, 5.0, 300.0]), None).logarithmic  # too few for bins


@given(st.lists(st.floats(0.01, 1e5), min_size=5, max_size=300).filter(lambda v: max(v) > min(v)))
def test_bins_of_equal_ratio_hold_every_value(values):
    values = np.array(values)
    edges = logarithmic_bin_edges(values)
    steps = np.diff(np.log10(edges))
    assert np.ptp(steps) < 1e-6
    assert edges[0] <= values.min()
    assert edges[-1] >= values.max()
    assert 4 <= len(steps) <= 62
    assert np.histogram(values, edges)[0].sum() == len(values)


def test_bins_of_equal_ratio_meet_the_decades():
    edges = logarithmic_bin_edges(stats.lognorm(0.9, scale=40).ppf((np.arange(500) + 0.5) / 500))
    assert np.diff(np.log10(edges))[0] == pytest.approx(0.1)
    for decade in (10, 100):
        assert np.abs(edges / decade - 1).min() < 1e-9


def test_small_particles_get_no_bins_finer_than_half_a_pixel():
    values = np.geomspace(2, 200, 200_000)
    widths = np.diff(logarithmic_bin_edges(values, resolution=0.5))
    assert widths[0] >= 0.5
    assert np.diff(logarithmic_bin_edges(values))[0] < 0.3


@pytest.mark.parametrize(
    ("kind", "parameters", "known"),
    [
        ("normal", {"mean": 300.0, "sd": 90.0}, stats.norm(300, 90)),
        ("lognormal", {"median": 40.0, "geometric_sd": 2.5}, stats.lognorm(np.log(2.5), scale=40)),
        ("weibull", {"shape": 1.1, "scale": 60.0}, stats.weibull_min(1.1, scale=60)),
    ],
)
def test_curves_on_a_logarithmic_axis_say_what_a_bin_is_expected_to_hold(kind, parameters, known):
    values = stats.lognorm(1.0, scale=40).ppf((np.arange(600) + 0.5) / 600)
    summary = {"unit": "nm", "fits": {"best": kind, kind: {"parameters": parameters}}}
    chart = chart_of(table(values), summary)
    assert chart.logarithmic
    expected = len(values) * np.diff(known.cdf(chart.edges))
    [(_, curve)] = chart.curves
    fine = np.geomspace(chart.edges[:-1], chart.edges[1:], 101)  # rows of points, bins
    mean = np.trapezoid(np.interp(fine, chart.x, curve), np.linspace(0, 1, 101), axis=0)
    np.testing.assert_allclose(mean, expected, atol=0.01 * expected.max())


def test_a_lognormal_is_symmetric_on_a_logarithmic_axis(make_summary):
    values = stats.lognorm(1.0, scale=40).ppf((np.arange(600) + 0.5) / 600)
    fit = {"parameters": {"median": 40.0, "geometric_sd": np.e}}
    summary = make_summary(values) | {"fits": {"best": "lognormal", "lognormal": fit}}
    chart = chart_of(table(values), summary)
    [(_, curve)] = chart.curves
    assert chart.x[curve.argmax()] == pytest.approx(40, rel=0.03)
    assert curve.sum() == pytest.approx(len(values) * 240 / len(chart.heights), rel=0.05)


def test_every_family_and_their_sum_add_up_on_a_logarithmic_axis(make_summary):
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(8, 1, 300), rng.normal(250, 40, 100)])
    members = [{"mean": 8.0, "sd": 1.0, "share": 0.75}, {"mean": 250.0, "sd": 40.0, "share": 0.25}]
    families = {"families": {"distribution": "normal", "members": members}}
    chart = chart_of(table(values), make_summary(values) | families)
    first, second, whole = (y for _, y in chart.curves)
    np.testing.assert_allclose(first + second, whole)
    small = chart.x < 30
    bins = chart.edges[1:] < 30
    per_point = (len(chart.edges) - 1) / (len(chart.x) - 1)
    assert first[small].sum() * per_point == pytest.approx(chart.heights[bins].sum(), rel=0.02)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_widely_spread_sizes_are_drawn_on_a_logarithmic_axis(tmp_path, make_summary, suffix):
    values = np.random.default_rng(0).lognormal(4, 1.2, 400)
    summary = make_summary(values)
    summary["ecd"]["median"]["low"] = -3.0  # below what such an axis has
    path = draw_histogram(table(values), summary, tmp_path / f"a.{suffix}")
    if suffix == "svg":
        text = path.read_text(encoding="utf-8")
        assert "(nm), logarithmic" in text
        for label in ("10", "100", "1000"):
            assert f">{label}</text>" in text
    svg = histogram_svg(table(values), summary)
    root = ET.fromstring(svg)
    assert "diameter (nm), logarithmic" in svg
    assert "nan" not in svg.lower()
    assert len(svg) < 12_000
    labels = {t.text: float(t.attrib["x"]) for t in root.findall("text")}
    assert labels["100"] - labels["10"] == pytest.approx(labels["1000"] - labels["100"], abs=0.2)


def test_only_counted_particles_are_shown_and_weights_are_used(make_summary):
    values = np.linspace(10, 20, 50)
    counted = values < 19
    chart = chart_of(table(values, counted=counted, weight=2.0), make_summary(values))
    assert len(chart.values) == counted.sum()
    assert chart.left_out == (~counted).sum()
    assert chart.heights.sum() == pytest.approx(2 * counted.sum())
    assert chart.cumulative[-1] == pytest.approx(1)


def test_without_nanometres_the_axis_is_in_pixels(make_summary):
    particles = table(np.linspace(10, 20, 50)).drop(columns="ecd_nm")
    assert chart_of(particles, make_summary(particles.ecd_px, "px")).unit == "px"


def test_particles_without_a_size_in_nm_are_no_part_of_the_pooled_histogram(make_summary):
    values = np.where(np.arange(60) < 20, np.nan, np.linspace(10, 20, 60))
    chart = chart_of(table(values), make_summary(values[20:]))
    assert len(chart.values) == 40


@pytest.mark.parametrize("count", [0, 1, 3, 5, 400])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_histogram_is_drawn_for_any_number_of_particles(tmp_path, make_summary, count, suffix):
    values = np.random.default_rng(0).lognormal(3, 0.2, count)
    summary = make_summary(values) if count else {"count": 0, "counted": 0}
    path = draw_histogram(table(values), summary, tmp_path / f"größe.{suffix}", title="µ title")
    if suffix == "png":
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (675, 1080, 3)
        assert picture.min() < 120
    else:
        assert ET.parse(path).getroot().tag.endswith("svg")


def test_the_same_histogram_is_the_same_file(tmp_path, make_summary):
    values = np.linspace(10, 20, 50)
    files = [
        draw_histogram(table(values), make_summary(values), tmp_path / name).read_bytes()
        for name in ("a.svg", "b.svg")
    ]
    assert files[0] == files[1]


def test_a_folder_that_is_missing_is_an_output_error(tmp_path, make_summary):
    with pytest.raises(OutputError, match=r"histogram.png: could not be written"):
        draw_histogram(table([1.0]), {}, tmp_path / "none" / "histogram.png")


def test_pyplot_is_not_loaded(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys, pandas as pd, micrographia.reporting as r;"
        "r.draw_histogram(pd.DataFrame({'ecd_px': range(5, 50)}), None, sys.argv[1]);"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.png")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "False"


def test_the_svg_of_the_report_is_small_and_well_formed(make_summary):
    values = np.random.default_rng(0).normal(50, 5, 2000)
    svg = histogram_svg(table(values), make_summary(values), 'of <"a" & b>')
    root = ET.fromstring(svg)
    assert root.attrib["aria-label"] == 'of <"a" & b>'
    assert len(svg) < 12_000
    assert "nan" not in svg.lower()
    bars = root.find("path[@class='b']").attrib["d"].count("z")
    assert bars == np.count_nonzero(chart_of(table(values), make_summary(values)).heights)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_few_particles_are_shown_one_by_one_in_the_svg(count):
    root = ET.fromstring(histogram_svg(table(np.arange(count) + 7.0), None))
    rug = root.find("path[@class='r']")
    assert (rug is None) if count == 0 else (rug.attrib["d"].count("M") == count)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 12))
def test_ticks_are_few_and_inside(low, reach, most):
    high = low + reach
    found = ticks(low, high, most)
    assert len(found) <= most + 1
    slack = 1e-6 * max(abs(low), abs(high))
    assert all(low - slack <= value <= high + slack for value in found)


@given(st.floats(1e-3, 1e4), st.floats(1.4, 8), st.integers(30, 120))
def test_logarithmic_ticks_are_round_inside_and_apart(low, decades, room):
    high = low * 10**decades
    found = logarithmic_ticks(low, high, room)
    assert found
    assert all(low * (1 - 1e-6) <= value <= high * (1 + 1e-6) for value in found)
    assert all(f"{value:.0e}"[0] in "1235" for value in found)
    places = np.log10(found) * room / decades
    assert np.diff(places).min(initial=room) > max(len(f"{value:.6g}") for value in found)


def test_fine_ticks_end_where_they_would_be_a_smear():
    assert fine_ticks(1.0, 20.0) == [*range(1, 10), 10, 20]
    assert fine_ticks(1.0, 2e6) == []
