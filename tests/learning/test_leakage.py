"""The leakage report shows what a naive split gains by having seen a test image's kin."""

import cv2
import numpy as np
import pytest

from micrographia.learning import DatasetSettings, leakage_report, open_dataset


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


@pytest.fixture
def copies(tmp_path):
    """Noise that no one could tell apart, in two classes, each image five times over."""
    rng = np.random.default_rng(0)
    for label in "ab":
        for original in range(12):
            base = cv2.GaussianBlur(rng.normal(128, 90, (40, 40)), (0, 0), 2)
            base = (base - base.min()) / np.ptp(base) * 220 + 15
            for copy in range(5):
                noisy = base + rng.normal(0, 2, base.shape)
                write(tmp_path / label / f"{original}-{copy}.png", noisy.astype(np.uint8))
    return open_dataset(tmp_path)


def test_copies_are_one_group_and_a_naive_split_claims_to_know_noise(copies):
    assert len(set(copies.groups)) == 24
    leakage = leakage_report(copies)
    assert leakage.shared == 120
    assert leakage.naive["nearest neighbour"] > 0.95
    assert leakage.grouped["nearest neighbour"] < 0.75
    assert "100.0 %) have an image of their own group in training" in str(leakage)


def test_without_copies_both_splits_say_the_same(tmp_path):
    rng = np.random.default_rng(1)
    for index in range(40):
        write(tmp_path / "a" / f"{index}.png", rng.integers(0, 256, (16, 16), np.uint8))
        write(tmp_path / "b" / f"{index}.png", rng.integers(0, 256, (16, 16), np.uint8))
    leakage = leakage_report(open_dataset(tmp_path))
    assert leakage.shared == 0
    assert leakage.naive == leakage.grouped


def test_a_method_of_ones_own_is_judged(copies):
    class Always:
        def fit(self, X, y):
            assert X.shape[1:] == (32, 32)
            return self

        def predict(self, X):
            return np.zeros(len(X), np.int64)

    leakage = leakage_report(copies, methods={"always a": Always})
    assert leakage.naive == leakage.grouped == {"always a": 0.5}


def test_several_labels_are_judged_label_by_label(tmp_path):
    rng = np.random.default_rng(2)
    rows = ["path,labels"]
    for index in range(30):
        write(tmp_path / f"{index}.png", rng.integers(0, 256, (16, 16), np.uint8))
        rows.append(f"{index}.png,{['a', 'b', 'a;b'][index % 3]}")
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    leakage = leakage_report(open_dataset(tmp_path), n_folds=3)
    assert 0.2 < leakage.grouped["linear"] < 0.8


@pytest.mark.real
@pytest.mark.slow
def test_drawn_shapes_hold_frames_of_one_series(real_data):
    dataset = open_dataset(real_data.parent / "handdrawn_shapes" / "train", DatasetSettings())
    assert len(dataset) == 2005
    groups = dataset.table.groupby("group")["path"].apply(list)
    largest = max(groups, key=len)
    assert len(largest) > 100
    assert {path.split("/")[0] for path in largest} == {"circle"}
    mixed = dataset.table.groupby("group")["label"].nunique()
    assert mixed.max() == 1
