"""Runs: the same files for any number of workers, after a kill, and tables that agree."""

import filecmp
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile

from micrographia._files import locked
from micrographia.errors import InputError, OutputError, SettingsError
from micrographia.simulation import _run, _run_files, load_family, simulate_many, simulate_one
from micrographia.simulation._sample import Sample, Whole, decode_runs, label_image, stack
from micrographia.simulation.families import FAMILIES, outlines, polyhedra

SMALL = outlines.Config(size=48)


def files_of(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()
    )


def same(first, second):
    assert files_of(first) == files_of(second)
    differing = [
        name for name in files_of(first) if not filecmp.cmp(first / name, second / name, False)
    ]
    assert differing == []


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "serial"
    simulate_many("outlines", 230, 5, folder, SMALL)
    return folder


def test_a_run_holds_images_labels_tables_and_a_sheet(done):
    tops = {name.split("/")[0] for name in files_of(done)}
    assert tops == {
        "contact.png", "images", "instances.parquet", "labels", "manifest.parquet", "run.json",
    }  # fmt: skip
    assert len(files_of(done / "images")) == len(files_of(done / "labels")) == 230


def test_two_workers_write_the_bytes_that_one_writes(done, tmp_path):
    simulate_many("outlines", 230, 5, tmp_path / "two", SMALL, workers=2)
    same(done, tmp_path / "two")


@pytest.mark.slow
@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "outlines"])
def test_every_family_writes_the_same_bytes_with_two_workers(family, tmp_path):
    config = load_family(family).Config.parse({"size": 64})
    count = FAMILIES[family].chunk + 1
    for workers, name in ((1, "one"), (2, "two")):
        simulate_many(family, count, 5, tmp_path / name, config, workers=workers)
    same(tmp_path / "one", tmp_path / "two")


def test_a_run_that_was_killed_is_finished_with_the_same_bytes(done, tmp_path):
    code = (
        "from micrographia.simulation import simulate_many\n"
        "from micrographia.simulation.families.outlines import Config\n"
        "import sys, time\n"
        "slow = lambda done, total: time.sleep(0.005)\n"
        "simulate_many('outlines', 230, 5, sys.argv[1], Config(size=48), progress=slow)\n"
    )
    folder = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)])
    try:
        limit = time.monotonic() + 60
        while not (folder / ".parts" / "00000.manifest.parquet").exists():
            assert time.monotonic() < limit, "the first chunk never appeared"
            assert process.poll() is None, "the run ended by itself"
            time.sleep(0.01)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not (folder / "manifest.parquet").exists()
    simulate_many("outlines", 230, 5, folder, SMALL, resume=True)
    same(done, folder)


def test_a_second_run_into_the_same_folder_is_refused(done):
    with locked(done), pytest.raises(OutputError, match="another run is writing"):
        simulate_many("outlines", 230, 5, done, SMALL, resume=True)
    assert not (done / ".lock").exists()


def test_slow_families_are_shared_out_in_smaller_parts():
    assert [len(_run.make_plan(name, 100, 0).chunks()) for name in ("outlines", "carbon")] == [1, 5]
    ends = _run.make_plan("carbon", 47, 0).chunks()
    assert ends == [(0, 20), (20, 40), (40, 47)]


def test_a_finished_run_is_left_as_it_is(done):
    before = (done / "manifest.parquet").stat().st_mtime_ns
    simulate_many("outlines", 230, 5, done, SMALL, resume=True)
    assert (done / "manifest.parquet").stat().st_mtime_ns == before


def test_a_run_cannot_be_resumed_with_another_plan(done):
    with pytest.raises(InputError, match="made with another n, seed"):
        simulate_many("outlines", 231, 6, done, SMALL, resume=True)


def test_a_folder_that_is_not_empty_is_left_alone(done, tmp_path):
    with pytest.raises(OutputError, match="is not empty; resume it, or choose another"):
        simulate_many("outlines", 230, 5, done, SMALL)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty; choose another"):
        simulate_many("outlines", 1, 0, tmp_path, SMALL)
    with pytest.raises(OutputError, match="no folder could be made"):
        simulate_many("outlines", 1, 0, tmp_path / "mine.txt", SMALL)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"family": "stones"}, "no family 'stones'; there are outlines, polyhedra"),
        ({"n": 0}, "n must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"config": polyhedra.Config()}, "wants settings of its own Config"),
    ],
)
def test_what_cannot_be_made_is_refused_before_a_folder_is_made(changes, said, tmp_path):
    values = {"family": "outlines", "n": 1, "seed": 0, "out": tmp_path / "out", **changes}
    with pytest.raises(InputError, match=said):
        simulate_many(**values)
    assert not (tmp_path / "out").exists()


