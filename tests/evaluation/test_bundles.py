"""Finished bundles judged on labelled images, and the command that does it."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import tifffile
from typer.testing import CliRunner

from micrographia.bundles import InputCard, OodCard, load_bundle
from micrographia.bundles.testing import save_brightness
from micrographia.cli import build_app
from micrographia.errors import InputError, OutputError
from micrographia.evaluation import Evaluation, _bundle_answers, evaluate_bundles
from micrographia.learning.datasets import DatasetSettings, open_dataset

pytest.importorskip("onnx")

# each image of its own shape of noise: near-duplicates would be one group
SETTINGS = DatasetSettings(near_duplicates="ignore")
OOD = {
    "ood": OodCard(method="mahalanobis", threshold=3.0),
    "arrays": {
        "ood_mean": np.array([[0.2, 0.0], [0.8, 0.0]], np.float32),
        "ood_precision": np.diag([100.0, 1e-6]).astype(np.float32),
    },
}


def call(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build_app(words), words, prog_name="micrographia")


def write(path, grey, rng, spread=0.02):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = rng.normal(grey, spread, (12, 12)).astype(np.float32)
    tifffile.imwrite(path, pixels, photometric="minisblack")


@pytest.fixture
def greys(tmp_path):
    """Ten dark and ten bright images; one of the dark ones lies among the bright."""
    rng = np.random.default_rng(0)
    for name, grey in (("dark", 0.2), ("bright", 0.8)):
        for number in range(10):
            wrong = name == "bright" and number == 0
            write(tmp_path / "greys" / name / f"{number}.tif", 0.2 if wrong else grey, rng)
    return tmp_path / "greys"


@pytest.fixture
def bundle(tmp_path):
    return save_brightness(tmp_path / "bundle", **OOD)


def test_a_finished_model_is_judged_as_classify_answers(greys, bundle, tmp_path):
    done = call("evaluate", greys, "--model", bundle, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert "brightness: accuracy 95.00 %" in done.stdout
    assert "100.0 % known (95.00 % of them right)" in done.stdout
    table = pd.read_csv(tmp_path / "out" / "methods" / "brightness" / "predictions.csv")
    assert table.loc[~table["right"], "image"].tolist() == ["bright/0.tif"]
    done = call("classify", greys / "dark", greys / "bright", "--model", bundle,
                "-o", tmp_path / "classes")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    other = pd.read_csv(tmp_path / "classes" / "predictions.csv")
    other["image"] = ["/".join(path.split("/")[-2:]) for path in other["path"]]
    both = table.merge(other, on="image", suffixes=("", "_classify"))
    assert len(both) == 20
    for column in ("p_dark", "p_bright", "ood_score"):
        np.testing.assert_allclose(both[column], both[f"{column}_classify"], rtol=0, atol=5e-6)
    assert both["verdict"].tolist() == both["verdict_classify"].tolist()
    assert both["called"].tolist() == both["label"].tolist()
    facts = json.loads((tmp_path / "out" / "methods" / "brightness" / "facts.json").read_text())
    assert facts["sha256"] == load_bundle(bundle).sha256
    for name in ("report.html", "classes.csv", "confusion.csv", "coverage.csv", "mistakes.csv"):
        assert (tmp_path / "out" / name).is_file()


def test_verdicts_are_the_models_own(greys, bundle, tmp_path):
    rng = np.random.default_rng(1)
    write(greys / "bright" / "odd.tif", 3.0, rng)
    write(greys / "bright" / "middle.tif", 0.52, rng)
    dataset = open_dataset(greys, SETTINGS)
    _, [found] = evaluate_bundles(dataset, [load_bundle(bundle)], tmp_path / "out")
    verdicts = dict(zip(found.images, found.verdicts, strict=True))
    assert verdicts["bright/odd.tif"] == "unlike"
    assert verdicts["bright/middle.tif"] == "unknown"
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())[0]
    assert summary["verdicts"]["known"]["value"] == pytest.approx(20 / 22)
    assert summary["verdicts"]["unlike"]["value"] == pytest.approx(1 / 22)
    assert summary["verdicts"]["right_of_known"]["value"] == pytest.approx(19 / 20)
    assert summary["known_flagged"]["value"] == pytest.approx(1 / 22)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Answered, verdict known" in page
    assert "Right of the known" in page
    again = Evaluation.read_csv(tmp_path / "out" / "methods" / "brightness" / "predictions.csv")
    assert again.verdicts.tolist() == found.verdicts.tolist()


def test_a_verdict_of_another_program_is_not_taken_for_ours():
    table = pd.DataFrame({"truth": ["a", "b"], "p_a": [0.9, 0.2], "p_b": [0.1, 0.8]})
    assert Evaluation.from_table(table.assign(verdict=["fine", "known"])).verdicts is None
    found = Evaluation.from_table(table.assign(verdict=["unlike", "known"]))
    assert found.verdicts.tolist() == ["unlike", "known"]


def test_two_models_are_compared_on_the_same_images(greys, bundle, tmp_path):
    blind = save_brightness(tmp_path / "blind", ("bright", "dark"), name="blind")
    done = call("evaluate", greys, "--model", bundle, "--model", blind, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert "blind: accuracy 5.00 %" in done.stdout
    [row] = pd.read_csv(tmp_path / "out" / "comparisons.csv").to_dict("records")
    assert (row["first"], row["second"]) == ("brightness", "blind")
    assert row["only_first"] == 19


def test_models_of_one_name_are_told_apart(greys, bundle, tmp_path):
    newer = save_brightness(tmp_path / "newer", version="2.0.0")
    found = [load_bundle(path) for path in (bundle, newer)]
    _, judged = evaluate_bundles(open_dataset(greys, SETTINGS), found, tmp_path / "out")
    assert [one.name for one in judged] == ["brightness 1.0.0", "brightness 2.0.0"]
    with pytest.raises(InputError, match="the same model is given twice"):
        evaluate_bundles(open_dataset(greys, SETTINGS), [found[0]] * 2, tmp_path / "twice")


def test_classes_that_the_model_does_not_know_are_refused_or_strangers(greys, bundle, tmp_path):
    rng = np.random.default_rng(2)
    for number in range(4):
        write(greys / "glowing" / f"{number}.tif", 3.0, rng)
    words = ["evaluate", greys, "--model", bundle, "-o", tmp_path / "out"]
    done = call(*words)
    assert done.exit_code == 2
    assert "does not know the classes 'glowing' (4 of 24 images); it knows" in done.stderr
    assert "--new-as-strangers" in done.stderr
    assert not (tmp_path / "out").exists()
    done = call(*words, "--new-as-strangers")
    assert done.exit_code == 0, done.stderr
    assert "strangers' AUROC 1.000" in done.stdout
    assert "strangers taken for known 0.0 %" in done.stdout
    folder = tmp_path / "out" / "methods" / "brightness"
    assert len(pd.read_csv(folder / "predictions.csv")) == 20
    table = pd.read_csv(folder / "strangers.csv")
    assert table["image"].tolist() == [f"glowing/{number}.tif" for number in range(4)]
    assert set(table["verdict"]) == {"unlike"}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "4 images of classes that it does not know count as strangers" in page
    done = call(*words, "--set", "dataset.rename={glowing = 'bright'}")
    assert done.exit_code == 0, done.stderr
    assert "accuracy 95.83 %" in done.stdout
    assert not (folder / "strangers.csv").exists()
    done = call(*words, "--set", "dataset.rename={glowing = 'x', dark = 'y', bright = 'z'}")
    assert done.exit_code == 2
    assert "knows none of the classes x, y, z" in done.stderr


def test_a_test_may_have_one_class_and_one_image(greys, bundle, tmp_path):
    shutil.rmtree(greys / "dark")
    done = call("evaluate", greys, "--model", bundle, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert "accuracy 90.00 %" in done.stdout
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "brightness: no image is of dark." in page
    for path in list((greys / "bright").iterdir())[1:]:
        path.unlink()
    write(greys / "dark" / "0.tif", 0.2, np.random.default_rng(3))
    done = call("evaluate", greys, "--model", bundle, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr


def test_strangers_of_a_folder_are_judged_too(greys, bundle, tmp_path):
    rng = np.random.default_rng(4)
    write(tmp_path / "strange" / "a.tif", 0.8, rng)
    write(tmp_path / "strange" / "inner" / "b.tif", 3.0, rng)
    (tmp_path / "strange" / "torn.tif").write_bytes(b"no image")
    done = call("evaluate", greys, "--model", bundle, "-o", tmp_path / "out",
                "--strangers", tmp_path / "strange")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "strangers taken for known 50.0 %" in done.stdout
    table = pd.read_csv(tmp_path / "out" / "methods" / "brightness" / "strangers.csv")
    assert table["group"].tolist() == ["a.tif", "inner"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Strangers left out: torn.tif: " in page


def test_images_of_several_labels_are_judged_by_a_model_of_several(tmp_path):
    rng = np.random.default_rng(5)
    rows = []
    for number in range(12):
        write(tmp_path / "set" / f"{number}.tif", 0.2 if number % 2 else 0.8, rng)
        label = "dark" if number % 2 else "bright"
        rows.append({"path": f"{number}.tif", "labels": label if number else "bright;dark"})
    pd.DataFrame(rows).to_csv(tmp_path / "set" / "manifest.csv", index=False)
    single = save_brightness(tmp_path / "single")
    several = save_brightness(tmp_path / "several", multi_label=True, name="several")
    words = ["evaluate", tmp_path / "set", "-o", tmp_path / "out", "--model"]
    done = call(*words, single)
    assert done.exit_code == 2
    assert "have several labels, but model 'brightness' answers with one class" in done.stderr
    done = call(*words, several)
    assert done.exit_code == 0, done.stderr
    assert "several: all labels right" in done.stdout
    table = pd.read_csv(tmp_path / "out" / "methods" / "several" / "predictions.csv")
    assert table["truth"].tolist() == ["dark+bright"] + [row["labels"] for row in rows[1:]]
    bundle = load_bundle(several)
    shown = open_dataset(tmp_path / "set", SETTINGS)
    bundle.card = bundle.card.model_copy(update={"classes": ("bright", "dim")})
    _, [found] = evaluate_bundles(shown, [bundle], tmp_path / "b", new_classes="strangers")
    assert len(found) == 5  # all that are bright and nothing else
    assert len(found.strangers) == 7


def test_an_image_that_one_model_cannot_answer_is_left_out_for_all(greys, bundle, tmp_path):
    picky = save_brightness(
        tmp_path / "picky", name="picky",
        input=InputCard(rows=8, cols=8, pixel_size_nm=(0.1, 10.0), outside="refuse"),
    )  # fmt: skip
    rows = [
        {"path": path.relative_to(greys).as_posix(), "label": path.parent.name,
         "nm_per_px": 900.0 if path.name == "3.tif" else 1.0}
        for path in sorted(greys.rglob("*.tif"))
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(greys / "manifest.csv", index=False)
    found = [load_bundle(path) for path in (bundle, picky)]
    report, judged = evaluate_bundles(open_dataset(greys, SETTINGS), found, tmp_path / "out")
    assert [len(one) for one in judged] == [18, 18]
    page = report.read_text(encoding="utf-8")
    assert "Images left out, as not every model could answer them: bright/3.tif: " in page


def test_frames_of_one_file_are_images_of_their_own(bundle, tmp_path):
    rng = np.random.default_rng(7)
    stack = np.stack([rng.normal(grey, 0.02, (12, 12)) for grey in (0.2, 0.8, 0.2, 0.8)])
    (tmp_path / "set").mkdir()
    tifffile.imwrite(tmp_path / "set" / "s.tif", stack.astype(np.float32), photometric="minisblack")
    rows = [
        {"path": "s.tif", "frame": number, "label": ("dark", "bright")[number % 2]}
        for number in range(4)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "set" / "manifest.csv", index=False)
    dataset = open_dataset(tmp_path / "set", SETTINGS)
    _, [found] = evaluate_bundles(dataset, [load_bundle(bundle)], tmp_path / "out")
    assert found.right.tolist() == [True] * 4


def test_no_strangers_in_a_folder_is_wrong_usage(greys, bundle, tmp_path):
    done = call("evaluate", greys, "--model", bundle, "-o", tmp_path / "out",
                "--strangers", tmp_path / "none")  # fmt: skip
    assert done.exit_code == 2
    assert "no image in it can be read" in done.stderr
    assert not (tmp_path / "out").exists()


def test_progress_counts_the_images_of_all_models(greys, bundle, tmp_path):
    told = []
    found = [load_bundle(bundle), load_bundle(save_brightness(tmp_path / "b", name="other"))]
    evaluate_bundles(
        open_dataset(greys, SETTINGS), found, tmp_path / "out",
        progress=lambda done, total, name: told.append((done, total)),
    )  # fmt: skip
    assert told == [(k, 40) for k in range(1, 41)]


def test_a_stopped_evaluation_goes_on_where_it_was(greys, bundle, tmp_path, monkeypatch):
    dataset, model = open_dataset(greys, SETTINGS), load_bundle(bundle)
    _, [whole] = evaluate_bundles(dataset, [model], tmp_path / "whole")

    def stop(done, total, name):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_bundles(dataset, [model], tmp_path / "out", progress=stop)
    answered = []
    real = _bundle_answers._answer
    monkeypatch.setattr(
        _bundle_answers, "_answer", lambda *given: answered.append(given[1]) or real(*given)
    )
    _, [found] = evaluate_bundles(dataset, [model], tmp_path / "out")
    assert answered == dataset.paths[7:]
    np.testing.assert_array_equal(found.probabilities, whole.probabilities)
    np.testing.assert_array_equal(found.strangeness, whole.strangeness)
    assert found.verdicts.tolist() == whole.verdicts.tolist()


def test_ctrl_c_says_that_the_same_command_goes_on(greys, bundle, tmp_path, monkeypatch):
    def stop(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(_bundle_answers, "_answer", stop)
    done = call("evaluate", greys, "--model", bundle, "-o", tmp_path / "out")
    assert done.exit_code == 130
    assert f"{tmp_path / 'out'} keeps what is done, the same command goes on" in done.stderr


def test_a_dataset_that_a_model_says_it_learned_from_is_pointed_out(greys, tmp_path):
    path = save_brightness(tmp_path / "b", provenance={"data": "greys: 20 images, 20 groups"})
    report, _ = evaluate_bundles(
        open_dataset(greys, SETTINGS), [load_bundle(path)], tmp_path / "out"
    )
    page = report.read_text(encoding="utf-8")
    assert "says that it learned from a dataset of the name of this one" in page


def test_colours_are_given_to_a_model_that_looks_at_them(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(6)
    for name, red in (("dark", 10), ("bright", 250)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(3):
            pixels = rng.integers(0, 5, (12, 12, 3)).astype(np.uint8)
            pixels[..., 0] = red
            Image.fromarray(pixels).save(tmp_path / "set" / name / f"{number}.png")
    path = save_brightness(tmp_path / "b", input=InputCard(rows=8, cols=8, channels=3))
    dataset = open_dataset(tmp_path / "set", SETTINGS)
    _, [found] = evaluate_bundles(dataset, [load_bundle(path)], tmp_path / "out")
    means = found.features[:, 0].reshape(2, 3).mean(axis=1)  # bright, dark
    np.testing.assert_allclose(means, [(250 + 4) / 3, (10 + 4) / 3], atol=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["set", "--model", "b", "--recipe", "default"], "not both"),
        (
            ["set", "--model", "b", "--folds", "3"],
            "--folds has no meaning where the command judges",
        ),
        (["set", "--model", "b", "--naive"], "--naive has no meaning"),
        (["set", "--recipe", "default", "--new-as-strangers"], "--new-as-strangers has no meaning"),
        (["set", "--model", "no-such"], "no model 'no-such'"),
        (["set", "--model", "outline", "--set", "training.epochs=3"], "nothing is trained"),
        (
            ["set", "--model", "outline", "--set", "dataset.bars=crop"],
            "dataset.bars has no meaning",
        ),
        (["set", "--model", "outline"], "no dataset"),
        (["set", "--model", "outline", "--multi-label"], "--set dataset.multi_label=true"),
        (["--predictions", "x.csv", "--model", "b"], "--model has no meaning"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words, said, tmp_path):
    done = call("evaluate", *words, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_model_that_tells_no_classes_is_refused(greys, tmp_path):
    done = call("evaluate", greys, "--model", "particles", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "is for particle-segmentation; wanted one that tells classes" in done.stderr


def test_results_of_other_methods_are_not_mixed_with_new_ones(greys, bundle, tmp_path):
    out = tmp_path / "out"
    dataset, first = open_dataset(greys, SETTINGS), load_bundle(bundle)
    other = load_bundle(save_brightness(tmp_path / "b", name="other"))
    evaluate_bundles(dataset, [first], out)
    evaluate_bundles(dataset, [first, other], out)
    with pytest.raises(OutputError, match=r"not of this evaluation: methods/other; choose another"):
        evaluate_bundles(dataset, [first], out)
    done = call("evaluate", greys, "--model", bundle, "-o", out)
    assert done.exit_code == 2
    assert "methods/other" in done.stderr
    shutil.rmtree(out / "methods" / "other")
    assert call("evaluate", greys, "--model", bundle, "-o", out).exit_code == 0
    assert not (out / "comparisons.csv").exists()
    (out / "methods" / "brightness" / "folds-grouped").mkdir()
    (out / "methods" / "brightness" / "folds-grouped" / "fold-0.npz").write_bytes(b"")
    with pytest.raises(OutputError, match="methods/brightness"):
        evaluate_bundles(dataset, [first], out)


def test_judging_a_model_loads_no_torch(greys, bundle, tmp_path):
    code = (
        "import sys\n"
        f"sys.argv = ['micrographia', 'evaluate', {str(greys)!r}, '--model', {str(bundle)!r}, "
        f"'-o', {str(tmp_path / 'out')!r}, '--quiet']\n"
        "import contextlib\n"
        "from micrographia.cli import main\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (tmp_path / "out" / "report.html").is_file()
    assert not {"torch", "timm", "lightning", "captum"} & set(done.stdout.split())
