"""Polyhedra: volumes, surfaces, shadows and widths against closed forms; orientations; likeness."""

import itertools
import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import SettingsError
from micrographia.simulation import _picture, label_image
from micrographia.simulation.families.outlines._contours import area_and_centre
from micrographia.simulation.families.polyhedra import Config, _alike, simulate
from micrographia.simulation.families.polyhedra._bodies import NAMES, body, corners, symmetries
from micrographia.simulation.families.polyhedra._views import (
    Place,
    facets,
    lying,
    onto_beam,
    orientation,
    radial,
    silhouette,
    thickness,
)

GOLDEN = (1 + math.sqrt(5)) / 2
ROOT2, ROOT3, ROOT5 = math.sqrt(2), math.sqrt(3), math.sqrt(5)

# Name: edge where the farthest corner is at distance 1; volume and surface for an edge of 1;
# corners, edges, facets.
CLOSED = {
    "CUBO": (1.0, 5 / 3 * ROOT2, 6 + 2 * ROOT3, (12, 24, 14)),
    "DEC": (
        2 * math.sin(math.pi / 5), (5 + ROOT5) / 12, 10 * ROOT3 / 4, (7, 15, 10),
    ),
    "DODECA": (
        4 / (ROOT3 * (1 + ROOT5)), (15 + 7 * ROOT5) / 4, 3 * math.sqrt(25 + 10 * ROOT5),
        (20, 30, 12),
    ),
    "FCC_CUBE": (2 / ROOT3, 1.0, 6.0, (8, 12, 6)),
    "ICO": (1 / math.sin(2 * math.pi / 5), 5 * (3 + ROOT5) / 12, 5 * ROOT3, (12, 30, 20)),
    "OH": (ROOT2, ROOT2 / 3, 2 * ROOT3, (6, 12, 8)),
    "TD": (4 / math.sqrt(6), 1 / (6 * ROOT2), ROOT3, (4, 6, 4)),
    # two tetrahedra less their tips of half the edge; two triangles and six trapezoids
    "TPT": (ROOT3, 2 * (1 - 1 / 8) / (6 * ROOT2), ROOT3 / 4 * (2 / 4 + 6 * 3 / 4), (9, 15, 8)),
}  # fmt: skip

names = st.sampled_from(NAMES)
steps = st.tuples(st.integers(0, 4), st.integers(0, 6))


def generator(seed):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", NAMES)
def test_a_sharp_body_has_its_volume_surface_and_counts(name):
    edge, volume, surface, counts = CLOSED[name]
    one = body(name)
    assert one.volume == pytest.approx(volume * edge**3, rel=1e-9)
    assert one.surface == pytest.approx(surface * edge**2, rel=1e-9)
    edges = sum(len(facet) for facet in one.hull.facets) // 2
    assert (len(one.hull.vertices), edges, len(one.hull.facets)) == counts
    assert np.linalg.norm(one.hull.vertices, axis=1).max() == pytest.approx(1)
    shortest = min(math.dist(a, b) for a, b in itertools.combinations(one.hull.vertices, 2))
    assert shortest == pytest.approx(edge / (2 if name == "TPT" else 1))


def test_cutting_corners_takes_the_pyramids_of_the_corners():
    edge, share = CLOSED["FCC_CUBE"][0], 0.15
    cube = body("FCC_CUBE", 3)
    assert cube.volume == pytest.approx(edge**3 * (1 - 8 * share**3 / 6))
    edge = CLOSED["TD"][0]
    tetrahedron = body("TD", 4)
    assert tetrahedron.volume == pytest.approx(edge**3 / (6 * ROOT2) * (1 - 4 * 0.2**3))
    edge = CLOSED["OH"][0]
    octahedron = body("OH", 2)
    assert octahedron.volume == pytest.approx(ROOT2 / 3 * edge**3 * (1 - 3 * 0.1**3))


def test_a_rounded_cube_has_the_volume_of_steiner():
    cube = body("FCC_CUBE", 0, 4)
    half = 1 / ROOT3
    radius, inner = 0.2 * half, 2 * half * 0.8
    expected = (
        inner**3 + 6 * inner**2 * radius + 12 * inner * math.pi * radius**2 / 4
        + 4 / 3 * math.pi * radius**3
    )  # fmt: skip
    assert cube.volume == pytest.approx(expected)
    expected = 6 * inner**2 + 12 * inner * math.pi * radius / 2 + 4 * math.pi * radius**2
    assert cube.surface == pytest.approx(expected)


