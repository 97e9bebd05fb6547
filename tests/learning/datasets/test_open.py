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


def test_unreadable_images_are_all_named_and_skipped_on_request(folders):
    write_image(folders / "rods/c.png", 20)
    for name in ("rods/bad.png", "tips/worse.tif"):
        (folders / name).write_bytes(b"no image at all")
    write_image(folders / "tips/d.png", 21)
    with pytest.raises(InputError, match=r"(?s)2 of 8 images.*rods/bad.*tips/worse.*'skip'"):
        open_dataset(folders, PLAIN)
    dataset = open_dataset(folders, PLAIN.model_copy(update={"unreadable": "skip"}))
    assert len(dataset) == 6
    assert sorted(dataset.skipped) == ["rods/bad.png", "tips/worse.tif"]
    assert "2 images could not be read" in dataset.notes[0]


def test_dropped_classes_are_not_there(folders):
    write_image(folders / "dust/a.png", 30)
    settings = PLAIN.model_copy(update={"drop": ("dust",)})
    assert open_dataset(folders, settings).classes == ("rods", "tips")


def test_a_class_to_drop_that_is_not_there_is_told(folders):
    with pytest.raises(InputError, match=r"no class 'wires' to rename or drop; the classes are"):
        open_dataset(folders, PLAIN.model_copy(update={"drop": ("wires",)}))


def test_settings_may_spell_a_class_otherwise(folders):
    write_image(folders / "Coated_Surface/a.png", 30)
    write_image(folders / "Coated_Surface/b.png", 31)
    settings = PLAIN.model_copy(update={"drop": ("coated surface",), "rename": {"Rod": "sticks"}})
    assert open_dataset(folders, settings).classes == ("sticks", "tips")


def test_a_folder_of_splits_is_not_taken_for_classes(tmp_path):
    write_image(tmp_path / "train/rods/a.png", 0)
    write_image(tmp_path / "test/rods/a.png", 1)
    with pytest.raises(InputError, match="parts of a split"):
        open_dataset(tmp_path, PLAIN)


def test_nested_folders_can_be_classes(folders):
    write_image(folders / "tips/x/d.png", 40)
    write_image(folders / "tips/b.png", 41)
    dataset = open_dataset(folders, PLAIN.model_copy(update={"class_from": "path"}))
    assert dataset.classes == ("rods", "tips", "tips/x")


