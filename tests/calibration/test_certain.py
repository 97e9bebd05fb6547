"""A line of the specimen is not taken for a drawn bar and left out of the analysis."""

import cv2
import numpy as np
import pytest

from micrographia import Micrograph
from micrographia.calibration import CalibrationSettings, calibrate

BARE = CalibrationSettings(read_bar="auto")


def wire(row, level, spread):
    image = np.random.default_rng(0).normal(100, 8, (400, 500))
    image[row : row + 6, 120:320] = level + np.random.default_rng(1).normal(0, spread, (6, 200))
    return cv2.GaussianBlur(image, (0, 0), 0.7).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("row", "level", "spread"), [(200, 220, 4), (360, 215, 6), (380, 230, 5)])
def test_a_nanowire_is_told_of_but_stays_in_the_analysis(row, level, spread):
    found = calibrate(Micrograph(wire(row, level, spread)), BARE)
    assert found.pixel_size is None
    assert found.bar is None
    assert not found.excluded.any()
    assert all("part of the specimen" in text for text in found.warnings)


def test_a_white_bar_without_text_near_the_edge_is_left_out():
    image = wire(200, 100, 0)
    image[375:380, 30:130] = 255
    found = calibrate(Micrograph(image), BARE)
    assert found.bar.length_px == pytest.approx(100, abs=0.3)
    assert found.excluded[376, 40:120].all()
    assert found.pixel_size is None


def test_a_person_who_says_that_there_is_a_bar_is_believed():
    found = calibrate(Micrograph(wire(360, 230, 3)), CalibrationSettings(scale_bar="100 nm"))
    assert found.pixel_size.mean == pytest.approx(0.5, rel=0.01)


def test_a_vertical_bar_gives_no_scale():
    image = np.full((400, 500), 100, np.uint8)
    image[100:300, 40:46] = 255
    cv2.putText(image, "50 nm", (55, 210), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_AA)
    assert calibrate(Micrograph(image), BARE).pixel_size is None


@pytest.mark.parametrize("degrees", [8, 20, 45])
def test_a_slanted_bar_gives_no_wrong_scale(degrees):
    image = np.full((500, 500), 100, np.uint8)
    image[400:408, 150:350] = 255
    cv2.putText(image, "50 nm", (190, 380), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((250, 250), degrees, 1.0)
    turned = cv2.warpAffine(image, turn, (500, 500), borderValue=100)
    found = calibrate(Micrograph(turned), BARE)
    assert found.pixel_size is None or found.pixel_size.mean == pytest.approx(0.25, rel=0.02)


def test_a_length_printed_elsewhere_is_told_of():
    image = np.full((400, 500), 100, np.uint8)
    image[350:356, 30:150] = 255
    cv2.putText(image, "50 nm", (40, 338), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    image[20:26, 300:460] = 255
    cv2.putText(image, "20 nm", (340, 65), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    found = calibrate(Micrograph(image), BARE)
    assert found.pixel_size is None
    assert "contradict each other" in found.warnings[0]


def test_a_text_cut_at_its_first_digit_is_not_believed():
    image = np.full((300, 400), 100, np.uint8)
    image[260:266, 20:140] = 255
    cv2.putText(image, "200 nm", (-9, 245), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    assert calibrate(Micrograph(image), BARE).pixel_size is None
