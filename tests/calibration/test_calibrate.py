"""Which source is believed, what is said about the others, and what is left out."""

import sys

import cv2
import numpy as np
import pytest

from micrographia import Micrograph, PixelSize
from micrographia.calibration import (
    CalibrationSettings,
    Evidence,
    calibrate,
    read_bar,
    scale_table,
)
from micrographia.errors import SettingsError

ORIGINAL = PixelSize(0.5, 0.5, "metadata")


def with_bar(text="50 nm", length=100, seed=0, size=0.9):
    image = np.random.default_rng(seed).normal(110, 12, (300, 400)).clip(0, 255).astype(np.uint8)
    image[270:275, 30 : 30 + length] = 255
    if text:
        cv2.putText(image, text, (34, 258), cv2.FONT_HERSHEY_SIMPLEX, size, 255, 2, cv2.LINE_AA)
    return image


def plain(**metadata):
    image = np.random.default_rng(0).normal(110, 12, (300, 400)).clip(0, 255).astype(np.uint8)
    return Micrograph(image, ORIGINAL, metadata=metadata)


def test_a_pixel_size_from_a_person_overrides_all():
    found = calibrate(Micrograph(with_bar(), ORIGINAL), CalibrationSettings(pixel_size="0.21 nm"))
    assert found.pixel_size == PixelSize(0.21, 0.21, "user", None)
    assert found.verdict == "conflict"
    assert "user says 0.21 nm/px" in found.warnings[0]


def test_the_length_of_the_bar_from_a_person_sets_the_scale():
    found = calibrate(Micrograph(with_bar(text="")), CalibrationSettings(scale_bar="0.05 µm"))
    assert found.pixel_size.origin == "scale-bar"
    assert found.pixel_size.mean == pytest.approx(0.5, rel=0.004)
    assert found.pixel_size.relative_uncertainty == pytest.approx(0.0041, rel=0.2)


def test_a_given_length_without_a_bar_leaves_the_image_uncalibrated():
    found = calibrate(Micrograph(plain().pixels), CalibrationSettings(scale_bar="50 nm"))
    assert found.pixel_size is None
    assert found.verdict == "uncalibrated"
    assert "no scale bar was found" in found.warnings[0]


