"""Scale bars found and measured by their pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrographia.calibration import Box, find_bars, find_footer, find_header


def textured(rows=240, cols=320, level=120, spread=15, seed=0):
    noise = np.random.default_rng(seed).normal(level, spread, (rows, cols))
    return noise.clip(0, 255).astype(np.uint8)


@settings(max_examples=20)
@given(
    start=st.integers(10, 100),
    length=st.integers(30, 150),
    height=st.integers(1, 9),
    colour=st.sampled_from([0, 255]),
)
def test_a_plain_bar_is_measured_exactly(start, length, height, colour):
    image = textured()
    image[200 : 200 + height, start : start + length] = colour
    best = find_bars(image)[0]
    assert best.length_px == pytest.approx(length, abs=0.3)
    assert best.start == pytest.approx(start, abs=0.2)
    assert best.polarity == ("bright" if colour else "dark")


def test_half_covered_end_pixels_are_measured_to_a_fraction():
    image = np.full((100, 200), 100.0)
    image[80:84, 50:120] = 200
    image[80:84, 49] = 130  # three tenths covered
    image[80:84, 120] = 180  # eight tenths
    best = find_bars(image.astype(np.uint8))[0]
    assert best.length_px == pytest.approx(71.1, abs=0.35)


def test_ticks_are_measured_between_their_middles():
    image = textured()
    image[200:202, 40:141] = 255
    image[194:208, 40:43] = 255
    image[194:208, 138:141] = 255
    best = find_bars(image)[0]
    assert best.style == "ticks"
    assert best.length_px == pytest.approx(98, abs=0.3)
    assert best.box == Box(194, 40, 208, 141)


def test_a_graduated_bar_runs_from_its_first_mark_to_its_last():
    image = np.zeros((200, 400), np.uint8)
    for index in range(11):
        image[170 : 180 + 5 * (index % 5 == 0), 50 + 20 * index : 52 + 20 * index] = 255
    best = find_bars(image)[0]
    assert (best.style, best.length_px) == ("graduated", pytest.approx(200))


def test_a_graduated_bar_that_lacks_marks_is_no_candidate():
    image = np.zeros((200, 400), np.uint8)
    for index in range(9):
        image[170:180, 50 + 20 * index : 52 + 20 * index] = 255
    assert find_bars(image) == []


def test_a_bar_broken_for_its_text_is_joined():
    image = textured()
    image[200:202, 40:90] = 255
    image[200:202, 150:200] = 255
    image[194:208, 40:42] = 255
    image[194:208, 198:200] = 255
    joined = next(bar for bar in find_bars(image) if bar.hole is not None)
    assert joined.length_px == pytest.approx(158, abs=0.5)


def test_the_margin_of_a_box_is_not_taken_for_its_bar():
    image = textured(level=170)
    image[150:210, 100:220] = 0
    image[160:165, 110:210] = 170
    assert find_bars(image)[0].length_px == pytest.approx(100, abs=0.3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5, 5), (3, 40), (40, 3)])
def test_tiny_images_have_no_bar_and_no_footer(shape):
    image = np.zeros(shape, np.uint8)
    assert find_bars(image) == []
    assert find_footer(image) is None


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32, np.float64])
def test_bars_are_found_whatever_the_type_of_the_pixels(dtype):
    image = textured().astype(dtype) * dtype(100)
    image[200:205, 50:150] = dtype(25500)
    assert find_bars(image)[0].length_px == pytest.approx(100, abs=0.3)


def test_pixels_that_are_not_finite_do_no_harm():
    image = textured().astype(np.float32)
    image[200:205, 50:150] = 255
    image[0, :5] = [np.nan, np.inf, -np.inf, np.nan, np.inf]
    assert find_bars(image)[0].length_px == pytest.approx(100, abs=0.3)
    assert find_bars(np.full((50, 80), np.nan)) == []


def printed(image, first):
    image[first:] = 0
    image[first + 8 : first + 16, 20:-20:4] = 255
    return image


def test_a_data_bar_is_found_at_its_first_row_below_and_above():
    image = printed(textured(), 210)
    assert find_footer(image) == 210
    assert find_header(image[::-1]) == 30
    assert find_header(image) is None


def test_a_dark_band_of_the_specimen_is_no_data_bar():
    image = textured()
    image[200:] = textured(level=20, spread=6, seed=1)[200:]
    assert find_footer(image) is None


def test_an_empty_black_border_is_no_data_bar():
    image = textured()
    image[220:] = 0
    assert find_footer(image) is None


def test_marks_with_brighter_blocks_between_them_end_the_search_at_once():
    image = np.zeros((200, 600), np.uint8)
    for index in range(8):
        image[100:110, 50 + 40 * index : 53 + 40 * index] = 150
        image[100:110, 64 + 40 * index : 80 + 40 * index] = 255
    assert all(bar.style != "graduated" for bar in find_bars(image))


def test_fringes_that_go_on_above_and_below_are_no_graduated_bar():
    image = np.full((240, 320), 120.0)
    fringes = np.roll((np.arange(320) % 20 < 4) & (np.arange(320) < 220), 30)  # eleven
    image[:, fringes] -= 35
    image[150:162, fringes] -= 25  # stronger in one place, as noise makes them
    assert not [bar for bar in find_bars(image.astype(np.uint8)) if bar.style == "graduated"]


def test_a_graduated_bar_is_found_among_noise_and_fringes():
    image = np.tile(120 + 40 * np.sin(np.arange(400) * 2 * np.pi / 9), (300, 1))
    image = (image + np.random.default_rng(0).normal(0, 12, image.shape)).clip(0, 220)
    for index in range(11):
        image[250:262, 60 + 16 * index : 62 + 16 * index] = 255
    best = find_bars(image.astype(np.uint8))[0]
    assert (best.style, best.length_px) == ("graduated", pytest.approx(160, abs=0.5))


def test_a_bar_touched_by_a_particle_of_its_colour_is_found():
    image = textured(spread=4)
    image[180:200, 120:140] = 0  # touches the bar from above
    image[200:205, 60:220] = 0
    best = find_bars(image)[0]
    assert (best.style, best.length_px) == ("plain", pytest.approx(160, abs=0.3))


@pytest.mark.parametrize("seed", range(6))
def test_no_bar_is_shorter_than_a_few_pixels(seed):
    random = np.random.default_rng(seed)
    image = random.normal(120, 30, (90, 120))
    image[::7] += 60
    assert all(bar.length_px >= 3 for bar in find_bars(image.clip(0, 255).astype(np.uint8)))


def test_the_bright_ground_between_the_ticks_of_a_dark_bar_is_no_bar():
    image = textured(spread=8)
    image[:, 40:200] = np.where(np.arange(240)[:, None] % 12 < 6, 175, 75)  # level fringes
    image = (image + np.random.default_rng(1).normal(0, 6, image.shape)).clip(0, 255)
    image[110:113, 60:180] = 0
    image[100:123, 60:63] = 0
    image[100:123, 177:180] = 0
    best = find_bars(image.astype(np.uint8))
    assert best[0].length_px == pytest.approx(117, abs=0.5)
    assert not [bar for bar in best if 112 < bar.length_px < 116]


def test_a_wire_under_the_ticks_of_a_bar_is_not_the_bar():
    image = textured(spread=6)
    image[200:208, 20:300] = 250  # the wire
    image[192:216, 100:103] = image[192:216, 200:203] = image[197:199, 100:203] = 0
    best = find_bars(image)[0]
    assert best.polarity == "dark"
    assert best.length_px == pytest.approx(100, abs=0.3)


def test_a_bar_that_a_wire_makes_longer_scores_less_than_a_clean_one():
    image = textured(spread=6)
    image[200:202, 60:200] = 250
    clean = find_bars(image)[0]
    image[202:208, 170:230] = 250
    image[200:202, 200:230] = 250
    longer = [bar for bar in find_bars(image) if bar.length_px > 160]
    assert all(bar.score < 0.75 * clean.score for bar in longer)
