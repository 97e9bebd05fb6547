"""Particles whose label has only a part of their pixels."""

import numpy as np
import pytest

from micrographia import PixelSize
from micrographia._patches import Patch
from micrographia.measurement import measure


def scene():
    labels = np.zeros((60, 80), np.int32)
    labels[10:30, 10:30], labels[10:30, 30:40], labels[40:50, 50:70] = 2, 5, 9
    pixels = np.full(labels.shape, 100.0)
    pixels[labels == 5] = 40
    return labels, pixels, {5: Patch(10, 20, np.ones((20, 20), bool))}


def test_size_shape_and_place_are_those_of_the_whole():
    labels, pixels, wholes = scene()
    table = measure(labels, pixels, PixelSize(2, 2, "user"), wholes=wholes).set_index("id")
    assert table["overlapped"].tolist() == [False, True, False]
    assert table["area_px"].tolist() == [400, 400, 200]
    assert table.loc[5, "area_nm2"] == 1600
    assert table.loc[5, ["row_px", "col_px"]].tolist() == [19.5, 29.5]
    assert table.loc[5, "feret_max_nm"] == pytest.approx(2 * 20 * np.sqrt(2))
    assert table.loc[5, "mean_intensity"] == 40


def test_the_others_do_not_change():
    labels, pixels, wholes = scene()
    with_wholes = measure(labels, pixels, wholes=wholes).set_index("id")
    without = measure(labels, pixels).set_index("id")
    assert not without["overlapped"].any()
    assert with_wholes.drop(5).equals(without.drop(5))


def test_outlines_of_particles_that_are_not_there_are_passed_over():
    labels, pixels, wholes = scene()
    wholes[7] = wholes[5]
    assert len(measure(labels, pixels, wholes=wholes)) == 3


def test_size_limits_hold_for_the_whole():
    from micrographia.measurement import MeasurementSettings

    labels, pixels, wholes = scene()
    limits = MeasurementSettings(min_ecd_px=20)
    counted = measure(labels, pixels, None, limits, wholes=wholes).set_index("id")["counted"]
    assert counted.tolist() == [True, True, False]
