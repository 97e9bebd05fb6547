"""A run: what it writes, what it keeps, what it survives."""

import dataclasses
import errno
import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from micrographia._files import locked
from micrographia.analysis import AnalysisSettings, Result
from micrographia.batch import _schedule, plan, run
from micrographia.errors import OutputError, SettingsError

# Segmented without the network, which takes a second an image and changes nothing of a run.
SEGMENTATION = {"method": "auto"}
SETTINGS = AnalysisSettings.parse(
    {"calibration": {"pixel_size": "0.5 nm"}, "segmentation": SEGMENTATION}
)
FILES = {
    "histogram.png",
    "labels.tif",
    "montage.png",
    "overlay.png",
    "particles.csv",
    "particles.parquet",
    "record.json",
    "rois.zip",
    "settings.toml",
    "summary.json",
}
PRODUCTS = ("particles.csv", "particles.parquet", "images.csv", "summary.json")


@pytest.fixture(scope="module")
def images(tmp_path_factory, draw_images):
    """Four micrographs in two folders and a file that is none."""
    folder = tmp_path_factory.mktemp("in")
    draw_images(folder / "Probe Ä", 2)
    draw_images(folder / "B 2", 2, seed=2)
    (folder / "Probe Ä" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return folder


@pytest.fixture(scope="module")
def finished(images, tmp_path_factory):
    """The plan and the result of a run over them by one worker."""
    out = tmp_path_factory.mktemp("run") / "out"
    planned = plan([images], out, recursive=True, sample_from="folder")
    return planned, run(planned, SETTINGS)


def _contents(out):
    return {name: (out / name).read_bytes() for name in PRODUCTS}


def _elsewhere(planned, out, copied=None):
    if copied is not None:
        shutil.copytree(copied, out)
    return dataclasses.replace(planned, out=out)


def test_every_image_has_its_folder_and_the_run_its_tables(finished):
    planned, result = finished
    names = [image.name for image in planned.images]
    assert names == ["B 2-im 0", "B 2-im 1", "broken", "Probe Ä-im 0", "Probe Ä-im 1"]
    for image, outcome in zip(planned.images, result.outcomes, strict=True):
        held = {path.name for path in (planned.out / image.name).iterdir()} - {"doubtful.png"}
        assert held == (FILES if outcome.ok else {"record.json"})
    assert {path.name for path in planned.out.iterdir() if path.is_file()} == {
        *PRODUCTS,
        "report.html",
        "run.json",
        "settings.toml",
    }
    assert result.report == planned.out / "report.html"


def test_the_table_of_images_has_a_row_an_image_failures_included(finished):
    planned, _ = finished
    table = pd.read_csv(planned.out / "images.csv")
    assert table["name"].tolist() == [image.name for image in planned.images]
    assert table["path"].tolist() == [str(image.path) for image in planned.images]
    assert table["sample"].tolist() == [image.sample for image in planned.images]
    failed = table[table["status"] == "failed"]
    assert failed["name"].tolist() == ["broken"]
    assert failed["error"].str.match(r"^[A-Z]\w+Error: broken\.png: ").all()
    assert table.loc[table["status"] == "ok", "error"].isna().all()


def test_the_pooled_table_is_the_images_tables_one_below_the_other(finished):
    planned, result = finished
    pooled = pd.read_csv(planned.out / "particles.csv")
    assert pooled.columns[:3].tolist() == ["image", "sample", "id"]
    parts = []
    for image in planned.images:
        if image.name != "broken":
            part = pd.read_csv(planned.out / image.name / "particles.csv")
            part.insert(0, "image", image.name)
            part.insert(1, "sample", image.sample)
            parts.append(part)
    pd.testing.assert_frame_equal(pooled, pd.concat(parts, ignore_index=True), check_exact=True)
    parquet = pd.read_parquet(planned.out / "particles.parquet")
    parquet["reason"] = parquet["reason"].replace("", np.nan)  # one and the same in a CSV file
    pd.testing.assert_frame_equal(parquet, pooled, check_exact=True, check_dtype=False)
    assert result.found == len(pooled)
    assert result.counted == pooled["counted"].sum()


def test_the_pooled_csv_has_the_floats_of_the_images_csv_to_the_last_digit(finished):
    planned, _ = finished
    lines = (planned.out / "particles.csv").read_text(encoding="utf-8").splitlines()[1:]
    own = []
    for image in planned.images:
        if image.name != "broken":
            text = (planned.out / image.name / "particles.csv").read_text(encoding="utf-8")
            own += [f"{image.name},{image.sample},{line}" for line in text.splitlines()[1:]]
    assert lines == own


def test_the_summary_has_all_particles_and_each_sample(finished):
    planned, result = finished
    summary = json.loads((planned.out / "summary.json").read_text(encoding="utf-8"))
    pooled = pd.read_parquet(planned.out / "particles.parquet")
    assert (summary["count"], summary["images"], summary["images_failed"]) == (result.found, 5, 1)
    assert list(summary["samples"]) == sorted({"B 2", "Probe Ä"})
    for name, part in summary["samples"].items():
        assert part["count"] == (pooled["sample"] == name).sum()
    (pair,) = summary["comparison"]["pairs"]
    assert (pair["first"], pair["second"]) == ("B 2", "Probe Ä")
    assert summary["pixel_size_nm"] == 0.5
    assert summary["pixel_size_origin"] == "user"
    assert {"ecd", "fits", "settings", "versions", "warnings"} <= summary.keys()


def test_the_settings_of_the_run_are_accepted_back(finished):
    planned, _ = finished
    assert AnalysisSettings.from_toml(planned.out / "settings.toml") == SETTINGS


@pytest.mark.slow
def test_two_workers_give_the_same_bytes_as_one(finished, tmp_path):
    planned, result = finished
    again = run(_elsewhere(planned, tmp_path / "out"), SETTINGS, workers=2)
    assert _contents(tmp_path / "out") == _contents(planned.out)
    assert again.outcomes == result.outcomes


def test_a_resumed_run_gives_the_same_bytes_and_keeps_what_is_finished(finished, tmp_path):
    planned, _ = finished
    out = tmp_path / "out"
    copy = _elsewhere(planned, out, planned.out)
    shutil.rmtree(out / copy.images[0].name)
    for name in (*PRODUCTS, "report.html"):
        (out / name).unlink()
    seen = []
    result = run(copy, SETTINGS, resume=True, progress=seen.append)
    assert _contents(out) == _contents(planned.out)
    assert [outcome.reused for outcome in result.outcomes if outcome.ok] == [
        False,
        True,
        True,
        True,
    ]
    assert sorted(outcome.index for outcome in seen) == [0, 1, 2, 3, 4]


def _redone(planned, settings=SETTINGS, **options):
    result = run(planned, settings, resume=True, **options)
    return [outcome.name for outcome in result.outcomes if outcome.ok and not outcome.reused]


@pytest.fixture
def light(monkeypatch):
    """Leave out the slow pictures, which have their own tests."""
    for name in ("draw_histogram", "histogram_svg", "draw_overlay", "draw_montage"):
        monkeypatch.setattr(f"micrographia.reporting.{name}", _no_picture)
    monkeypatch.setattr("micrographia.reporting.save_png", _no_picture)


def _no_picture(*args, **kwargs):
    return None


@pytest.fixture
def two(tmp_path, draw_images, light):
    """A finished run over two images that a test may change."""
    draw_images(tmp_path / "in", 2)
    planned = plan([tmp_path / "in"], tmp_path / "out")
    run(planned, SETTINGS)
    return planned


def test_a_changed_image_is_analysed_again_and_a_touched_one_is_not(two, draw_images):
    draw_images(two.images[0].path.parent, 1, seed=9)
    os.utime(two.images[1].path, ns=(1, 1))
    assert _redone(two) == ["im 0"]
    assert _redone(two) == []


def test_text_that_comes_to_lie_beside_an_image_has_it_analysed_again(two):
    two.images[1].path.with_suffix(".txt").write_text("$CM_MAG 20000")
    assert _redone(two) == ["im 1"]


def test_other_settings_frames_or_stages_have_all_analysed_again(two):
    other = AnalysisSettings.parse(
        {"calibration": {"pixel_size": "0.6 nm"}, "segmentation": SEGMENTATION}
    )
    assert _redone(two, other) == ["im 0", "im 1"]
    assert _redone(two, other) == []
    assert _redone(dataclasses.replace(two, frame=0), other) == ["im 0", "im 1"]
    assert _redone(dataclasses.replace(two, frame=0), other, stages=True) == ["im 0", "im 1"]
    assert (two.out / "im 0" / "stages").is_dir()


def test_another_content_of_a_mask_file_has_all_analysed_again(two, tmp_path):
    mask = tmp_path / "mask.png"
    masked = AnalysisSettings.parse({"region": str(mask), "segmentation": SEGMENTATION})
    for value in (100, 150):
        pixels = np.zeros((160, 200), np.uint8)
        pixels[:, :value] = 255
        Image.fromarray(pixels).save(mask)
        assert _redone(two, masked) == ["im 0", "im 1"]


@pytest.mark.parametrize("damage", ["version", "cut", "gone", "table"])
def test_a_damaged_result_or_one_of_another_version_has_the_image_analysed_again(two, damage):
    path = two.out / "im 1" / "record.json"
    record = json.loads(path.read_text())
    if damage == "version":
        record["versions"]["numpy"] = "0.1"
        path.write_text(json.dumps(record))
    elif damage == "cut":
        path.write_text(path.read_text()[:40])
    elif damage == "gone":
        path.unlink()
    else:
        (path.parent / "particles.parquet").unlink()
    assert _redone(two) == ["im 1"]


def test_a_failure_leaves_no_earlier_success_and_is_tried_again(two, draw_images):
    good = two.images[0].path.read_bytes()
    two.images[0].path.write_bytes(b"")
    result = run(two, SETTINGS)
    assert [outcome.name for outcome in result.failures] == ["im 0"]
    assert [path.name for path in (two.out / "im 0").iterdir()] == ["record.json"]
    record = json.loads((two.out / "im 0" / "record.json").read_text())
    assert record["error_type"] == "CorruptFileError"
    assert "Traceback" in record["traceback"]
    two.images[0].path.write_bytes(good)
    assert _redone(two) == ["im 0"]


def test_an_image_that_vanished_fails_alone(two):
    two.images[0].path.unlink()
    result = run(two, SETTINGS)
    assert [outcome.ok for outcome in result.outcomes] == [False, True]


def test_replaced_results_are_said_to_be(two):
    assert run(two, SETTINGS).notes == ("results of an earlier run were replaced (2)",)


def test_an_unexpected_error_is_a_failure_that_is_called_a_bug(two, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("micrographia.analysis._run.analyze", broken)
    result = run(two, SETTINGS)
    assert [(o.error_type, o.expected) for o in result.failures] == [
        ("ZeroDivisionError", False)
    ] * 2


def test_a_run_of_failures_only_has_its_tables_too(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    result = run(plan([tmp_path / "a.png"], tmp_path / "out"))
    assert (result.found, result.counted, len(result.failures)) == (0, 0, 1)
    assert (tmp_path / "out" / "report.html").is_file()
    assert pd.read_csv(tmp_path / "out" / "particles.csv").columns.tolist() == ["image", "sample"]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["count"] == 0


def test_images_with_and_without_pixel_size_are_pooled_with_empty_fields(tmp_path, draw_images):
    (path,) = draw_images(tmp_path / "in", 1)
    pixels = np.asarray(Image.open(path))
    tifffile.imwrite(
        tmp_path / "in" / "scaled.tif",
        pixels,
        imagej=True,
        resolution=(2.0, 2.0),
        metadata={"unit": "nm"},
    )
    planned = plan([tmp_path / "in"], tmp_path / "out")
    run(planned)
    pooled = pd.read_csv(tmp_path / "out" / "particles.csv")
    by_image = pooled.groupby("image")["ecd_nm"].apply(lambda column: column.notna().all())
    assert by_image.to_dict() == {"im 0": False, "scaled": True}
    assert pooled["ecd_px"].notna().all()
    parquet = pd.read_parquet(tmp_path / "out" / "particles.parquet")
    assert parquet.columns.tolist() == pooled.columns.tolist()


def test_a_killed_worker_fails_its_image_and_no_other(two, tmp_path, monkeypatch):
    (tmp_path / "killing.py").write_text(
        "import os, signal\n"
        "from micrographia.batch._image import analyze_image\n"
        "def work(task):\n"
        "    if task['name'] == 'im 0':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return analyze_image(task)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    killing = dataclasses.replace(_schedule.ANALYSIS, function="killing:work")
    monkeypatch.setattr(_schedule, "ANALYSIS", killing)
    result = run(two, SETTINGS, workers=2)
    assert [(o.name, o.error_type) for o in result.failures] == [("im 0", "ChildDiedError")]
    assert "for want of memory" in result.failures[0].error
    assert result.outcomes[1].ok
    assert [path.name for path in (two.out / "im 0").iterdir()] == ["record.json"]


def test_a_full_disk_ends_the_run_and_keeps_what_is_finished(two, monkeypatch):
    save = Result.save

    def full(self, folder, **options):
        if self.micrograph.name == "im 1":
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(self, folder, **options)

    monkeypatch.setattr(Result, "save", full)
    planned = dataclasses.replace(two, out=two.out.parent / "new")
    with pytest.raises(OutputError, match=r"No space left.*1 of 2 images are finished.*--resume"):
        run(planned, SETTINGS)
    assert not (planned.out / ".unfinished").exists()
    assert not (planned.out / "im 1").exists()
    monkeypatch.undo()
    assert _redone(planned) == ["im 1"]


def test_a_second_run_into_the_same_folder_is_refused(two):
    with locked(two.out), pytest.raises(OutputError, match="another run"):
        run(two, SETTINGS)


def test_an_unknown_method_is_refused_before_anything_is_written(two):
    unknown = AnalysisSettings.parse({"segmentation": {"method": "magic"}})
    planned = dataclasses.replace(two, out=two.out.parent / "new")
    with pytest.raises(SettingsError, match="'magic' is not known; methods: auto"):
        run(planned, unknown)
    assert not planned.out.exists()


def test_a_run_does_not_touch_what_belongs_to_a_person(two):
    mine = two.out.parent / "mine"
    (mine / "im 1").mkdir(parents=True)
    (mine / "im 1" / "thesis.docx").write_text("years of work")
    with pytest.raises(OutputError, match="im 1 would be replaced"):
        run(dataclasses.replace(two, out=mine), SETTINGS)
    assert (mine / "im 1" / "thesis.docx").read_text() == "years of work"
