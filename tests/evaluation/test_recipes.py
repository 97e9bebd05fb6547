"""Recipes judged on a dataset, and the command that does it."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from micrographia.cli import build_app
from micrographia.errors import InputError

pytest.importorskip("sklearn")

from micrographia.evaluation.recipes import evaluate_recipes, load_strangers
from micrographia.evaluation.settings import EvaluationSettings
from micrographia.learning.recipes import Recipe

RECIPE = """
method = "classical"
image_size = 32
settings = { descriptors = "hog", centres = 0, reduction = "none" }
"""


def call(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build_app(words), words, prog_name="micrographia")


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Class folders of noisy stripes, along the rows or along the columns."""
    folder = tmp_path_factory.mktemp("sets") / "stripes"
    rng = np.random.default_rng(0)
    for name in ("rows", "cols"):
        (folder / name).mkdir(parents=True)
        for number in range(16):
            wave = 40 * np.sin(np.arange(32) * rng.uniform(0.5, 1.2) + rng.uniform(0, 6))
            image = 120 + rng.normal(0, 10, (32, 32)) + (wave[:, None] if name == "rows" else wave)
            Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(
                folder / name / f"{number}.png"
            )
    return folder


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipes") / "texture.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strange")
    (folder / "inner").mkdir()
    for number in range(6):
        image = Image.new("L", (40, 30), 30 * number)
        image.putpixel((5, 5), 255)
        image.save(folder / ("inner" if number > 2 else "") / f"{number}.png")
    (folder / "notes.txt").write_text("no image")
    return folder


def test_the_command_evaluates_and_goes_on_where_it_was(shapes, recipe, strange, tmp_path):
    words = [
        "evaluate", shapes, "--recipe", recipe, "-o", tmp_path, "--folds", 2, "--naive",
        "--strangers", strange,
    ]  # fmt: skip
    done = call(*words)
    assert done.exit_code == 0, done.stderr
    assert "texture: accuracy" in done.stdout
    assert "naive split" in done.stdout
    assert "strangers' AUROC" in done.stdout
    table = pd.read_csv(tmp_path / "summary.csv")
    assert table["accuracy"].iloc[0] > 0.8
    assert (tmp_path / "methods" / "texture" / "folds-naive" / "fold-1.npz").is_file()
    assert len(pd.read_csv(tmp_path / "methods" / "texture" / "strangers.csv")) == 12
    first = (tmp_path / "summary.csv").read_text()
    stamp = (tmp_path / "methods" / "texture" / "folds-grouped" / "fold-0.npz").stat().st_mtime_ns
    assert call(*words).exit_code == 0
    again = (tmp_path / "methods" / "texture" / "folds-grouped" / "fold-0.npz").stat().st_mtime_ns
    assert again == stamp
    assert (tmp_path / "summary.csv").read_text() == first


def test_results_of_another_recipe_are_refused_before_anything_is_computed(
    shapes, recipe, tmp_path
):
    other = tmp_path / "other.toml"
    other.write_text(RECIPE, encoding="utf-8")
    words = ["evaluate", shapes, "-o", tmp_path / "out", "--folds", 2, "--recipe"]
    assert call(*words, other).exit_code == 0
    done = call(*words, recipe)
    assert done.exit_code == 2
    assert "results that are not of this evaluation: methods/other; choose another" in done.stderr
    assert not (tmp_path / "out" / "methods" / "texture").exists()
    done = call(*words, other, "--recipe", recipe)
    assert done.exit_code == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "out" / "summary.csv")) == 2


def test_progress_moves_inside_a_fold(shapes, recipe, tmp_path):
    from micrographia.learning.recipes import load_recipe

    told = []
    evaluate_recipes(
        shapes, [load_recipe(recipe)], tmp_path, EvaluationSettings(folds=2, map=False),
        progress=lambda title, state: told.append(("fold", state.done)),
        steps=lambda title, done, total, note: told.append((title, done / total)),
    )  # fmt: skip
    folds = [place for place, (what, _) in enumerate(told) if what == "fold"]
    assert len(folds) == 2
    assert folds[1] == len(told) - 1
    for part in (told[: folds[0]], told[folds[0] + 1 : folds[1]]):
        shares = [share for _, share in part]
        assert len(shares) > 3
        assert shares == sorted(shares)
        assert 0 < shares[0] < shares[-1] == 1


class Shown:
    """In place of a bar: what it is told."""

    def __init__(self):
        self.steps, self.lines = [], []

    def __call__(self, done, total, note):
        self.steps.append((round(done, 3), total, note))

    def say(self, text):
        self.lines.append(text)


