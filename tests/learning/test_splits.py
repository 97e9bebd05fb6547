"""Splits keep groups whole and classes in proportion, and refuse what cannot be split."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import InputError
from micrographia.learning import Dataset, hold_out, split_folds


def dataset_of(rows, multi_label=False):
    """A dataset of (labels, group) without files."""
    table = pd.DataFrame(
        {
            "path": [f"{index}.png" for index in range(len(rows))],
            "label": ["+".join(labels) for labels, _ in rows],
            "labels": [tuple(labels) for labels, _ in rows],
            "group": [group for _, group in rows],
        }
    )
    classes = tuple(sorted({label for labels, _ in rows for label in labels}))
    return Dataset(table, classes, Path(), multi_label)


sizes = st.lists(st.integers(1, 6), min_size=3, max_size=12)


@given(first=sizes, second=sizes, seed=st.integers(0, 99))
def test_every_image_is_tested_once_and_no_group_lies_on_both_sides(first, second, seed):
    rows = [
        ([label], f"{label}{group}")
        for label, groups in (("a", first), ("b", second))
        for group, size in enumerate(groups)
        for _ in range(size)
    ]
    dataset = dataset_of(rows)
    folds = split_folds(dataset, 3, seed)
    tested = np.concatenate([test for _, test in folds])
    assert sorted(tested) == list(range(len(rows)))
    for train, test in folds:
        assert not set(dataset.groups[train]) & set(dataset.groups[test])
        assert set(dataset.y[test]) == set(dataset.y[train]) == {0, 1}


def test_classes_keep_their_proportions():
    rows = [(["a"], f"a{i}") for i in range(50)] + [(["b"], f"b{i}") for i in range(25)]
    for _, test in split_folds(dataset_of(rows), 5):
        assert np.bincount(dataset_of(rows).y[test]).tolist() == [10, 5]


def test_several_labels_keep_their_proportions():
    rng = np.random.default_rng(0)
    rows = [([name for name in "abcd" if rng.random() < 0.4] or ["a"], str(i)) for i in range(200)]
    dataset = dataset_of(rows, multi_label=True)
    held = np.array([dataset.y[test].sum(0) for _, test in split_folds(dataset, 5)])
    assert np.abs(held - dataset.y.sum(0) / 5).max() <= 2


def test_the_same_seed_gives_the_same_folds():
    dataset = dataset_of([(["a"], f"a{i // 2}") for i in range(30)])
    for once, again in zip(split_folds(dataset, 3, 7), split_folds(dataset, 3, 7), strict=True):
        np.testing.assert_array_equal(once[1], again[1])


def test_a_held_out_share_is_near_what_was_asked():
    dataset = dataset_of([(["ab"[i % 2]], f"{i % 2}-{i // 4}") for i in range(400)])
    train, test = hold_out(dataset, 0.25)
    assert len(test) == pytest.approx(100, abs=4)
    assert not set(dataset.groups[train]) & set(dataset.groups[test])


def test_a_class_of_too_few_groups_is_refused_with_advice():
    rows = [(["a"], f"a{i}") for i in range(9)] + [(["b"], f"b{i % 2}") for i in range(9)]
    with pytest.raises(InputError, match=r"'b' \(2 groups of 9 images\).*or take 2 folds"):
        split_folds(dataset_of(rows), 5)


@pytest.mark.parametrize("seed", range(20))
def test_folds_are_as_balanced_as_those_of_scikit_learn(seed):
    from sklearn.model_selection import StratifiedGroupKFold

    rng = np.random.default_rng(seed)
    sizes = {label: rng.integers(1, 8, rng.integers(5, 12)) for label in "abc"}
    rows = [
        ([label], f"{label}{group}")
        for label, counts in sizes.items()
        for group, size in enumerate(counts)
        for _ in range(size)
    ]
    dataset = dataset_of(rows)

    def unevenness(folds):
        held = np.array([np.bincount(dataset.y[test], minlength=3) for _, test in folds])
        return np.abs(held / np.bincount(dataset.y) - 0.2).mean()

    theirs = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    other = theirs.split(dataset.y, dataset.y, dataset.groups)
    assert unevenness(split_folds(dataset, 5, seed)) <= unevenness(other) + 0.005


@given(
    labels=st.lists(st.sets(st.sampled_from("abc"), min_size=1), min_size=12, max_size=40),
    seed=st.integers(0, 99),
)
def test_several_labels_are_all_tested_in_every_fold_or_the_split_is_refused(labels, seed):
    dataset = dataset_of([(sorted(one), str(i)) for i, one in enumerate(labels)], True)
    try:
        folds = split_folds(dataset, 3, seed)
    except InputError:
        return
    for train, test in folds:
        assert (dataset.y[test].sum(0) > 0).all()
        assert (dataset.y[train].sum(0) > 0).all()


def test_images_without_a_label_are_tested_too():
    rows = [(["a", "b"] if i % 2 else [], str(i)) for i in range(40)]
    tested = np.concatenate([test for _, test in split_folds(dataset_of(rows, True), 4)])
    assert sorted(tested) == list(range(40))


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 2.0])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(InputError, match="between 0 and 1"):
        hold_out(dataset_of([(["a"], "1"), (["b"], "2")]), share)
