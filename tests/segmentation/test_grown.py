"""Lobes of bodies grown together, and spheres that only touch."""

import cv2
import numpy as np
import pytest

from micrographia.segmentation import segment
from micrographia.segmentation._grown import grown_together, roundness_of


def spheres(places, radius=20, shape=(240, 320), gap=0.0):
    """White balls; each pixel belongs to the nearest. Between them a gap of some pixels."""
    rows, cols = np.indices(shape)
    far = np.stack([np.hypot(rows - row, cols - col) for row, col in places])
    labels = np.where(far.min(0) <= radius, far.argmin(0) + 1, 0).astype(np.int32)
    near = np.sort(far, 0)
    image = np.where(labels > 0, 200 - 0.02 * near[0] ** 2, 60.0)
    image[(near[1] - near[0] < gap) & (labels > 0)] = 60
    return labels, cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1) / 255


DUMBBELLS = [
    place
    for row in (40, 110, 180)
    for col in (40, 130, 220)
    for place in ((row, col), (row + 8, col + 30))
]


def test_dumbbells_become_whole():
    labels, image = spheres(DUMBBELLS)
    joined = grown_together(labels, image)
    assert len(np.unique(joined)) - 1 == len(DUMBBELLS) // 2
    assert ((joined > 0) == (labels > 0)).all()
    for k in range(0, len(DUMBBELLS), 2):
        assert len(np.unique(joined[np.isin(labels, (k + 1, k + 2))])) == 1


def with_a_groove(gap, spread):
    """Nine dumbbells, between whose lobes in the last row a gap is; the lobes' distance [px]."""
    places = [place for row, col in DUMBBELLS[::2] for place in ((row, col), (row, col + spread))]
    labels, image = spheres(places)
    _, dark = spheres(places, gap=gap)
    image[145:] = dark[145:]
    return labels, image


def test_among_dumbbells_a_wide_neck_may_have_a_dark_groove():
    labels, image = with_a_groove(3, 28)
    assert len(np.unique(grown_together(labels, image))) - 1 == len(DUMBBELLS) // 2


def test_among_dumbbells_a_narrow_contact_with_a_dark_groove_parts():
    labels, image = with_a_groove(3, 34)
    assert len(np.unique(grown_together(labels, image))) - 1 == len(DUMBBELLS) // 2 + 3


def test_touching_spheres_stay_apart():
    labels, image = spheres(DUMBBELLS, gap=6)
    assert grown_together(labels, image) is labels


def test_a_few_pairs_among_many_particles_stay_as_they_are():
    single = [(row, col) for row in (40, 110, 180) for col in (40, 130, 220)]
    labels, image = spheres([*single, (48, 70)])
    assert grown_together(labels, image) is labels


def test_three_lobes_in_a_row_are_one_body():
    trimers = [(row, col + 28 * k) for row in (40, 110, 180) for col in (40, 170) for k in range(3)]
    labels, image = spheres(trimers)
    assert len(np.unique(grown_together(labels, image))) - 1 == 6


@pytest.mark.parametrize("labels", [np.zeros((9, 9), np.int32), np.ones((9, 9), np.int32)])
def test_nothing_and_everything_are_no_lobes(labels):
    assert grown_together(labels, np.ones(labels.shape, np.float32)) is labels


def test_a_square_is_less_round_than_a_disc():
    rows, cols = np.indices((80, 160))
    labels = (np.hypot(rows - 40, cols - 40) <= 25).astype(np.int32)
    labels[20:60, 100:140] = 2
    radius, astray = roundness_of(labels)
    assert radius[1] == pytest.approx(24.5, abs=0.5)
    assert astray[1] < 0.02 < 0.08 < astray[2]
    labels[:, 150:] = 3
    labels[0, 150] = 0
    assert np.isinf(roundness_of(labels)[1][0])


def test_bright_dumbbells_are_counted_once():
    _, image = spheres(DUMBBELLS)
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    found = segment(np.clip(255 * image + noise, 0, 255).astype(np.uint8))
    assert found.polarity == "bright"
    assert found.count == len(DUMBBELLS) // 2