@given(name=names, step=steps)
def test_euler_holds_and_cutting_and_rounding_only_take_away(name, step):
    one, sharp = body(name, *step), body(name)
    edges = sum(len(facet) for facet in one.hull.facets) // 2
    assert len(one.hull.vertices) - edges + len(one.hull.facets) == 2
    assert one.volume <= sharp.volume + 1e-9
    assert one.surface <= sharp.surface + 1e-9
    assert (one.hull.vertices @ sharp.hull.normals.T <= sharp.hull.offsets + 1e-9).all()
    # isoperimetric inequality, and the radius of the edges as asked
    assert one.surface**3 >= 36 * math.pi * one.volume**2
    assert one.radius == pytest.approx(one.rounding * one.hull.offsets.min())


@pytest.mark.parametrize("name", NAMES)
def test_symmetries_form_a_group_that_keeps_the_body(name):
    group = symmetries(name)
    np.testing.assert_allclose(
        group @ group.transpose(0, 2, 1), np.tile(np.eye(3), (len(group), 1, 1)), atol=1e-9
    )
    product = group[len(group) // 2] @ group[-1]
    assert np.abs(group - product).max((1, 2)).min() < 1e-9
    points = corners(name)
    moved = points @ group[len(group) // 3].T
    assert np.abs(moved[:, None] - points[None]).max(-1).min(1).max() < 1e-9


def test_orientations_are_uniform_on_the_rotations():
    turns = np.array([orientation(random) for random in [generator(1)] for _ in range(20000)])
    eye = np.tile(np.eye(3), (len(turns), 1, 1))
    np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), eye, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turns), 1)
    noise = 4 / math.sqrt(len(turns))
    np.testing.assert_allclose(turns.mean(0), 0, atol=noise)
    np.testing.assert_allclose((turns**2).mean(0), 1 / 3, atol=noise)
    np.testing.assert_allclose((turns**4).mean(0), 1 / 5, atol=noise)
    # angle of rotation: density (1 - cos t) / π, so the mean of its cosine is -1/2
    cosine = (np.trace(turns, axis1=1, axis2=2) - 1) / 2
    assert cosine.mean() == pytest.approx(-0.5, abs=noise)
    assert (cosine**2).mean() == pytest.approx(0.5, abs=noise)


@pytest.mark.parametrize("step", [(0, 0), (3, 0), (2, 4)])
@pytest.mark.parametrize("name", NAMES)
def test_the_mean_shadow_is_a_quarter_of_the_surface(name, step):
    one, random = body(name, *step), generator(2)
    areas = [area_and_centre(silhouette(one, orientation(random)))[0] for _ in range(1500)]
    error = 4 * np.std(areas) / math.sqrt(len(areas))
    assert np.mean(areas) == pytest.approx(one.surface / 4, abs=error)


def test_shadows_along_axes_have_their_closed_forms():
    cube = 2 / ROOT3
    upright = silhouette(body("FCC_CUBE"), np.eye(3))
    assert area_and_centre(upright)[0] == pytest.approx(cube**2)
    on_edge = onto_beam(np.array([1, 1, 0]) / ROOT2)
    assert area_and_centre(silhouette(body("FCC_CUBE"), on_edge))[0] == pytest.approx(
        ROOT2 * cube**2
    )
    on_corner = onto_beam(np.ones(3) / ROOT3)
    assert area_and_centre(silhouette(body("FCC_CUBE"), on_corner))[0] == pytest.approx(
        ROOT3 * cube**2
    )
    assert area_and_centre(silhouette(body("OH"), np.eye(3)))[0] == pytest.approx(2)
    hexagon = silhouette(body("OH"), on_corner)
    assert np.ptp(np.hypot(*hexagon.T)) < 1e-9
    pentagon = silhouette(body("DEC"), np.eye(3))
    assert area_and_centre(pentagon)[0] == pytest.approx(5 / 2 * math.sin(math.tau / 5))


@given(name=names, step=steps, seed=st.integers(0, 999))
def test_the_width_of_a_shadow_is_the_width_of_the_body(name, step, seed):
    one, turn = body(name, *step), orientation(generator(seed))
    contour = silhouette(one, turn)
    for angle in np.arange(0, 256, 37) * math.tau / 256:
        across = np.array([math.sin(angle), math.cos(angle)])
        in_body = turn.T @ np.array([across[1], across[0], 0.0])
        expected = np.ptp(one.core.vertices @ in_body) + 2 * one.radius
        assert np.ptp(contour @ across) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("step", [(0, 0), (2, 0), (0, 4), (3, 2)])
@pytest.mark.parametrize("name", NAMES)
def test_thickness_adds_up_to_the_volume(name, step):
    one, scale = body(name, *step), 45.0
    for seed in range(3):
        place = Place(orientation(generator(seed)), scale, (50.3, 49.6), (101, 100))
        assert thickness(one, place).sum() == pytest.approx(one.volume * scale**3, rel=0.01)


