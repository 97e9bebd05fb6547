"""The network's particles: parting, joining of scales, and the method as a whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrographia.segmentation import SegmentationSettings, segment
from micrographia.segmentation._answers import Answers, _spans, levels_of, scaled
from micrographia.segmentation._depth import depth
from micrographia.segmentation._fusion import (
    Look,
    Seen,
    enlarged,
    fuse,
    merit,
    neighbours,
    weighed,
)
from micrographia.segmentation._parting import part
from micrographia.segmentation.network import first_scales, largest_scale
from micrographia.segmentation.settings import NetworkSettings
from micrographia.segmentation.testing import discs


def ideal(labels: np.ndarray, contact: np.ndarray | None = None, scale: float = 1.0) -> Answers:
    """Answers that a perfect network would give."""
    if contact is None:
        contact = np.zeros(labels.shape, np.float32)
    return Answers(
        (labels > 0).astype(np.float32), depth(labels).astype(np.float32) / 255, contact, scale
    )


def rows_of_discs(radius: int, gap: int) -> np.ndarray:
    labels = np.zeros((120, 160), np.int32)
    rows, cols = np.mgrid[:120, :160]
    step, number = 2 * radius + gap, 0
    for row in range(radius + 3, 120 - radius, step):
        for col in range(radius + 3, 160 - radius, step):
            number += 1
            labels[np.hypot(rows - row, cols - col) <= radius] = number
    return labels


@settings(max_examples=12)
@given(st.integers(5, 18), st.integers(0, 4))
def test_ideal_answers_give_the_particles_back(radius, gap):
    labels = rows_of_discs(radius, gap)
    found = part(ideal(labels), NetworkSettings())
    assert found.labels.max() == labels.max()
    for number in range(1, labels.max() + 1):
        own = labels == number
        best = np.bincount(found.labels[own])[1:].max()
        assert best > 0.95 * own.sum()
    assert (found.certainty[1:] > 0.7).all()


def test_parts_with_little_contact_between_them_are_one():
    labels = np.zeros((40, 90), np.int32)
    labels[12:28, 8:46] = 1
    labels[12:28, 46:82] = 2
    height = depth((labels > 0).astype(np.int32)).astype(np.float32) / 255
    height[:, 42:50] *= 0.85
    answers = Answers((labels > 0).astype(np.float32), height, np.zeros_like(height), 1.0)
    assert part(answers, NetworkSettings()).labels.max() == 1
    wall = np.zeros_like(height)
    wall[:, 43:49] = 1
    assert part(answers._replace(contact=wall), NetworkSettings()).labels.max() == 2


def seen(labels: np.ndarray, *certainty: float) -> Seen:
    value = np.array([0.0, *certainty], np.float32)
    return Seen(labels.astype(np.int32), value, value)


def test_of_two_scales_that_disagree_the_better_case_wins():
    whole, halves = np.zeros((2, 30, 60), np.int32)
    whole[5:25, 5:55] = 1
    halves[5:25, 5:30] = 1
    halves[5:25, 30:55] = 2
    assert fuse(seen(whole, 0.9), seen(halves, 0.8, 0.8)).labels.max() == 1
    assert fuse(seen(whole, 0.35), seen(halves, 0.8, 0.8)).labels.max() == 2


def test_what_only_one_scale_sees_is_added():
    one, other = np.zeros((2, 30, 60), np.int32)
    one[5:25, 5:25] = 1
    other[8:22, 40:54] = 1
    both = fuse(seen(one, 0.9), seen(other, 0.9))
    assert both.labels.max() == 2
    assert both.certainty.tolist() == pytest.approx([0, 0.9, 0.9])


def test_outlines_are_enlarged_without_steps():
    rows, cols = np.mgrid[:40, :40]
    far = np.hypot(rows - 19.5, cols - 19.5)
    labels = (far < 12).astype(np.int32)
    soft = np.clip(12.5 - far, 0, 1).astype(np.float32)
    answers = Answers(soft, soft, 0 * soft, 0.25)
    found = part(answers, NetworkSettings())
    large = enlarged(found._replace(labels=labels), answers, (160, 160))
    rows, cols = np.mgrid[:160, :160]
    true = np.hypot(rows - 79.5, cols - 79.5) < 48
    assert np.count_nonzero(true ^ (large.labels > 0)) < 0.02 * true.sum()


def test_merit_is_largest_where_the_network_sees_best():
    value = merit(np.full(4, 0.9, np.float32), np.float32([8, 30, 60, 200]))
    assert value.argmax() == 1
    assert value[1] == pytest.approx(0.9**6)


def look(labels: np.ndarray, chance: float, scale: float) -> Look:
    labels = labels.astype(np.int32)
    diameter = np.sqrt(4 / np.pi * np.bincount(labels.ravel())).astype(np.float32)
    said = np.full(labels.shape, round(255 * chance), np.uint8)
    return Look(labels, np.full(diameter.size, 0.9, np.float32), diameter, said, scale)


def test_what_the_next_scale_should_see_but_does_not_is_doubtful():
    labels = np.zeros((60, 60))
    labels[15:45, 15:45] = 1
    fine = look(labels, 1.0, 1.0)
    alone = weighed(fine, [])
    assert alone.certainty[1] == pytest.approx(0.9)
    assert weighed(fine, [look(labels, 1.0, 0.5)]).certainty[1] == pytest.approx(0.9)
    doubtful = weighed(fine, [look(labels, 0.0, 0.7)])
    assert 0.3 < doubtful.certainty[1] < 0.55
    far_off = weighed(fine, [look(labels, 0.0, 0.02)])
    assert far_off.certainty[1] > 0.89
    assert doubtful.merit[1] < alone.merit[1]


def test_only_looks_within_an_octave_are_neighbours():
    looks = [look(np.zeros((4, 4)), 0.0, scale) for scale in (0.25, 0.5, 0.7, 1.0, 2.0)]
    assert [one.scale for one in neighbours(looks[1], looks)] == [0.25, 0.7, 1.0]


@given(st.integers(1, 6000))
def test_tiles_cover_every_pixel_once(side):
    covered = np.zeros(side, int)
    for source, inner, place in _spans(side, 32):
        assert 0 <= source.start < source.stop <= side
        assert inner.stop - inner.start == place.stop - place.start
        assert source.start + inner.start == place.start
        covered[place] += 1
    assert (covered == 1).all()


def test_levels_are_those_of_the_valid_pixels():
    image = np.ones((4, 6), np.float32)
    image[:, 3:] = 9
    valid = image < 5
    assert levels_of(image, valid).tolist() == [1, 0]
    assert scaled(image, 0.5).shape == (2, 3)


@pytest.mark.parametrize("shape", [(64, 64), (300, 5000), (700, 1024), (2048, 2048)])
def test_the_first_look_is_cheap(shape):
    scales = first_scales(shape)
    assert 1 <= len(scales) <= 4
    assert sum(shape[0] * shape[1] * scale**2 for scale in scales) < 1.7e6
    assert largest_scale(shape[0] * shape[1]) >= 1


NETWORK = SegmentationSettings(method="network")


def matched(one: np.ndarray, other: np.ndarray) -> float:
    """F1 of the particles of two label images at an IoU of 0.5."""
    pairs, shared = np.unique(np.stack([one.ravel(), other.ravel()]), axis=1, return_counts=True)
    areas, others = np.bincount(one.ravel()), np.bincount(other.ravel())
    inside = (pairs > 0).all(axis=0)
    union = areas[pairs[0]] + others[pairs[1]] - shared
    hits = (shared[inside] >= 0.5 * union[inside]).sum()
    return 2 * hits / max(one.max() + other.max(), 1)


@pytest.fixture(scope="module")
def scene():
    from micrographia.simulation import simulate_one
    from micrographia.simulation.families.micrographs import Config

    config = Config(modes=("tem",), layouts=("touching",), bodies=("hexagon",), bar=0,
                    diameter_px=(24, 32), second_family=0, degradation=0.5)  # fmt: skip
    return simulate_one("micrographs", 2, 11, config)


@pytest.fixture(scope="module")
def found(scene):
    return segment(scene.pixels, NETWORK)


def test_most_particles_of_a_clear_simulated_image_are_found(scene, found):
    from micrographia.simulation import label_image

    assert matched(found.labels, label_image(scene)) > 0.85
    assert found.certainty is not None
    assert found.certainty.shape == (found.count + 1,)
    assert (found.certainty[1:] >= NETWORK.network.min_certainty).all()


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (lambda a: 255 - a, lambda a: a),
        (lambda a: np.rot90(a).copy(), lambda a: np.rot90(a, -1)),
        (lambda a: np.kron(a, np.ones((2, 2), a.dtype)), lambda a: a[::2, ::2]),
    ],
    ids=["inverted", "turned", "doubled"],
)
def test_the_same_particles_are_found_in_a_changed_image(scene, found, change, back):
    other = segment(change(scene.pixels), NETWORK)
    assert matched(found.labels, back(other.labels).astype(np.int32)) >= 0.97


def test_polarity_is_told(scene, found):
    assert found.polarity == "dark"
    assert segment(255 - scene.pixels, NETWORK).polarity == "bright"


def test_noise_alone_has_next_to_no_particles():
    noise = np.random.default_rng(4).normal(100, 10, (200, 240))
    assert segment(noise, NETWORK).count <= 2


def test_what_is_not_valid_holds_no_particle():
    image = discs()
    valid = np.ones(image.shape, bool)
    valid[:80] = False
    labels = segment(image, NETWORK, valid=valid).labels
    assert not labels[:80].any()
    assert labels.max() == 2


def test_small_particles_are_found_where_the_first_look_is_too_coarse(monkeypatch):
    from micrographia.simulation.phantoms import Outline, draw

    discs = [Outline("disc", 40 + 60 * r, 40 + 60 * c, 18) for r in range(6) for c in range(6)]
    pixels = draw(discs, (380, 380), blur=1.0, noise=6.0).pixels
    monkeypatch.setattr("micrographia.segmentation.network._COARSE", 4000)
    assert max(first_scales(pixels.shape)) <= 0.13
    assert segment(pixels, NETWORK).count == 36


def test_depths_do_not_depend_on_where_in_memory_they_are_reckoned():
    import cv2

    from micrographia.segmentation._depth import depth

    noise = np.random.default_rng(0).normal(0, 1, (640, 640)).astype(np.float32)
    mask = cv2.GaussianBlur(noise, (0, 0), 6) > 0.02
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    first, between = depth(labels), []
    for size in range(1000, 400_000, 33_333):
        between.append(np.empty(size, np.uint8))
        np.testing.assert_array_equal(depth(labels), first)
