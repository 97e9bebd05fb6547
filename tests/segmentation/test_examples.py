"""Counts and matches on the shipped examples, and small scenes with the same difficulties."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from micrographia.io import read
from micrographia.segmentation import segment
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
