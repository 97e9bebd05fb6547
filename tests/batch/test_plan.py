"""Which files a run takes, what it calls them, and whose sample they are."""

import os
from pathlib import Path

import pytest

from micrographia.batch import plan
from micrographia.errors import InputError


def _names(planned):
    return [image.name for image in planned.images]


def test_a_folder_gives_its_images_in_natural_order(tmp_path, touch):
    touch(*(tmp_path / "in" / name for name in ("img10.tif", "img2.PNG", "img1.dm3", "notes.txt")))
    planned = plan([tmp_path / "in"], tmp_path / "out")
    assert _names(planned) == ["img1", "img2", "img10"]
    assert planned.notes == (f"{tmp_path / 'in'}: files that are no images left out (1 .txt)",)


def test_folders_within_folders_are_searched_only_where_asked(tmp_path, touch):
    touch(tmp_path / "in" / "a.tif", tmp_path / "in" / "deep" / "b.tif")
    assert _names(plan([tmp_path / "in"], tmp_path / "out")) == ["a"]
    assert _names(plan([tmp_path / "in"], tmp_path / "out", recursive=True)) == ["a", "b"]


def test_a_pattern_gives_what_it_matches(tmp_path, touch):
    touch(*(tmp_path / name for name in ("a1.tif", "a2.tif", "b1.tif")))
    assert _names(plan([f"{tmp_path}/a*.tif"], tmp_path / "out")) == ["a1", "a2"]


def test_a_name_with_brackets_that_exists_is_no_pattern(tmp_path, touch):
    touch(tmp_path / "gold [1].tif")
    assert _names(plan([tmp_path / "gold [1].tif"], tmp_path / "out")) == ["gold [1]"]


def test_a_file_that_is_named_is_taken_whatever_its_suffix(tmp_path, touch):
    touch(tmp_path / "micrograph.xyz")
    assert _names(plan([tmp_path / "micrograph.xyz"], tmp_path / "out")) == ["micrograph"]


@pytest.mark.parametrize("spelling", ["same", "dotted", "symlink", "hardlink"])
def test_a_file_named_twice_is_taken_once_with_a_note(tmp_path, touch, spelling):
    (first,) = touch(tmp_path / "a.tif")
    second = tmp_path / "b.tif"
    if spelling == "same":
        second = first
    elif spelling == "dotted":
        (tmp_path / "sub").mkdir()
        second = Path(f"{tmp_path}/sub/../a.tif")
    elif spelling == "symlink":
        second.symlink_to(first)
    else:
        os.link(first, second)
    planned = plan([first, second], tmp_path / "out")
    assert _names(planned) == ["a"]
    assert len(planned.notes) == 1
    assert "once" in planned.notes[0]


def test_copies_with_the_same_content_are_two_images(tmp_path, touch):
    first, second = touch(tmp_path / "a.tif", tmp_path / "b.tif")
    second.write_bytes(first.read_bytes())
    assert _names(plan([tmp_path], tmp_path / "out")) == ["a", "b"]


def test_own_results_are_no_input(tmp_path, touch):
    results = tmp_path / "in" / "results"
    touch(tmp_path / "in" / "a.tif", results / "a" / "labels.tif", results / "a" / "overlay.png")
    touch(results / "a" / "summary.json", results / "run.json")
    assert _names(plan([tmp_path / "in"], results, recursive=True)) == ["a"]
    assert _names(plan([tmp_path / "in"], tmp_path / "other", recursive=True)) == ["a"]
    with pytest.raises(InputError, match="results of an earlier analysis left out"):
        plan([results / "a"], tmp_path / "other")


def test_label_images_beside_micrographs_are_left_out_and_named(tmp_path, touch):
    touch(*(tmp_path / name for name in ("a.tif", "a_labels.tif", "a_mask.png", "unlabelled.tif")))
    planned = plan([tmp_path], tmp_path / "out")
    assert _names(planned) == ["a", "unlabelled"]
    (note,) = planned.notes
    assert f"made from a micrograph: {tmp_path / 'a_labels.tif'}, {tmp_path / 'a_mask.png'}" in note
    assert _names(plan([tmp_path / "a_labels.tif"], tmp_path / "out")) == ["a_labels"]


