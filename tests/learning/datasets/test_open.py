"""Class folders and manifests become datasets; what cannot be used is refused with what to do."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest

from micrographia.errors import InputError
from micrographia.learning import DatasetSettings, open_dataset

PLAIN = DatasetSettings(near_duplicates="ignore")


def write_image(path, seed, shape=(24, 32), dtype=np.uint8):
    path.parent.mkdir(parents=True, exist_ok=True)
    high = np.iinfo(dtype).max
    pixels = np.random.default_rng(seed).integers(0, high, shape, dtype, endpoint=True)
    assert cv2.imwrite(str(path), pixels)
    return pixels


@pytest.fixture
def folders(tmp_path):
    for seed, name in enumerate(["rods/a.png", "rods/b.png", "tips/a.png", "tips/x/c.png"]):
        write_image(tmp_path / name, seed)
    return tmp_path


def test_a_folder_of_class_folders_is_a_dataset(folders):
    dataset = open_dataset(folders, PLAIN)
    assert dataset.classes == ("rods", "tips")
    assert list(dataset.table["path"]) == ["rods/a.png", "rods/b.png", "tips/a.png", "tips/x/c.png"]
    assert dataset.y.tolist() == [0, 0, 1, 1]
    assert not dataset.multi_label


def test_pixels_come_as_recorded(folders):
    images = open_dataset(folders, PLAIN).load(None)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[0], cv2.imread(str(folders / "rods/a.png"), 0))


def test_sixteen_bits_are_kept(tmp_path):
    wide = write_image(tmp_path / "a/1.png", 1, dtype=np.uint16)
    for seed, name in enumerate(["a/2.png", "b/1.png", "b/2.png"], start=2):
        write_image(tmp_path / name, seed)
    images = open_dataset(tmp_path, PLAIN).load(None)
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images[0], wide.astype(np.float32))


def test_a_manifest_with_lists_is_multi_label(tmp_path):
    for seed in range(4):
        write_image(tmp_path / f"{seed}.png", seed)
    labels = ["rods;tips", json.dumps(["rods"]), "tips", ""]
    table = {"path": [f"{seed}.png" for seed in range(4)], "labels": labels}
    pd.DataFrame(table).to_csv(tmp_path / "manifest.csv", index=False)
    dataset = open_dataset(tmp_path, PLAIN)
    assert dataset.multi_label
    assert dataset.y.tolist() == [[1, 1], [1, 0], [0, 1], [0, 0]]


def test_an_empty_class_is_refused_by_name(folders):
    (folders / "wires").mkdir()
    with pytest.raises(InputError, match="without an image: 'wires'; put images"):
        open_dataset(folders, PLAIN)


def test_a_class_of_one_image_is_refused_by_name(folders):
    (folders / "tips/a.png").unlink()
    with pytest.raises(InputError, match="classes of one image: 'tips'"):
        open_dataset(folders, PLAIN)


def test_two_names_of_one_class_are_refused_and_can_be_merged(folders):
    for seed, name in enumerate(["Rod/a.png", "Rod/b.png"], start=10):
        write_image(folders / name, seed)
    with pytest.raises(InputError, match=r"'Rod' \(2\) and 'rods' \(2\).*rename"):
        open_dataset(folders, PLAIN)
    merged = PLAIN.model_copy(update={"rename": {"Rod": "rods"}})
    assert len(open_dataset(folders, merged).table.query("label == 'rods'")) == 4
