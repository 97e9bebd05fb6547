"""The built-in models of shapes on particles drawn by hand."""

import cv2
import numpy as np
import pytest

from micrographia.bundles import load_bundle
from micrographia.classification import classify_particles
from micrographia.micrograph import Micrograph


def named(labels, model, pixels=None):
    pixels = np.float32(labels > 0) if pixels is None else pixels
    return classify_particles(load_bundle(model), Micrograph(pixels), labels)["label"].tolist()


def discs(centres, radii, shape=(200, 260)):
    """Each pixel of the disc that it lies deepest in."""
    rows, cols = np.indices(shape)
    depth = np.stack([
        r - np.hypot(rows - row, cols - col)
        for (row, col), r in zip(centres, radii, strict=True)
    ])  # fmt: skip
    return np.where(depth.max(0) > 0, depth.argmax(0) + 1, 0)


def test_a_sphere_among_six_that_touch_it_is_a_circle():
    turns = np.arange(6) * np.pi / 3
    ring = [(100 + 58.5 * np.sin(t), 130 + 58.5 * np.cos(t)) for t in turns]
    labels = discs([(100, 130), *ring], [30] * 7)
    assert named(labels, "outline") == ["circle"] * 7


@pytest.mark.parametrize("second", [0.7, 0.85, 1.0])
def test_two_discs_grown_together_are_a_dumbbell(second):
    labels = discs([(90, 90), (105, 90 + 32 + 20 * second)], [40, 40 * second]) > 0
    assert named(labels.astype(int), "outline") == ["dumbbell"]


@pytest.mark.parametrize("aspect", [1.6, 2.5, 4.0])
def test_turned_rectangles_keep_their_name(aspect):
    labels = np.zeros((200, 260), np.uint8)
    box = cv2.boxPoints(((130, 100), (40 * aspect, 40), 25.0))
    cv2.fillPoly(labels, [np.int32(box)], 1)
    assert named(labels.astype(int), "outline") == ["rectangle"]


def test_a_sphere_and_a_rod_are_no_polyhedra():
    rows, cols = np.indices((200, 260))
    sphere = np.sqrt(np.clip(45**2 - (rows - 100) ** 2 - (cols - 70) ** 2, 0, None))
    along = np.clip(cols, 160, 220)
    rod = np.sqrt(np.clip(18**2 - (rows - 100) ** 2 - (cols - along) ** 2, 0, None))
    labels = (sphere > 0) + 2 * (rod > 0)
    noise = np.random.default_rng(0).normal(0, 3, labels.shape)
    grey = 200 - 1.2 * sphere - 2.0 * rod + noise
    assert named(labels, "polyhedron", grey) == ["other", "other"]


@pytest.mark.parametrize("name", ["outline", "particles", "polyhedron"])
def test_a_model_holds_no_place_of_a_machine(name):
    content = (load_bundle(name).path / "model.onnx").read_bytes()
    assert b".py" not in content
    assert b"/micrographia/" not in content
