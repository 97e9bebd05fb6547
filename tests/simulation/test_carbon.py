"""Airborne carbon: tubes, soot, sheets and supports are as asked; every class is drawn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrographia.errors import SettingsError
from micrographia.simulation import label_image, simulate_one
from micrographia.simulation.families.carbon import CLASSES, Config
from micrographia.simulation.families.carbon import _sheets as sheets
from micrographia.simulation.families.carbon._canvas import Canvas
from micrographia.simulation.families.carbon._fibres import (
    SPACING,
    Tube,
    draw_fibre,
    profile,
    walk,
)
from micrographia.simulation.families.carbon._soot import _Grown, soot
from micrographia.simulation.families.carbon._specimen import make_specimen
from micrographia.simulation.families.carbon._support import cells, film
from micrographia.simulation.families.micrographs._aggregates import gyration_radius

PERFECT = {"degradation": 0, "bar": 0}


def images(name, count, seed=0, **values):
    config = Config(classes=(name,), **PERFECT, **values)
    return [simulate_one("carbon", index, seed, config) for index in range(count)]


@given(outer=st.floats(2, 80), share=st.floats(0, 0.8), scale=st.floats(0.5, 5))
def test_a_section_has_the_area_of_its_ring(outer, share, scale):
    tube = Tube("bamboo", outer, share * outer, outer)
    reach = math.ceil(outer / 2 / scale) + 1
    full, channel = profile(tube, scale, np.arange(-reach, reach + 1.0))
    assert full.sum() * scale == pytest.approx(math.pi / 4 * outer**2 * (1 - share**2), rel=1e-6)
    assert channel.sum() * scale == pytest.approx(
        math.pi / 4 * (share * outer) ** 2, rel=1e-6, abs=1e-9
    )


@pytest.mark.parametrize("walls", [1, 2, 5, 12])
def test_the_walls_of_a_tube_are_seen_in_their_number_and_spacing(walls):
    outer, scale = 12.0, 0.02
    tube = Tube("walled", outer, outer - 2 * SPACING * (walls - 1))
    assert tube.walls == walls
    distance = np.arange(0, 0.6 * outer / scale)
    full, _ = profile(tube, scale, distance)
    peaks = np.flatnonzero((full[1:-1] > full[:-2]) & (full[1:-1] >= full[2:])) + 1
    assert len(peaks) == walls
    np.testing.assert_allclose(np.diff(peaks * scale), SPACING, atol=0.03)


@pytest.mark.parametrize("kind", ["walled", "bamboo", "solid"])
@pytest.mark.parametrize("turn", [0.0, 0.4, 1.3])
def test_a_straight_fibre_is_as_wide_long_and_heavy_as_asked(kind, turn):
    scale, length = 1.5, 150.0
    inner = 0.0 if kind == "solid" else 12.0
    tube = Tube(kind, 30.0, inner)
    way = np.array([math.sin(turn), math.cos(turn)])
    path = np.array([60.3, 40.7]) + np.linspace(0, length, 40)[:, None] * way
    strip = draw_fibre(path, tube, scale, np.random.default_rng(0), capped=(False, False))
    assert strip.mask.sum() == pytest.approx(length * 30 / scale, rel=0.01)
    volume = math.pi / 4 * (30**2 - inner**2) * length * scale
    assert strip.mass.sum() * scale**2 == pytest.approx(volume, rel=0.01)


def test_partitions_of_bamboo_come_at_their_pitch():
    tube = Tube("bamboo", 40.0, 24.0, 60.0)
    path = np.stack([np.full(50, 50.0), np.linspace(20, 620, 50)], axis=1)
    strip = draw_fibre(path, tube, 1.0, np.random.default_rng(3), capped=(False, False))
    axis = strip.mass[50 - strip.origin[0], 30 - strip.origin[1] : 610 - strip.origin[1]]
    closed = axis > axis.min() + 0.5 * np.ptp(axis)
    assert abs(np.count_nonzero(closed[1:] & ~closed[:-1]) - 580 / 60) <= 1


def test_a_fibre_that_crosses_itself_is_twice_as_thick_there():
    turns = np.linspace(0, 2 * math.pi, 200)
    eight = np.stack([100 + 40 * np.sin(2 * turns), 100 + 80 * np.sin(turns + 0.3)], axis=1)
    tube = Tube("solid", 10.0)
    strip = draw_fibre(eight, tube, 1.0, np.random.default_rng(0))
    assert strip.mass.max() == pytest.approx(20, rel=0.05)


@given(width=st.floats(1.5, 40), bend=st.floats(0, 0.015))
@settings(max_examples=30, deadline=None)
def test_a_bent_fibre_keeps_its_volume(width, bend):
    along = np.linspace(0, 200, 101)
    angle = bend * along
    path = 150 + np.cumsum(2 * np.stack([np.sin(angle), np.cos(angle)], 1), axis=0)
    strip = draw_fibre(path, Tube("solid", width), 1.0, np.random.default_rng(0),
                       capped=(False, False))  # fmt: skip
    assert strip.mass.sum() == pytest.approx(math.pi / 4 * width**2 * 200, rel=0.03)


def test_directions_along_a_fibre_lose_their_correlation_at_the_persistence_length():
    random, persistence, step = np.random.default_rng(0), 60.0, 2.0
    far = int(persistence / step)
    cosines = []
    for _ in range(300):
        path = walk(np.zeros(2), 0.0, 300, persistence, random, step=step, smooth=6.0)
        ways = np.diff(path, axis=0) / step
        cosines.append((ways[far:] * ways[:-far]).sum(1).mean())
    assert np.mean(cosines) == pytest.approx(math.exp(-0.5), abs=0.05)


def test_soot_has_the_fractal_dimension_it_was_asked_for():
    config = Config(
        classes=("SP",), fractal_dimension=(1.8, 1.8), prefactor=(1.3, 1.3), primaries=(15, 300)
    )
    numbers, radii = [], []
    for seed in range(24):
        random = np.random.default_rng(seed)
        canvas = Canvas((400, 400), 2.0)
        specimen = make_specimen(config, random)
        made = soot(canvas, specimen._replace(primary_nm=seed + 14.0), config, random)
        balls = [one.parameters for one in canvas.wholes]
        assert len(balls) == made["primaries"]
        centres = np.array([[b["row_nm"], b["col_nm"], b["height_nm"]] for b in balls])
        size = np.array([b["diameter_nm"] / 2 for b in balls])
        gyration = gyration_radius(centres, size)
        assert gyration == pytest.approx(made["gyration_nm"], rel=1e-6)
        numbers.append(len(balls))
        radii.append(gyration / np.mean(size**3) ** (1 / 3))
    assert max(numbers) > 3 * min(numbers)
    dimension = np.polyfit(np.log(radii), np.log(numbers), 1)[0]
    assert dimension == pytest.approx(1.8, abs=0.1)
    np.testing.assert_allclose(numbers, 1.3 * np.array(radii) ** 1.8, rtol=0.2)


def test_what_two_spherules_share_counts_once():
    canvas = Canvas((64, 64), 2.0)
    middle = np.array([48.0, 48.0])
    for height, thickness in ((0.0, 40.0), (10.0, 60.0), (40.0, 80.0)):
        grown = _Grown(canvas, 0.0, 2.0)
        for level in (0.0, height):
            grown.add(middle, level, 10.0, np.random.default_rng(0))
        assert grown.mass.max() == pytest.approx(thickness, rel=0.01)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_a_folded_sheet_keeps_its_area(seed):
    random = np.random.default_rng(seed)
    corners = sheets._outline(np.array([100.0, 100.0]), 60.0, random)
    stays, flap, crease = sheets._fold(corners, random)
    if flap is None:
        return
    whole, rest, over = (abs(_area(points)) for points in (corners, stays, flap))
    assert rest + over == pytest.approx(whole, rel=0.03)  # ragged edges may cross the crease twice
    assert np.hypot(*np.diff(crease, axis=0)[0]) > 0


def _area(corners):
    row, col = corners.T
    return 0.5 * float(row @ np.roll(col, -1) - col @ np.roll(row, -1))


def test_cells_of_a_lattice_are_half_their_spacing_deep_and_end_in_walls():
    half = cells((400, 400), 40.0, 0.0, np.random.default_rng(0))
    assert half.max() == pytest.approx(20, abs=2.5)  # sampled every 4 px
    assert 0 <= half.min() < 2
    assert cells((200, 200), 40.0, 1.0, np.random.default_rng(0)).min() >= 0


def test_supports_are_as_thick_as_asked_and_holes_are_empty():
    whole = film((200, 200), "film", 20.0, 1.0, np.random.default_rng(0), uneven=0.0)
    assert whole.mean() == pytest.approx(20, rel=0.1)
    for kind in ("holey", "lacey"):
        some = [film((200, 200), kind, 20.0, 5.0, np.random.default_rng(k)) for k in range(6)]
        assert any((one == 0).mean() > 0.1 for one in some)
        assert all(one.max() < 60 for one in some)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_is_drawn_with_its_bodies(name):
    bodies = {
        "Cl": {"fibre"}, "Fi": {"fibre"}, "Ma": {"fibre", "matrix"}, "MS": {"fibre", "body"},
        "GS": {"sheet"}, "SP": {"spherule"}, "HDP": {"crystal"}, "PR": {"polymer"},
        "O": {"droplet", "ash", "lump", "needle", "stain"},
    }  # fmt: skip
    for sample in images(name, 3, size=128):
        assert sample.label == name
        assert sample.labels_all == (name,)
        assert {one.class_name for one in sample.instances} <= bodies[name]
        assert sample.instances
        assert sample.pixels.std() > 2
        covered = label_image(sample) > 0
        assert 0.003 < covered.mean() < 0.999


def test_what_lies_on_the_support_is_darker():
    for name in ("SP", "HDP", "MS", "Ma"):
        for sample in images(name, 3, size=128, supports=("film",)):
            covered = label_image(sample) > 0
            assert sample.pixels[covered].mean() < sample.pixels[~covered].mean()


def test_fibres_are_as_wide_as_asked_and_more_than_three_times_as_long():
    for sample in images("Fi", 6, fibre_nm=(30.0, 30.0), nm_per_px=(1.0, 3.0)):
        (fibre,) = sample.instances
        spread = sample.parameters["fibre_spread"]
        assert 30 / spread**2 <= fibre.parameters["width_nm"] <= 30 * spread**2
        assert fibre.parameters["length_nm"] > 3 * fibre.parameters["width_nm"]
        area = fibre.whole.sum() * sample.nm_per_px**2
        wanted = fibre.parameters["width_nm"] * fibre.parameters["length_nm"]
        assert area == pytest.approx(wanted, rel=0.2)


def test_a_cluster_covers_its_core_as_often_as_it_says():
    loose = [sample.parameters for sample in images("Cl", 8, size=128)]
    assert all(0.25 <= one["layers"] <= 0.9 and one["fibres"] >= 4 for one in loose)


def test_images_of_one_specimen_share_its_parameters_and_group():
    config = Config(images_per_specimen=3, size=64)
    found = [simulate_one("carbon", index, 1, config) for index in range(6)]
    for first in (0, 3):
        three = found[first : first + 3]
        for key in ("support", "film_nm", "free_path_nm", "fibre_nm", "primary_nm"):
            assert len({one.parameters[key] for one in three}) == 1
        assert len({(one.label, one.nm_per_px, one.group) for one in three}) == 1
        assert not np.array_equal(three[0].pixels, three[1].pixels)
    assert found[0].group != found[3].group
    assert found[0].nm_per_px != found[3].nm_per_px


def test_a_bar_hides_what_lies_under_it():
    sample = simulate_one("carbon", 0, 0, Config(classes=("PR",), bar=1))
    top, left, bottom, right = sample.parameters["bar_box"]
    assert not label_image(sample)[top:bottom, left:right].any()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"classes": ["Fi", "XX"]}, "'Cl', 'Fi', 'Ma', 'MS', 'GS', 'SP', 'HDP', 'PR' or 'O'"),
        ({"fibre_nm": [50, 20]}, "fibre_nm goes from a smaller to a larger"),
        ({"fractal_dimension": [1.8, 3.0]}, "fractal_dimension wants values from 1.4 to 2.4"),
        ({"primaries": [1, 20]}, "primaries wants values from 2 to 400"),
        (
            {"classes": ["Ma"], "nm_per_px": [0.1, 0.2], "fibre_nm": [50, 60]},
            (
                "class Ma: fibres of 50 to 60 nm cannot be shown at 0.1 to 0.2 nm/px in 256 px, "
                "where they must be 1.4 to 6 px wide; nm_per_px from 8.33 to 42.9 would do"
            ),
        ),
        ({"classes": ["SP"], "nm_per_px": [30, 40]}, "class SP: spherules of 18 to 45 nm cannot"),
        ({"supports": ["glass"]}, "'film', 'holey' or 'lacey'"),
        ({"size": 32}, "greater than or equal to 64"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_could(values, said):
    with pytest.raises(SettingsError, match=said):
        Config.parse(values)
