"""Commands for single files: measure, replay, info, scale."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import tifffile


@pytest.fixture(scope="module")
def analysed(tmp_path_factory, draw_images):
    """An image and the folder of its analysis."""
    from micrographia import AnalysisSettings, analyze, read

    folder = tmp_path_factory.mktemp("one")
    (image,) = draw_images(folder / "in", 1)
    settings = AnalysisSettings.parse({"calibration": {"pixel_size": "0.5 nm"}})
    return image, analyze(read(image), settings).save(folder / "result")


@pytest.mark.parametrize("labels", ["labels.tif", "rois.zip"])
def test_labels_of_an_analysis_measure_to_the_same_sizes(call, light, analysed, tmp_path, labels):
    image, result = analysed
    done = call("measure", image, result / labels, "-o", tmp_path / "m", "--pixel-size", "0.5 nm")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == f"results: {tmp_path / 'm'}"
    first = pd.read_csv(result / "particles.csv")
    again = pd.read_csv(tmp_path / "m" / "particles.csv")
    np.testing.assert_allclose(again["ecd_nm"], first["ecd_nm"], rtol=1e-9)


def test_measure_refuses_a_folder_of_a_person(call, analysed, tmp_path):
    image, result = analysed
    (tmp_path / "notes.txt").write_text("mine")
    done = call("measure", image, result / "labels.tif", "-o", tmp_path)
    assert done.exit_code == 2
    assert "something else than a result" in done.stderr


def test_measure_refuses_labels_of_another_shape(call, analysed, tmp_path):
    image, _ = analysed
    tifffile.imwrite(tmp_path / "l.tif", np.zeros((4, 5), np.uint16))
    done = call("measure", image, tmp_path / "l.tif", "-o", tmp_path / "m")
    assert done.exit_code == 1
    assert "4 × 5 (rows × cols) pixels, the micrograph 160 × 200; wanted the same" in done.stderr


def test_replay_finds_the_numbers_identical(call, analysed, tmp_path, light):
    _, result = analysed
    done = call("replay", result, "-o", tmp_path / "again")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{result}: identical, ")
    assert (tmp_path / "again" / "particles.csv").is_file()


def test_replay_tells_what_differs(call, analysed, tmp_path):
    _, result = analysed
    changed = shutil.copytree(result, tmp_path / "changed")
    table = pd.read_parquet(changed / "particles.parquet")
    table.loc[1, "area_px"] += 1
    table.to_parquet(changed / "particles.parquet")
    done = call("replay", changed)
    assert done.exit_code == 1
    assert "NOT identical" in done.stdout
    assert "area_px: 1 of " in done.stderr


def test_a_frame_of_a_stack_is_replayed_as_that_frame(call, light, analysed, tmp_path):
    from micrographia import read

    image, result = analysed
    pixels = read(image).pixels
    stack = tmp_path / "stack.tif"
    tifffile.imwrite(stack, np.stack([pixels[::-1], pixels]), imagej=True)
    options = ("--frame", "1", "--pixel-size", "0.5 nm")
    assert call("analyze", stack, "-o", tmp_path / "out", *options).exit_code == 0
    done = call("replay", tmp_path / "out" / "stack")
    assert done.exit_code == 0
    assert (tmp_path / "out" / "stack" / "particles.csv").read_text() == (
        result / "particles.csv"
    ).read_text()


def test_replay_of_a_folder_without_a_record_says_what_was_wanted(call, tmp_path):
    done = call("replay", tmp_path)
    assert done.exit_code == 1
    assert "wanted the result folder of one image" in done.stderr


def test_replay_takes_another_place_of_the_image_for_one_folder_only(call, analysed):
    image, result = analysed
    assert call("replay", result, "--image", image).exit_code == 0
    done = call("replay", result, result, "--image", image)
    assert done.exit_code == 2
    assert "not with several" in done.stderr


@pytest.fixture
def files(tmp_path):
    """A calibrated image, a stack, and a file that is none."""
    pixels = np.arange(20, dtype=np.uint16).reshape(4, 5)
    scale = {"imagej": True, "resolution": (4.0, 4.0), "metadata": {"unit": "nm"}}
    tifffile.imwrite(tmp_path / "a é.tif", pixels, **scale)
    tifffile.imwrite(tmp_path / "b.tif", np.stack([pixels] * 3), imagej=True)
    (tmp_path / "c.dm3").write_text("text")
    return tmp_path


def test_info_tells_what_files_hold_and_goes_on_after_a_bad_one(call, files):
    done = call("info", files)
    assert done.exit_code == 1
    assert "  image: 4 rows × 5 cols, uint16, TIFF\n  pixel size: 0.25 nm" in done.stdout
    assert "stack, 3 × 4 × 5 uint16" in done.stdout
    assert "--frame" in done.stdout
    assert "c.dm3" in done.stdout


def test_info_as_json(call, files):
    rows = json.loads(call("info", files, "--json", "--frame", "0").stdout)
    assert [("error" in row) for row in rows] == [False, False, True]
    assert rows[0]["pixel_size_nm"] == pytest.approx([0.25, 0.25])
    assert rows[1]["signals"][0]["frames"] == 3


def test_a_stack_takes_its_frame_from_the_option(call, files):
    done = call("info", files / "b.tif", "--frame", "2")
    assert done.exit_code == 0
    assert "image: 4 rows × 5 cols" in done.stdout


def test_scale_prints_a_row_a_file_and_goes_on_after_a_bad_one(call, files):
    done = call("scale", files / "a é.tif", files / "c.dm3")
    assert done.exit_code == 1
    head, first, second = done.stdout.splitlines()[:3]
    assert head.split()[:3] == ["file", "pixel", "size"]
    assert first.startswith("a é.tif  0.25 nm/px")
    assert "metadata" in first
    assert second.split()[0] == "c.dm3"
    assert "c.dm3: error: " in done.stdout


def test_scale_as_json_has_the_stated_keys_and_errors(call, files):
    done = call("scale", files / "a é.tif", files / "c.dm3", "--json")
    good, bad = json.loads(done.stdout)
    assert {"path", "pixel_size_nm", "origin", "relative_uncertainty", "verdict"} <= good.keys()
    assert good["pixel_size_nm"] == pytest.approx(0.25)
    assert good["origin"] == "metadata"
    assert "error" not in good
    assert bad["error"]
    assert done.exit_code == 1


def test_scale_takes_the_value_of_a_person(call, files):
    (row,) = json.loads(call("scale", files / "a é.tif", "--json", "--pixel-size", "3 Å").stdout)
    assert (row["pixel_size_nm"], row["origin"]) == (pytest.approx(0.3), "user")


@pytest.mark.parametrize("command", ["info", "scale"])
def test_no_file_is_wrong_usage(call, command, tmp_path):
    done = call(command, tmp_path / "none.tif")
    assert done.exit_code == 2
    assert "nothing matches" in done.stderr
