"""Length and width along the skeleton."""

import numpy as np
import pytest

from micrographia.measurement import MeasurementSettings, measure
from micrographia.micrograph import PixelSize
from micrographia.simulation.phantoms import Outline


def drawn(inside):
    return np.asarray(inside, np.int32)


def grid(side):
    return np.arange(side)[:, None].astype(float), np.arange(side)[None, :].astype(float)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 1.2, 2.0])
@pytest.mark.parametrize(
    ("kind", "width"), [("rectangle", 10.0), ("rod", 10.0), ("rod", 5.0), ("rod", 3.0)]
)
def test_straight_fibres_have_their_length_and_width(kind, width, angle):
    outline = Outline(kind, 60.3, 59.8, 80.0, width, angle)
    row = measure(drawn(outline.contains(*grid(120)))).iloc[0]
    assert row.is_fibre
    assert row.skeleton_length_px == pytest.approx(80, abs=1.2)
    assert row.skeleton_width_px == pytest.approx(row.area_px / 80, rel=0.02)


def test_a_curled_fibre_is_a_fibre_by_its_skeleton():
    rows, cols = grid(120)
    away = np.hypot(rows - 60, cols - 60)
    turn = np.arctan2(rows - 60, cols - 60)
    ring = (np.abs(away - 40) <= 3) & (np.abs(turn) < 2.6)
    row = measure(drawn(ring)).iloc[0]
    assert row.aspect_ratio > 0.8
    assert row.is_fibre
    assert row.skeleton_length_px == pytest.approx(2 * 2.6 * 40, rel=0.03)
    assert row.skeleton_width_px == pytest.approx(6, rel=0.06)


def test_compact_and_branched_particles_are_no_fibres():
    rows, cols = grid(120)
    cross = (np.abs(rows - 60) <= 3) | (np.abs(cols - 60) <= 3)
    cross &= (np.abs(rows - 60) <= 50) & (np.abs(cols - 60) <= 50)
    disc = np.hypot(rows - 60, cols - 60) < 30
    for mask in (cross, disc):
        row = measure(drawn(mask)).iloc[0]
        assert not row.is_fibre
        assert np.isnan(row.skeleton_length_px)
        assert np.isnan(row.skeleton_width_px)


def test_the_limit_of_three_to_one_is_a_setting():
    outline = Outline("rectangle", 40, 40, 50.0, 20.0, 0.2)
    labels = drawn(outline.contains(*grid(80)))
    assert not measure(labels).is_fibre[0]
    assert measure(labels, settings=MeasurementSettings(fibre_ratio=2.0)).is_fibre[0]


def test_lengths_follow_pixels_that_are_not_square():
    labels = np.zeros((20, 60), np.int32)
    labels[8:12, 10:50] = 1
    row = measure(labels, pixel_size=PixelSize(1.0, 3.0, "user")).iloc[0]
    assert row.skeleton_length_nm == pytest.approx(120, rel=0.02)
    assert row.skeleton_width_nm == pytest.approx(4, rel=0.02)


@pytest.mark.parametrize("length", [4, 5, 30])
def test_a_line_one_pixel_wide_is_measured(length):
    labels = np.zeros((5, 40), np.int32)
    labels[2, 3 : 3 + length] = 1
    row = measure(labels).iloc[0]
    assert row.is_fibre
    assert row.skeleton_length_px == pytest.approx(length, abs=0.2)