def test_metadata_are_enough_and_load_no_recogniser(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    found = calibrate(Micrograph(with_bar(), ORIGINAL))
    assert found.pixel_size.origin == "metadata"
    assert found.verdict == "unchecked"


def test_a_bar_is_read_where_the_file_says_nothing():
    found = calibrate(Micrograph(with_bar()))
    assert found.pixel_size.origin == "scale-bar"
    assert found.pixel_size.mean == pytest.approx(0.5, rel=0.005)
    assert found.text == "50 nm"
    assert found.excluded[268:277, 28:132].all()
    assert found.excluded[240:258, 60:100].any()
    assert found.excluded.mean() < 0.1


@pytest.mark.parametrize("text", ["52 nm", "37 nm"])
def test_an_unusual_length_that_is_clearly_printed_on_a_plate_is_read(text):
    image = np.random.default_rng(2).normal(150, 12, (700, 800)).clip(0, 255).astype(np.uint8)
    image[590:690, 430:780] = 0
    image[598:606, 450:760] = 255
    cv2.putText(image, text, (530, 665), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 255, 4, cv2.LINE_AA)
    found = calibrate(Micrograph(image))
    assert found.text == text
    assert found.pixel_size.mean == pytest.approx(float(text[:2]) / 310, rel=0.005)


def test_a_bar_that_agrees_with_the_file_confirms_it():
    found = calibrate(Micrograph(with_bar(), ORIGINAL), CalibrationSettings(check=True))
    assert (found.verdict, found.pixel_size.origin) == ("agreed", "metadata")
    assert found.warnings == ()


def test_a_bar_that_contradicts_the_file_is_a_warning_with_both_values():
    found = calibrate(
        Micrograph(with_bar(), PixelSize(5.0, 5.0, "metadata")), CalibrationSettings(check=True)
    )
    assert found.verdict == "conflict"
    assert "5 nm/px" in found.warnings[0]
    assert "scale-bar says 0.49" in found.warnings[0]
    assert "factor of 10" in found.warnings[0]


def test_a_bar_without_text_is_reported_and_its_length_asked_for():
    found = calibrate(Micrograph(with_bar(text="")))
    assert found.pixel_size is None
    assert found.bar.length_px == pytest.approx(100, abs=0.3)
    assert "--scale-bar" in found.warnings[0]
    assert found.excluded[270:275, 30:130].all()


@pytest.mark.parametrize("text", ["WD 5 mm", "15 kV", "x50k", "sample 7"])
def test_text_that_is_no_length_is_not_believed(text):
    assert read_bar(with_bar(text=text)) is None


def test_text_without_a_bar_is_not_believed():
    assert read_bar(with_bar(length=0)) is None


def test_two_bars_of_different_scale_give_no_value():
    image = with_bar()
    image[40:45, 250:290] = 255
    cv2.putText(image, "50 nm", (245, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv2.LINE_AA)
    found = calibrate(Micrograph(image))
    assert found.pixel_size is None
    assert "contradict each other" in found.warnings[0]


def test_reading_never_asked_for_never_happens():
    found = calibrate(Micrograph(with_bar()), CalibrationSettings(read_bar="never"))
    assert found.pixel_size is None


def test_a_resized_image_has_its_pixel_size_corrected():
    found = calibrate(plain(tagged_shape=(600, 800)))
    assert found.pixel_size.mean == pytest.approx(1.0)
    assert "resized" in found.warnings[0]


def test_a_cropped_image_has_its_pixel_size_refused():
    found = calibrate(plain(tagged_shape=(300, 1234)), CalibrationSettings(read_bar="never"))
    assert found.pixel_size is None
    assert "cropped" in found.warnings[0]


def test_a_cut_off_data_bar_changes_no_pixel_size():
    found = calibrate(plain(tagged_shape=(330, 400)))
    assert found.pixel_size.mean == 0.5
    assert found.warnings == ()


def test_pixels_that_are_not_square_are_told():
    image = Micrograph(plain().pixels, PixelSize(0.5, 0.7, "metadata"))
    assert any("not square" in text for text in calibrate(image).warnings)


def test_a_size_outside_what_the_instrument_takes_is_told():
    image = Micrograph(
        plain().pixels, PixelSize(5000, 5000, "metadata"), metadata={"instrument_type": "TEM"}
    )
    assert any("unit may be wrong" in text for text in calibrate(image).warnings)


def test_a_magnification_wrong_by_a_thousand_is_a_conflict():
    image = Micrograph(plain().pixels, PixelSize(3.0, 3.0, "metadata"))
    near = Micrograph(image.pixels, image.pixel_size, metadata={"magnification": 1e5})
    far = Micrograph(image.pixels, image.pixel_size, metadata={"magnification": 100.0})
    assert calibrate(near).verdict != "conflict"
    assert calibrate(far).verdict == "conflict"


def test_a_data_bar_of_given_height_is_left_out():
    found = calibrate(plain(), CalibrationSettings(footer=20))
    assert found.footer == 280
    assert found.excluded[280:].all()
    assert not found.excluded[:280].any()


def test_an_uncertainty_from_a_person_is_used():
    found = calibrate(plain(), CalibrationSettings(uncertainty=0.005))
    assert found.pixel_size.relative_uncertainty == 0.005


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"pixel_size": "0.2"}, "number and a unit"),
        ({"pixel_size": "2 1/nm"}, "frequency"),
        ({"scale_bar": "0 nm"}, "not a positive"),
        ({"pixel_size": "1 nm", "scale_bar": "5 nm"}, "one of them"),
        ({"footer": -1}, "footer"),
    ],
)
def test_wrong_settings_are_named(values, reason):
    with pytest.raises(SettingsError, match=reason):
        CalibrationSettings.parse(values)


def test_values_agree_within_their_uncertainties_only():
    one = Evidence("metadata", 1.0, 0.01, "")
    assert one.agrees(Evidence("scale-bar", 1.03, 0.01, ""))
    assert not one.agrees(Evidence("scale-bar", 1.05, 0.01, ""))


def test_the_table_has_a_row_for_each_file_and_says_what_failed(tmp_path):
    path = tmp_path / "with bar é.png"
    path.write_bytes(cv2.imencode(".png", with_bar())[1].tobytes())
    good, bad = scale_table([path, tmp_path / "missing.png"])
    assert good["pixel_size_nm"] == pytest.approx(0.5, rel=0.005)
    assert (good["origin"], good["verdict"], good["error"]) == ("scale-bar", "unchecked", None)
    assert bad["pixel_size_nm"] is None
    assert bad["error"]


def test_a_tiny_picture_has_no_data_bar():
    picture = np.full((28, 28), 255, np.uint8)
    cv2.circle(picture, (14, 14), 9, 0, 2)
    found = calibrate(Micrograph(picture))
    assert found.excluded is None or found.excluded.mean() < 0.5