def test_the_manifest_says_what_every_image_is(done):
    table = pd.read_parquet(done / "manifest.parquet")
    assert table["index"].tolist() == list(range(230))
    assert table["family"].unique().tolist() == ["outlines"]
    assert table["group"].is_unique
    for row in table.iloc[[0, 117, 229]].itertuples():
        again = simulate_one("outlines", row.index, 5, SMALL)
        written = cv2.imread(str(done / row.path), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(written, again.pixels)
        assert row.label == again.label
        assert tuple(row.labels_all) == again.labels_all
        assert row.nm_per_px == again.nm_per_px
        assert row.area_px == again.parameters["area_px"]


def test_the_table_of_particles_agrees_with_the_label_images(done):
    images = pd.read_parquet(done / "manifest.parquet").set_index("index")
    for row in pd.read_parquet(done / "instances.parquet").iloc[:40].to_dict("records"):
        path = done / images.loc[row["index"], "labels_path"]
        labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert labels.dtype == np.uint16
        assert (labels == row["label_value"]).sum() == row["visible_px"]
        whole = decode_runs(row["whole_runs"], (row["whole_rows"], row["whole_cols"]))
        assert whole.sum() == row["whole_px"]
        assert row["whole_px"] >= row["visible_px"]
        assert row["class"] == images.loc[row["index"], "label"]
        assert json.loads(row["parameters"])


def test_images_of_a_run_do_not_depend_on_how_many_there_are(tmp_path):
    simulate_many("outlines", 3, 5, tmp_path / "few", SMALL)
    few = cv2.imread(str(tmp_path / "few/images/00000/00000002.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(few, simulate_one("outlines", 2, 5, SMALL).pixels)


def test_seed_index_and_family_give_different_numbers():
    drawn = {
        _run.generator(*key).integers(2**62)
        for key in [("outlines", 0, 0), ("outlines", 0, 1), ("outlines", 1, 0), ("polyhedra", 0, 0)]
    }
    assert len(drawn) == 4


def test_every_family_has_a_number_of_its_own():
    assert len({family.number for family in FAMILIES.values()}) == len(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_keeps_the_contract(family):
    module = load_family(family)
    with pytest.raises(SettingsError, match="no_such_field"):
        module.Config.parse({"no_such_field": 1})
    config = module.Config()
    assert module.Config.parse(config.model_dump(mode="json")) == config
    assert all(field.description for field in module.Config.model_fields.values())
    first = module.simulate(config, _run.generator(family, 3, 4), 4)
    again = module.simulate(config, _run.generator(family, 3, 4), 4)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(label_image(first), label_image(again))
    assert first.parameters == again.parameters
    json.dumps([first.parameters, *(one.parameters for one in first.instances)], allow_nan=False)
    labels = label_image(first)
    for number, one in enumerate(first.instances, 1):
        assert (labels == number).sum() == one.visible.sum()


def test_floats_are_written_as_tiff_and_sixteen_bits_as_png(tmp_path):
    grey = np.arange(12, dtype=np.float32).reshape(3, 4)
    with _run_files.Chunk(tmp_path, 0) as chunk:
        for index, pixels in enumerate([grey, grey.astype(np.uint16)]):
            one = Sample(
                pixels=pixels, nm_per_px=1.0, label="a", labels_all=("a",), group=str(index),
                parameters={"list": [1, 2], "number": np.float64(3.5)},
            )  # fmt: skip
            chunk.add(one, family="outlines", seed=0, index=index)
    table = pd.read_parquet(tmp_path / ".parts" / "00000.manifest.parquet")
    assert [Path(path).suffix for path in table.path] == [".tif", ".png"]
    np.testing.assert_array_equal(tifffile.imread(tmp_path / table.path[0]), grey)
    deep = cv2.imread(str(tmp_path / table.path[1]), cv2.IMREAD_UNCHANGED)
    assert deep.dtype == np.uint16
    assert table["list"][0] == "[1, 2]"


def test_a_chunk_that_fails_leaves_nothing_behind(tmp_path):
    whole = Whole("dot", 0, 0, (0, 0), np.ones((1, 1), bool), {})
    many = Sample(
        pixels=np.zeros((1, 1), np.uint8), nm_per_px=1.0, label="a", labels_all=("a",), group="g",
        instances=stack([whole], (1, 1)) * 65536,
    )  # fmt: skip
    with (
        pytest.raises(OutputError, match="65536 particles; a 16-bit label image holds 65535"),
        _run_files.Chunk(tmp_path, 0) as chunk,
    ):
        chunk.add(many, family="outlines", seed=0, index=0)
    assert files_of(tmp_path) == []


def test_a_worker_that_dies_is_reported_and_what_was_finished_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(OutputError, match=r"ended by itself \(exit status 1\).*resume the run"):
        simulate_many("outlines", 230, 5, tmp_path / "out", SMALL, workers=2)


@pytest.mark.parametrize(
    ("family", "values"),
    [
        ("outlines", {}),
        ("polyhedra", {"classes": ["ICO"], "max_truncation": 0, "max_rounding": 0}),
        ("micrographs", {"bar": 0, "footer": 0}),
        ("carbon", {"bar": 0}),
    ],
)
def test_memory_does_not_grow_with_the_run(family, values, tmp_path):
    config = load_family(family).Config.parse({"size": 64, **values})
    plan = _run.make_plan(family, 10_000, 0, config)
    held = []
    tracemalloc.start()
    try:
        for first in (0, 20, 40):  # a part holds ten images and more than 200 kB
            _run.work(plan, tmp_path, first, first + 10, lambda made: None)
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[2] - held[1] < 60_000, held


def test_columns_that_only_some_parts_have_are_joined(tmp_path):
    rows = [{"index": 0, "a": 1}, {"index": 1, "b": 2.5}, {"index": 2, "a": 0.5}]
    parts = [tmp_path / f"{number}.manifest.parquet" for number in range(3)]
    for part, row in zip(parts, rows, strict=True):
        _run_files.write_part(part, [row])
    _run_files._join(parts, tmp_path / "all.parquet")
    table = pd.read_parquet(tmp_path / "all.parquet")
    assert table["index"].tolist() == [0, 1, 2]
    assert table["a"].tolist()[::2] == [1.0, 0.5]
    assert table["b"][1] == 2.5
