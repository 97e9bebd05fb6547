"""Particles that lie over each other: what the cells say, what is made of it."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from micrographia.measurement import measure
from micrographia.segmentation import SegmentationSettings, segment
from micrographia.segmentation._overlaps import part_overlapping
from micrographia.segmentation._sharing import share_out
from micrographia.segmentation._whole_answers import CELL, WholeAnswers, ask_wholes
from micrographia.segmentation._wholes import Whole, gather, outline_of, patch_of

RAYS = 24


def disc(shape, row, col, radius):
    rows, cols = np.indices(shape)
    return np.hypot(rows - row, cols - col) <= radius


def circle(row, col, radius):
    return Whole(row, col, np.full(RAYS, radius, np.float32), 1.0)


def said(shape, circles, scale=1.0):
    """What a perfect network says of circles in an image, by cells."""
    cells = [-(-round(side * scale) // CELL) for side in shape]
    rows, cols = np.meshgrid(
        *((np.arange(n) * CELL + (CELL - 1) / 2 + 0.5) / scale - 0.5 for n in cells), indexing="ij"
    )
    far = np.stack([np.hypot(rows - one.row, cols - one.col) / one.radius for one in circles])
    own = far.argmin(0)
    picked = np.array([(one.row, one.col, one.radius) for one in circles])[own]
    depth = np.clip(1 - far.min(0), 0, 1)
    way = np.stack([picked[..., 0] - rows, picked[..., 1] - cols]) * scale
    rays = np.repeat(picked[None, ..., 2] * scale, RAYS, 0)
    over = (far < 1).sum(0) > 1
    return WholeAnswers(*(
        np.asarray(one, np.float32) for one in (over, depth[None], way[None], rays[None])
    ), scale)  # fmt: skip


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7])
def test_what_perfect_cells_say_gives_the_circles_back(scale):
    circles = [circle(60, 60, 25), circle(70, 95, 22), circle(130, 120, 30)]
    mask = np.any([disc((180, 200), one.row, one.col, one.radius) for one in circles], 0)
    found = sorted(gather([said(mask.shape, circles, scale)], mask), key=lambda one: one.row)
    assert len(found) == 3
    for one, wanted in zip(found, circles, strict=True):
        assert np.hypot(one.row - wanted.row, one.col - wanted.col) < 0.05
        np.testing.assert_allclose(one.rays, wanted.rays, rtol=1e-3)
        assert one.certainty > 0.99


def test_nothing_is_gathered_where_the_mask_is_empty_or_too_few_cells_agree():
    circles = [circle(60, 60, 25)]
    answers = said((120, 120), circles)
    assert gather([answers], np.zeros((120, 120), bool)) == []
    assert gather([answers], disc((120, 120), 60, 60, 8)) == []


def test_pixels_go_to_the_particle_in_which_they_lie_deepest():
    shape, pair = (100, 140), [circle(50, 50, 30), circle(50, 90, 30)]
    mask = disc(shape, 50, 50, 30) | disc(shape, 50, 90, 30)
    labels = share_out(pair, mask)
    assert (labels > 0).tolist() == mask.tolist()
    assert abs(int((labels == 1).sum()) - int((labels == 2).sum())) < 0.05 * mask.sum()
    assert labels[50, 68] == 1
    assert labels[50, 72] == 2


def test_a_small_particle_over_a_large_one_keeps_all_its_pixels():
    shape = (100, 100)
    mask = disc(shape, 50, 50, 40)
    labels = share_out([circle(50, 50, 40), circle(55, 52, 10)], mask)
    assert (labels == 2).tolist() == disc(shape, 55, 52, 9.99).tolist()


def test_what_lies_between_two_others_keeps_its_share():
    shape = (100, 160)
    row = [circle(50, 40, 30), circle(50, 70, 30), circle(50, 100, 30)]
    mask = np.any([disc(shape, one.row, one.col, one.radius) for one in row], 0)
    labels = share_out(row, mask)
    kept = np.bincount(labels.ravel())[1:] / (np.pi * 30**2)
    assert np.ptp(kept) < 0.05
    assert share_out([], mask).max() == 0


def test_every_label_is_in_one_piece():
    shape = (100, 160)
    bars = [Whole(50, 80, np.where(np.arange(RAYS) % 12 == 0, 75, 20).astype(np.float32), 1)]
    mask = np.zeros(shape, bool)
    mask[42:58, 8:152] = True
    labels = share_out([*bars, circle(50, 50, 14)], mask)
    for number in (1, 2):
        count, _ = cv2.connectedComponents((labels == number).astype(np.uint8), connectivity=4)
        assert count == 2


def test_clumps_without_overlap_stay_as_they_are():
    shape = (120, 160)
    labels = disc(shape, 60, 50, 25) + 2 * disc(shape, 60, 110, 25).astype(np.int32)
    certainty = np.float32([0, 0.9, 0.8])
    asked = []

    def ask(scale, turns):
        asked.append((scale, turns))
        return said(shape, [circle(60, 50, 25), circle(60, 110, 25)], scale)

    parted = part_overlapping(labels, certainty, ask)
    assert [turns for _, turns in asked] == [1]
    assert parted.labels is labels
    assert parted.wholes == {}


def test_an_image_without_particles_is_not_asked_about():
    parted = part_overlapping(np.zeros((80, 80), np.int32), np.zeros(1, np.float32), pytest.fail)
    assert not parted.labels.any()


def test_slices_of_overlapping_circles_become_circles():
    shape, pair = (140, 200), [circle(70, 75, 40), circle(70, 120, 40)]
    one, other = (disc(shape, 70, col, 40) for col in (75, 120))
    labels = np.where(one & other, 3, np.where(one, 1, np.where(other, 2, 0))).astype(np.int32)
    labels[5:15, 5:15] = 4
    parted = part_overlapping(
        labels, np.float32([0, 0.9, 0.9, 0.7, 0.6]), lambda scale, turns: said(shape, pair, scale)
    )
    assert set(np.unique(parted.labels)) == {0, 4, *parted.wholes}
    assert (parted.labels > 0).tolist() == (labels > 0).tolist()
    assert sorted(round(whole.col) for whole in parted.wholes.values()) == [75, 120]
    assert parted.certainty[4] == np.float32(0.6)
    assert all(parted.certainty[number] > 0.9 for number in parted.wholes)
    for number, whole in parted.wholes.items():
        box = (slice(0, shape[0]), slice(0, shape[1]))
        patch = patch_of(whole, parted.labels, number, box)
        assert patch.mask.sum() == pytest.approx(np.pi * 40**2, rel=0.02)


def test_an_outline_beyond_the_image_is_cut_at_its_border():
    labels = np.zeros((50, 60), np.int32)
    labels[:20, :15] = 7
    patch = patch_of(circle(5, 2, 25), labels, 7, (slice(0, 20), slice(0, 15)))
    assert patch.row == patch.col == 0
    assert patch.mask[5, :27].all()
    assert max(patch.mask.shape) <= 32
    assert outline_of(circle(5, 2, 25)).shape == (RAYS, 2)


class Seer:
    """Stands in for a session: sees white discs apart from each other, in any picture."""

    outputs = dict.fromkeys(("depth", "over", "centre", "rays"))

    def run(self, values, wanted):
        picture = values["images"][0, 0]
        ground = np.median(picture)
        _, _, stats, middles = cv2.connectedComponentsWithStats(
            (abs(picture - ground) > 0.5).astype(np.uint8)
        )
        circles = [
            circle(middles[k, 1], middles[k, 0], np.sqrt(stats[k, cv2.CC_STAT_AREA] / np.pi))
            for k in range(1, len(stats))
        ]
        answers = said(picture.shape, circles)
        rays = answers.rays * (1 + 0.01 * np.arange(RAYS)[:, None, None])
        logits = np.where(answers.over > 0.5, 9, -9)
        named = {"depth": answers.depth[0], "over": logits, "centre": answers.centre[0],
                 "rays": rays[0]}  # fmt: skip
        return {k: np.float32(named[k]).reshape(1, -1, *answers.over.shape) for k in wanted}


def test_turned_pictures_have_the_same_centres_and_turned_outlines():
    image = np.zeros((120, 200), np.float32)
    image[disc(image.shape, 40, 60, 20)] = 1
    image[disc(image.shape, 80, 140, 26)] = 1
    card = SimpleNamespace(input=SimpleNamespace(multiple_of=32))
    bundle = SimpleNamespace(session=Seer(), card=card)
    answers = ask_wholes(bundle, image, np.float32([0, 1]), 1.0, turns=4)
    assert answers.centre.shape == (4, 2, 32, 56)
    inside = answers.depth[0] > 0.2
    for turn in range(4):
        np.testing.assert_allclose(answers.depth[turn], answers.depth[0], atol=1e-4)
        np.testing.assert_allclose(
            answers.centre[turn][:, inside], answers.centre[0][:, inside], atol=1e-3
        )
        turned = np.roll(answers.rays[turn], -turn * RAYS // 4, 0)
        np.testing.assert_allclose(turned[:, inside], answers.rays[0][:, inside], rtol=1e-4)


def test_the_chance_of_overlap_lies_where_it_was_seen():
    shape, pair = (140, 200), [circle(70, 75, 40), circle(70, 120, 40)]
    both = disc(shape, 70, 75, 40) & disc(shape, 70, 120, 40)
    for scale in (0.5, 1.0):
        over = said(shape, pair, scale).over_in(shape)
        assert over.shape == shape
        assert (over[both] > 0.5).mean() > 0.8
        assert (over[~both] < 0.5).mean() > 0.98


def chain(radius=26, step=36):
    """Transparent spheres in a row, each over a third of the next one."""
    rows, cols = np.indices((160, 280))
    thick = np.zeros(rows.shape)
    middles = [(80 + 14 * (k % 2), 50 + step * k) for k in range(6)]
    for row, col in middles:
        thick += np.sqrt(np.clip(radius**2 - (rows - row) ** 2 - (cols - col) ** 2, 0, None))
    noise = np.random.default_rng(4).normal(0, 5, rows.shape)
    picture = 190 * np.exp(-thick / 90) + noise
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 1), 0, 255).astype(np.uint8), middles


def test_spheres_over_each_other_are_found_whole():
    pixels, middles = chain()
    found = segment(pixels)
    assert len(found.wholes) == len(middles)
    table = measure(found.labels, pixels, wholes=found.wholes)
    assert table["overlapped"].all()
    assert table["ecd_px"].median() == pytest.approx(52, rel=0.06)
    centres = table[["row_px", "col_px"]].to_numpy()
    for middle in middles:
        assert np.hypot(*(centres - middle).T).min() < 4
    apart = segment(pixels, SegmentationSettings.parse({"network": {"wholes": False}}))
    assert not apart.wholes
