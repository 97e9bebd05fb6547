"""The body of a picture of one particle."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.classification.single import main_body
from micrographia.errors import InputError


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def square(side, thickness, dark=True):
    picture = np.full((side, side), 255, np.uint8)
    low, high = side // 4, 3 * side // 4
    cv2.rectangle(picture, (low, low), (high, high), 0, thickness)
    truth = np.zeros((side, side), bool)
    half = max(thickness, 0) // 2
    truth[low - half : high + half + 1, low - half : high + half + 1] = True
    return (picture if dark else 255 - picture), truth


@given(side=st.integers(80, 200), thickness=st.sampled_from([-1, 1, 3]), dark=st.booleans())
def test_filled_or_drawn_dark_or_bright_the_body_is_the_same(side, thickness, dark):
    picture, truth = square(side, thickness, dark)
    assert overlap(main_body(picture), truth) > 0.9


def test_a_stroke_that_does_not_quite_close_is_closed():
    picture, truth = square(120, 3)
    picture[80:96, 88:94] = 255
    assert overlap(main_body(picture), truth) > 0.85


def test_a_thin_rod_stays_a_rod():
    picture = np.full((100, 100), 200, np.uint8)
    picture[48:54, 10:90] = 20
    assert main_body(picture).sum() == 6 * 80


def test_the_largest_of_several_bodies_is_taken():
    picture = np.zeros((80, 80), np.uint8)
    picture[5:15, 5:15] = picture[30:70, 30:70] = 255
    body = main_body(picture)
    assert body[30:70, 30:70].all()
    assert not body[:20].any()


def test_a_plain_picture_has_no_body():
    assert not main_body(np.full((30, 30), 7.0)).any()


def test_a_colour_picture_is_refused_by_its_shape():
    with pytest.raises(InputError, match=r"\(rows, cols\), got uint8 of \(4, 4, 3\)"):
        main_body(np.zeros((4, 4, 3), np.uint8))
