import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import InputError
from micrographia.simulation.phantoms import Outline, coverage, draw, scatter

KINDS = ["disc", "ellipse", "triangle", "square", "rectangle", "pentagon", "hexagon", "rod"]


def outline(kind, length=24.0, angle=0.3, row=31.2, col=29.7):
    width = length / 2.5 if kind in ("ellipse", "rectangle", "rod") else None
    return Outline(kind, row, col, length, width, angle)


def test_known_sizes_of_a_square_with_a_diagonal_of_two():
    square = Outline("square", 0, 0, 2.0)
    assert square.area == pytest.approx(2.0)
    assert square.perimeter == pytest.approx(4 * math.sqrt(2))
    assert square.feret_min == pytest.approx(math.sqrt(2))
    assert square.feret_max == pytest.approx(2.0)


def test_known_sizes_of_a_triangle():
    triangle = Outline("triangle", 0, 0, 2.0, angle=1.1)
    side = math.sqrt(3)
    assert triangle.area == pytest.approx(side**2 * math.sqrt(3) / 4)
    assert triangle.feret_min == pytest.approx(1.5)
    assert triangle.feret_max == pytest.approx(side)


def test_known_sizes_of_a_rod():
    rod = Outline("rod", 0, 0, 10.0, 4.0)
    assert rod.area == pytest.approx(6 * 4 + math.pi * 4)
    assert rod.perimeter == pytest.approx(12 + 4 * math.pi)
    assert (rod.feret_min, rod.feret_max) == (4.0, 10.0)


@pytest.mark.parametrize("kind", KINDS)
@given(angle=st.floats(0, 6.3), row=st.floats(28, 33), col=st.floats(28, 33))
def test_covered_pixels_add_up_to_the_area(kind, angle, row, col):
    shape = outline(kind, angle=angle, row=row, col=col)
    share = coverage(shape, (64, 64))[2]
    half_a_subpixel = 1 / 16
    assert share.sum() == pytest.approx(shape.area, abs=half_a_subpixel * shape.perimeter)


@pytest.mark.parametrize("kind", KINDS)
def test_the_centre_of_mass_is_the_centre(kind):
    shape = outline(kind)
    rows, cols, share = coverage(shape, (64, 64))
    down, right = np.mgrid[rows, cols]
    assert (share * down).sum() / share.sum() == pytest.approx(shape.row, abs=0.05)
    assert (share * right).sum() / share.sum() == pytest.approx(shape.col, abs=0.05)


def test_labels_and_truth_agree_row_by_row():
    outlines = scatter(["disc", "rod", "hexagon"], np.linspace(12, 30, 12), (300, 300), seed=3)
    phantom = draw(outlines, (300, 300), blur=1, noise=5)
    assert len(outlines) == 12
    counted = np.bincount(phantom.labels.ravel())[1:]
    np.testing.assert_allclose(counted, phantom.truth.area_px, rtol=0.08)


def test_scattered_outlines_keep_their_distance():
    outlines = scatter(["disc"], np.full(40, 14.0), (256, 256), gap=6, seed=1)
    places = np.array([(o.row, o.col) for o in outlines])
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert distance[~np.eye(len(places), dtype=bool)].min() >= 14 + 6


def test_the_same_seed_gives_the_same_picture():
    one, two = (draw([outline("disc")], (64, 64), noise=9, seed=7).pixels for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_an_outline_outside_the_image_covers_nothing():
    phantom = draw([Outline("disc", -50, 500, 10)], (64, 64))
    assert phantom.labels.max() == 0


def test_an_ellipse_without_a_width_is_refused():
    with pytest.raises(InputError, match="wanted a width between 0 and the length"):
        Outline("ellipse", 0, 0, 10)


def test_a_particle_larger_than_its_field_is_refused():
    with pytest.raises(InputError, match="does not fit"):
        scatter(["disc"], np.array([80.0]), (64, 64))
