import json

import numpy as np
import pandas as pd
import pytest

import micrographia as mg
from micrographia.errors import InputError, OutputError, SettingsError
from micrographia.simulation.phantoms import draw, scatter

FILES = {
    "histogram.png",
    "labels.tif",
    "montage.png",
    "overlay.png",
    "particles.csv",
    "particles.parquet",
    "rois.zip",
    "settings.toml",
    "summary.json",
}
REQUIRED = [
    "id",
    "row_px",
    "col_px",
    "area_px",
    "ecd_px",
    "feret_min_px",
    "feret_max_px",
    "aspect_ratio",
    "circularity",
    "solidity",
    "touches_border",
    "counted",
    "reason",
]
CALIBRATED = ["area_nm2", "ecd_nm", "feret_min_nm", "feret_max_nm"]


@pytest.fixture(scope="module")
def phantom():
    lengths = np.linspace(20, 30, 16)
    return draw(scatter(["disc"], lengths, (256, 256), seed=4), (256, 256), blur=1, noise=4)


@pytest.fixture(scope="module")
def image(phantom):
    return mg.Micrograph(phantom.pixels, mg.PixelSize(0.5, 0.5, "user"), name="phantom")


@pytest.fixture(scope="module")
def result(image):
    return mg.analyze(image, keep_stages=True)


def test_every_particle_of_a_clear_image_is_found_and_measured(result, phantom):
    assert len(result.particles) == len(phantom.truth)
    assert result.particles.ecd_nm.mean() == pytest.approx(
        0.5 * phantom.truth.ecd_px.mean(), rel=0.01
    )
    assert set(REQUIRED + CALIBRATED) <= set(result.particles.columns)


def test_labels_and_table_carry_the_same_ids(result):
    assert result.particles.id.tolist() == np.unique(result.labels)[1:].tolist()


def test_no_pixel_size_means_no_nanometre_anywhere(phantom):
    found = mg.analyze(mg.Micrograph(phantom.pixels))
    assert not [name for name in found.particles.columns if "_nm" in name]
    summary = found.to_dict()
    assert summary["pixel_size_nm"] is None
    assert summary["ecd"]["unit"] == "px"


def test_a_saved_result_holds_every_file_and_the_record(result, tmp_path):
    folder = result.save(tmp_path / "größe 1")
    held = {path.name for path in folder.iterdir() if path.is_file()}
    assert held - {"doubtful.png"} == FILES  # which is there if a model left doubts
    assert len(list((folder / "stages").iterdir())) == len(result.stages) > 3
    record = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    wanted = {"count", "counted", "pixel_size_nm", "pixel_size_origin", "ecd", "fits"}
    assert wanted | {"settings", "versions", "warnings"} <= record.keys()
    assert set(record["ecd"]["median"]) == {"value", "low", "high"}
    stored = pd.read_csv(folder / "particles.csv", keep_default_na=False, na_values=[""])
    np.testing.assert_array_equal(stored.ecd_nm, result.particles.ecd_nm)


def test_saved_settings_are_taken_back(result, tmp_path):
    folder = result.save(tmp_path)
    assert mg.AnalysisSettings.from_toml(folder / "settings.toml") == result.settings


def test_measuring_the_saved_labels_gives_the_same_numbers(result, image, tmp_path):
    folder = result.save(tmp_path)
    labels = mg.read_labels(folder / "labels.tif", image.shape)
    again = mg.measure_labels(image, labels)
    pd.testing.assert_frame_equal(again.particles, result.particles.drop(columns="certainty"))


def test_measuring_the_saved_outlines_gives_the_same_numbers(result, image, tmp_path):
    folder = result.save(tmp_path)
    labels = mg.read_labels(folder / "rois.zip", image.shape)
    again = mg.measure_labels(image, labels)
    pd.testing.assert_frame_equal(again.particles, result.particles.drop(columns="certainty"))


def test_a_region_keeps_particles_inside_it(image):
    found = mg.analyze(image, mg.AnalysisSettings(region="0,0,128,256"))
    assert len(found.particles) > 0
    assert found.particles.row_px.max() < 128


def test_an_excluded_area_holds_no_particle(image):
    found = mg.analyze(image, mg.AnalysisSettings(exclude=("0,0 0,256 128,256 128,0",)))
    assert found.particles.row_px.min() > 127


def test_a_region_that_leaves_nothing_is_refused(image):
    settings = mg.AnalysisSettings(region="0,0,64,64", exclude=("0,0,64,64",))
    with pytest.raises(InputError, match="leave no pixel"):
        mg.analyze(image, settings)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((64, 64), np.uint8),
        np.full((64, 64), np.nan, np.float32),
        np.zeros((1, 1)),
        np.zeros((1, 5000), np.uint16),
        np.full((32, 32), 1e9, np.float32),
    ],
    ids=["constant", "nan", "one pixel", "one row", "large values"],
)
def test_an_image_without_particles_gives_an_empty_result(pixels, tmp_path):
    found = mg.analyze(mg.Micrograph(pixels, mg.PixelSize(1, 1, "user")))
    assert len(found.particles) == 0
    folder = found.save(tmp_path)
    record = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert record["count"] == 0
    assert record["ecd"]["mean"]["value"] is None


def test_infinite_and_missing_pixels_do_not_spoil_the_others(phantom):
    pixels = phantom.pixels.copy()
    pixels[:4, :4], pixels[5, 5] = np.inf, np.nan
    found = mg.analyze(mg.Micrograph(pixels))
    assert abs(len(found.particles) - len(phantom.truth)) <= 1


def test_labels_of_another_shape_are_refused(image):
    with pytest.raises(InputError, match=r"labels have shape \(5, 5\), the image \(256, 256\)"):
        mg.measure_labels(image, np.zeros((5, 5), int))


def test_labels_that_are_no_integers_are_refused(image):
    with pytest.raises(InputError, match="integers"):
        mg.measure_labels(image, np.zeros(image.shape))


def test_a_folder_that_cannot_be_made_is_refused(result, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another folder"):
        result.save(tmp_path / "file" / "results")


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(SettingsError, match="segmentaton"):
        mg.AnalysisSettings.parse({"segmentaton": {}})


def test_reporting_settings_reach_the_files(image, result, tmp_path):
    few = mg.AnalysisSettings.parse({"reporting": {"montage_count": 1, "rois": False}})
    folder = mg.analyze(image, few).save(tmp_path / "few")
    all_of_them = result.save(tmp_path / "all")
    one, many = ((f / "montage.png").stat().st_size for f in (folder, all_of_them))
    assert one < many / 4
    assert not (folder / "rois.zip").exists()
