"""Whole images are classified in runs that nothing stops."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile

from micrographia.batch import ClassifySettings, _classify, check_classify, classify, plan
from micrographia.bundles.testing import save_brightness
from micrographia.errors import OutputError, SettingsError

pytest.importorskip("onnx")


@pytest.fixture
def images(tmp_path):
    """Nine images from dark to bright, and one that cannot be read."""
    folder = tmp_path / "in"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for k in range(9):
        image = rng.random((40, 50), np.float32) * 0.1 + k / 8 * 0.9
        tifffile.imwrite(folder / f"im {k}.tif", image)
    (folder / "broken.tif").write_bytes(b"no image")
    return folder


@pytest.fixture
def settings(tmp_path):
    model = save_brightness(tmp_path / "model", ("dark", "middle", "bright"))
    return ClassifySettings(model=str(model))


@pytest.fixture
def planned(images, tmp_path):
    return plan([images], tmp_path / "out")


def test_every_image_has_its_row_and_a_broken_one_its_error(planned, settings):
    result = classify(planned, settings)
    assert [outcome.name for outcome in result.failures] == ["broken"]
    table = pd.read_csv(planned.out / "predictions.csv").set_index("image")
    assert list(table.columns) == [
        "label", "verdict", "probability", "p_dark", "p_middle", "p_bright", "ood_score",
        "pixel_size_nm", "path", "warnings", "error",
    ]  # fmt: skip
    assert table.loc["broken", "error"].startswith("UnsupportedFileError")
    good = table.drop("broken")
    assert good["label"].tolist() == ["dark"] * 3 + ["middle"] * 3 + ["bright"] * 3
    assert set(good["verdict"]) == {"known", "unknown"}
    np.testing.assert_allclose(good[["p_dark", "p_middle", "p_bright"]].sum(axis=1), 1, atol=1e-5)


def test_each_class_has_its_sheet_and_the_doubtful_theirs(planned, settings):
    result = classify(planned, settings)
    assert sum(result.counts.values()) == 9
    sheets = {path.stem for path in (planned.out / "contact").iterdir()}
    assert sheets == set(result.counts)
    assert "doubtful-unknown" in sheets
    sheet = cv2.imread(str(planned.out / "contact" / "dark.png"))
    assert sheet.std() > 0


def test_workers_change_nothing(planned, settings, tmp_path):
    classify(planned, settings)
    alone = (planned.out / "predictions.csv").read_text()
    classify(planned, settings, workers=2)
    assert (planned.out / "predictions.csv").read_text() == alone


def test_resuming_classifies_only_what_is_left(planned, settings, images):
    classify(planned, settings)
    before = (planned.out / "predictions.csv").read_text()
    records = (planned.out / "predictions.jsonl").read_text().splitlines(keepends=True)
    # as if killed in the middle of the eighth line
    (planned.out / "predictions.jsonl").write_text("".join(records[:7]) + records[7][:20])
    seen = []
    classify(planned, settings, resume=True, progress=seen.append)
    assert sum(outcome.reused for outcome in seen) == 6  # the first of the seven had failed
    assert (planned.out / "predictions.csv").read_text() == before


def test_a_changed_image_model_or_setting_is_classified_again(planned, settings, images, tmp_path):
    classify(planned, settings)

    def kept(settings):
        seen = []
        classify(planned, settings, resume=True, progress=seen.append)
        return sum(outcome.reused for outcome in seen)

    assert kept(settings) == 9
    tifffile.imwrite(images / "im 0.tif", np.ones((40, 50), np.float32))
    assert kept(settings) == 8
    assert kept(settings.model_copy(update={"threshold": 0.3})) == 0
    other = save_brightness(tmp_path / "other", ("dark", "middle", "bright"), version="2.0")
    assert kept(settings.model_copy(update={"model": str(other), "threshold": 0.3})) == 0


def test_the_record_says_with_what(planned, settings):
    classify(planned, settings)
    record = json.loads((planned.out / "classification.json").read_text())
    assert record["finished"]
    assert (record["images"], record["failed"]) == (10, 1)
    assert len(record["model"]["sha256"]) == 64
    assert record["versions"]["onnxruntime"]


def test_a_full_disk_ends_the_run_and_says_how_to_go_on(planned, settings, monkeypatch):
    monkeypatch.setattr(_classify, "outcomes", _full)
    with pytest.raises(OutputError, match=r"0 of 10 images .* --resume goes on"):
        classify(planned, settings)


def _full(tasks, *_):
    import dataclasses

    from micrographia.batch._classify_image import failed_classification

    error = OSError(28, "No space left on device")
    yield dataclasses.replace(failed_classification(tasks[0], error), fatal=True)


def test_a_folder_of_something_else_is_not_written_into(planned, settings):
    planned.out.mkdir()
    (planned.out / "predictions.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"predictions\.csv would be replaced"):
        check_classify(planned, settings)


def test_results_are_no_images_of_a_later_run(planned, settings, images):
    result = classify(planned, settings)
    later = plan([result.out.parent], images.parent / "later", recursive=True)
    assert {image.path.parent.name for image in later.images} == {"in"}


def test_a_threshold_out_of_range_is_no_setting(settings):
    with pytest.raises(SettingsError, match="less than or equal to 1"):
        ClassifySettings.parse({"model": "a", "threshold": 80})
