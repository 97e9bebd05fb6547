import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import CalibrationError
from micrographia.units import convert, format_length, kind_of, parse_length

LENGTHS = ["pm", "Å", "nm", "µm", "mm", "cm", "m", "in"]
KNOWN = [
    ("1 nm", 1.0),
    ("0.21nm", 0.21),
    ("0,2 µm", 200.0),
    ("0.2 μm", 200.0),
    ("3 um", 3000.0),
    ("5 Å", 0.5),
    ("5 angstrom", 0.5),
    ("500 pm", 0.5),
    ("1e-9 m", 1.0),
    ("2 microns", 2000.0),
    (" 1.5  mm ", 1.5e6),
]


@pytest.mark.parametrize(("text", "length"), KNOWN)
def test_lengths_are_read_in_every_spelling(text, length):
    assert parse_length(text) == pytest.approx(length)


@pytest.mark.parametrize("text", ["", "nm", "5", "0 nm", "-3 nm", "5 kV", "1/nm", "ten nm"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(CalibrationError):
        parse_length(text)


def test_a_frequency_is_never_a_length():
    with pytest.raises(CalibrationError, match="diffraction pattern"):
        parse_length("0.5 1/nm")


@pytest.mark.parametrize(
    "unit", ["1/nm", "1 / nm", "nm^-1", "nm-1", "nm⁻¹", "1/Å", "1/µm", "um^-1", "1/n_m", "nm**-1"]
)
def test_reciprocal_units_are_recognised(unit):
    assert kind_of(unit) == "frequency"


@pytest.mark.parametrize("unit", ["s", "eV", "", "px", "mrad", "<undefined>", "counts"])
def test_other_units_are_neither(unit):
    assert kind_of(unit) is None


def test_an_unknown_unit_lists_what_is_known():
    with pytest.raises(CalibrationError, match=r"'furlong' is not known; wanted one of pm, Å, nm"):
        convert(1, "furlong", "nm")


@given(value=st.floats(1e-6, 1e6), source=st.sampled_from(LENGTHS), target=st.sampled_from(LENGTHS))
def test_there_and_back_is_the_same(value, source, target):
    assert convert(convert(value, source, target), target, source) == pytest.approx(value)


@given(unit=st.sampled_from(["pm", "Å", "nm", "µm", "mm", "m"]))
def test_the_reciprocal_of_a_unit_converts_the_other_way(unit):
    assert convert(1.0, f"1/{unit}", "1/nm") == pytest.approx(1 / convert(1.0, unit, "nm"))


@given(length=st.floats(1e-3, 1e8))
def test_a_written_length_is_read_back(length):
    assert parse_length(format_length(length, digits=12)) == pytest.approx(length)
