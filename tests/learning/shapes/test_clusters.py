"""Contours beyond those of the family."""

import numpy as np
import pytest

from micrographia.learning.shapes._clusters import chain, clump, faceted, sector
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


def test_the_same_seed_gives_the_same_contour():
    for draw in (chain, faceted, sector):
        first, again = draw(np.random.default_rng(3)), draw(np.random.default_rng(3))
        np.testing.assert_array_equal(first, again)
