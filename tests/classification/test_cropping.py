"""Data bars and scale bars are cut off or covered; the rest stays as recorded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from micrographia.calibration import CalibrationSettings
from micrographia.classification import without_bars
from micrographia.classification.cropping import covered, cut, free_rectangle
from micrographia.errors import InputError
from micrographia.io import read
from micrographia.micrograph import Micrograph


def picture(dtype=np.uint8, footer=False, bar=False):
    rng = np.random.default_rng(0)
    pixels = rng.normal(120, 20, (200, 300)).clip(0, 255).astype(dtype)
    if footer:
        pixels[180:] = 0
        pixels[186:194, 20:280:4] = 255
    if bar:
        pixels[170:175, 30:130] = 255
    return Micrograph(pixels)


@given(arrays(np.bool_, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_no_free_rectangle_is_larger(mask):
    top, bottom, left, right = free_rectangle(mask)
    assert not mask[top:bottom, left:right].any()
    rows, cols = mask.shape
    sizes = [
        (b - a) * (d - c)
        for a in range(rows)
        for b in range(a + 1, rows + 1)
        for c in range(cols)
        for d in range(c + 1, cols + 1)
        if not mask[a:b, c:d].any()
    ]
    assert (bottom - top) * (right - left) == max(sizes, default=0)


@pytest.mark.parametrize("how", ["crop", "fill"])
def test_a_data_bar_is_cut_off(how):
    image = picture(footer=True)
    np.testing.assert_array_equal(without_bars(image, how).pixels, image.pixels[:180])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_bar_in_the_picture_is_filled_and_the_rest_stays(dtype):
    image = picture(dtype, bar=True)
    filled = without_bars(image, "fill", read=False).pixels
    assert filled.dtype == dtype
    assert filled.shape == image.shape
    assert filled[170:175, 30:130].max() < 220
    assert filled[160:185, 20:140].std() == pytest.approx(20, abs=3)
    changed = np.argwhere(filled != image.pixels)
    assert changed[:, 0].min() >= 165
    assert changed[:, 0].max() <= 180


def test_a_bar_in_the_picture_can_be_cropped_away():
    cropped = without_bars(picture(bar=True), "crop", read=False)
    assert cropped.shape[0] >= 160
    assert (cropped.pixels == 255).mean() < 0.01


def test_an_image_without_bars_stays():
    image = picture()
    assert without_bars(image) is image
    assert without_bars(picture(footer=True), "keep").shape == (200, 300)


def test_a_picture_that_is_mostly_bar_is_refused():
    excluded = np.ones((100, 100), bool)
    excluded[:20] = False
    with pytest.raises(InputError, match=r"only 20 × 100 of 100 × 100"):
        cut(np.zeros((100, 100), np.uint8), excluded, "fill")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_colours_are_filled_too(dtype):
    excluded = np.zeros((40, 40), bool)
    excluded[10:14, 5:20] = True
    image = np.random.default_rng(0).integers(0, 99, (40, 40, 3), np.uint8).astype(dtype)
    image[excluded] = 255
    filled = cut(image, excluded, "fill")
    assert filled.max() < 100
    assert filled.dtype == dtype


@pytest.mark.parametrize(
    ("rows", "cols"),
    [((4, 9), (30, 130)), ((80, 99), (30, 130)), ((191, 196), (5, 9)), ((0, 200), (280, 300))],
)
def test_what_covers_a_bar_is_the_texture_beside_it(rows, cols):
    image = picture().pixels.copy()
    excluded = np.zeros(image.shape, bool)
    excluded[slice(*rows), slice(*cols)] = True
    image[excluded] = 255
    filled = cut(image, excluded, "fill")
    np.testing.assert_array_equal(filled[~excluded], image[~excluded])
    part = filled[excluded]
    assert part.max() < 220
    assert part.std() == pytest.approx(20, abs=3)


def test_text_above_a_bar_leaves_no_stripes_in_what_covers_the_bar():
    image = picture().pixels.copy()
    excluded = np.zeros(image.shape, bool)
    excluded[150:177, 30:100] = excluded[178:190, 20:130] = True
    image[excluded] = 255
    filled = cut(image, excluded, "fill")[145:195, 20:130].astype(float)
    alike = np.abs(np.diff(filled, axis=0)).mean(axis=1) < 10
    assert alike.sum() <= 2  # at the edges that mirror


@given(arrays(np.bool_, st.tuples(st.integers(2, 9), st.integers(2, 9))), st.booleans())
def test_what_is_not_excluded_stays_and_gives_what_covers_the_rest(excluded, colours):
    shape = (*excluded.shape, 3) if colours else excluded.shape
    image = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    rows = np.flatnonzero(~excluded.all(axis=1))
    try:
        filled = cut(image, excluded, "fill")
    except InputError:
        assert not rows.size or (rows[-1] - rows[0] + 1) * excluded.shape[1] < 0.25 * excluded.size
        return
    kept = slice(rows[0], rows[-1] + 1)
    assert filled.shape == image[kept].shape
    np.testing.assert_array_equal(filled[~excluded[kept]], image[kept][~excluded[kept]])
    assert np.isin(filled, image[~excluded]).all()


def test_settings_say_where_bars_are():
    pixels = picture(bar=True).pixels.copy()
    pixels[185:] = 0
    image = Micrograph(pixels)
    settings = CalibrationSettings(scale_bar="50 nm", footer=15, read_bar="never")
    excluded = covered(image, settings)
    assert excluded[185:].all()
    assert excluded[170:175, 30:130].all()
    assert not excluded[:150].any()


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rows", "cut"),
    [
        ("SEM_vendor_tif_Zeiss_Tescan/Zeiss_2.tif", 768, 699),
        ("SEM_vendor_tif_Zeiss_Tescan/Tescan_1.TIF", 1331, 1153),
    ],
)
def test_data_bars_of_real_micrographs_are_cut_off(real_data, name, rows, cut):
    image = read(real_data / name)
    assert image.shape[0] == rows
    assert without_bars(image).shape[0] == cut
