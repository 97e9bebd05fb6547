"""Samples: what covers what, label images, runs of masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from micrographia.errors import InputError
from micrographia.simulation._sample import (
    Instance,
    Sample,
    Whole,
    decode_runs,
    encode_runs,
    label_image,
    stack,
)


def square(origin, size=4, name="square"):
    row, col = origin
    middle = (size - 1) / 2
    return Whole(name, row + middle, col + middle, origin, np.ones((size, size), bool), {})


def sample(**changes):
    values = {
        "pixels": np.zeros((8, 8), np.uint8),
        "nm_per_px": 0.5,
        "label": "a",
        "labels_all": ("a", "b"),
        "group": "one",
    }
    return Sample(**{**values, **changes})


def test_what_lies_above_covers_what_lies_below():
    below, above = stack([square((0, 0)), square((2, 2))], (8, 8))
    assert below.visible.sum() == 12
    assert above.visible.all()
    assert below.whole.sum() == 16


def test_a_particle_beyond_the_edge_is_seen_in_part_and_kept_whole():
    (one,) = stack([square((-2, 6))], (8, 8))
    assert one.box == (0, 6, 2, 8)
    assert one.visible.sum() == 4
    assert one.whole.sum() == 16
    assert one.origin == (-2, 6)


@pytest.mark.parametrize("origin", [(-9, 2), (20, 20), (2, 2)])
def test_a_particle_of_which_nothing_is_seen_keeps_its_place_in_the_order(origin):
    cover = Whole("plate", 4, 4, (0, 0), np.ones((8, 8), bool), {})
    hidden, seen = stack([square(origin), cover], (8, 8))
    assert hidden.visible.shape == (0, 0)
    assert hidden.box[0] == hidden.box[2]
    labels = label_image(sample(instances=(hidden, seen)))
    assert set(np.unique(labels)) == {2}


@given(
    masks=st.lists(hnp.arrays(bool, (5, 6)), min_size=1, max_size=5),
    places=st.lists(st.tuples(st.integers(-7, 12), st.integers(-7, 12)), min_size=5, max_size=5),
)
def test_visible_parts_are_disjoint_and_fill_what_all_of_them_cover(masks, places):
    wholes = [Whole("m", 0, 0, place, mask, {}) for mask, place in zip(masks, places, strict=False)]
    instances = stack(wholes, (10, 11))
    union = np.zeros((40, 40), bool)
    for whole in wholes:
        row, col = whole.origin[0] + 14, whole.origin[1] + 14
        union[row : row + 5, col : col + 6] |= whole.mask
    labels = label_image(sample(pixels=np.zeros((10, 11), np.uint8), instances=instances))
    np.testing.assert_array_equal(labels > 0, union[14:24, 14:25])
    assert sum(one.visible.sum() for one in instances) == (labels > 0).sum()


@given(mask=hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_runs_read_back_as_the_mask_they_were_made_of(mask):
    np.testing.assert_array_equal(decode_runs(encode_runs(mask), mask.shape), mask)


def test_runs_that_do_not_fill_the_mask_are_refused():
    with pytest.raises(InputError, match=r"5 pixels in all do not fill a mask of shape \(2, 2\)"):
        decode_runs(np.array([2, 3]), (2, 2))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pixels": np.zeros((2, 3, 3), np.uint8)}, r"\(rows, cols\).*got \(2, 3, 3\)"),
        ({"pixels": np.zeros((2, 3))}, "uint8, uint16, float32; got .* of float64"),
        ({"nm_per_px": 0.0}, "must be positive, got 0"),
        ({"label": "c"}, "must hold the label 'c'"),
        ({"parameters": {"seed": 3}}, "named as columns of the manifest: seed"),
    ],
)
def test_a_sample_that_breaks_the_contract_is_refused(change, said):
    with pytest.raises(InputError, match=said):
        sample(**change)


def test_a_visible_mask_must_fit_its_box():
    with pytest.raises(InputError, match=r"wants a visible mask of \(2, 3\), got \(2, 2\)"):
        Instance(
            class_name="a", row=0, col=0, box=(0, 0, 2, 3), visible=np.ones((2, 2), bool),
            origin=(0, 0), whole=np.ones((2, 2), bool),
        )  # fmt: skip
