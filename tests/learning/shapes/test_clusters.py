"""Contours beyond those of the family."""

import numpy as np
import pytest

from micrographia.learning.shapes._clusters import (
    chain,
    clump,
    faceted,
    parted,
    sector,
    uneven_star,
)
from micrographia.simulation.families.outlines import Config
from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._borders import (
    IRREGULAR_BELOW,
    likeness_to_ellipse,
)


def convexity(points):
    """Area as a share of the convex hull's."""
    from scipy.spatial import ConvexHull

    return contours.area_and_centre(points)[0] / ConvexHull(points).volume


@pytest.mark.parametrize("seed", range(8))
def test_lobes_that_have_grown_together_show_a_neck_or_a_bend(seed):
    points = chain(np.random.default_rng(seed))
    assert likeness_to_ellipse(points) < 0.955
    assert convexity(points) < 0.99


@pytest.mark.parametrize("seed", range(8))
def test_spheres_with_facets_are_convex_and_nearly_round(seed):
    points = faceted(np.random.default_rng(seed))
    assert likeness_to_ellipse(points) > 0.955
    assert convexity(points) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_clumps_and_cut_discs_are_unlike_ellipses(seed):
    random = np.random.default_rng(seed)
    assert likeness_to_ellipse(clump(Config(), random)) < IRREGULAR_BELOW - 0.06
    area, _ = contours.area_and_centre(half := sector(random))
    assert 0.3 < area / (np.pi / 4 * contours.diameter(half) ** 2) < 0.75


@pytest.mark.parametrize("seed", range(8))
def test_clumps_that_are_seen_and_uneven_stars_leave_hollows(seed):
    assert convexity(clump(Config(), np.random.default_rng(seed), seen=True)) < 0.87
    star = uneven_star(np.random.default_rng(seed))
    assert convexity(star) < 0.91
    assert star.shape[1] == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_lobe_parted_at_the_neck_is_rounder_than_one_with_the_next_beginning(seed):
    alone = parted("circle", np.random.default_rng(seed))
    more = parted("dumbbell", np.random.default_rng(seed))
    assert likeness_to_ellipse(more) < 0.95
    assert contours.diameter(alone) < 2.6
    assert contours.diameter(more) > 2.1


def test_the_same_seed_gives_the_same_contour():
    for draw in (chain, faceted, sector):
        first, again = draw(np.random.default_rng(3)), draw(np.random.default_rng(3))
        np.testing.assert_array_equal(first, again)
