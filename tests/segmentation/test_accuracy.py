"""Diameters and counts on phantoms with exact truth."""

import numpy as np
import pytest

from micrographia.segmentation import SegmentationSettings, segment
from micrographia.simulation.phantoms import Outline, draw, scatter

KINDS = ["disc", "ellipse", "hexagon", "square", "triangle", "rod", "rectangle"]
# Length over equivalent circular diameter, so that all kinds are asked for the same sizes.
LENGTH = {"ellipse": 1.42, "rod": 1.42, "rectangle": 1.42, "square": 1.25, "triangle": 1.56}


def diameters(outlines, labels):
    """Found and true equivalent circular diameter of every outline, by its centre's label."""
    areas = np.bincount(labels.ravel())
    at = [labels[round(o.row), round(o.col)] for o in outlines]
    assert 0 not in at
    assert len(set(at)) == len(outlines)
    return np.sqrt(4 * areas[at] / np.pi), np.array([o.ecd for o in outlines])


def isolated(kind, low, high, seed, **drawing):
    lengths = np.random.default_rng(seed).uniform(low, high, 25) * LENGTH.get(kind, 1.0)
    shape = (560, 560) if high > 20 else (360, 360)
    outlines = scatter([kind], lengths, shape, gap=8, seed=seed)
    phantom = draw(outlines, shape, blur=1.0, noise=12.0, seed=seed, **drawing)
    found = segment(phantom.pixels)
    assert found.count == len(outlines)
    return diameters(outlines, found.labels)


@pytest.mark.parametrize("kind", KINDS)
def test_isolated_particles_of_20_px_and_more_have_no_bias_of_half_a_percent(kind):
    found, true = isolated(kind, 20, 60, seed=3)
    assert abs(np.mean(found / true) - 1) < 0.005


@pytest.mark.parametrize("kind", ["disc", "ellipse", "square", "rod"])
def test_isolated_particles_of_8_to_20_px_have_no_bias_of_a_tenth_of_a_pixel(kind):
    found, true = isolated(kind, 8, 20, seed=5)
    assert abs(np.mean(found - true)) < 0.1


def test_bright_particles_are_measured_like_dark_ones():
    found, true = isolated("disc", 20, 50, seed=7, particle=200.0, background=80.0)
    assert abs(np.mean(found / true) - 1) < 0.005


def touching(kind, size, step, rows=4, cols=5):
    """A lattice of particles that just touch along the rows and columns."""
    return [
        Outline(kind, 60 + step * r, 60 + step * c, size, None, 0.0)
        for r in range(rows)
        for c in range(cols)
    ]


@pytest.mark.parametrize("diameter", [24.0, 40.0])
def test_touching_discs_are_counted_and_measured_to_two_percent(diameter):
    outlines = touching("disc", diameter, diameter)
    shape = (int(120 + 3 * diameter), int(120 + 4 * diameter))
    phantom = draw(outlines, shape, blur=1.0, noise=12.0)
    found = segment(phantom.pixels)
    assert found.count == len(outlines)
    measured, true = diameters(outlines, found.labels)
    assert abs(np.mean(measured / true) - 1) < 0.02


def test_rods_stay_whole_and_discs_that_overlap_a_little_are_parted():
    rods = [Outline("rod", 40 + 40 * k, 110, 120, 24, 0.0) for k in range(4)]
    pairs = [Outline("disc", 230, 60 + 60 * k + 34 * j, 36) for k in range(2) for j in range(2)]
    phantom = draw([*rods, *pairs[:2]], (270, 220), blur=1.0, noise=8.0)
    assert segment(phantom.pixels).count == 6


@pytest.mark.parametrize("method", ["network", "auto"])
def test_a_sloping_background_changes_no_count(method):
    lengths = np.full(20, 30.0)
    outlines = scatter(["disc"], lengths, (400, 400), gap=6, seed=2)
    phantom = draw(outlines, (400, 400), particle=120, background=180, blur=1.0, noise=4.0)
    slope = np.linspace(0, 120, 400, dtype=np.float32)[:, None]
    found = segment(phantom.pixels + slope, SegmentationSettings(method=method))
    assert found.count == len(outlines)
    assert method == "network" or "flatten" in [step.name for step in found.steps]


def test_faint_and_bright_particles_are_found_in_one_image():
    bright = [Outline("disc", 60, 60 + 80 * k, 50) for k in range(3)]
    faint = [Outline("disc", 150, 50 + 40 * k, 16) for k in range(5)]
    shape = (200, 300)
    strong = draw(bright, shape, particle=220, background=20, blur=1.0).pixels
    weak = draw(faint, shape, particle=70, background=0, blur=1.0).pixels
    noise = np.random.default_rng(0).normal(0, 3, shape)
    assert segment(strong + weak + noise).count == 8


@pytest.mark.parametrize("correlation", [0.0, 1.5])
def test_noise_alone_gives_no_particles_and_says_so(correlation):
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(0).normal(0, 1, (400, 400))
    if correlation:
        noise = gaussian_filter(noise, correlation)
    found = segment(noise)
    assert found.count == 0
    assert "nothing stands out from the noise" in found.warnings[0]


@pytest.mark.parametrize(("particle", "polarity"), [(80, "dark"), (220, "bright")])
def test_two_small_particles_in_a_large_image_are_found(particle, polarity):
    outlines = [Outline("disc", 100, 130, 14), Outline("disc", 480, 300, 12)]
    phantom = draw(outlines, (600, 600), particle=particle, background=150, blur=1.0, noise=7.0)
    found = segment(phantom.pixels)
    assert (found.count, found.polarity) == (2, polarity)


@pytest.mark.parametrize("method", ["network", "auto"])
def test_noise_as_strong_as_half_the_contrast_does_not_break_particles(method):
    outlines = scatter(["disc"], np.full(15, 60.0), (500, 500), gap=10, seed=1)
    phantom = draw(outlines, (500, 500), blur=1.0, noise=60.0, seed=4)
    found = segment(phantom.pixels, SegmentationSettings(method=method))
    assert found.count == len(outlines)
    widths = [step.sigma_px for step in found.steps if step.name == "gaussian"]
    assert method == "network" or max(widths) > 1


def test_refining_is_a_choice_and_mends_a_mask_that_is_too_narrow():
    outlines = scatter(["disc"], np.full(12, 30.0), (300, 300), gap=12, seed=1)
    phantom = draw(outlines, (300, 300), blur=1.0, noise=4.0)
    eroded = {"method": "components", "morphology": [{"name": "erosion", "iterations": 2}]}
    errors = []
    for refine in (False, True):
        settings = SegmentationSettings.parse({**eroded, "refine": refine})
        found, true = diameters(outlines, segment(phantom.pixels, settings).labels)
        errors.append(abs(np.mean(found / true) - 1))
    assert errors[1] < 0.005
    assert errors[0] > 0.1


def test_a_lower_edge_level_reaches_the_foot_of_a_soft_edge():
    rows, cols = np.mgrid[:120, :120]
    share = np.clip(1 - ((rows - 60) ** 2 + (cols - 60) ** 2) / 25.0**2, 0, None)
    sphere = 1 - 0.4 * np.sqrt(share)  # transmission of a weakly absorbing sphere
    diameters = [
        np.sqrt(4 * segment(sphere, SegmentationSettings(edge_level=level)).labels.sum() / np.pi)
        for level in (0.5, 0.25)
    ]
    assert diameters[0] < 46.5
    assert diameters[1] == pytest.approx(50, rel=0.03)
