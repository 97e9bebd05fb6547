"""Numbers and units that were found apart belong together, and to what stands before them."""

from micrographia.calibration._ocr import Line
from micrographia.calibration._parse import parse_line
from micrographia.calibration._words import join_words


def row(*words):
    return [Line(text, 0.9, 10, left, 30, right) for text, left, right in words]


def test_a_working_distance_in_pieces_is_still_no_bar():
    (line,) = join_words(row(("WD", 0, 40), ("5.0", 50, 90), ("mm", 98, 130)))
    assert line.text == "WD 5.0 mm"
    assert parse_line(line.text) == []


def test_words_far_apart_or_on_other_rows_stay_apart():
    far = row(("200", 0, 40), ("nm", 90, 120))
    assert len(join_words(far)) == 2
    below = [Line("200", 0.9, 10, 0, 30, 40), Line("nm", 0.9, 35, 45, 55, 80)]
    assert len(join_words(below)) == 2


def test_whole_lengths_beside_each_other_are_left_as_they_are():
    assert len(join_words(row(("200 nm", 0, 60), ("SE2", 70, 100)))) == 2
