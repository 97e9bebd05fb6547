"""Patches laid side by side."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from micrographia._patches import Patch, spread_out

SIDES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12)


@given(SIDES)
def test_patches_lie_apart_and_keep_their_pixels(sides):
    patches = {10 * k: Patch(3 * k, 5 * k, np.ones(side, bool)) for k, side in enumerate(sides, 1)}
    labels, rows, cols = spread_out(patches)
    for number, patch in enumerate(patches.values(), 1):
        there = np.argwhere(labels == number)
        assert len(there) == patch.mask.sum()
        moved = np.array([rows[number - 1], cols[number - 1]])
        assert (there.min(0) - moved).tolist() == [patch.row, patch.col]
    framed = np.pad(labels, 1)
    for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
        other = np.roll(framed, shift, (0, 1))
        assert ((framed == other) | (framed == 0) | (other == 0)).all()


def test_the_box_of_a_patch_cuts_its_mask_out_of_the_image():
    image = np.zeros((20, 20), bool)
    patch = Patch(4, 6, np.ones((3, 5), bool))
    image[patch.box] = patch.mask
    assert image.sum() == 15
    assert image[4:7, 6:11].all()
