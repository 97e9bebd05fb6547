"""A second length in another corner makes the scale of a picture doubtful."""

import cv2
import numpy as np
import pytest

from micrographia import Micrograph
from micrographia.calibration import CalibrationSettings, calibrate

ALWAYS = CalibrationSettings(read_bar="always")


def picture(other="", level=0, seed=0):
    """A bar of 50 nm below, and perhaps another text above whose bar cannot be seen."""
    image = np.random.default_rng(seed).normal(120, 6, (480, 600)).clip(0, 255).astype(np.uint8)
    image[450:456, 30:150] = 255
    cv2.putText(image, "50 nm", (36, 438), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    cv2.putText(image, other, (420, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.0, level, 2, cv2.LINE_AA)
    return Micrograph(image)


@pytest.mark.parametrize("level", [0, 255])
def test_another_length_in_another_corner_leaves_no_scale(level):
    found = calibrate(picture("200 nm", level), ALWAYS)
    assert found.pixel_size is None
    assert "200" in found.warnings[0]
    assert "not used" in found.warnings[0]


@pytest.mark.parametrize("text", ["", "50 nm", "Fig. 3", "15 kV"])
def test_what_contradicts_nothing_leaves_the_scale(text):
    found = calibrate(picture(text), ALWAYS)
    assert found.pixel_size.mean == pytest.approx(50 / 120, rel=0.01)