def test_what_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(InputError, match="no dataset; wanted a folder"):
        open_dataset(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no class folders and no manifest"):
        open_dataset(tmp_path)


def test_a_file_name_can_name_the_group(tmp_path):
    for seed, name in enumerate(["a_rot0", "a_rot90", "b_rot0", "b_rot90"]):
        write_image(tmp_path / f"rods/{name}.png", seed)
        write_image(tmp_path / f"tips/{name}.png", seed + 10)
    pattern = PLAIN.model_copy(update={"group_pattern": r"(.+)_rot\d+"})
    groups = open_dataset(tmp_path, pattern).groups
    assert len(set(groups)) == 4
    assert groups[0] == groups[1] != groups[2]


def test_a_pattern_without_parentheses_is_refused():
    with pytest.raises(ValueError, match="parentheses"):
        DatasetSettings(group_pattern="rot")


def test_equal_images_are_one_group_and_their_labels_are_compared(tmp_path):
    for seed in range(3):
        write_image(tmp_path / f"rods/{seed}.png", seed)
        write_image(tmp_path / f"tips/{seed}.png", seed + 10)
    write_image(tmp_path / "tips/again.png", 0)
    dataset = open_dataset(tmp_path)
    assert dataset.groups[0] == dataset.groups[list(dataset.table["path"]).index("tips/again.png")]
    assert "2 images have equals with other labels" in dataset.notes[0]
    without = open_dataset(tmp_path, DatasetSettings(contradictions="drop"))
    assert len(without) == 5


def test_colours_come_as_recorded(tmp_path):
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (4, 20, 20, 3), np.uint8)
    for index, one in enumerate(colours):
        path = tmp_path / "ab"[index // 2] / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), one[..., ::-1])
    dataset = open_dataset(tmp_path, PLAIN)
    np.testing.assert_array_equal(dataset.load(None, channels=3), colours)
    assert dataset.load(10).shape == (4, 10, 10)


def test_images_of_several_sizes_need_one_to_be_brought_to(folders):
    write_image(folders / "rods/large.png", 50, shape=(48, 48))
    dataset = open_dataset(folders, PLAIN)
    with pytest.raises(InputError, match="images of 2 sizes"):
        dataset.load(None)
    assert dataset.load(16).shape == (5, 16, 16)


def test_a_subset_keeps_its_classes(folders):
    part = open_dataset(folders, PLAIN).subset([2, 3])
    assert part.classes == ("rods", "tips")
    assert part.y.tolist() == [1, 1]


def test_a_simulated_run_is_a_dataset(tmp_path):
    from micrographia.simulation import simulate_many

    simulate_many("outlines", 40, 1, tmp_path / "run")
    dataset = open_dataset(tmp_path / "run", DatasetSettings(near_duplicates="ignore"))
    assert len(dataset) == 40
    assert not dataset.multi_label
    assert any(len(labels) > 1 for labels in dataset.table["accepted"])
    several = open_dataset(
        tmp_path / "run", DatasetSettings(multi_label=True, near_duplicates="ignore")
    )
    assert several.y.sum(1).max() > 1


def test_a_manifest_without_the_columns_says_which_it_has(tmp_path):
    pd.DataFrame({"file": ["a.png"], "kind": ["x"]}).to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(InputError, match=r"no column 'path', 'label'; it has 'file', 'kind'"):
        open_dataset(tmp_path / "m.csv")


def test_a_path_that_occurs_twice_is_refused(tmp_path):
    table = pd.DataFrame({"path": ["a.png", "a.png"], "label": ["x", "y"]})
    table.to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(InputError, match="more than one row"):
        open_dataset(tmp_path / "m.csv")


def test_images_without_a_label_are_refused_where_each_has_one(tmp_path):
    for seed in range(5):
        write_image(tmp_path / f"{seed}.png", seed)
    labels = ["x", "x", "y", "y", None]
    table = pd.DataFrame({"path": [f"{seed}.png" for seed in range(5)], "label": labels})
    table.to_parquet(tmp_path / "m.parquet")
    with pytest.raises(InputError, match=r"1 images have no label, such as '4.png'"):
        open_dataset(tmp_path / "m.parquet")


def test_a_stack_is_read_frame_by_frame(tmp_path):
    import tifffile

    frames = np.random.default_rng(0).integers(0, 256, (4, 16, 16), np.uint8)
    tifffile.imwrite(tmp_path / "movie.tif", frames, imagej=True)
    table = {"path": ["movie.tif"] * 4, "frame": range(4), "label": list("xxyy"), "group": "g"}
    pd.DataFrame(table).to_csv(tmp_path / "m.csv", index=False)
    dataset = open_dataset(tmp_path / "m.csv", PLAIN)
    np.testing.assert_array_equal(dataset.load(None), frames)
    assert set(dataset.groups) == {"g"}


def test_pixel_sizes_come_from_the_manifest_else_from_the_file(tmp_path):
    import tifffile

    names = ["a.tif", "b.tif", "c.png", "d.png"]
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for name in names[:2]:
        tifffile.imwrite(
            tmp_path / name, image, imagej=True, resolution=(2, 2), metadata={"unit": "nm"}
        )
    for seed, name in enumerate(names[2:]):
        write_image(tmp_path / name, seed)
    table = {"path": names, "label": list("xxyy"), "nm_per_px": [0.25, None, 0.75, None]}
    pd.DataFrame(table).to_csv(tmp_path / "m.csv", index=False)
    sizes = open_dataset(tmp_path / "m.csv", PLAIN).table["nm_per_px"].tolist()
    assert sizes[:3] == [0.25, 0.5, 0.75]
    assert np.isnan(sizes[3])
