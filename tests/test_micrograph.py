import pickle

import numpy as np
import pytest

from micrographia.errors import CalibrationError, InputError
from micrographia.micrograph import Micrograph, PixelSize


def test_a_stack_is_refused_by_name_and_shape():
    with pytest.raises(InputError, match=r"film: .*\(rows, cols\), got \(3, 4, 4\)"):
        Micrograph(np.zeros((3, 4, 4)), name="film")


def test_a_complex_image_is_refused_with_the_way_out():
    with pytest.raises(InputError, match="modulus"):
        Micrograph(np.zeros((4, 4), complex))


def test_an_image_without_pixels_is_refused():
    with pytest.raises(InputError, match="no pixels"):
        Micrograph(np.zeros((0, 4)))


@pytest.mark.parametrize("length", [0.0, -1.0, np.nan, np.inf])
def test_an_impossible_pixel_size_is_refused(length):
    with pytest.raises(CalibrationError, match="positive and finite"):
        PixelSize(1.0, length, "user")


def test_a_negative_uncertainty_is_refused():
    with pytest.raises(CalibrationError, match="at least 0"):
        PixelSize(1.0, 1.0, "user", -0.1)


def test_pixels_cannot_be_written_and_are_not_copied():
    array = np.zeros((4, 4), np.uint16)
    image = Micrograph(array)
    assert np.shares_memory(image.pixels, array)
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 1
    array[0, 0] = 1


def test_pixels_keep_their_type_and_values():
    array = np.array([[0, 4095], [7, 65535]], np.uint16)
    image = Micrograph(array)
    assert image.pixels.dtype == np.uint16
    np.testing.assert_array_equal(image.pixels, array)


def test_the_mean_edge_keeps_the_area_of_a_pixel():
    size = PixelSize(0.1, 0.4, "metadata")
    assert size.mean**2 == pytest.approx(size.row * size.col)
    assert not size.is_square


def test_a_micrograph_travels_to_another_process():
    image = Micrograph(np.eye(3), PixelSize(2, 2, "user"), name="é", metadata={"a": {"b": 1}})
    again = pickle.loads(pickle.dumps(image))
    np.testing.assert_array_equal(again.pixels, image.pixels)
    assert (again.name, again.pixel_size, dict(again.metadata)) == (
        "é",
        image.pixel_size,
        {"a": {"b": 1}},
    )


def test_warnings_are_added_not_replaced():
    assert Micrograph(np.eye(2), warnings=("a",)).with_warnings("b").warnings == ("a", "b")
