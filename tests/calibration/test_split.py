"""A bar that is broken for its text is whole or nothing; a half is never taken for all of it."""

import cv2
import numpy as np
import pytest

from micrographia import Micrograph
from micrographia.calibration import Box, CalibrationSettings, calibrate, find_bars
from micrographia.calibration._halves import may_be_half
from micrographia.calibration._match import Label, Pair
from micrographia.calibration._ocr import Line
from micrographia.calibration._parse import parse_line
from micrographia.calibration._standing import known, standing

GROUND = 110


def broken(spread=10.0, ticks=True, text="", level=255):
    """A bar from 40 to 320 with a gap for its text from 120 to 240, at rows 200 to 202."""
    image = np.random.default_rng(0).normal(GROUND, spread, (260, 400)).clip(0, 255)
    image = image.astype(np.uint8)
    image[200:203, 40:120] = level
    image[200:203, 240:320] = level
    if ticks:
        image[193:210, 40:42] = level
        image[193:210, 318:320] = level
    if text:
        cv2.putText(image, text, (134, 211), cv2.FONT_HERSHEY_SIMPLEX, 0.9, level, 2, cv2.LINE_AA)
    return image


def whole(image):
    return max((bar for bar in find_bars(image) if bar.hole is not None), key=lambda bar: bar.score)


def pair_of(image, text_box, text="50 nm"):
    """The left half, or bar, that begins near column 40, with a text beside it."""
    bar = next(bar for bar in find_bars(image) if abs(bar.start - 40) < 4 and bar.hole is None)
    sides = (text_box.top, text_box.left, text_box.bottom, text_box.right)
    line = Line(text, 0.99, *(float(side) for side in sides), readings=3)
    label = Label(parse_line(text)[0], line, *(float(side) for side in sides))
    return Pair(bar, label, 0.9)


def test_two_halves_with_ticks_are_measured_between_the_middles_of_their_ticks():
    assert whole(broken()).length_px == pytest.approx(278, abs=0.4)


def test_text_in_the_gap_does_not_hide_the_ticks():
    assert whole(broken(text="5 nm")).length_px == pytest.approx(278, abs=0.4)


def test_halves_are_joined_though_the_tick_of_one_alone_was_found():
    image = broken()
    image[193:210, 238:240] = 255  # a stroke of the text, at the inner end of the right half
    assert whole(image).length_px == pytest.approx(278, abs=3.0)


def test_a_half_that_is_no_candidate_itself_is_looked_for_on_the_rows_of_the_other():
    image = broken(ticks=False)
    image[198:206, 262:266] = 255  # two wires cross the right half
    image[198:206, 290:294] = 255
    assert whole(image).length_px == pytest.approx(280, abs=0.5)


def test_a_broken_bar_is_read_whole():
    found = calibrate(Micrograph(broken(text="5 nm")), CalibrationSettings(read_bar="always"))
    assert found.pixel_size.mean == pytest.approx(5 / 278, rel=0.01)


def test_a_bar_with_its_text_beside_it_is_whole_where_nothing_follows():
    image = broken(ticks=False)
    image[:, 230:] = GROUND
    assert not may_be_half(image, pair_of(image.astype(np.float32), Box(190, 130, 212, 225)))


def test_a_bar_with_more_of_it_behind_its_text_is_a_half():
    image = broken(ticks=False).astype(np.float32)
    assert may_be_half(image, pair_of(image, Box(190, 130, 212, 230)))


def test_a_bar_that_goes_on_over_ground_of_its_own_level_may_be_a_half():
    image = broken(ticks=False).astype(np.float32)
    image[180:225, 236:330] = 255  # a sphere as bright as the bar hides what may be there
    assert may_be_half(image, pair_of(image, Box(190, 130, 212, 230)))


def test_a_half_that_the_box_of_the_text_took_in_is_still_seen():
    image = broken(ticks=False).astype(np.float32)
    assert may_be_half(image, pair_of(image, Box(190, 130, 212, 322)))


def test_other_print_behind_the_text_of_a_data_bar_is_no_half():
    image = np.full((260, 500), 20, np.uint8)
    image[200:204, 40:120] = 255
    cv2.putText(image, "WD 9.1", (260, 212), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_AA)
    assert not may_be_half(
        image.astype(np.float32), pair_of(image.astype(np.float32), Box(190, 130, 212, 230))
    )


def test_a_line_stands_out_by_one_where_it_goes_on_and_is_unknown_over_its_own_level():
    image = broken(ticks=False, spread=2.0).astype(np.float32)
    image[190:213, 350:380] = 255
    bar = next(bar for bar in find_bars(image) if abs(bar.start - 40) < 2 and bar.hole is None)
    assert standing(image, bar, slice(250, 310)) == pytest.approx(np.ones(60), abs=0.1)
    assert abs(standing(image, bar, slice(140, 220))).max() < 0.2
    assert known(image, bar, slice(140, 220), 255.0).all()
    assert not known(image, bar, slice(352, 378), 255.0).any()
