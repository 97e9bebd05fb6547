"""What the network is to answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.learning.particles import _images
from micrographia.learning.particles._targets import (
    contacts,
    label_deepest,
    label_visible,
    targets,
    unsure,
)
from micrographia.segmentation._depth import depth
from micrographia.simulation._sample import Sample, Whole, stack


def disc(row: float, col: float, radius: float) -> Whole:
    size = int(2 * radius) + 3
    top, left = int(row) - size // 2, int(col) - size // 2
    rows, cols = np.mgrid[:size, :size]
    mask = np.hypot(rows + top - row, cols + left - col) < radius
    return Whole("sphere", row, col, (top, left), mask, {})


def sample(*wholes: Whole, mode: str = "tem", unseen: list[list[float]] | None = None) -> Sample:
    return Sample(
        pixels=np.zeros((60, 80), np.uint8),
        nm_per_px=1.0,
        label="touching",
        labels_all=("touching",),
        group="test",
        parameters={"mode": mode, "unseen": unseen or []},
        instances=stack(wholes, (60, 80)),
    )


@given(st.integers(4, 14), st.integers(20, 40), st.integers(20, 60))
def test_a_disc_is_deepest_in_its_middle_and_shallow_at_its_rim(radius, row, col):
    labels = label_visible(sample(disc(row, col, radius)))
    deep = depth(labels)
    assert deep[row, col] == 255
    assert np.array_equal(deep > 0, labels > 0)
    assert deep[row, col - radius + 1] < 0.5 * 255


def test_a_rod_has_one_peak():
    labels = np.zeros((20, 60), np.uint16)
    labels[6:14, 5:55] = 1
    deep = depth(labels).astype(int)
    row = deep[10, 5:55]
    assert row.argmax() in (24, 25)
    assert (np.diff(row[:24]) >= 0).all()
    assert (np.diff(row[25:]) <= 0).all()


def test_a_particle_that_the_image_cuts_is_deepest_at_the_cut():
    rows, cols = np.mgrid[:40, :40]
    labels = (np.hypot(rows, cols - 20) < 12).astype(np.uint16)
    assert depth(labels)[0, 20] == 255


def test_two_particles_apart_have_no_contact():
    labels = np.zeros((20, 40), np.uint16)
    labels[5:15, 5:15] = 1
    labels[5:15, 22:32] = 2
    assert not contacts(labels).any()
    labels[5:15, 17:22] = 2
    assert contacts(labels)[10, 15:17].all()


def test_spheres_that_let_electrons_through_share_what_both_cover():
    two = sample(disc(30, 30, 12), disc(30, 46, 12))
    hidden, even = label_visible(two), label_deepest(two)
    areas = [np.count_nonzero(even == k) for k in (1, 2)]
    assert abs(areas[0] - areas[1]) <= 0.03 * sum(areas)
    assert np.count_nonzero(hidden == 1) < 0.9 * np.count_nonzero(hidden == 2)
    assert np.array_equal(even > 0, hidden > 0)


def test_a_small_particle_over_a_large_one_is_kept_whole():
    small_over = label_deepest(sample(disc(30, 40, 20), disc(30, 45, 5)))
    small_under = label_deepest(sample(disc(30, 45, 5), disc(30, 40, 20)))
    area = int(disc(30, 45, 5).mask.sum())
    assert np.count_nonzero(small_over == 2) == area
    assert np.count_nonzero(small_under == 1) in (0, area)


def test_in_sem_the_upper_particle_hides_the_lower():
    two = sample(disc(30, 30, 12), disc(30, 42, 12), mode="sem")
    deep = targets(two)[1]
    assert np.array_equal(deep, depth(label_visible(two)))


def test_where_an_unseen_particle_lies_no_answer_is_wrong():
    one = sample(disc(30, 20, 10), unseen=[[30.0, 60.0, 10.0], [30.0, 20.0, 8.0]])
    labels = label_visible(one)
    mask = unsure(one, labels)
    assert mask[30, 60]
    assert not mask[labels > 0].any()
    assert (targets(one)[2][mask] & 2).all()


def test_images_depend_on_seed_and_number_alone():
    once = _images.make_shard(3, 7, 64, count=2)
    again = _images.make_shard(3, 7, 64, count=2)
    other = _images.make_shard(4, 7, 64, count=2)
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
    assert once.shape == (2, 3, 64, 64)


def test_making_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(_images, "SHARD", 2)
    first = _images.make_images(tmp_path, 2, seed=5, size=64)
    stamp = first[0].stat().st_mtime_ns
    told: list[str] = []
    both = _images.make_images(tmp_path, 4, seed=5, size=64, report=told.append)
    assert [path.name for path in both] == ["images-0005-00000.npy", "images-0005-00001.npy"]
    assert both[0].stat().st_mtime_ns == stamp
    assert len(told) == 1


@pytest.mark.parametrize("scenes", _images.SETS.values(), ids=_images.SETS)
def test_every_scene_can_be_asked_of_the_family(scenes):
    from micrographia.simulation.families.micrographs import Config

    assert len(scenes.shares) == len(scenes.configs)
    for config in scenes.configs:
        Config(size=256, **config)
