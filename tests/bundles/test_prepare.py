"""Images are brought to what a model wants; grey levels stay what they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.bundles import InputCard, pixel_size_problem, prepare, seen_pixel_size
from micrographia.errors import InputError

SIDES = st.integers(1, 40)


@given(rows=SIDES, cols=SIDES, resize=st.sampled_from(["fit", "stretch", "none"]))
def test_any_image_comes_to_the_cards_size_with_its_own_grey_levels(rows, cols, resize):
    image = np.random.default_rng(rows * cols).normal(500, 90, (rows, cols))
    made = prepare(image, InputCard(rows=16, cols=24, resize=resize))
    assert made.shape == (1, 16, 24)
    assert made.dtype == np.float32
    assert image.min() - 1e-2 <= made.min() <= made.max() <= image.max() + 1e-2


@given(
    level=st.floats(-1e4, 1e4),
    gain=st.floats(0.01, 100),
    resize=st.sampled_from(["fit", "stretch", "none"]),
)
def test_preparing_is_linear_in_the_grey_levels(level, gain, resize):
    image = np.random.default_rng(0).random((37, 21))
    card = InputCard(rows=16, cols=16, resize=resize)
    np.testing.assert_allclose(
        prepare(gain * image + level, card),
        gain * prepare(image, card) + level,
        rtol=1e-4,
        atol=1e-3 * (gain + abs(level)),
    )


def test_an_image_of_the_right_size_stays_as_it_is():
    image = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    np.testing.assert_array_equal(prepare(image, InputCard(rows=16, cols=16))[0], image)


def test_fitting_keeps_proportions_and_fills_with_the_mirrored_image():
    image = np.zeros((20, 40))
    image[:, 20:] = 1.0
    made = prepare(image, InputCard(rows=20, cols=20))[0]
    assert (made[:, :10] == 0).all()
    assert (made[:, 10:] == 1).all()


def test_shrinking_averages_over_areas():
    image = np.indices((64, 64)).sum(axis=0) % 2
    made = prepare(image, InputCard(rows=16, cols=16))
    np.testing.assert_allclose(made, 0.5, atol=1e-6)


def test_none_cuts_about_the_middle():
    image = np.zeros((30, 30))
    image[15, 15] = 1
    made = prepare(image, InputCard(rows=10, cols=10, resize="none"))[0]
    assert np.argwhere(made == 1).tolist() == [[5, 5]]


def test_any_size_is_filled_up_to_a_multiple_below_and_at_the_right():
    image = np.random.default_rng(0).random((33, 50)).astype(np.float32)
    made = prepare(image, InputCard(multiple_of=16, resize="none"))
    assert made.shape == (1, 48, 64)
    np.testing.assert_array_equal(made[0, :33, :50], image)


def test_colours_become_grey_and_grey_becomes_colours():
    colour = np.zeros((8, 8, 3))
    colour[..., 1] = 1.0
    assert prepare(colour, InputCard(rows=8, cols=8))[0, 0, 0] == pytest.approx(0.587)
    grey = prepare(np.eye(8), InputCard(rows=8, cols=8, channels=3))
    np.testing.assert_array_equal(grey, np.stack([np.eye(8)] * 3))
    np.testing.assert_array_equal(
        prepare(colour, InputCard(rows=8, cols=8, channels=3))[1], np.ones((8, 8))
    )


def test_particles_of_the_other_polarity_are_inverted():
    image = np.eye(8)
    card = InputCard(rows=8, cols=8, polarity="bright")
    np.testing.assert_array_equal(prepare(image, card, polarity="dark")[0], 1 - image)
    np.testing.assert_array_equal(prepare(image, card, polarity="bright")[0], image)
    np.testing.assert_array_equal(prepare(image, card)[0], image)


def test_large_offsets_leave_small_differences():
    image = 4e9 + np.arange(64, dtype=np.uint32).reshape(8, 8)
    made = prepare(image.astype(np.uint32), InputCard(rows=8, cols=8))
    assert np.ptp(made) == 63


def test_pixels_that_are_not_finite_become_the_lowest_level():
    image = np.arange(64.0).reshape(8, 8)
    image[3, 3] = np.nan
    image[4, 4] = np.inf
    made = prepare(image, InputCard(rows=8, cols=8))[0]
    assert made[3, 3] == made[4, 4] == 0


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 3, 4, 5)), np.zeros((0, 4)), np.zeros((4, 4), complex), np.zeros((4, 4, 2))],
)
def test_what_is_no_image_is_refused(pixels):
    with pytest.raises(InputError, match="wanted an image of shape"):
        prepare(pixels, InputCard())


def test_an_image_without_a_finite_pixel_is_refused():
    with pytest.raises(InputError, match="no finite number"):
        prepare(np.full((4, 4), np.nan), InputCard())


def ranged(outside, **more):
    return InputCard(rows=50, cols=50, pixel_size_nm=(1.0, 2.0), outside=outside, **more)


def test_the_range_is_of_the_image_as_the_model_sees_it():
    # 200 px at 0.25 nm come to 50 px of 1 nm
    assert seen_pixel_size((200, 200), ranged("refuse"), 0.25) == pytest.approx(1.0)
    assert prepare(np.eye(200), ranged("refuse"), 0.25).shape == (1, 50, 50)
    with pytest.raises(InputError, match=r"1 to 2 nm/px and would see this image at 4 nm/px"):
        prepare(np.eye(200), ranged("refuse"), 1.0)


def test_an_image_outside_the_range_is_resampled_where_the_card_says_so():
    rows, cols = np.indices((200, 200)) - 99.5
    disc = (np.hypot(rows, cols) < 60).astype(float)  # 60 nm at 1 nm/px
    # fitted it would be seen at 4 nm/px; at 2 nm/px its radius is 30 px
    assert prepare(disc, ranged("resample"), 1.0)[0, 25].min() > 0.9
    # 0.5 nm/px: 200 px show 100 nm, seen at 2 nm/px when fitted
    fitted = prepare(disc, ranged("resample"), 0.5)[0]
    assert fitted.sum() == pytest.approx(np.pi * 15**2, rel=0.02)
    # 0.05 nm/px: 10 nm in all, 10 px at 1 nm/px, the rest mirrored
    assert prepare(disc, ranged("resample"), 0.05).shape == (1, 50, 50)


def test_only_a_warning_leaves_the_image_as_it_is():
    image = np.eye(50)
    np.testing.assert_array_equal(prepare(image, ranged("warn"), 9.0)[0], image)
    assert "would see this image at 9 nm/px" in pixel_size_problem((50, 50), ranged("warn"), 9.0)
    assert pixel_size_problem((50, 50), ranged("warn"), 1.5) is None
    assert "has no pixel size" in pixel_size_problem((50, 50), ranged("warn"), None)
    assert pixel_size_problem((50, 50), InputCard(rows=50, cols=50), None) is None


def test_an_image_that_would_become_too_large_is_refused():
    card = InputCard(resize="none", pixel_size_nm=(1e-3, 2e-3), outside="resample")
    with pytest.raises(InputError, match="check its pixel size"):
        prepare(np.eye(500), card, 100.0)