def test_hidden_files_are_left_out(tmp_path, touch):
    touch(tmp_path / "a.tif", tmp_path / "._a.tif")
    assert _names(plan([tmp_path], tmp_path / "out")) == ["a"]


def test_all_paths_that_do_not_exist_are_named(tmp_path, touch):
    touch(tmp_path / "a.tif")
    with pytest.raises(InputError, match=r"nothing matches '.*b\.tif', '.*\*\.dm3'"):
        plan([tmp_path / "a.tif", tmp_path / "b.tif", f"{tmp_path}/*.dm3"], tmp_path / "out")


def test_a_folder_without_images_is_an_error_that_tells_of_recursion(tmp_path, touch):
    touch(tmp_path / "in" / "deep" / "a.tif", tmp_path / "in" / "readme.md")
    with pytest.raises(InputError, match=r"no micrograph found.*1 \.md.*--recursive"):
        plan([tmp_path / "in"], tmp_path / "out")


@pytest.mark.parametrize("name", ["a" * 5000, "nul\0l"])
def test_a_path_that_cannot_be_is_an_error_of_ours(tmp_path, name):
    with pytest.raises(InputError, match="nothing matches"):
        plan([name], tmp_path / "out")


def test_planning_writes_nothing(tmp_path, touch):
    touch(tmp_path / "a.tif")
    plan([tmp_path / "a.tif"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_sample_comes_from_the_folder(tmp_path, touch):
    touch(tmp_path / "Probe Ä" / "a.tif", tmp_path / "B" / "a.tif")
    planned = plan([tmp_path], tmp_path / "out", recursive=True, sample_from="folder")
    assert [(image.name, image.sample) for image in planned.images] == [
        ("B-a", "B"),
        ("Probe Ä-a", "Probe Ä"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_sample_comes_from_a_table_by_path_name_or_stem(tmp_path, touch, delimiter):
    touch(*(tmp_path / "in" / name for name in ("a.tif", "b.tif", "c.tif")))
    table = tmp_path / "samples.csv"
    rows = [("path", "Sample"), ("in/a.tif", "one"), ("b.tif", "two"), ("c", "three")]
    text = "\n".join(delimiter.join(row) for row in rows)
    table.write_text(text, encoding="utf-8-sig")
    planned = plan([tmp_path / "in"], tmp_path / "out", samples=table)
    assert [image.sample for image in planned.images] == ["one", "two", "three"]
    assert planned.notes == ()


def test_images_without_a_sample_and_rows_without_an_image_are_named(tmp_path, touch):
    touch(tmp_path / "a.tif", tmp_path / "b.tif")
    table = tmp_path / "samples.csv"
    table.write_text("name,sample\na.tif,one\nz.tif,two\n")
    planned = plan([tmp_path / "a.tif", tmp_path / "b.tif"], tmp_path / "out", samples=table)
    assert [image.sample for image in planned.images] == ["one", None]
    assert planned.notes == (
        "samples.csv: 'z.tif' is none of the images of this run",
        "samples.csv names no sample for b.tif",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty file"),
        ("path,group\na.tif,1\n", "a column 'sample', got 'path', 'group'"),
        ("name,sample\na.tif,1\na.tif,2\n", r"several samples \(1, 2\)"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path, touch, text, message):
    touch(tmp_path / "a.tif")
    table = tmp_path / "samples.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=message):
        plan([tmp_path / "a.tif"], tmp_path / "out", samples=table)


def test_a_table_and_the_folder_together_are_refused(tmp_path, touch):
    touch(tmp_path / "a.tif")
    with pytest.raises(InputError, match="not from both"):
        plan([tmp_path], tmp_path / "out", samples=tmp_path / "s.csv", sample_from="folder")
