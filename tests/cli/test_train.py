"""The command train: from a folder of images to a bundle, figures, log and curves."""

import json

import cv2
import numpy as np
import pytest

from micrographia.bundles import load_bundle

pytest.importorskip("torch")

QUICK = ("--set", "settings.stack=tiny", "--set", "training.epochs=3", "--set", "image_size=24",
         "--set", "training.accelerator=cpu")  # fmt: skip


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures") / "Two shapes"
    random = np.random.default_rng(0)
    for index in range(40):
        image = random.integers(0, 90, (30, 30)).astype(np.uint8)
        row, col = random.integers(3, 15, 2)
        name = "bar" if index % 2 else "dot"
        image[row : row + (3 if index % 2 else 9), col : col + (14 if index % 2 else 9)] += 150
        path = folder / name / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), image)
    return folder


@pytest.fixture(scope="module")
def trained(pictures, tmp_path_factory):
    from typer.testing import CliRunner

    from micrographia.cli import build_app

    out = tmp_path_factory.mktemp("trained") / "out"
    words = ["train", str(pictures), "-o", str(out), *QUICK]
    return CliRunner().invoke(build_app(words), words, prog_name="micrographia"), out


def test_it_writes_a_bundle_with_its_figures_log_and_curves(trained):
    done, out = trained
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("accuracy ")
    bundle = load_bundle(out / "bundle")
    assert bundle.card.name == "two-shapes-default"
    assert bundle.card.classes == ("bar", "dot")
    assert {metric.name for metric in bundle.card.metrics} >= {"accuracy", "balanced accuracy"}
    assert bundle.card.provenance["recipe"]["training"]["epochs"] == 3
    figures = json.loads((out / "figures.json").read_text())
    assert figures["images"] == len((out / "test.csv").read_text().splitlines()) - 1
    assert len((out / "training/log.csv").read_text().splitlines()) == 4
    assert cv2.imread(str(out / "curves.png")).shape[0] > 200


def test_a_folder_with_a_training_is_kept_unless_it_goes_on(call, trained, pictures):
    out = trained[1]
    done = call("train", pictures, "-o", out, *QUICK)
    assert done.exit_code == 2
    assert "go on with it by --resume" in done.stderr
    again = call("train", pictures, "-o", out, *QUICK, "--resume", "-q")
    assert (again.exit_code, again.stderr, again.stdout) == (0, "", "")
    other = call("train", pictures, "-o", out, *QUICK, "--set", "seed=4", "--resume")
    assert "another recipe" in other.stderr


def test_recipes_are_listed_and_shown(call):
    done = call("train", "--recipes")
    assert "luo2021-linear: " in done.stdout
    shown = call("train", "--recipe", "gumbiowski2024-two", "--show-recipe")
    assert "learning_rate = 0.0085" in shown.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--recipe", "lou2021-linear"), "perhaps luo2021-linear is meant"),
        (("--set", "training.epoch=3"), "training.epoch: Extra inputs are not permitted"),
        (("--set", "training.epochs"), "wanted NAME=VALUE"),
    ],
    ids=["recipe", "setting", "value"],
)
def test_what_cannot_be_meant_is_refused_with_what_can(call, pictures, tmp_path, words, told):
    done = call("train", pictures, "-o", tmp_path / "out", *words)
    assert done.exit_code == 2
    assert told in done.stderr