def test_thickness_of_a_cube_seen_upright_is_its_edge():
    place = Place(np.eye(3), 30.0, (40.0, 40.0), (81, 81))
    through = thickness(body("FCC_CUBE"), place)
    inside = through > 0
    np.testing.assert_allclose(through[inside], 60 / ROOT3, rtol=1e-5)
    assert inside.sum() == 35**2  # pixels whose centres lie within 30 / √3 = 17.3 of the middle
    facet, crease = facets(body("FCC_CUBE"), place)
    assert len(np.unique(facet)) == 1
    assert (crease == np.inf).all()


def test_an_octahedron_seen_on_its_corner_shows_four_facets_with_creases_on_the_diagonals():
    place = Place(np.eye(3), 30.0, (40.0, 40.0), (81, 81))
    facet, crease = facets(body("OH"), place)
    assert len(np.unique(facet)) == 4
    np.testing.assert_allclose(crease[40], 0, atol=1e-4)
    np.testing.assert_allclose(crease[:, 40], 0, atol=1e-4)
    through = thickness(body("OH"), place)
    assert through[40, 40] == pytest.approx(60, rel=1e-5)
    assert through[40, 55] == pytest.approx(30, rel=1e-5)


@given(name=names, step=steps, seed=st.integers(0, 999))
def test_thickness_and_shadow_cover_the_same_pixels(name, step, seed):
    one, turn, scale = body(name, *step), orientation(generator(seed)), 40.0
    centre = np.array([48.2, 47.7])
    share = _picture.cover(silhouette(one, turn) * scale + centre).on((96, 96))
    solid = thickness(one, Place(turn, scale, (48.2, 47.7), (96, 96))) > 0
    assert (solid & (share < 0.2)).sum() < 20
    assert (solid | (share < 0.95)).all() or (~solid & (share >= 0.95)).sum() < 20


@given(name=names, seed=st.integers(0, 999))
def test_distances_from_the_centroid_give_the_area_back(name, seed):
    contour = silhouette(body(name, 1, 2), orientation(generator(seed)))
    square = radial(contour, 4096) ** 2
    assert square.mean() * math.pi == pytest.approx(area_and_centre(contour)[0], rel=1e-4)


def _raster(contour, turn, mirrored):
    """A silhouette at 64 px, of fixed area, its centroid in the middle."""
    area, centre = area_and_centre(contour)
    points = (contour - centre) * math.sqrt(1300 / area)
    if mirrored:
        points = points * [-1, 1]
    cos, sin = math.cos(turn), math.sin(turn)
    return _picture.cover(points @ np.array([[cos, -sin], [sin, cos]]) + 31.5).on((64, 64))


def test_overlap_by_distances_is_the_overlap_of_pixels_at_64_px():
    random = generator(4)
    for _ in range(25):
        first, second = (
            silhouette(body(str(random.choice(NAMES)), 1, 2), orientation(random)) for _ in "ab"
        )
        squares = [_alike._normal(one) for one in (first, second)]
        drawn = [_raster(one, 0.0, False) for one in (first, second)]
        pixels = np.minimum(*drawn).sum() / np.maximum(*drawn).sum()
        assert float(_alike.overlap(*squares)) == pytest.approx(pixels, abs=0.006)


def test_a_square_may_be_a_cube_an_octahedron_or_a_cuboctahedron():
    assert {"CUBO", "OH"} <= _alike.alike(
        silhouette(body("FCC_CUBE"), np.eye(3)), "FCC_CUBE"
    ).keys()
    assert {"CUBO", "FCC_CUBE"} <= _alike.alike(silhouette(body("OH"), np.eye(3)), "OH").keys()


def test_a_hexagon_may_be_a_cube_an_octahedron_or_an_icosahedron():
    on_corner = onto_beam(np.ones(3) / ROOT3)
    found = _alike.alike(silhouette(body("FCC_CUBE"), on_corner), "FCC_CUBE")
    assert {"CUBO", "OH", "ICO"} <= found.keys()


def test_a_pentagon_is_a_decahedrons_alone():
    assert _alike.alike(silhouette(body("DEC"), np.eye(3)), "DEC") == {}


