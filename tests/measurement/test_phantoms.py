"""Bias on digitised outlines of known size; benchmarks/measurement_phantoms.py has it in full."""

import importlib.util
from pathlib import Path

import numpy as np
import numpy.testing as npt
import pytest

from micrographia.measurement import measure
from micrographia.micrograph import PixelSize
from micrographia.simulation.phantoms import Outline

_FILE = Path(__file__).parents[2] / "benchmarks" / "measurement_phantoms.py"


@pytest.fixture(scope="module")
def benchmark_module():
    spec = importlib.util.spec_from_file_location("measurement_phantoms", _FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("rule", ["centre", "half"])
@pytest.mark.parametrize("shape", range(11))
def test_from_twenty_pixels_on_sizes_are_right_to_a_percent(benchmark_module, shape, rule):
    shapes = benchmark_module.SHAPES[shape : shape + 1]
    for name, ecd, truth, mean, spread, _ in benchmark_module.bias_table(
        80, rule, 7, shapes, sizes=(24,)
    ):
        slack = 3 * spread / np.sqrt(80)
        limits = np.array([0.005, 0.01, 0.01, 0.012]) * truth
        npt.assert_array_less(np.abs(mean), limits + slack, err_msg=f"{name} {ecd}")


@pytest.mark.parametrize("ecd", [8, 12])
def test_small_particles_are_right_to_a_tenth_of_a_pixel(benchmark_module, ecd):
    for name, _, _, mean, spread, _ in benchmark_module.bias_table(80, "centre", 3, sizes=(ecd,)):
        assert abs(mean[0]) < 0.03 + 3 * spread[0] / np.sqrt(80), name
        if name in ("disc", "ellipse 1.5:1", "ellipse 3:1"):
            assert (np.abs(mean[1:3]) < 0.1 + 3 * spread[1:3] / np.sqrt(80)).all(), name


def test_discs_are_round_to_half_a_percent(benchmark_module):
    for _, ecd, _, _, _, circularity in benchmark_module.bias_table(
        60, shapes=(("disc", None),), sizes=(20, 40)
    ):
        assert -0.005 < circularity <= 0, ecd


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 4, 1.3])
def test_shapes_on_oblong_pixels_have_their_true_sizes(angle):
    # An ellipse of 60 nm by 30 nm on pixels of 0.6 nm by 1.5 nm.
    rows, cols = np.arange(200)[:, None] * 0.6, np.arange(80)[None, :] * 1.5
    outline = Outline("ellipse", 60.1, 59.7, 60.0, 30.0, angle)
    labels = outline.contains(rows, cols).astype(np.int32)
    row = measure(labels, pixel_size=PixelSize(0.6, 1.5, "user")).iloc[0]
    assert row.feret_max_nm == pytest.approx(60, rel=0.015)
    assert row.feret_min_nm == pytest.approx(30, rel=0.02)
    assert row.perimeter_nm == pytest.approx(outline.perimeter, rel=0.01)
    assert row.ellipse_major_nm == pytest.approx(60, rel=0.01)
    apart = (row.orientation_deg + np.degrees(angle) + 90) % 180 - 90
    assert abs(apart) < 1
