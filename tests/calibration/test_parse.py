"""What a printed line says, and what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.calibration._parse import is_round, parse_line


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("200 nm", 200.0),
        ("200.0nm", 200.0),
        ("0.2 µm", 200.0),
        ("0.2 μm", 200.0),
        ("0,2 um", 200.0),
        ("1 μ m", 1000.0),
        ("10.0um", 10_000.0),
        ("2OO nm", 200.0),
        ("5 nrn", 5.0),
        ("2 Å", 0.2),
        ("1 mm", 1e6),
        ("—5,0nm", 5.0),
    ],
)
def test_a_length_alone_on_its_line_is_a_bars(text, length):
    (token,) = parse_line(text)
    assert token.kind == "length"
    assert token.length_nm == pytest.approx(length)
    assert token.alone


@pytest.mark.parametrize(
    "text",
    [
        "WD = 8.4 mm",
        "WD 4.6mm",
        "EHT = 20.00 kV",
        "Mag = 50.00 K X",
        "x50.0k",
        "01/17/2025",
        "Aperture Size = 30.00 µm",
        "10.0kV 11.2mm x4.00k SE(UL)",
        "Store resolution = 1024 * 768",
        "3.11e-006 mbar",
        "-5nm",
        "File Name = GM 59_20.tif",
        "",
    ],
)
def test_what_is_no_length_of_a_bar_is_left_alone(text):
    assert parse_line(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "length"),
    [
        ("Width = 7.520 µm", "width", 7520.0),
        ("FOV:2.56x1.92μm", "width", 2560.0),
        ("View field: 20.0 µm", "width", 20_000.0),
        ("HFW 5.97 µm", "width", 5970.0),
        ("Image Pixel Size = 4.466 nm", "pixel", 4.466),
        ("Pixel Size = 4.466 nm", "pixel", 4.466),
    ],
)
def test_a_printed_width_or_pixel_size_is_read_as_what_it_is(text, kind, length):
    (token,) = parse_line(text)
    assert (token.kind, token.length_nm) == (kind, pytest.approx(length))


def test_a_bar_length_among_other_words_keeps_its_place():
    tokens = parse_line("50x 200μmWD:28.0mm")
    assert [token.length_nm for token in tokens] == [200_000.0]
    assert 0.1 < tokens[0].begin < tokens[0].end < 0.7
    assert not tokens[0].alone


def test_a_magnification_before_a_length_is_left_out():
    (token,) = parse_line("50x200μm")
    assert (token.kind, token.length_nm) == ("length", 200_000.0)


@given(
    number=st.integers(1, 999),
    unit=st.sampled_from(["nm", "µm", "mm"]),
    gap=st.sampled_from(["", " "]),
)
def test_every_whole_length_is_read_back(number, unit, gap):
    factor = {"nm": 1.0, "µm": 1e3, "mm": 1e6}[unit]
    (token,) = parse_line(f"{number}{gap}{unit}")
    assert token.length_nm == pytest.approx(number * factor)


@given(text=st.text(max_size=40))
def test_any_text_gives_only_positive_lengths(text):
    assert all(token.length_nm > 0 for token in parse_line(text))


@pytest.mark.parametrize(
    ("length", "answer"), [(100, True), (0.2, True), (1200, False), (37, False)]
)
def test_round_lengths_are_told_from_others(length, answer):
    assert is_round(length) is answer


@pytest.mark.parametrize("text", ["025 µm", "0 25 µm", "0:25 µm", "O25μm", "005 nm"])
def test_a_number_that_lost_its_decimal_point_is_no_answer(text):
    assert parse_line(text) == []


@pytest.mark.parametrize("text", ["0.25 µm", "0,25 µm", "100 nm", "20 50 nm"])
def test_numbers_with_noughts_elsewhere_are_read(text):
    assert len(parse_line(text)) == 1
