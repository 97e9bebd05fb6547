"""Ticks are found as ridges, sharp or blurred, and noise is none."""

import cv2
import numpy as np
import pytest

from micrographia.calibration._runs import Group
from micrographia.calibration._ticks import find_ticks


def ticked(width=1, up=6, down=6, blur=0.0, spread=0.0, left=100):
    image = np.random.default_rng(1).normal(120, spread, (100, 300)).astype(np.float32)
    image[50:52, left : left + 101] = 250
    for start in (left, left + 101 - width):
        image[50 - up : 52 + down, start : start + width] = 250
    if blur:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    return image, Group(50, 52, left, left + 101, "bright", 0.0), (left, left + 101.0)


@pytest.mark.parametrize("blur", [0.0, 0.6, 0.8])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_the_middles_of_thin_ticks_are_found_after_blurring(width, blur):
    image, group, ends = ticked(width, blur=blur)
    ticks = find_ticks(image, group, ends, 110.0)
    assert ticks.right - ticks.left == pytest.approx(101 - width, abs=0.2)


def test_ticks_on_one_side_make_a_bracket():
    image, group, ends = ticked(2, down=0)
    ticks = find_ticks(image, group, ends, 130.0)
    assert (ticks.up >= 5, ticks.down) == (True, 0)


def test_ticks_close_to_the_edge_of_the_picture_are_found():
    image, group, ends = ticked(2, left=4)
    assert find_ticks(image, group, ends, 130.0) is not None


def test_a_plain_bar_over_noise_has_no_ticks():
    image, group, ends = ticked(up=0, down=0, spread=20.0)
    assert find_ticks(image, group, ends, 130.0) is None


def test_a_tick_is_found_though_a_fringe_of_its_tone_lies_beyond_it():
    image, group, (start, stop) = ticked(3)
    image[:, 97:100] = 170  # beyond the left tick, down the whole picture
    ticks = find_ticks(image, group, (start - 2.5, stop), 130.0)
    assert ticks.right - ticks.left == pytest.approx(98, abs=1.6)


def test_a_tick_that_a_wire_hides_is_taken_to_be_like_the_other():
    image, group, ends = ticked(3)
    image[40:50, 100:110] = 250  # a wire runs into the left tick
    image[52:62, 100:110] = 250
    found = find_ticks(image, group, ends, 130.0)
    assert found.right - found.left == pytest.approx(98, abs=0.3)


def test_fringes_beyond_the_ends_of_a_plain_bar_are_no_ticks():
    image, group, ends = ticked(up=0, down=0)
    for start in (94, 204):
        image[:, start : start + 3] = 250
    assert find_ticks(image, group, ends, 130.0) is None


def test_fringes_at_the_ends_of_a_sharp_bar_are_no_ticks():
    y, x = np.mgrid[:100, :300].astype(np.float32)
    image = 120 + 35 * np.sin(2 * np.pi * (x + 0.5 * y) / 12)
    image[50:52, 96:204] = 230
    assert (
        find_ticks(image, Group(50, 52, 96, 204, "bright", 0.0), (96, 204.0), 110.0, True) is None
    )
