"""Pixels of any type and range become float32 between 0 and 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from micrographia.errors import InputError
from micrographia.preprocessing import clean

RAMP = np.linspace(0, 1, 400).reshape(20, 20)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64])
def test_integers_of_any_width_fill_the_range(kind):
    image, valid, warnings = clean((RAMP * min(np.iinfo(kind).max, 2**40)).astype(kind))
    assert (image.dtype, valid, warnings) == (np.float32, None, [])
    assert (image.min(), image.max()) == (0, 1)


@pytest.mark.parametrize("factor", [1e-12, 1.0, 1e9, 1e300])
def test_floats_of_any_size_fill_the_range(factor):
    image, _, _ = clean(RAMP * factor)
    np.testing.assert_allclose(image, clean(RAMP)[0], atol=1e-6)


def test_a_small_signal_on_a_large_offset_survives():
    image, _, _ = clean(1e9 + RAMP)
    np.testing.assert_allclose(image, clean(RAMP)[0], atol=1e-6)


def test_the_full_range_of_doubles_does_not_overflow():
    image, _, _ = clean((RAMP - 0.5) * 2 * np.finfo(float).max)
    assert np.isfinite(image).all()
    assert (image.min(), image.max()) == (0, 1)


def test_one_hot_pixel_does_not_set_the_range():
    hot = RAMP.copy()
    hot[10, 10] = 1e6
    np.testing.assert_allclose(
        np.delete(clean(hot)[0], 210), np.delete(clean(RAMP)[0], 210), atol=1e-3
    )


def test_bad_pixels_take_the_nearest_value_and_are_not_valid():
    bad = RAMP.copy()
    bad[5, 5], bad[0, 0] = np.nan, np.inf
    image, valid, warnings = clean(bad)
    assert np.isfinite(image).all()
    assert np.argwhere(~valid).tolist() == [[0, 0], [5, 5]]
    assert image[5, 5] == pytest.approx(clean(RAMP)[0][5, 5], abs=0.1)
    assert warnings == ["2 pixels are NaN or infinite: left out"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_image_of_bad_pixels_alone_says_so(value):
    image, valid, warnings = clean(np.full((4, 5), value))
    assert not image.any()
    assert not valid.any()
    assert "no pixel is left" in warnings[-1]


def test_areas_left_out_do_not_set_the_range():
    image = RAMP.copy()
    image[:, :5] = 50
    valid = np.ones(image.shape, bool)
    valid[:, :5] = False
    assert clean(image, valid)[0][:, 6:].max() == 1


@given(arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.floats()))
def test_any_floats_become_finite_and_stay_between_0_and_1(pixels):
    image, _, _ = clean(pixels)
    assert image.shape == pixels.shape
    assert np.isfinite(image).all()
    assert ((image >= 0) & (image <= 1)).all()


def test_complex_pixels_are_refused():
    with pytest.raises(InputError, match="integers or floats, got complex128"):
        clean(np.zeros((2, 2), complex))
