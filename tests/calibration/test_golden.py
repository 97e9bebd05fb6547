"""Bars on simulated and on real micrographs: mostly right, hardly ever wrong."""

import csv
import importlib.util
from pathlib import Path

import pytest

from micrographia import Micrograph, read
from micrographia.calibration import CalibrationSettings, calibrate, find_footer

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
ALWAYS = CalibrationSettings(read_bar="always")


def load(name, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_simulated_bars_are_read_and_bad_ones_refused(monkeypatch):
    bars = load("_bars", monkeypatch)
    judge = load("scale_simulated", monkeypatch).judge
    examples = [bars.make(50_000 + seed) for seed in range(48)]
    examples += [bars.make_bad(50_000 + seed, bars.BAD[seed % 7]) for seed in range(14)]
    verdicts = [
        judge(example, calibrate(Micrograph(example.pixels), ALWAYS)) for example in examples
    ]
    assert verdicts[:48].count("right") >= 44
    assert verdicts.count("wrong") <= 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7_000_129, 1, 2, 3, 103, 127])
def test_two_bars_that_contradict_each_other_give_no_scale(monkeypatch, seed):
    example = load("_bars", monkeypatch).make_bad(seed, "two bars")
    assert calibrate(Micrograph(example.pixels), ALWAYS).pixel_size is None


@pytest.mark.slow
@pytest.mark.real
def test_no_real_scale_bar_is_read_wrongly(real_data, monkeypatch):
    judge = load("scale_real", monkeypatch).judge
    with (real_data / "scalebar_truth.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::4]
    verdicts = []
    for row in rows:
        bare = Micrograph(read(real_data / row["file"]).pixels)
        verdicts.append(judge(row, calibrate(bare, ALWAYS))[0])
    assert verdicts.count("wrong") == 0
    assert verdicts.count("right") >= 0.85 * len(rows)


@pytest.mark.real
@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("BAM_TiO2_SEM_TSEM/SEM", 712),
        ("Mumrah213_SEM_nanowires", 890),
        ("aichem_CaCO3_SEM/images_224", None),
        ("ArdaGen_STEM_YOLO/dataset/images", None),
    ],
)
def test_data_bars_are_found_where_there_are_any(real_data, folder, expected):
    paths = sorted(
        path for path in (real_data / folder).iterdir() if path.suffix in (".png", ".jpg")
    )
    for path in paths[:5]:
        assert find_footer(read(path).pixels) == expected, path.name
