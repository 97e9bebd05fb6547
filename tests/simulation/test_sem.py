"""SEM images: geometry measured back from the stage, labels, data bars, bad settings."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt
from skimage.morphology import skeletonize

from micrographia.errors import SettingsError
from micrographia.simulation import label_image
from micrographia.simulation.families.micrographs._bars import Overlay
from micrographia.simulation.families.sem import Config, _catalogue, simulate
from micrographia.simulation.families.sem._bodies import SOLIDS, ball, facets, solid, tubes
from micrographia.simulation.families.sem._databars import STYLES, draw_data_bar
from micrographia.simulation.families.sem._devices import _Sheet, fingers
from micrographia.simulation.families.sem._patterns import grating
from micrographia.simulation.families.sem._scan import charge, focus
from micrographia.simulation.families.sem._shade import Look, openness, shade
from micrographia.simulation.families.sem._simulate import MARGIN, build, make_plan
from micrographia.simulation.families.sem._stage import FINE, Stage

ALL = Config().classes


def a_stage(shape=(200, 240), tilt=0.0, seed=0):
    return Stage(shape, 1.0, tilt, np.random.default_rng(seed))


def first_of(variant, seeds=400, **values):
    """The first stage of a category that shows a variant, with its plan and parameters."""
    config = Config(mixtures=0, **values)
    for seed in range(seeds):
        random = np.random.default_rng([11, seed])
        plan = make_plan(config, random)
        state = random.bit_generator.state
        stage, told = build(plan, config, random)
        if told["variant"].startswith(variant):
            random.bit_generator.state = state
            return plan, stage, told
    raise AssertionError(f"no image shows {variant}")


@pytest.mark.parametrize("category", ALL)
def test_every_category_draws_something_and_says_what(category):
    for seed in (0, 1):
        config = Config(size=128, classes=(category,), mixtures=0, data_bar=0, bar=0)
        sample = simulate(config, np.random.default_rng([3, seed]), seed)
        assert (sample.label, sample.labels_all) == (category, (category,))
        assert sample.pixels.shape == (128, 128)
        assert sample.pixels.std() > 1
        assert sample.parameters["feature_nm"] == pytest.approx(
            sample.parameters["feature_px"] * sample.nm_per_px
        )
        assert bool(sample.instances) <= (category == "Particles")


@pytest.mark.parametrize("below", [name for name in ALL if _catalogue.CATEGORIES[name].under])
@pytest.mark.parametrize("above", ["Particles", "Nanowires", "Fibres"])
def test_an_image_that_mixes_two_categories_shows_and_names_both(below, above):
    config = Config(size=128, classes=(below, above), mixtures=1)
    for seed in (0, 1):
        random = np.random.default_rng([5, seed])
        plan = make_plan(config, random)
        assert plan.layers == (below, above)
        assert plan.label in plan.layers
        stage, told = build(plan, config, random)
        assert 0.002 < stage.body.mean() < 0.98
        assert {"variant", "other_variant"} <= told.keys()
        sample = simulate(config, np.random.default_rng([5, seed]), 0)
        assert set(sample.labels_all) == {below, above}
        assert sample.label == sample.labels_all[0] == plan.label


def test_categories_and_mixtures_come_as_often_as_asked():
    config = Config(mixtures=0.3)
    plans = [make_plan(config, np.random.default_rng([9, k])) for k in range(2000)]
    shares = [sum(plan.label == name for plan in plans) / 2000 for name in ALL]
    assert max(shares) < 0.16
    assert min(shares) > 0.05
    assert sum(len(plan.layers) == 2 for plan in plans) / 2000 == pytest.approx(0.3, abs=0.04)


def test_particles_have_the_size_that_their_label_shows():
    config = Config(classes=("Particles",), mixtures=0, feature_px=(40, 40), data_bar=0, bar=0)
    seen = 0
    for seed in range(12):
        sample = simulate(config, np.random.default_rng([1, seed]), 0)
        labels = label_image(sample)
        for number, one in enumerate(sample.instances, 1):
            area = (labels == number).sum()
            assert area == one.visible.sum() >= config.min_visible_px
            assert one.parameters["visible_share"] <= 1
            if one.parameters["visible_share"] == 1:
                seen += 1
                shown = math.sqrt(4 * area / math.pi)
                assert shown == pytest.approx(one.parameters["ecd_px"], rel=0.06)
                assert one.parameters["ecd_nm"] == pytest.approx(
                    one.parameters["ecd_px"] * sample.nm_per_px, rel=1e-3
                )
    assert seen > 10


@settings(max_examples=20, deadline=None)
@given(radius=st.floats(4, 60), row=st.floats(80, 120), col=st.floats(90, 130))
def test_a_ball_covers_a_disc_and_rises_by_its_radius(radius, row, col):
    stage = a_stage()
    ball(stage, row, col, 0.0, (radius, radius, radius))
    assert stage.body.sum() == pytest.approx(math.pi * radius**2, rel=0.04, abs=6)
    assert stage.depth.max() == pytest.approx(radius, abs=0.2)
    volume = stage.depth.sum()
    assert volume == pytest.approx(2 / 3 * math.pi * radius**3, rel=0.03)


def test_a_cube_seen_along_an_edge_has_the_shadow_of_a_cube():
    stage = a_stage()
    solid(stage, 100, 120, 0.0, 50.0, facets("cube", np.random.default_rng(0)))
    assert stage.body.sum() == pytest.approx((2 * 0.7 * 50) ** 2, rel=0.03)
    assert stage.depth.max() == pytest.approx(35, abs=0.1)


@pytest.mark.parametrize("kind", SOLIDS)
def test_solids_look_the_same_from_opposite_sides(kind):
    body = facets(kind, np.random.default_rng(0))
    first, second = a_stage(), a_stage()
    solid(first, 100, 120, 0, 40, body)
    solid(second, 100, 120, 0, 40, body.turned(-np.eye(3)))
    assert np.array_equal(first.body, second.body)


@pytest.mark.parametrize("angle", [0, 17, 45, 90])
@pytest.mark.parametrize("width", [6.0, 15.0, 40.0])
def test_a_wire_is_as_wide_as_asked(angle, width):
    stage = a_stage((300, 300))
    out = 100 * np.array([math.sin(math.radians(angle)), math.cos(math.radians(angle))])
    ends = np.array([[*(150.3 - out), 5.0], [*(150.3 + out), 5.0]])
    tubes(stage, [ends], [np.full(2, width / 2)], ends=False)
    assert stage.body.sum() / 200 == pytest.approx(width, abs=0.9)
    assert stage.depth.max() == pytest.approx(5 + width / 2, abs=0.1)


def test_lying_wires_have_the_diameter_asked_for():
    _, stage, told = first_of(
        "lying", classes=("Nanowires",), feature_px=(10, 10), tilt_deg=(0, 0), nm_per_px=(3, 3)
    )
    assert told["geometry"]["wire_nm"] == pytest.approx(30)
    inside = distance_transform_edt(stage.body)
    half = np.median(inside[skeletonize(stage.body)])
    assert half / (FINE / 2) == pytest.approx(10, rel=0.25)


@pytest.mark.parametrize(
    ("period", "duty", "turn"), [(20, 0.5, 0), (33, 0.3, 0.7), (64, 0.7, 1.57)]
)
def test_a_grating_has_its_period_and_its_lines_their_share(period, duty, turn):
    inside = grating((512, 512), period, duty, turn) > 0
    assert inside.mean() == pytest.approx(duty, abs=0.05)
    assert measured_period(inside.astype(float)) == pytest.approx(period, rel=0.06)


def measured_period(height):
    """Period [px] of the strongest wave."""
    window = np.hanning(height.shape[0])[:, None] * np.hanning(height.shape[1])[None]
    size = 2048
    power = np.abs(np.fft.rfft2((height - height.mean()) * window, (size, size)))
    row, col = np.unravel_index(int(np.argmax(power)), power.shape)
    return 1 / math.hypot(min(row, size - row) / size, col / size)


def test_the_period_asked_for_is_found_in_the_height_map():
    plan, stage, told = first_of(
        "lines", classes=("Patterned_surface",), feature_px=(24, 24), tilt_deg=(0, 0)
    )
    assert told["feature_nm"] == pytest.approx(24 * plan.nm_per_px)
    assert measured_period(stage.depth) / FINE == pytest.approx(24, rel=0.03)


def test_the_tip_angle_asked_for_is_found_in_the_outline():
    for angle in (15.0, 40.0):
        _, stage, told = first_of(
            "cone", classes=("Tips",), tip_angle_deg=(angle, angle), feature_px=(110, 110)
        )
        geometry = told["geometry"]
        assert geometry["tip_angle_deg"] == pytest.approx(angle)
        heading = math.radians(geometry["heading_deg"])
        row, col = np.nonzero(stage.body)
        down, right = row - geometry["apex_row"], col - geometry["apex_col"]
        along = down * math.sin(heading) + right * math.cos(heading)
        across = down * math.cos(heading) - right * math.sin(heading)
        limit = 0.8 * 110 * FINE / 2 / math.tan(math.radians(angle / 2))
        limit = min(limit, 0.25 * stage.least)
        steps = np.arange(12, limit, 4)
        widths = [np.ptp(across[np.abs(along - step) < 1]) for step in steps]
        slope = np.polyfit(steps, widths, 1)[0]
        assert 2 * math.degrees(math.atan(slope / 2)) == pytest.approx(angle, abs=2.5)


def test_fingers_have_the_line_and_gap_asked_for():
    sheet = _Sheet((400, 400), 0.0, (200, 200))
    fingers(sheet, 20, 12, 200, 4)
    across = sheet.mask[200] > 0
    edges = np.flatnonzero(np.diff(across.astype(int)))
    assert np.diff(edges)[::2] == pytest.approx(20, abs=1.01)
    assert np.diff(edges)[1::2] == pytest.approx(12, abs=1.01)


@pytest.mark.parametrize("tilt", [0.3, 0.8])
def test_a_tilted_step_shows_its_wall_as_high_as_its_sine(tilt):
    stage = a_stage((300, 60), tilt)
    height = np.zeros(stage.world, np.float32)
    edge = stage.world[0] // 2
    height[:edge] = 40
    source = stage.ground(height)
    wall = (source > edge - 1) & (source < edge)
    assert wall.sum(axis=0) == pytest.approx(40 * math.sin(tilt) + math.cos(tilt), abs=1.5)
    foot = np.array([float(edge), 30.0, 0.0])
    row = stage.screen(foot)[0]
    assert source[round(row), 30] == pytest.approx(edge, abs=1.5)
    assert stage.depth[round(row) + 5, 30] == pytest.approx(
        stage.screen(foot)[2] + 5 * math.tan(tilt), abs=1.5
    )


def test_what_stands_in_front_hides_what_lies_behind():
    stage = a_stage((200, 40), 0.9)
    height = np.zeros(stage.world, np.float32)
    middle = stage.world[0] // 2
    height[middle : middle + 10] = 60
    source = stage.ground(height)
    hidden = (source > middle - 50) & (source < middle - 2)
    assert hidden.sum() < 0.2 * 50 * math.cos(0.9) * 40


def test_flat_ground_is_even_and_slopes_are_brighter():
    look = Look(power=1.0, cap=4.0, escape=1.0, edge=0.0, light=0.0, turn=0.0, shadow=0.0,
                reach=8.0, dark=0.0)  # fmt: skip
    flat = a_stage((200, 200))
    flat.ground(np.zeros(flat.world, np.float32))
    assert shade(flat, look) == pytest.approx(1.0, abs=1e-5)
    slope = a_stage((200, 200))
    slope.ground(np.tile(np.arange(200, dtype=np.float32), (200, 1)))
    assert shade(slope, look)[20:80, 20:80] == pytest.approx(math.sqrt(2), rel=1e-3)


def test_deep_cavities_are_darker_than_shallow_ones():
    depth = np.zeros((60, 120), np.float32)
    depth[28:32, 28:32] = -30
    depth[28:32, 88:92] = -3
    sky = openness(depth, 12)
    assert sky[30, 30] < 0.1 < sky[30, 90] < sky[5, 5] == 1


@pytest.mark.parametrize("style", STYLES)
def test_the_bar_of_every_style_is_as_long_as_it_says(style):
    for seed in range(6):
        overlay = Overlay(np.full((400, 560), 90, np.uint8))
        scale = 10 ** np.random.default_rng(seed).uniform(-0.4, 3)
        assert draw_data_bar(overlay, scale, np.random.default_rng(seed), style)
        truth = overlay.truth
        assert truth["bar_px"] * scale == pytest.approx(truth["bar_nm"], abs=0.51 * scale)
        number, unit = truth["bar_text"].split()
        assert float(number) * {"nm": 1, "µm": 1e3}[unit] == pytest.approx(truth["bar_nm"])
        top, left, bottom, right = truth["bar_box"]
        assert right - left == pytest.approx(truth["bar_px"], abs=0.01)
        rows = overlay.grey[math.floor(top) : math.ceil(bottom)].astype(float)
        paper = np.median(overlay.grey[truth["footer_box"][0] :])
        ink = np.abs(rows - paper).max(axis=0)
        columns = np.flatnonzero(ink > 0.3 * ink.max())
        here = columns[(columns > left - 2.5) & (columns < right + 1.5)]
        assert here[0] == pytest.approx(left, abs=1.1)
        assert here[-1] + 1 == pytest.approx(right, abs=1.1)
        assert overlay.covered[truth["footer_box"][0] :].all()


def test_a_picture_too_small_for_a_data_bar_has_none():
    overlay = Overlay(np.zeros((80, 80), np.uint8))
    assert not draw_data_bar(overlay, 1.0, np.random.default_rng(0))
    assert not overlay.covered.any()


def test_no_bar_is_drawn_where_none_is_asked_for_and_always_where_it_is():
    for share in (0.0, 1.0):
        config = Config(size=96, data_bar=share, bar=0, classes=("Films_Coated_Surface",),
                        mixtures=0)  # fmt: skip
        samples = [simulate(config, np.random.default_rng([2, k]), k) for k in range(5)]
        assert all(("footer_box" in one.parameters) == bool(share) for one in samples)


def test_pixel_size_and_tilt_are_as_asked():
    config = Config(size=64, nm_per_px=(7, 9), tilt_deg=(30, 40), bits=16, data_bar=0)
    for seed in range(6):
        sample = simulate(config, np.random.default_rng([4, seed]), seed)
        assert 7 <= sample.nm_per_px <= 9
        assert 30 <= sample.parameters["tilt_deg"] <= 40
        assert sample.pixels.dtype == np.uint16


def test_images_need_not_be_square_and_a_perfect_microscope_adds_nothing():
    config = Config(rows=96, cols=160, degradation=0, classes=("Porous_Sponge",), mixtures=0)
    sample = simulate(config, np.random.default_rng(0), 0)
    assert sample.pixels.shape == (96, 160)
    assert sample.parameters["dose"] == 0
    signal = np.ones((20, 20), np.float32)
    random = np.random.default_rng(0)
    assert focus(signal, signal, 1.0, 0.0, random)[0] is signal
    assert charge(signal, 0.0, random) == (signal, "none")


def test_astigmatism_defocus_and_charging_are_finite_and_named():
    random = np.random.default_rng(1)
    signal = random.random((80, 90), np.float32) + 0.2
    depth = np.cumsum(random.random((80, 90), np.float32), axis=0)
    named = set()
    for _ in range(40):
        image, lens = focus(signal, depth, 0.8, 1.0, random)
        image, name = charge(image, 1.0, random)
        named.add(name)
        assert image.shape == signal.shape
        assert np.isfinite(image).all()
        assert lens["stigma"] >= 1
    assert named == {"none", "halo", "streaks", "bands"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"classes": ["Stones"]}, "Patterned_surface"),
        ({"classes": ["Tips", "Tips"]}, "twice"),
        ({"classes": ["Tips"], "mixtures": 0.5}, "set mixtures to 0"),
        ({"feature_px": [10, 200]}, r"from 2 to 128 in a field of 256 x 256 px"),
        ({"feature_px": [30, 10]}, "low then high"),
        ({"tilt_deg": [0, 80]}, "from 0 to 65"),
        ({"tip_angle_deg": [1, 20]}, "from 5 to 120"),
        ({"nm_per_px": [0, 5]}, "from 0.05"),
        ({"size": 16}, "64"),
        ({"mixtures": 1.5}, "mixtures"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_would_be_allowed(values, said):
    with pytest.raises(SettingsError, match=said):
        Config.parse(values)


def test_the_margin_is_as_wide_on_the_stage_as_in_the_truth():
    config = Config(size=96, classes=("Particles",), mixtures=0, data_bar=0, bar=0)
    random = np.random.default_rng(8)
    stage, _ = build(make_plan(config, random), config, random)
    sample = simulate(config, np.random.default_rng(8), 0)
    edge = FINE * MARGIN
    owner = stage.owner[edge:-edge:FINE, edge:-edge:FINE]
    labels = label_image(sample)
    assert labels.shape == owner.shape
    assert ((labels > 0) <= (owner > 0)).all()
