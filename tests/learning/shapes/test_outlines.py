"""Masks of outlines with the errors of a segmentation."""

import numpy as np
import pytest

pytest.importorskip("torch")

from micrographia.learning.shapes._outlines import CLASSES, found_mask, outline_masks
from micrographia.learning.shapes.outline import TrainSettings, outline_pictures


@pytest.mark.parametrize("label", CLASSES)
def test_every_class_is_one_body_without_holes_near_its_size(label):
    from scipy import ndimage

    for seed in range(5):
        found = found_mask(label, np.random.default_rng(seed))
        _, count = ndimage.label(found.mask)
        assert count == 1
        assert (ndimage.binary_fill_holes(found.mask) == found.mask).all()
        rows, cols = np.nonzero(found.mask)
        span = max(np.ptp(rows), np.ptp(cols)) + 1
        assert 0.5 * found.diameter - 2 < span < 1.25 * found.diameter + 4
        assert found.label == label == found.labels_all[0]


@pytest.mark.parametrize("label", CLASSES)
def test_every_class_can_be_drawn_by_hand_and_is_filled(label):
    for seed in range(3):
        found = found_mask(label, np.random.default_rng(seed), at_borders=True, hand=True)
        assert found.label == label
        assert found.mask.sum() > 0.05 * found.diameter**2


def test_lobes_are_circles_and_dumbbells_in_turn():
    masks = outline_masks(0, 6, seed=0, lobes=True)
    assert [found.label for found in masks] == ["circle", "dumbbell"] * 3
    assert all(found.labels_all == (found.label,) for found in masks)


def test_a_mask_does_not_depend_on_those_before_it():
    alone = outline_masks(7, 8, seed=3)[0]
    among = outline_masks(5, 9, seed=3)[2]
    assert alone.label == among.label
    np.testing.assert_array_equal(alone.mask, among.mask)


def test_plain_masks_keep_the_area_of_the_outline():
    found = found_mask("circle", np.random.default_rng(1), smallest=80, disturbed=False)
    aspect_free = found.mask.sum() / (np.pi / 4 * found.diameter**2)
    assert 1 / 1.25 < aspect_free <= 1.01


def test_pictures_fill_the_share_that_the_crop_says():
    settings = TrainSettings()
    pictures = outline_pictures(0, 11, 0, settings)
    assert pictures.images.shape == (11, 64, 64)
    for image in pictures.images:
        rows, cols = np.nonzero(image > 127)
        span = max(np.ptp(rows), np.ptp(cols)) + 1
        assert abs(span / 64 - settings.share) < 0.09
    assert (pictures.right[np.arange(11), pictures.targets]).all()
