"""The command train: from a folder of images to a bundle, figures, log and curves."""

import json
import shutil

import cv2
import numpy as np
import pandas as pd
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
        (("--set", "method=cmm"), "there is no method 'cmm'"),
        (("--set", "settings.stak=tiny"), "cnn has no parameter stak; there are stack; settings ="),
        (("--set", "settings.seed=3"), "cnn has no parameter seed"),
        (("--name", "Two Shapes"), "such as 'two-shapes'"),
        (("--tune", "2"), "names nothing to search"),
        (("--tune", "2", "--set", 'search={"training.epoch"=["log",1,2]}'), "training.epoch: "),
    ],
    ids=["recipe", "setting", "value", "method", "parameter", "seed", "name", "search", "range"],
)
def test_what_cannot_be_meant_is_refused_with_what_can(call, pictures, tmp_path, words, told):
    done = call("train", pictures, "-o", tmp_path / "out", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_training_that_never_began_is_not_in_the_way(call, pictures, tmp_path):
    wrong = call("train", pictures, "-o", tmp_path / "out", *QUICK, "--set", "settings.stack=tinny")
    assert "there is no stack 'tinny'" in wrong.stderr
    done = call("train", pictures, "-o", tmp_path / "out", *QUICK)
    assert done.exit_code == 0, done.stderr


def test_the_held_out_answers_can_be_evaluated(call, trained, tmp_path):
    table = trained[1] / "test.csv"
    done = call("evaluate", "--predictions", table, "-o", tmp_path / "judged")
    assert done.exit_code == 0, done.stderr
    accuracy = json.loads((trained[1] / "figures.json").read_text())["accuracy"]["value"]
    assert f"test: accuracy {100 * accuracy:.2f} %" in done.stdout


def test_what_is_odd_in_the_images_is_said(call, pictures, tmp_path):
    images = tmp_path / "images"
    shutil.copytree(pictures, images)
    shutil.copy(images / "dot" / "0.png", images / "bar" / "same.png")
    (images / "bar" / "torn.png").write_bytes(b"no image")
    refused = call("train", images, "-o", tmp_path / "out", *QUICK)
    assert refused.exit_code == 2
    assert "--set dataset.unreadable=skip" in refused.stderr
    done = call(
        "train", images, "-o", tmp_path / "out", *QUICK, "--set", "training.epochs=1",
        "--set", "dataset.unreadable=skip",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "warning: bar/torn.png left out" in done.stderr
    assert "note: 2 images have equals with other labels" in done.stderr


@pytest.mark.parametrize(
    ("kind", "given", "bars"),
    [
        ("wide", {}, None),
        ("colour", {"channels": 3}, None),
        ("barred", {}, "keep"),
        ("barred", {"dataset.bars": "crop"}, "crop"),
        ("barred", {"dataset.bars": "fill"}, "fill"),
    ],
)
def test_the_bundle_answers_as_the_training_did(call, tmp_path, kind, given, bars):
    """Images that are not square, such as differ by their colours alone, such as have data bars."""
    random = np.random.default_rng(0)
    for index in range(20 if kind == "barred" else 40):
        name, other = ("a", "b")[index % 2], index % 2
        if kind == "wide":
            image = random.integers(0, 90, (24, 72)).astype(np.uint8)
            image[8:16, 20 : 28 + 24 * other] = 230
        elif kind == "barred":
            image = random.normal(120, 20 + 20 * other, (200, 300)).clip(0, 255).astype(np.uint8)
            image[180:] = 0
            image[186:194, 20:280:4] = 255
        else:
            grey = random.integers(60, 120, (24, 24, 1))
            image = np.rint(grey * np.array([[0.5, 0.5, 1.0], [0.5, 0.75, 0.35]][other]))
        path = tmp_path / "set" / name / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), image.astype(np.uint8))
    more = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    done = call("train", tmp_path / "set", "-o", tmp_path / "out", *QUICK, *more)
    assert done.exit_code == 0, done.stderr
    assert bars in (None, load_bundle(tmp_path / "out" / "bundle").card.input.bars)
    folders = [tmp_path / "set" / name for name in "ab"]
    done = call(
        "classify", *folders, "--model", tmp_path / "out" / "bundle", "-o", tmp_path / "answers"
    )
    assert done.exit_code == 0, done.stderr
    assert "warning" not in done.stderr
    answers = pd.read_csv(tmp_path / "answers" / "predictions.csv").set_index("path")["p_a"]
    tested = pd.read_csv(tmp_path / "out" / "test.csv")
    same = answers[[str(tmp_path / "set" / image) for image in tested["image"]]]
    np.testing.assert_allclose(same, tested["p_a"], atol=5e-3)  # grey levels of 8 bits are rounded


def test_the_card_says_what_to_do_outside_the_pixel_sizes(call, pictures, tmp_path):
    done = call(
        "train", pictures, "-o", tmp_path / "out", *QUICK, "--set", "training.epochs=1",
        "--set", "pixel_size_nm=[0.5, 2]", "--set", "outside=refuse",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    card = load_bundle(tmp_path / "out" / "bundle").card.input
    assert (card.pixel_size_nm, card.outside) == ((0.5, 2.0), "refuse")
