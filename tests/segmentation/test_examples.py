"""Counts and matches on the shipped examples, and small scenes with the same difficulties."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from micrographia.io import read
from micrographia.segmentation import SegmentationSettings, segment
from micrographia.simulation.phantoms import Outline, draw

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    """Labels found and true of a shipped picture, without the rows of a data bar."""
    path = next(p for p in sorted(EXAMPLES.glob(f"{name}.*")))
    truth = tifffile.imread(EXAMPLES / "truth" / f"{name}.labels.tif")
    pixels = read(path).pixels
    rows = min(truth.shape[0], pixels.shape[0])
    return segment(pixels[:rows]).labels, truth[:rows]


def f1(found, truth):
    """Share of particles that agree by half of their union or more."""
    both = (found > 0) & (truth > 0)
    pairs, overlap = np.unique(np.stack([found[both], truth[both]]), axis=1, return_counts=True)
    areas, true = np.bincount(found.ravel()), np.bincount(truth.ravel())
    union = areas[pairs[0]] + true[pairs[1]] - overlap
    matched = np.count_nonzero(overlap >= 0.5 * union)
    return 2 * matched / (np.count_nonzero(areas[1:]) + np.count_nonzero(true[1:]))


def framed_squares():
    """Squares whose edges are brighter than their faces, as secondary electrons show them."""
    outlines = [
        Outline("square", 70 + 90 * r, 70 + 90 * c, 56, None, 0.3 * r + 0.5 * c)
        for r in range(3)
        for c in range(3)
    ]
    shape = (320, 320)
    phantom = draw(outlines, shape, particle=220, background=20, blur=1.0)
    depth = cv2.distanceTransform((phantom.labels > 0).astype(np.uint8), cv2.DIST_L2, 5)
    face = cv2.GaussianBlur((depth > 5).astype(np.float32), (0, 0), 1)
    return phantom.pixels - 120 * face + np.random.default_rng(0).normal(0, 12, shape)


def test_particles_with_bright_edges_stay_whole():
    assert segment(framed_squares()).count == 9


def test_cubes_with_bright_edges_are_counted_to_three_percent():
    found, truth = example("silver-cubes")
    assert abs(found.max() / len(np.unique(truth[truth > 0])) - 1) < 0.03
    assert f1(found, truth) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["gold-rods", "gold-spheres-1", "gold-spheres-2", "gold-spheres-ripened"]
)
def test_gold_of_the_examples_is_found(name):
    found, truth = example(name)
    assert f1(found, truth) > 0.95


def on_support(seed=0):
    """Twenty-five small discs on a bright, cloudy support that covers half of the image."""
    random = np.random.default_rng(seed)
    discs = [
        Outline("disc", 40 + 80 * r, 40 + 80 * c, 16 + 2 * ((r + c) % 3))
        for r in range(5)
        for c in range(5)
    ]
    shape = (400, 400)
    particles = draw(discs, shape, particle=60, background=0, blur=1.0).pixels
    rows, cols = np.mgrid[:400, :400]
    support = 90 / (1 + np.exp((cols - 180 + 40 * np.sin(rows / 50)) / 25))
    cloud = cv2.GaussianBlur(random.normal(0, 1, shape), (0, 0), 20)
    return particles + support * (1 + 0.15 * cloud / cloud.std()) + random.normal(0, 3, shape)


@pytest.mark.parametrize("method", ["network", "auto"])
def test_small_particles_are_found_on_a_bright_support(method):
    found = segment(on_support(), SegmentationSettings(method=method))
    assert found.count == 25
    assert np.bincount(found.labels.ravel())[1:].max() < 500
    assert method == "network" or "flatten-local" in [step.name for step in found.steps]


def test_platinum_is_found_on_its_oxide():
    assert f1(*example("platinum-on-oxide")) > 0.85


def test_the_texture_of_a_film_gives_no_specks_beside_large_particles():
    random = np.random.default_rng(1)
    discs = [Outline("disc", 90 + 140 * r, 90 + 140 * c, 70) for r in range(3) for c in range(3)]
    particles = draw(discs, (460, 460), particle=60, background=180, blur=1.0).pixels
    grain = cv2.GaussianBlur(random.normal(0, 1, (460, 460)), (0, 0), 2.5)
    assert segment(particles + 10 * grain / grain.std()).count == 9


def test_regions_are_dropped_by_what_their_patch_of_background_varies():
    from micrographia.segmentation._stand_out import contrast_and_texture, standing_out

    image = np.random.default_rng(2).normal(0, 1, (300, 300)).astype(np.float32)
    labels = np.zeros(image.shape, np.int32)
    labels[50:60, 50:60] = 1
    labels[150:160, 150:160] = 2
    image[labels == 2] += 3
    areas, contrast, texture = contrast_and_texture(labels, image)
    # The mean of 100 independent values of deviation 1 has the deviation 0.1.
    assert texture[1] == pytest.approx(0.1, rel=0.25)
    assert contrast[2] == pytest.approx(3, abs=0.4)
    assert areas[1:].tolist() == [100, 100]
    assert np.unique(standing_out(labels, image)).tolist() == [0, 2]
