"""Pictures of polyhedra cut out for training."""

import numpy as np
import pytest

pytest.importorskip("torch")

from micrographia.learning.shapes._polyhedra import (
    BODIES,
    CLASSES,
    CONTRASTS,
    other_pictures,
    polyhedron_pictures,
)
from micrographia.learning.shapes.polyhedron import TrainSettings


def test_a_picture_does_not_depend_on_those_before_it():
    crop = TrainSettings().crop
    few = polyhedron_pictures(3, 6, 1, crop)
    more = polyhedron_pictures(1, 6, 1, crop)
    np.testing.assert_array_equal(few.images, more.images[2:])
    np.testing.assert_array_equal(few.targets, more.targets[2:])


def test_contrasts_come_in_turn_and_every_body_appears():
    pictures = polyhedron_pictures(0, 120, 0, TrainSettings().crop)
    assert pictures.kinds[:4].tolist() == list(range(len(CONTRASTS)))
    assert set(pictures.targets) == set(range(len(BODIES)))


def test_bodies_can_be_chosen_and_lie_on_a_facet():
    pictures = polyhedron_pictures(
        0, 12, 0, TrainSettings().crop, contrasts=("silhouette",), sizes=(96,),
        bodies=("FCC_CUBE",), lying=1.0,
    )  # fmt: skip
    assert set(pictures.targets) == {BODIES.index("FCC_CUBE")}
    for image in pictures.images:  # a cube on a facet covers a square, rounded or cut
        inside = np.abs(image.astype(int) - int(image[0, 0])) > 90
        values = np.linalg.eigvalsh(np.cov(np.nonzero(inside)))
        assert values[1] / values[0] < 1.3


def test_a_silhouette_that_others_cast_names_them_too():
    pictures = polyhedron_pictures(
        0, 40, 0, TrainSettings().crop, contrasts=("silhouette",), sizes=(64,), find_alike=True
    )
    assert pictures.right[np.arange(40), pictures.targets].all()
    assert pictures.right.sum() > 40


def test_what_is_no_body_has_the_last_class_in_every_contrast():
    crop = TrainSettings().crop
    pictures = other_pictures(0, 8, 0, crop)
    assert pictures.targets.tolist() == [len(CLASSES) - 1] * 8
    assert pictures.kinds.tolist() == [0, 1, 2, 3] * 2
    assert (pictures.right.sum(1) == 1).all()
    np.testing.assert_array_equal(other_pictures(5, 6, 0, crop).images[0], pictures.images[5])
