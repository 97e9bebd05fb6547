"""The plate under a scale bar."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia import Micrograph
from micrographia.calibration import CalibrationSettings, calibrate
from micrographia.calibration._plate import plate_of
from micrographia.calibration._types import Box


def textured(shape=(160, 240)):
    noise = np.random.default_rng(1).normal(0.5, 0.1, shape).astype(np.float32)
    return np.clip(noise, 0.05, 0.95)


@given(st.integers(4, 30), st.integers(4, 30), st.sampled_from([0.0, 1.0]))
def test_a_plate_is_found_to_the_pixel(across, along, level):
    grey = textured()
    bar = Box(100, 100, 104, 170)
    grey[100 - along : 104 + along, 100 - across : 170 + across] = level
    grey[bar.slices()] = 1 - level
    plate = plate_of(grey, [bar])
    assert plate == Box(100 - along, 100 - across, 104 + along, 170 + across)


def test_bar_and_text_lie_on_one_plate_even_at_the_image_border_and_after_jpeg():
    image = np.rint(255 * textured()).astype(np.uint8)
    image[120:, 140:] = 0
    image[128:132, 150:230] = 255
    cv2.putText(image, "50 nm", (160, 152), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], 0)
    marks = [Box(128, 150, 132, 230), Box(138, 158, 156, 222)]
    plate = plate_of(image.astype(np.float32) / 255, marks)
    assert plate is not None
    assert plate.top == pytest.approx(120, abs=2)
    assert plate.left == pytest.approx(140, abs=2)
    assert (plate.bottom, plate.right) == (160, 240)


def test_a_bar_on_the_image_itself_or_on_white_ground_has_no_plate():
    grey = textured()
    grey[100:104, 100:170] = 1
    assert plate_of(grey, [Box(100, 100, 104, 170)]) is None
    white = np.ones((160, 240), np.float32)
    white[100:104, 100:170] = 0
    white[20:60, 20:90] = 0.3
    assert plate_of(white, [Box(100, 100, 104, 170)]) is None


def test_the_plate_is_left_out_of_the_analysis():
    image = np.rint(255 * textured((400, 600))).astype(np.uint8)
    image[340:385, 420:580] = 0
    image[350:355, 440:560] = 255
    settings = CalibrationSettings(scale_bar="50 nm")
    excluded = calibrate(Micrograph(image), settings).excluded
    assert excluded[340:385, 420:580].all()
    assert excluded.mean() < 0.06
