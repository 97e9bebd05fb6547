"""A first digit that a reading lacks is noticed, and what stands alone is left as it is."""

import cv2
import numpy as np
import pytest

from micrographia import Micrograph
from micrographia.calibration import Bar, Box, CalibrationSettings, calibrate
from micrographia.calibration._before import lacks_digits
from micrographia.calibration._match import Label, Pair
from micrographia.calibration._ocr import Line
from micrographia.calibration._parse import parse_line


def scene(text, left, begin):
    """A text of which only what begins at a column was read, above its bar."""
    image = np.random.default_rng(0).normal(110, 8, (120, 320)).clip(0, 255).astype(np.uint8)
    cv2.putText(image, text, (left, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    image[90:95, 60:220] = 255
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    bar = Bar(Box(90, 60, 95, 220), 60.0, 220.0, 0.4, "bright", "plain", 1.0, level=255.0)
    line = Line("50 nm", 0.99, 46.0, float(begin), 73.0, float(left + width), readings=3)
    label = Label(parse_line("50 nm")[0], line, 46.0, line.left, 73.0, line.right)
    return image.astype(np.float32), Pair(bar, label, 0.9)


def test_a_digit_left_of_what_was_read_is_noticed():
    assert lacks_digits(*scene("250 nm", 80, 101))


@pytest.mark.parametrize("left", [80, 10])
def test_a_text_that_begins_where_it_was_read_lacks_nothing(left):
    assert not lacks_digits(*scene("50 nm", left, left + 2))


def test_a_wire_that_runs_up_to_a_text_is_no_digit():
    image, pair = scene("50 nm", 190, 192)
    image[58:62, :190] = 255
    assert not lacks_digits(image, pair)


def test_a_foot_of_a_digit_is_not_taken_for_a_bar_that_cuts_the_text():
    image = np.random.default_rng(0).normal(110, 8, (300, 400)).clip(0, 255).astype(np.uint8)
    cv2.putText(image, "250 nm", (40, 255), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2, cv2.LINE_AA)
    image[246:255, 42:56] = 110
    image[252:254, 40:56] = 0  # the foot of the 2, straight as a bar
    image[275:279, 30:190] = 0
    found = calibrate(Micrograph(image), CalibrationSettings(read_bar="always"))
    assert found.pixel_size is None or found.pixel_size.mean == pytest.approx(250 / 160, rel=0.02)
