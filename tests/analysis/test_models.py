"""Models name the particles of an analysis; the record knows them by their hash."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile

import micrographia as mg
from micrographia.batch import plan, run
from micrographia.bundles import InputCard
from micrographia.bundles.testing import save_brightness
from micrographia.simulation.phantoms import draw, scatter

pytest.importorskip("onnx")


def shape_bundle(folder, **changes):
    """Tells particles apart by how much of their picture they fill."""
    return save_brightness(
        folder,
        ("rod", "triangle", "disc"),
        task="particle-classification",
        name="fill",
        input=InputCard(rows=64, cols=64),
        parameters={"crop": {"layers": ["mask"], "share": 1.0}},
        **changes,
    )


@pytest.fixture(scope="module")
def phantom():
    return draw(scatter(["disc", "rod"], np.full(8, 24.0), (180, 180)), (180, 180), blur=1)


@pytest.fixture
def image(phantom, tmp_path):
    path = tmp_path / "shapes.tif"
    tifffile.imwrite(path, phantom.pixels.clip(0, 255).astype("uint8"))
    return path


PLAIN = mg.AnalysisSettings.parse(
    {"calibration": {"pixel_size": "0.5 nm"}, "segmentation": {"method": "auto"}}
)


def settings(bundle, **more):
    models = {"outline": str(bundle), "polyhedron": "none", "crystallinity": "none"}
    return mg.AnalysisSettings.parse(
        {"classification": {"models": models, **more}, "calibration": {"pixel_size": "0.5 nm"}}
    )


def test_particles_get_class_probability_and_verdict(image, tmp_path):
    bundle = shape_bundle(tmp_path / "fill")
    result = mg.analyze(mg.read(image), settings(bundle))
    particles = result.particles
    assert particles.columns[-5:].tolist() == [
        "outline", "outline_p", "outline_verdict", "certainty", "verdict",
    ]  # fmt: skip
    round_ones = particles["aspect_ratio"] > 0.9
    assert set(particles.loc[round_ones, "outline"]) == {"disc"}
    assert set(particles.loc[particles["aspect_ratio"] < 0.6, "outline"]) <= {"rod", "triangle"}
    classes = result.classes["outline"]["classes"]
    assert classes["disc"]["counted"] == int((round_ones & particles["counted"]).sum())


def test_the_record_holds_the_models_hash_and_replays(image, tmp_path):
    bundle = shape_bundle(tmp_path / "fill")
    folder = mg.analyze(mg.read(image), settings(bundle)).save(tmp_path / "out")
    record = json.loads((folder / "summary.json").read_text())
    assert len(record["models"]["outline"]["sha256"]) == 64
    again = mg.replay(folder)
    assert again.identical
    assert again.notes == ()


@pytest.mark.slow
def test_a_replay_tells_that_a_model_is_another(image, tmp_path):
    bundle = shape_bundle(tmp_path / "fill")
    folder = mg.analyze(mg.read(image), settings(bundle)).save(tmp_path / "out")
    shape_bundle(tmp_path / "fill", version="2.0.0", temperature=3.0)
    again = mg.replay(folder)
    assert any("fill 1.0.0 then, fill 2.0.0 now" in note for note in again.notes)
    assert any(text.startswith("outline_p: ") for text in again.differences)


@pytest.mark.slow
def test_a_replay_takes_no_model_that_has_come_since(image, tmp_path, monkeypatch):
    monkeypatch.setattr("micrographia.bundles._store.BUILT_IN", tmp_path / "built in")
    folder = mg.analyze(mg.read(image), PLAIN).save(tmp_path / "out")
    shape_bundle(tmp_path / "built in" / "outline")
    assert "outline" in mg.analyze(mg.read(image), PLAIN).particles
    assert mg.replay(folder).identical


def test_without_models_nothing_is_added(image):
    wanted = {"classification": {"built_in": False}, "segmentation": {"method": "auto"}}
    result = mg.analyze(mg.read(image), mg.AnalysisSettings.parse(wanted))
    assert result.models == {}
    assert result.classes == {}
    assert "verdict" not in result.particles


def test_an_image_without_particles_has_the_columns_all_the_same(tmp_path):
    blank = mg.Micrograph(np.full((64, 64), 9, np.uint8))
    result = mg.analyze(blank, settings(shape_bundle(tmp_path / "fill")))
    assert len(result.particles) == 0
    assert "outline" in result.particles
    assert result.classes["outline"]["classes"] == {}
    result.save(tmp_path / "out")


def test_the_doubtful_are_shown_and_only_if_there_are_any(image, tmp_path):
    bundle = shape_bundle(tmp_path / "fill")
    doubtful = mg.analyze(mg.read(image), settings(bundle, threshold=1.0)).save(tmp_path / "out")
    assert cv2.imread(str(doubtful / "doubtful.png")).std() > 0
    sure = mg.analyze(mg.read(image), settings(bundle, threshold=0.0)).save(tmp_path / "out")
    assert not (sure / "doubtful.png").exists()


@pytest.mark.slow
def test_a_run_pools_the_classes_and_reports_them(image, tmp_path, phantom):
    tifffile.imwrite(tmp_path / "other.tif", phantom.pixels[:, ::-1].clip(0, 255).astype("uint8"))
    bundle = shape_bundle(tmp_path / "fill")
    planned = plan([image, tmp_path / "other.tif"], tmp_path / "out")
    run(planned, settings(bundle, threshold=0.95))
    pooled = pd.read_csv(planned.out / "particles.csv")
    summary = json.loads((planned.out / "summary.json").read_text())
    counted = pooled[pooled["counted"] & (pooled["outline_verdict"] == "known")]
    found = summary["classes"]["outline"]["classes"]
    assert {name: entry["counted"] for name, entry in found.items()} == (
        counted["outline"].value_counts().to_dict()
    )
    page = (planned.out / "report.html").read_text()
    assert "Particles by outline" in page
    assert summary["classes"]["outline"]["doubtful"]["unknown"] > 0
    assert "Doubtful particles" in page


@pytest.mark.slow
def test_resuming_notices_another_model(image, tmp_path):
    bundle = shape_bundle(tmp_path / "fill")
    planned = plan([image], tmp_path / "out")
    run(planned, settings(bundle))
    assert run(planned, settings(bundle), resume=True).outcomes[0].reused
    shape_bundle(tmp_path / "fill", version="2.0.0")
    assert not run(planned, settings(bundle), resume=True).outcomes[0].reused