def test_a_likeness_that_is_claimed_is_seen_in_pixels():
    random, shown = generator(6), 0
    book = _alike.dictionary()
    for _ in range(12):
        contour = silhouette(body("FCC_CUBE", 1, 2), orientation(random))
        for name, claimed in _alike.alike(contour, "FCC_CUBE").items():
            square = _alike._normal(contour)
            mine = np.flatnonzero(book.owner == NAMES.index(name))
            best = 0.0
            for seen in (square, np.roll(square[::-1], 1)):
                for aside in range(256):
                    fit = _alike.overlap(np.roll(seen, aside), book.square[mine])
                    best = max(best, float(fit.max()))
            assert claimed <= best + 1e-4
            assert claimed >= 0.98
            shown += 1
    assert shown > 0


def test_directions_differ_by_more_than_the_symmetry():
    for name, order in [("FCC_CUBE", 48), ("TD", 48), ("ICO", 120), ("DEC", 40), ("TPT", 24)]:
        whole = 4 * math.pi / math.radians(2) ** 2
        assert len(_alike.directions(name)) == pytest.approx(whole / order, rel=0.03)


@given(seed=st.integers(0, 9999))
def test_facing_turns_a_direction_onto_the_beam(seed):
    direction = generator(seed).normal(size=3)
    direction /= np.linalg.norm(direction)
    turn = onto_beam(direction)
    np.testing.assert_allclose(turn @ direction, [0, 0, 1], atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


@pytest.mark.parametrize("contrast", ["shaded", "mass", "diffraction", "silhouette"])
@pytest.mark.parametrize("name", NAMES)
def test_the_mask_is_the_bodys_shadow(name, contrast):
    config = Config(classes=(name,), contrasts=(contrast,), find_alike=False)
    for seed in range(3):
        sample = simulate(config, generator(seed), seed)
        made = sample.parameters
        one = body(name, round(made["truncation"] / 0.05), round(made["rounding"] / 0.05))
        contour = silhouette(one, np.array(made["rotation"]).reshape(3, 3))
        expected = area_and_centre(contour)[0] * (made["diameter_px"] / 2) ** 2
        labels = label_image(sample)
        assert labels.sum() == pytest.approx(expected, rel=0.02)
        assert labels[1:-1, 1:-1].sum() == labels.sum()
        assert 0.5 <= made["diameter_px"] / 128 <= 0.92
        inner = cv2.erode((labels > 0).astype(np.uint8), np.ones((3, 3)), iterations=3) > 0
        outer = cv2.dilate((labels > 0).astype(np.uint8), np.ones((3, 3)), iterations=3) == 0
        difference = sample.pixels[inner].mean() - sample.pixels[outer].mean()
        assert (difference > 0) == (made["polarity"] == "bright")


def test_only_a_silhouette_carries_the_labels_of_its_likes():
    seen = 0
    for seed in range(40):
        sample = simulate(Config(), generator(seed), seed)
        others = tuple(sample.parameters["alike"])
        is_silhouette = sample.parameters["contrast"] == "silhouette"
        assert sample.labels_all == (sample.label, *(others if is_silhouette else ()))
        assert sample.label not in others
        seen += bool(others)
    assert 0 < seen < 40


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"extent": [0.5, 1.0]}, "does not fit it in every orientation; extent may go up to 0.95"),
        ({"extent": [0.1, 0.5]}, "too small .* begin at 0.156, or size be 200"),
        ({"classes": ["RTD"]}, "'CUBO'.*got 'RTD'"),
        ({"max_truncation": 0.5}, "less than or equal to 0.2"),
        ({"max_rounding": 0.5}, "less than or equal to 0.3"),
        ({"noise": [0.3, 0.1]}, "noise goes from a smaller"),
        ({"noise": [0.3, 0.4]}, "least contrast"),
        ({"nm_per_px": [-1.0, 1.0]}, "must be positive"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_could(values, said):
    with pytest.raises(SettingsError, match=said):
        Config.parse(values)


@pytest.mark.parametrize("name", NAMES)
def test_a_body_that_lies_has_a_facet_below_that_it_stands_on(name):
    random = generator(3)
    for cut in (0, 3):
        one = body(name, cut, 2)
        rotation = lying(one, random)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1)
        down = one.hull.normals @ rotation.T @ [0, 0, -1]
        assert down.max() > math.cos(math.radians(9))


def test_lying_cubes_show_one_facet_and_the_default_draws_as_before():
    lain = Config(classes=("FCC_CUBE",), contrasts=("silhouette",), lying=1.0, max_truncation=0)
    for index in range(4):
        sample = simulate(lain, generator(index), index)
        rotation = np.reshape(sample.parameters["rotation"], (3, 3))
        assert np.abs(rotation[2]).max() > math.cos(math.radians(9))
    plain = simulate(Config(), generator(5), 5)
    same = simulate(Config(lying=0.0), generator(5), 5)
    np.testing.assert_array_equal(plain.pixels, same.pixels)
