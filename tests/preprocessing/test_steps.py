"""The steps, thresholds and morphological operations, one by one and through the tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import TypeAdapter, ValidationError

from micrographia.errors import InputError
from micrographia.preprocessing import (
    BINARIZERS,
    MORPHOLOGY,
    STEPS,
    Step,
    apply_steps,
    estimate_noise,
    estimate_polarity,
)
from micrographia.preprocessing.denoise import Denoise
from micrographia.preprocessing.flatten import Flatten
from micrographia.preprocessing.otsu import otsu_threshold
from micrographia.preprocessing.phansalkar import Phansalkar
from micrographia.preprocessing.sauvola import Sauvola

SHAPES = [(1, 1), (1, 500), (500, 1), (2, 2), (3, 5), (40, 31)]


def scene(seed=0, noise=0.05, shape=(120, 150)):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    image = np.zeros(shape)
    for row, col in ((30, 40), (80, 60), (60, 110)):
        image[np.hypot(rows - row, cols - col) < 14] = 1
    return (image + np.random.default_rng(seed).normal(0, noise, shape)).astype(np.float32)


@pytest.mark.parametrize("name", sorted(STEPS))
@pytest.mark.parametrize("shape", SHAPES)
def test_every_step_keeps_shape_type_and_the_image_given(name, shape):
    image = np.random.default_rng(0).normal(100, 10, shape).astype(np.float32)
    copy = image.copy()
    result = STEPS[name]().apply(image)
    assert (result.shape, result.dtype) == (shape, np.float32)
    assert np.isfinite(result).all()
    np.testing.assert_array_equal(image, copy)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_every_step_leaves_a_constant_image_constant(name):
    result = STEPS[name]().apply(np.full((20, 30), 7, np.float32))
    assert np.ptp(result) < 1e-4


@pytest.mark.parametrize("name", sorted(STEPS))
@pytest.mark.parametrize("factor", [1e-12, 1e9])
def test_every_step_does_the_same_at_any_scale_of_intensities(name, factor):
    image = scene()
    image -= image.min()
    expected = STEPS[name]().apply(image)
    result = STEPS[name]().apply(image * np.float32(factor))
    scale = 1 if name == "clip-contrast" else factor
    tolerance = 0.02 if name == "clip-contrast" else 2e-3  # a value may change its bin
    np.testing.assert_allclose(result / scale, expected, atol=tolerance)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_is_its_name_in_settings(name):
    step = TypeAdapter(Step).validate_python(name)
    assert isinstance(step, STEPS[name])
    assert step == TypeAdapter(Step).validate_python({"name": name})


def test_an_unknown_step_is_refused():
    with pytest.raises(ValidationError, match="magic"):
        TypeAdapter(Step).validate_python("magic")


def test_steps_run_in_the_order_given_and_are_recorded():
    seen = []
    steps = [STEPS["median"](), STEPS["clip-contrast"](), STEPS["sharpen"]()]
    result = apply_steps(scene(), steps, lambda name, array: seen.append((name, array)))
    assert [name for name, _ in seen] == ["denoised", "contrast", "sharpened"]
    np.testing.assert_array_equal(seen[-1][1], result)


def test_denoising_takes_noise_and_leaves_edges():
    clean, noisy = scene(noise=0), scene(noise=0.1)
    before = np.abs(noisy - clean).mean()
    for bits in (8, 16):
        after = np.abs(Denoise(bits=bits, strength=1.5).apply(noisy) - clean).mean()
        assert after < 0.5 * before


def test_an_image_without_noise_passes_denoising_unchanged():
    clean = scene(noise=0)
    np.testing.assert_array_equal(Denoise().apply(clean), clean)


@given(sigma=st.floats(0.5, 50), offset=st.floats(-100, 1000), slope=st.floats(-1, 1))
def test_noise_is_estimated_to_a_tenth_whatever_the_slope(sigma, offset, slope):
    noise = np.random.default_rng(3).normal(0, sigma, (128, 128))
    image = noise + offset + slope * np.arange(128)
    assert estimate_noise(image.astype(np.float32)) == pytest.approx(sigma, rel=0.1)


def test_edges_hardly_count_as_noise():
    assert estimate_noise(scene(noise=0.05)) == pytest.approx(0.05, rel=0.1)


def test_flattening_takes_a_slope_and_leaves_particles():
    rows, cols = np.mgrid[:120, :150]
    slope = 0.01 * rows + 0.00005 * (cols - 75) ** 2
    flat = Flatten().apply((scene(noise=0.02) + slope).astype(np.float32))
    particles = scene(noise=0) > 0.5
    assert np.std(flat[~particles]) < 0.03
    assert np.median(flat[particles]) - np.median(flat[~particles]) == pytest.approx(1, abs=0.03)


def test_otsu_agrees_with_scikit_image():
    from skimage.filters import threshold_otsu

    image = scene(noise=0.2)
    assert otsu_threshold(image, 256) == pytest.approx(threshold_otsu(image, 256), abs=0.02)


@pytest.mark.parametrize("k", [0.1, 0.3])
def test_sauvola_agrees_with_scikit_image_on_the_negative(k):
    from skimage.filters import threshold_sauvola

    image = scene(noise=0.1)
    image = (image - image.min()) / np.ptp(image)
    negative = 1 - image
    expected = negative <= threshold_sauvola(negative, 41, k=k, r=0.5)
    mask = Sauvola(window_px=41, k=k).apply(image)
    assert np.mean(mask[25:-25, 25:-25] != expected[25:-25, 25:-25]) < 0.001


@pytest.mark.parametrize("binarizer", [BINARIZERS["otsu"](), Sauvola(), Phansalkar()])
def test_thresholds_find_the_bright_discs(binarizer):
    truth = scene(noise=0) > 0.5
    mask = binarizer.apply(scene(noise=0.05))
    assert np.mean(mask == truth) > 0.97


@pytest.mark.parametrize("name", sorted(BINARIZERS))
@pytest.mark.parametrize("shape", SHAPES)
def test_a_constant_image_has_no_foreground(name, shape):
    assert not BINARIZERS[name]().apply(np.full(shape, 3, np.float32)).any()


def test_otsu_takes_its_statistics_from_valid_pixels():
    image = scene(noise=0)
    image[:, 140:] = 100
    valid = np.ones(image.shape, bool)
    valid[:, 140:] = False
    mask = BINARIZERS["otsu"]().apply(image, valid)
    np.testing.assert_array_equal(mask[:, :140], image[:, :140] > 0.5)


masks = arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 30)))


@given(mask=masks, size=st.sampled_from([3, 5]), shape=st.sampled_from(["disk", "square"]))
def test_opening_and_erosion_only_take_away(mask, size, shape):
    for name in ("opening", "erosion"):
        result = MORPHOLOGY[name](kernel_px=size, shape=shape).apply(mask)
        assert not (result & ~mask).any()


@given(mask=masks, size=st.sampled_from([3, 5]))
def test_closing_only_adds_and_does_nothing_twice(mask, size):
    closing = MORPHOLOGY["closing"](kernel_px=size)
    once = closing.apply(mask)
    assert not (mask & ~once).any()
    np.testing.assert_array_equal(closing.apply(once), once)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("count", [1, 9, 36])
def test_polarity_is_that_of_the_discs(flip, count):
    rows, cols = np.mgrid[:240, :240]
    side = round(count**0.5)
    step = 240 / side
    near = np.hypot((rows % step) - step / 2, (cols % step) - step / 2)
    discs = (near < (0.45 if side > 1 else 0.2) * step).astype(np.float32)
    image = 1 - discs if flip else discs
    assert estimate_polarity(image) == ("dark" if flip else "bright")


@pytest.mark.parametrize("shape", SHAPES)
def test_polarity_of_tiny_images_is_some_answer(shape):
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    assert estimate_polarity(image) in ("dark", "bright")


def test_an_even_median_window_is_refused():
    with pytest.raises(ValidationError, match="must be odd"):
        STEPS["median"](size_px=4)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_stack_is_refused(name):
    with pytest.raises(InputError, match=r"got \(2, 3, 4\)"):
        STEPS[name]().apply(np.zeros((2, 3, 4), np.float32))


def test_an_even_kernel_is_refused():
    with pytest.raises(ValidationError, match="must be odd"):
        MORPHOLOGY["opening"](kernel_px=4)
