"""Tips and splinters go to the particle that they belong to; small particles stay."""

import numpy as np
import pytest

from micrographia.segmentation._fragments import with_fragments


def beside(small, large=(5, 45, 5, 45)):
    labels = np.zeros((60, 80), np.int32)
    for number, (top, bottom, left, right) in enumerate((large, small), 1):
        labels[top:bottom, left:right] = number
    return labels


def joined(labels, small_certainty=0.6, sure=0.8):
    certainty = np.array([0, 0.95, small_certainty], np.float32)
    return with_fragments(labels, certainty, sure).max() == 1


def test_a_tip_is_joined():
    assert joined(beside((20, 28, 45, 55)))


@pytest.mark.parametrize(
    ("small", "why"),
    [
        ((20, 28, 47, 57), "it does not touch"),
        ((20, 24, 45, 75), "it touches with its narrow side alone"),
        ((10, 36, 45, 70), "it is not small"),
        ((20, 28, 20, 28), "it lies over the large one"),
    ],
)
def test_other_small_particles_stay(small, why):
    assert not joined(beside(small)), why


def test_what_is_certain_stays():
    assert not joined(beside((20, 28, 45, 55)), small_certainty=0.85)


def test_without_neighbours_nothing_changes():
    labels = beside((50, 56, 60, 70))
    np.testing.assert_array_equal(with_fragments(labels, np.ones(3, np.float32), 0.8), labels)
