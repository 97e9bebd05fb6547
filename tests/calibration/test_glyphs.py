"""Print is found beside a bar by the grey level that both are drawn in."""

import cv2
import numpy as np
import pytest

from micrographia.calibration import Bar, Box
from micrographia.calibration._glyphs import (
    has_character,
    has_level,
    is_drawn_ground,
    keyed,
    level_of,
    text_boxes,
)


def scene(text="200 nm", colour=255, row=150):
    image = np.random.default_rng(0).normal(120, 10, (240, 360)).astype(np.uint8)
    cv2.putText(image, text, (60, row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, colour, 3, cv2.LINE_AA)
    image[180:185, 60:180] = colour
    polarity = "bright" if colour > 120 else "dark"
    box = Box(180, 60, 185, 180)
    return image.astype(np.float32), Bar(
        box, 60.0, 180.0, 0.4, polarity, "plain", 1.0, level=float(colour)
    )


@pytest.mark.parametrize("colour", [0, 60, 255])
def test_a_line_of_print_above_its_bar_is_found_whole(colour):
    image, bar = scene(colour=colour)
    (box,) = text_boxes(image, bar, Box(60, 0, 240, 360))
    assert box.left <= 64
    assert box.right >= 155
    assert 120 <= box.top < box.bottom <= 156


def test_print_of_another_grey_level_is_not_the_bars():
    image, bar = scene(colour=255)
    dark = image.astype(np.uint8)
    cv2.putText(dark, "77 nm", (60, 230), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 3, cv2.LINE_AA)
    found = text_boxes(dark.astype(np.float32), bar, Box(60, 0, 240, 360))
    assert all(box.bottom < 180 for box in found)


def test_a_line_that_runs_out_of_the_region_is_followed():
    image, bar = scene()
    (box,) = text_boxes(image, bar, Box(100, 100, 240, 240))
    assert box.left <= 64


def test_a_bar_alone_has_no_print():
    image, bar = scene(text="")
    assert text_boxes(image, bar, Box(60, 0, 240, 360)) == []


def test_the_keyed_picture_is_bright_where_the_level_is_and_dark_elsewhere():
    picture = keyed(np.array([[76.0, 76.0, 200.0, 10.0, 200.0, 200.0]]), 76.0)
    assert picture[0, :2].tolist() == [255, 255]
    assert picture[0, 2] < 60


def test_blurred_print_still_has_the_level_of_its_bar_but_not_the_opposite():
    image, _ = scene()
    soft = cv2.GaussianBlur(image, (0, 0), 1.0)
    assert has_level(soft, Box(120, 55, 158, 170), 255.0)
    assert not has_level(soft, Box(120, 55, 158, 170), 0.0)


def test_the_level_of_a_bar_without_one_is_measured():
    image, bar = scene()
    assert level_of(image, Bar(bar.box, 60.0, 180.0, 0.4, "bright", "plain", 1.0)) == 255.0


def test_a_character_is_told_from_the_edge_of_a_box():
    image, bar = scene("250 nm")
    line = Box(122, 40, 154, 170)
    assert has_character(image, bar, line, 85)
    image[100:170, 44:60] = 255  # goes on above and below
    image[120:156, 60:82] = 120
    assert not has_character(image, bar, line, 85)


def test_fainter_print_on_a_strip_is_found_and_the_specimen_above_it_left_out():
    image, bar = scene()
    image[100:] = 0
    image[180:185, 60:180] = 255
    picture = image.astype(np.uint8)
    cv2.putText(picture, "200 nm", (60, 150), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 170, 2, cv2.LINE_AA)
    image = picture.astype(np.float32)
    assert is_drawn_ground(image, bar)
    (box,) = text_boxes(image, bar, Box(60, 0, 240, 360))
    assert (box.left <= 64, box.right >= 155, box.top >= 118) == (True, True, True)


def test_words_of_two_lines_are_not_joined():
    image, bar = scene("20 nm")
    picture = image.astype(np.uint8)
    cv2.putText(picture, "WD", (190, 135), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 3, cv2.LINE_AA)
    found = text_boxes(picture.astype(np.float32), bar, Box(60, 0, 240, 360))
    assert max(box.right for box in found) < 188
