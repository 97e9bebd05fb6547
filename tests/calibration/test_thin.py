"""Thin bars are found by how they stand out against the rows beside them, whatever bounds them."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrographia.calibration import find_bars
from micrographia.calibration._thin import find_thin


def ground(rows=120, cols=300, level=110.0, spread=4.0):
    return np.random.default_rng(0).normal(level, spread, (rows, cols)).astype(np.float32)


def finished(image, blur=0.0):
    image = cv2.GaussianBlur(image, (0, 0), blur) if blur else image
    return image.clip(0, 255).astype(np.uint8)


@settings(max_examples=20)
@given(
    start=st.integers(20, 90),
    length=st.integers(40, 180),
    tick=st.integers(1, 3),
    colour=st.sampled_from([0, 255]),
    blur=st.sampled_from([0.0, 0.5, 0.7]),
)
def test_a_line_of_one_row_fainter_than_its_ticks_is_measured(start, length, tick, colour, blur):
    image = ground()
    image[60, start : start + length] = colour
    for left in (start, start + length - tick):
        image[55:66, left : left + tick] = colour
    best = find_bars(finished(image, blur))[0]
    assert best.style == "ticks"
    assert best.length_px == pytest.approx(length - tick, abs=0.5)


def test_a_blurred_line_over_a_changing_ground_is_found():
    image = ground() + np.linspace(-40, 60, 300, dtype=np.float32)
    image[:, 150:154] += 40  # a wire that crosses it
    image[80, 60:240] = 0
    best = find_bars(finished(image, 0.7))[0]
    assert best.length_px == pytest.approx(180, abs=1)


def test_a_blurred_line_in_a_box_is_the_bar_and_not_the_margin_of_the_box():
    image = ground()
    image[70:110, 40:260] = 0
    image[82, 60:240] = 255
    best = find_bars(finished(image, 0.7))[0]
    assert (best.polarity, round(best.length_px)) == ("bright", 180)


@pytest.mark.parametrize("spread", [5.0, 15.0, 30.0])
def test_noise_holds_no_thin_lines(spread):
    assert find_thin(ground(spread=spread).clip(0, 255)) == []


@pytest.mark.parametrize("shape", [(5, 300), (300, 10), (1, 1), (12, 40)])
def test_pictures_too_small_or_too_even_hold_none(shape):
    assert find_thin(np.full(shape, 100, np.float32)) == []