def test_a_bar_counts_folds_and_what_happens_inside_them():
    from micrographia.cli.evaluate import _Folds
    from micrographia.evaluation.crossval import FoldProgress

    shown = Shown()
    folds = _Folds(shown, 4)
    folds.fold("a", FoldProgress(1, 2, True, float("nan"), 0.5))  # kept: no step
    folds.step("a", 1, 4, "epoch 1")
    folds.step("a", 4, 4, "epoch 4")
    folds.step("a", 1, 4, "a second part")  # never goes back
    folds.fold("a", FoldProgress(2, 2, False, 0, 0.75))
    folds.step("b", 1, 2, "epoch 1")
    assert [step[:2] for step in shown.steps] == [
        (0, 4), (0, 3), (0.25, 3), (0.95, 3), (0.95, 3), (1, 3), (1.5, 3)
    ]  # fmt: skip
    assert shown.steps[2][2] == "a: fold 2: epoch 1"
    assert shown.lines == [
        "a: fold 1 of 2, accuracy 50.0 %, kept from an earlier run",
        "a: fold 2 of 2, accuracy 75.0 %",
    ]


def test_both_augmentations_make_a_grid(shapes, tmp_path):
    told = []
    light = {"descriptors": "hog", "centres": 0, "reduction": "none"}
    recipe = Recipe.parse({"name": "t", "method": "classical", "image_size": 32, "settings": light})
    _, found = evaluate_recipes(
        shapes, [recipe], tmp_path, EvaluationSettings(folds=1, map=False),
        variants=("recipe", "none"), progress=lambda title, state: told.append(title),
    )  # fmt: skip
    assert [one.variant for one in found] == ["augmented", "original"]
    assert told == ["t, augmented", "t, original"]
    assert (tmp_path / "comparisons.csv").is_file()


def test_predictions_alone_are_judged_without_a_dataset(tmp_path):
    table = pd.DataFrame({"truth": ["a", "b", "a", "b"], "p_a": [0.9, 0.2, 0.4, 0.1]})
    table.assign(p_b=1 - table["p_a"]).to_csv(tmp_path / "mine.csv", index=False)
    done = call("evaluate", "--predictions", tmp_path / "mine.csv", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert "mine: accuracy 75.00 %" in done.stdout
    assert (tmp_path / "out" / "report.html").is_file()


def test_strangers_of_one_folder_are_a_group(strange):
    recipe = Recipe.parse({"method": "classical", "image_size": 16})
    found = load_strangers(strange, recipe)
    assert found.pixels.shape == (6, 16, 16)
    assert sorted(set(found.groups)) == ["0.png", "1.png", "2.png", "inner"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evaluate", "-o", "x"], "give either a DATASET"),
        (["evaluate", "set", "-o", "x"], "say how to learn with --recipe"),
        (["evaluate", "set", "--recipe", "default"], "say where the result goes"),
        (["evaluate", "set", "--recipe", "defalt", "-o", "x"], "perhaps default is meant"),
        (["evaluate", "--predictions", "no.csv", "-o", "x", "--folds", "0"], "folds"),
    ],
)
def test_what_is_missing_is_said(words, message):
    done = call(*words)
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_folder_without_images_holds_no_strangers(tmp_path):
    with pytest.raises(InputError, match="no image in it can be read"):
        load_strangers(tmp_path, Recipe.parse({"method": "classical"}))


def test_an_augmentation_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="augmentation of recipe, none"):
        evaluate_recipes(tmp_path, [Recipe.parse({"method": "cnn"})], tmp_path, variants=("x",))


def test_a_wrong_second_recipe_is_refused_before_the_first_is_trained(shapes, recipe, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('method = "classical"\nsettings = { stack = "tiny" }\n', encoding="utf-8")
    done = call("evaluate", shapes, "--recipe", recipe, "--recipe", wrong, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "classical has no parameter stack; there are descriptors" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("folds", "told"), [(2, "no dataset"), (17, "17 folds need at least 17 groups")]
)
def test_a_dataset_that_cannot_be_evaluated_is_wrong_usage(shapes, recipe, tmp_path, folds, told):
    dataset = tmp_path / "nowhere" if folds == 2 else shapes
    done = call("evaluate", dataset, "--recipe", recipe, "-o", tmp_path / "out", "--folds", folds)
    assert done.exit_code == 2
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_was_left_out_stands_in_the_report(recipe, shapes, strange, tmp_path):
    dataset, strangers = tmp_path / "set", tmp_path / "strange"
    shutil.copytree(shapes, dataset)
    shutil.copytree(strange, strangers)
    (dataset / "rows" / "cut.png").write_bytes(b"no image")
    (strangers / "inner" / "torn.png").write_bytes(b"no image")
    done = call(
        "evaluate", dataset, "--recipe", recipe, "-o", tmp_path / "out", "--folds", 2,
        "--strangers", strangers, "--set", "dataset.unreadable=skip",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "warning: rows/cut.png left out: cut.png: " in done.stderr
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "set: 1 images could not be read and are left out." in page
    assert "Strangers that could not be read and are left out: inner/torn.png." in page
