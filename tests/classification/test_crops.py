"""Particles are cut out so that each fills the same share of its picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.bundles import Card, InputCard
from micrographia.classification import CropSettings, crop_particles
from micrographia.classification.crops import crop_settings
from micrographia.errors import BundleError, InputError


def disc(radius, middle=(100.0, 100.0), shape=(200, 200)):
    rows, cols = np.indices(shape)
    return (np.hypot(rows - middle[0], cols - middle[1]) <= radius).astype(int)


@given(
    radius=st.floats(6, 60),
    row=st.floats(70, 130),
    col=st.floats(70, 130),
    share=st.floats(0.4, 0.9),
)
def test_a_disc_of_any_size_and_place_makes_the_same_picture(radius, row, col, share):
    labels = disc(radius, (row, col))
    settings = CropSettings(side=64, share=share, layers=("mask",))
    _, [[picture]] = crop_particles(labels, labels, settings)
    inside = np.nonzero(labels)
    factor = share * 64 / max(np.ptp(places) + 1 for places in inside)  # from image to picture
    weight = picture.sum()
    for at, places in zip(np.indices((64, 64)), inside, strict=True):
        # the middle of the box lies in the picture's middle; that of the disc's whole pixels,
        # which the box may hold a single row of on one side, up to half a pixel off
        off = places.mean() - (places.min() + places.max()) / 2
        assert abs(off) < 0.55
        assert (picture * at).sum() / weight == pytest.approx(31.5 + off * factor, abs=0.1)
    assert weight == pytest.approx(labels.sum() * factor**2, rel=0.02)
    # the disc's own area; a box of whole pixels is up to one wider or narrower than the disc
    assert weight == pytest.approx(np.pi * (share * 32) ** 2, rel=0.03 + 1.2 / radius)


def test_a_particle_is_not_stretched():
    labels = np.zeros((100, 100), int)
    labels[40:50, 20:60] = 1
    _, [[picture]] = crop_particles(labels, labels, CropSettings(share=0.5, layers=("mask",)))
    assert (picture > 0.5).any(axis=0).sum() == 32
    assert (picture > 0.5).any(axis=1).sum() == 8


def test_the_grey_layer_shows_the_image_as_recorded():
    labels = disc(20)
    grey = 300.0 + 7 * labels
    _, [[picture]] = crop_particles(grey, labels, CropSettings(share=0.5))
    assert picture[32, 32] == pytest.approx(307)
    assert picture[0, 0] == pytest.approx(300)


def test_inside_hides_the_neighbours():
    labels = disc(20) + 2 * disc(12, (100.0, 135.0))
    grey = np.where(labels == 2, 900.0, np.where(labels == 1, 50.0, 0.0))
    settings = CropSettings(share=0.5, layers=("inside", "mask"))
    _, pictures = crop_particles(grey, labels, settings)
    inside, mask = pictures[0]
    outside = inside[mask == 0]
    assert np.ptp(outside) < 1e-3
    assert inside[32, 32] == pytest.approx(50)


def test_a_particle_at_the_border_is_seen_with_the_borders_grey_repeated():
    labels = np.zeros((60, 60), int)
    labels[:20, :20] = 4
    grey = np.full((60, 60), 5.0)
    ids, [[shown, mask]] = crop_particles(
        grey, labels, CropSettings(share=0.5, layers=("grey", "mask"))
    )
    assert ids.tolist() == [4]
    np.testing.assert_allclose(shown, 5.0)
    assert mask[:15].max() == 0


def test_one_pixel_is_a_particle_too():
    labels = np.zeros((9, 9), int)
    labels[0, 8] = 1
    _, pictures = crop_particles(labels, labels, CropSettings(layers=("mask",)))
    assert pictures.max() > 0.9


def test_inverting_lets_bright_and_dark_change_places():
    labels = disc(20)
    _, [[picture]] = crop_particles(labels * 10.0, labels, CropSettings(share=0.5), invert=True)
    assert picture[32, 32] == pytest.approx(0)
    assert picture[0, 0] == pytest.approx(10)


def test_pixels_that_are_not_finite_do_not_spread():
    labels = disc(20)
    grey = labels * 10.0
    grey[100, 100] = np.nan
    _, pictures = crop_particles(grey, labels)
    assert np.isfinite(pictures).all()


def test_an_image_without_particles_gives_no_pictures():
    ids, pictures = crop_particles(np.zeros((9, 9)), np.zeros((9, 9), int))
    assert (len(ids), pictures.shape) == (0, (0, 1, 64, 64))


def test_labels_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"\(9, 8\), the image \(9, 9\)"):
        crop_particles(np.zeros((9, 9)), np.zeros((9, 8), int))


@pytest.mark.parametrize(
    ("crop", "said"),
    [
        ({"layers": ["grey", "mask"]}, "2 layers"),
        ({"side": 32}, "32 × 32 px do not fit"),
        ({"layers": ["colour"]}, "parameters.crop"),
        ("large", "wanted an object"),
    ],
)
def test_a_card_whose_crop_does_not_fit_its_input_is_refused(crop, said):
    card = Card(
        name="a",
        summary="",
        task="particle-classification",
        classes=("a",),
        input=InputCard(rows=64, cols=64),
        parameters={"crop": crop},
    )
    with pytest.raises(BundleError, match=said):
        crop_settings(card)


def test_a_particle_under_another_is_cut_out_whole():
    from micrographia._patches import Patch

    whole = disc(20, (80.0, 90.0))
    labels = np.where(disc(20, (80.0, 110.0)), 2, whole.astype(int))
    rows, cols = np.flatnonzero(whole.any(1)), np.flatnonzero(whole.any(0))
    mask = whole[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1] > 0
    patch = Patch(int(rows[0]), int(cols[0]), mask)
    only_mask = CropSettings(layers=("mask",))
    _, seen = crop_particles(labels * 1.0, labels, only_mask, wholes={1: patch})
    _, alone = crop_particles(whole * 1.0, whole.astype(int), only_mask)
    np.testing.assert_array_equal(seen[0], alone[0])
    _, cut = crop_particles(labels * 1.0, labels, only_mask)
    np.testing.assert_array_equal(seen[1], cut[1])
    assert not np.array_equal(seen[0], cut[0])
