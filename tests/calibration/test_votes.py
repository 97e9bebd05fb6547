"""A length is believed where several pictures of it agree, and no wrong one outweighs them."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.calibration import Bar, Box, _votes
from micrographia.calibration._ocr import read_pictures
from micrographia.calibration._votes import elect, read_again

lengths = st.sampled_from(["50 nm", "60nm", "0.5 µm", "WD 5 mm", "15 kV", ""])


def test_a_length_that_most_pictures_show_wins():
    vote = elect([("50 nm", 0.9), ("50nm", 0.8), ("50 nm", 0.9), ("60 nm", 0.9)], None)
    assert (vote.token.length_nm, vote.readings, vote.against) == (50.0, 3, 1)
    assert vote.is_certain


def test_a_sure_reading_of_another_length_counts_twice():
    said = [("4 nm", 0.85)] * 4
    assert elect([*said, ("1 nm", 0.7)], None).is_certain
    assert not elect([*said, ("1 nm", 0.97)], None).is_certain


def test_two_against_one_are_not_enough():
    assert not elect([("50 nm", 0.9), ("50nm", 0.9), ("60 nm", 0.9)], None).is_certain


def test_one_reading_alone_is_not_enough():
    assert not elect([("50 nm", 0.99), ("15 kV", 0.9)], None).is_certain


def test_faint_readings_do_not_count():
    assert elect([("50 nm", 0.2), ("60 nm", 0.1)], None) is None


@given(st.lists(st.tuples(lengths, st.floats(0, 1)), max_size=7))
def test_no_two_lengths_can_both_be_certain(readings):
    vote = elect(readings, None)
    if vote is not None and vote.is_certain:
        rest = [item for item in readings if item[0].replace(" ", "") != vote.text.replace(" ", "")]
        other = elect(rest, None)
        assert other is None or other.readings <= vote.readings


def printed(text, size=0.9):
    image = np.full((80, 260), 110, np.uint8)
    cv2.putText(image, text, (60, 52), cv2.FONT_HERSHEY_SIMPLEX, size, 255, 2, cv2.LINE_AA)
    return image.astype(np.float32)


def test_a_line_cut_behind_its_first_digit_is_read_whole():
    image = printed("250 nm")
    vote = read_again(image, Box(30, 82, 55, 165))
    assert vote is None or vote.token.length_nm == 250.0


@pytest.mark.parametrize("text", ["SE2", "sample"])
def test_what_is_no_length_gives_no_vote(text):
    assert read_again(printed(text), Box(28, 55, 56, 190)) is None


def test_pictures_are_read_in_the_order_given():
    pictures = [printed(text).astype(np.uint8)[25:60, 50:200] for text in ("500 nm", "20 nm")]
    assert [text.replace(" ", "") for text, _ in read_pictures(pictures)] == ["500nm", "20nm"]
    assert read_pictures([]) == []


@pytest.mark.parametrize("shape", [(300, 1), (1, 300), (0, 5), (5, 0), (20, 90)])
def test_any_sliver_gets_the_height_of_the_recogniser(shape):
    picture = _votes._sized(np.zeros(shape, np.uint8))
    assert picture.shape[0] == _votes._HEIGHT
    assert picture.shape[1] >= 1


def as_bar(image, box):
    return Bar(box, float(box.left), float(box.right), 0.4, "bright", "plain", 1.0, level=255.0)


@pytest.mark.parametrize(("left", "right"), [(124, 182), (62, 130), (80, 182)])
def test_a_line_of_which_a_part_was_found_is_read_whole_or_not_at_all(left, right):
    image = printed("250 nm")
    image[66:70, 60:180] = 255
    vote = read_again(image, Box(30, left, 55, right), as_bar(image, Box(66, 60, 70, 180)))
    assert vote is None or vote.token.length_nm == 250.0
