"""Near-duplicates are found at any right angle, silhouettes and textures by one measure."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.learning.datasets._alike import find_alike, shift_between
from micrographia.learning.datasets._scan import thumbnail

LIMIT = 0.004


def texture(seed, size=128):
    noise = np.random.default_rng(seed).normal(0, 1, (size, size)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.clip(128 + smooth * 400, 0, 255).astype(np.uint8)


def silhouette(seed, size=200):
    rng = np.random.default_rng(seed)
    image = np.full((size, size), 255, np.uint8)
    corners = rng.uniform(40, 160, (3, 2)).astype(np.int32)
    return cv2.fillPoly(image, [corners], 0)


def pairs_of(*images, limit=LIMIT):
    thumbs = np.stack([thumbnail(image) for image in images])
    names = np.array([str(index) for index in range(len(images))])
    return find_alike(thumbs, names, limit).tolist()


@given(seed=st.integers(0, 10_000), turns=st.integers(0, 3), mirrored=st.booleans())
def test_a_turned_or_mirrored_copy_is_found(seed, turns, mirrored):
    image = texture(seed, 64)
    copy = np.rot90(image, turns)
    assert pairs_of(image, copy[:, ::-1] if mirrored else copy) == [[0, 1]]


@pytest.mark.parametrize("make", [texture, silhouette])
@pytest.mark.parametrize(
    "change",
    [
        lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [1, 75])[1], 0),
        lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        lambda image: (image * 0.6 + 30).astype(np.uint8),
        lambda image: np.clip(
            image + np.random.default_rng(9).normal(0, 8, image.shape), 0, 255
        ).astype(np.uint8),
        lambda image: image.astype(np.uint16) * 200,
    ],
    ids=["JPEG", "half the size", "less contrast", "noise", "16 bits"],
)
def test_a_copy_saved_otherwise_is_found(make, change):
    for seed in range(5):
        image = make(seed)
        assert pairs_of(image, change(image)) == [[0, 1]]


@pytest.mark.parametrize("make", [texture, silhouette])
def test_images_of_different_things_are_not_taken_for_one(make):
    assert pairs_of(*(make(seed) for seed in range(60)), limit=0.008) == []


@pytest.mark.parametrize("make", [texture, silhouette])
def test_the_measure_is_the_shift_where_one_is_shifted(make):
    image = make(3, 400)
    image = cv2.GaussianBlur(image, (0, 0), 12)
    moved = np.roll(image, 2, axis=1)[:, 8:-8]
    measured = shift_between(thumbnail(image[:, 8:-8]), thumbnail(moved))
    assert measured == pytest.approx(2 / 384 * np.sqrt(0.5), rel=0.6)


def test_images_of_one_grey_level_are_alike_only_if_equal():
    blank = np.zeros((3, 32, 32), np.uint8)
    assert find_alike(blank, np.array(["a", "b", "a"]), LIMIT).tolist() == [[0, 2]]


def test_the_coarse_look_rules_out_no_pair(monkeypatch):
    from micrographia.learning.datasets import _alike

    rng = np.random.default_rng(1)
    base = np.stack([thumbnail(texture(seed)) for seed in range(12)])
    near = np.clip(base + rng.normal(0, 6, base.shape), 0, 255).astype(np.uint8)
    thumbs = np.concatenate([base, near])
    names = np.arange(24).astype(str)
    quick = find_alike(thumbs, names, 0.01)
    monkeypatch.setattr(_alike, "_COARSE", 32)
    np.testing.assert_array_equal(quick, find_alike(thumbs, names, 0.01))


def test_a_data_bar_is_not_what_makes_images_alike():
    images = [texture(seed, 256) for seed in range(6)]
    for image in images:
        image[220:] = 0
        image[230:240, 20:200:4] = 255
    assert pairs_of(*images, limit=0.008) == []
