"""Outlines as hands draw them."""

import numpy as np
import pytest

from micrographia.learning.shapes._hand import by_hand, skewed, stroke
from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._borders import aspect_of, likeness_to_ellipse

SQUARE = np.array([[0.0, 0.0], [0.0, 60.0], [60.0, 60.0], [60.0, 0.0]])


@pytest.mark.parametrize("seed", range(8))
def test_a_circle_by_hand_is_uneven_but_still_a_circle(seed):
    points = by_hand(contours.ellipse(1.0), "circle", np.random.default_rng(seed))
    assert 0.91 <= likeness_to_ellipse(points) < 0.9999
    assert aspect_of(points) < 1.28


@pytest.mark.parametrize("seed", range(8))
def test_a_square_by_hand_keeps_about_its_area(seed):
    points = by_hand(SQUARE, "square", np.random.default_rng(seed))
    assert contours.area_and_centre(points)[0] == pytest.approx(3600, rel=0.4)


def test_a_frame_that_does_not_move_leaves_the_outline():
    same = skewed(SQUARE, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(same, SQUARE, atol=1e-3)


def test_a_stroke_follows_the_outline_and_leaves_its_inside_blank():
    drawn = stroke(contours.ellipse(1.0) * 30 + 40, (80, 80), np.random.default_rng(0))
    assert drawn.dtype == np.uint8
    rows, cols = np.nonzero(drawn > 127)
    away = np.hypot(rows - 40, cols - 40)
    assert 25 < np.median(away) < 35
    assert drawn[34:46, 34:46].max() == 0
