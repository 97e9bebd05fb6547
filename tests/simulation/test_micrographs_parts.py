"""The parts of whole micrographs: forms, contacts, aggregates, signal to noise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrographia.simulation.families.micrographs import _bars
from micrographia.simulation.families.micrographs._aggregates import aggregate, gyration_radius
from micrographia.simulation.families.micrographs._catalogue import BODIES, make_form
from micrographia.simulation.families.micrographs._forms import PolarForm, turned_support
from micrographia.simulation.families.micrographs._layout import Field, Placed, lattice
from micrographia.simulation.families.micrographs._transmission import fresnel
from micrographia.simulation.families.micrographs._truth import signal_to_noise


@pytest.mark.parametrize("body", BODIES)
def test_a_form_covers_the_area_of_the_disc_of_its_diameter(body):
    random = np.random.default_rng(8)
    for _ in range(4):
        patch = make_form(body, "tem", random).patch(3.3, -7.8, 60, random.uniform(0, 6))
        assert patch.cover.sum() == pytest.approx(math.pi / 4 * 60**2, rel=0.03)
        assert patch.cover[0].max() == patch.cover[-1].max() == 0
        assert patch.depth.min() >= 0
        assert np.isfinite(patch.top).all()


def test_a_sphere_has_the_volume_of_a_sphere():
    sphere = PolarForm.from_radii("sphere", np.ones(2048))
    patch = sphere.patch(0, 0, 50, 0)
    assert patch.depth.sum() == pytest.approx(math.pi / 6 * 50**3, rel=0.01)


def test_a_lying_cube_is_as_high_as_wide():
    random = np.random.default_rng(0)
    forms = [make_form("cube", "tem", random) for _ in range(20)]
    lying = [form for form in forms if np.abs(form.planes[:, 2]).max() > 0.9999]
    side = 40 * math.sqrt(math.pi) / 2
    assert len(lying) > 4
    for form in lying:
        assert form.patch(0, 0, 40, 0.3).depth.max() == pytest.approx(side, rel=0.01)


@given(turn=st.floats(0, 6.28), first=st.floats(5, 40), second=st.floats(5, 40))
def test_two_discs_touch_at_the_sum_of_their_radii(turn, first, second):
    disc = PolarForm.from_radii("sphere", np.ones(2048))
    field = Field((200, 200))
    field.add(Placed(disc, 100, 100, first, 0))
    support = turned_support(disc, second, 0)
    far = field.contact(0, support, turn)
    assert far == pytest.approx((first + second) / 2, rel=0.002)
    row, col = 100 + far * math.sin(turn), 100 + far * math.cos(turn)
    assert field.has_room(row, col, support, second / 2, -0.1)
    assert not field.has_room(row, col, support, second / 2, 0.1)


def test_two_squares_meet_face_to_face_at_one_side():
    sharp = np.min(1 / np.clip(np.abs([np.cos(t := np.arange(2048) * 2 * np.pi / 2048),
                                       np.sin(t)]), 1e-9, None), axis=0)  # fmt: skip
    square = PolarForm.from_radii("square", sharp)
    field = Field((100, 100))
    field.add(Placed(square, 50, 50, 20, 0))
    side = 20 * math.sqrt(math.pi) / 2
    assert field.contact(0, turned_support(square, 20, 0), 0.0) == pytest.approx(side, rel=0.005)


def test_a_lattice_has_the_density_of_the_closed_form():
    disc = PolarForm.from_radii("sphere", np.ones(2048))
    for square, full in ((True, math.pi / 4), (False, math.pi / (2 * math.sqrt(3)))):
        field = Field((400, 400))
        lattice(field, [disc], np.full(5000, 16.0), np.random.default_rng(2), 20.0, 0.0, square)
        inside = [p for p in field.placed if 20 < p.row < 380 and 20 < p.col < 380]
        density = len(inside) * math.pi / 4 * 16**2 / 360**2
        assert density == pytest.approx(full * (16 / 20) ** 2, rel=0.04)


@pytest.mark.parametrize("dimension", [1.6, 1.8, 2.2])
def test_aggregates_scale_with_the_fractal_dimension_and_prefactor_asked_for(dimension):
    random = np.random.default_rng(4)
    points = []
    for n in (16, 32, 64, 128):
        for _ in range(3):
            radius = gyration_radius(aggregate(np.ones(n), dimension, 1.3, random), np.ones(n))
            points.append((math.log(radius), math.log(n)))
    slope, offset = np.polyfit(*np.array(points).T, 1)
    assert slope == pytest.approx(dimension, abs=0.06)
    assert math.exp(offset) == pytest.approx(1.3, abs=0.12)


@settings(max_examples=20)
@given(seed=st.integers(0, 500), n=st.integers(2, 30), overlap=st.sampled_from([0.0, 0.2]))
def test_spheres_of_an_aggregate_touch_and_do_not_go_deeper(seed, n, overlap):
    random = np.random.default_rng(seed)
    radii = np.exp(0.2 * random.standard_normal(n))
    centres = aggregate(radii, 1.8, 1.3, random, overlap)
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    wanted = (1 - overlap) * (radii[:, None] + radii[None])
    gaps = (apart - wanted)[~np.eye(n, dtype=bool)].reshape(n, n - 1)
    assert gaps.min() > -1e-6
    assert gaps.min(axis=1).max() < 1e-6
    assert (radii[:, None] ** 3 * centres).sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)


def test_two_equal_spheres_have_the_gyration_radius_of_the_parallel_axis_theorem():
    centres = np.array([[0, 0, -1.0], [0, 0, 1.0]])
    assert gyration_radius(centres, np.ones(2)) == pytest.approx(math.sqrt(1 + 0.6))


def test_a_slit_edge_out_of_focus_shows_the_overshoot_of_fresnel():
    """Behind a straight opaque edge the first maximum is 1.370 of the free intensity."""
    mass = np.zeros((16, 512), np.float32)
    mass[:, :128] = 40
    mass[:, 384:] = 40
    intensity = fresnel(mass, np.zeros_like(mass), 12.0, 0.0)[8]
    assert intensity[128:200].max() == pytest.approx(1.370, abs=0.05)
    assert intensity[128] == pytest.approx(0.25, abs=0.08)


@given(contrast=st.floats(0.01, 1), noise=st.floats(0.01, 1), blur=st.floats(0, 3))
def test_four_times_the_area_doubles_the_signal_to_noise_at_least(contrast, noise, blur):
    small, large = (signal_to_noise(contrast, area, blur, noise) for area in (25, 100))
    assert large >= 1.999 * small


@pytest.mark.parametrize("name", _bars._FONTS)
def test_no_bar_is_labelled_with_the_box_of_a_missing_character(name):
    font = _bars._font_with(name, 30, "5 µm")
    missing = font.getmask("\u0378")  # a character that no font has
    for character in "0123456789.nmµ":
        assert bytes(font.getmask(character)) != bytes(missing)


@pytest.mark.parametrize("name", _bars._FONTS)
def test_a_text_without_a_micro_sign_keeps_its_font(name):
    assert _bars._font_with(name, 30, "50 nm") is _bars._font(name, 30)
