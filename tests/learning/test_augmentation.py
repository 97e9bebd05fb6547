"""Augmentation: balanced classes, the stated changes and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import InputError
from micrographia.learning._seeds import stream
from micrographia.learning.augmentation import AugmentationSettings, augment, balance


@given(
    counts=st.lists(st.integers(1, 30), min_size=2, max_size=5),
    per_class=st.integers(1, 60),
    seed=st.integers(0, 5),
)
def test_every_class_gets_as_many_and_repeats_nothing_before_it_must(counts, per_class, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    indices, turns = balance(y, per_class, seed)
    assert np.bincount(y[indices]).tolist() == [per_class] * len(counts)
    for name, count in enumerate(counts):
        own = y[indices] == name
        pairs = set(zip(indices[own], turns[own], strict=True))
        assert len(pairs) == min(per_class, 4 * count)
        if per_class >= count:
            assert {(i, 0) for i in np.flatnonzero(y == name)} <= pairs


def test_images_of_several_classes_cannot_be_balanced():
    with pytest.raises(InputError, match=r"got labels of shape \(3, 2\)"):
        balance(np.ones((3, 2)), 4)


def image():
    y, x = np.mgrid[0:40, 0:40]
    return (((y - 12) ** 2 + (x - 25) ** 2 < 60) * 100 + x).astype(np.float32)


def test_right_angles_and_reflections_only_move_pixels():
    settings = AugmentationSettings(right_angles=True, reflect=True)
    seen = {augment(image(), stream(s, "a"), settings).tobytes() for s in range(60)}
    assert len(seen) == 8  # the symmetries of a square
    for pixels in seen:
        np.testing.assert_array_equal(
            np.sort(np.frombuffer(pixels, np.float32)), np.sort(image().ravel())
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"rotation_deg": 180},
        {"scale": 0.5},
        {"shear_deg": 20},
        {"shift": 0.2},
        {"brightness": 0.3},
        {"contrast": 0.5},
        {"blur_px": 2},
        {"noise": 0.2},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_each_change_changes_and_stays_within_the_range(changes):
    varied = augment(image(), stream(1, "a"), AugmentationSettings(**changes))
    assert varied.shape == (40, 40)
    assert varied.dtype == np.float32
    assert np.abs(varied - image()).max() > 1
    assert image().min() - 1e-3 <= varied.min()
    assert varied.max() <= image().max() + 1e-3


def test_colours_are_kept_together():
    colour = np.stack([image(), image() * 2, image() * 3], axis=2)
    settings = AugmentationSettings(rotation_deg=90, scale=0.2, blur_px=1)
    varied = augment(colour, stream(0, "a"), settings)
    np.testing.assert_allclose(varied[..., 2], varied[..., 0] * 3, rtol=1e-3, atol=1e-2)


def test_an_image_that_is_no_square_keeps_its_shape():
    settings = AugmentationSettings(right_angles=True)
    shapes = {augment(image()[:20], stream(s, "a"), settings).shape for s in range(12)}
    assert shapes == {(20, 40)}
