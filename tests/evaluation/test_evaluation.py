"""The answers of a method, their table, and everything that is written of them."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from micrographia.errors import InputError
from micrographia.evaluation.crossval import cross_validate
from micrographia.evaluation.evaluation import Evaluation
from micrographia.evaluation.report import save_evaluations
from micrographia.evaluation.settings import EvaluationSettings
from micrographia.evaluation.summary import (
    compare_all,
    stranger_scores,
    summarize_evaluation,
    worst_mistakes,
)


def some(n=80, seed=0, name="method", **more):
    """Answers that are right more often than not."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    logits = rng.normal(size=(n, 3)) + 2 * np.eye(3)[truth]
    chances = np.exp(logits)
    return Evaluation(
        name=name,
        classes=("cube", "rod", "sphere"),
        truth=truth,
        probabilities=chances / chances.sum(axis=1, keepdims=True),
        images=np.array([f"{k}.png" for k in range(n)]),
        groups=(np.arange(n) // 2).astype(str),
        folds=np.arange(n) // 2 % 4,
        **more,
    )


def test_a_table_is_read_back_as_it_was(tmp_path):
    one = some()
    one.write(tmp_path)
    back = Evaluation.read_csv(tmp_path / "predictions.csv")
    np.testing.assert_allclose(back.probabilities, one.probabilities)
    np.testing.assert_array_equal(back.truth, one.truth)
    np.testing.assert_array_equal(back.groups, one.groups)
    np.testing.assert_array_equal(back.folds, one.folds)
    assert back.classes == one.classes


def test_several_labels_are_joined_by_plus_and_read_back(tmp_path):
    one = Evaluation(
        name="m",
        classes=("a", "b"),
        truth=np.array([[1, 1], [0, 1], [0, 0]]),
        probabilities=np.array([[0.9, 0.8], [0.2, 0.4], [0.1, 0.3]]),
        images=np.array(list("xyz")),
        groups=np.array(list("xyz")),
        folds=np.zeros(3, int),
        multi_label=True,
    )
    assert one.to_table()["truth"].tolist() == ["a+b", "b", ""]
    assert one.right.tolist() == [True, False, True]
    one.write(tmp_path)
    back = Evaluation.read_csv(tmp_path / "predictions.csv", multi_label=True)
    np.testing.assert_array_equal(back.truth, one.truth)
    summary = summarize_evaluation(back)
    assert summary["scores"]["subset_accuracy"]["value"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(("least", "called"), [(0, [[0, 0], [1, 1]]), (1, [[0, 1], [1, 1]])])
def test_the_likeliest_label_holds_where_every_image_has_one(least, called):
    one = Evaluation(
        name="m",
        classes=("a", "b"),
        truth=np.array([[0, least], [1, 1]]),
        probabilities=np.array([[0.1, 0.4], [0.6, 0.7]]),
        images=np.array(list("xy")),
        groups=np.array(list("xy")),
        folds=np.zeros(2, int),
        multi_label=True,
    )
    assert one.called.tolist() == called
    assert one.right.all()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"label": ["a"], "p_a": [1.0]}, "wanted a column 'truth'"),
        ({"truth": ["a"]}, "a column 'p_<class>' for every class"),
        ({"truth": ["b"], "p_a": [1.0]}, "no probability for the true labels 'b'"),
        ({"truth": [], "p_a": []}, "has no rows"),
        ({"truth": ["a"], "p_a": [0.5], "p_b": [0.2]}, "adds up to 0.7"),
    ],
)
def test_a_table_that_says_too_little_is_refused(table, message):
    with pytest.raises(InputError, match=message):
        Evaluation.from_table(pd.DataFrame(table))


def test_a_file_that_is_no_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="no table could be read"):
        Evaluation.read_csv(tmp_path / "missing.csv")


def test_lengths_must_agree():
    with pytest.raises(InputError, match="80 images, but 3 strangeness"):
        some(strangeness=np.zeros(3))


def test_the_worst_mistakes_come_surest_first():
    one = some()
    table = worst_mistakes(one, 5)
    assert len(table) == 5
    assert table["certainty"].is_monotonic_decreasing
    assert (table["truth"] != table["called"]).all()
    wrong = one.certainty[~one.right]
    assert table["certainty"].iloc[0] == wrong.max()


def test_strangers_are_judged_relative_to_the_limit_of_their_model():
    rng = np.random.default_rng(1)
    one = some()
    limits = np.where(one.folds == 0, 1.0, 10.0)
    known = limits * rng.uniform(0.2, 0.95, 80)
    table = pd.DataFrame({"image": list("abcd"), "group": list("abcd"), "fold": [0, 0, 1, 1],
                          "score": [1.5, 2.0, 15.0, 20.0], "limit": [1.0, 1.0, 10.0, 10.0],
                          "probability": 0.9})  # fmt: skip
    one = some(strangeness=known, strangeness_limits=limits, strangers=table)
    found = stranger_scores(one)
    assert found.auroc.value == 1
    assert found.known_flagged.value == 0
    assert found.strangers_flagged.value == 1
    assert stranger_scores(some()) is None


def test_only_the_same_images_are_compared():
    first, second, shorter = some(), some(seed=1, name="other"), some(n=40, name="shorter")
    found = compare_all([first, second, shorter])
    assert [one.second for one in found] == ["other"]
    assert found[0].difference.value == pytest.approx(second.right.mean() - first.right.mean())


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_perfect_method_is_summed_up_too(n_classes):
    truth = np.arange(20) % n_classes
    one = Evaluation.from_table(
        pd.DataFrame({"truth": truth.astype(str)}).assign(
            **{f"p_{k}": (truth == k).astype(float) for k in range(n_classes)}
        )
    )
    summary = summarize_evaluation(one)
    assert summary["scores"]["accuracy"]["value"] == 1
    assert summary["calibration"]["ece"]["value"] == 0
    json.dumps(summary)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of an evaluation of two methods with two variants each."""
    folder = tmp_path_factory.mktemp("evaluation")
    from PIL import Image

    for k in range(80):
        Image.fromarray(np.full((12, 16), k, np.uint8) + np.eye(12, 16, dtype=np.uint8)).save(
            folder / f"{k}.png"
        )
    rng = np.random.default_rng(0)
    evaluations = [
        some(seed=seed, name=name, variant=variant, root=folder,
             features=rng.normal(size=(80, 6)), facts={"seed": seed})
        for seed, (name, variant) in enumerate(
            [("VGG16 + LS", "original"), ("VGG16 + LS", "augmented"),
             ("hypercolumns <b>", "original"), ("hypercolumns <b>", "augmented")]
        )
    ]  # fmt: skip
    out = folder / "out"
    save_evaluations(
        evaluations, out, EvaluationSettings(mistakes=6), title="Carbon & friends",
        replay="micrographia evaluate …", notes=["A sentence."],
    )  # fmt: skip
    return out


def test_the_page_holds_everything_and_asks_nothing_of_any_network(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    assert "Carbon &amp; friends" in page
    assert "hypercolumns &lt;b&gt;" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert page.count("data:image/png") == 2 + 4 * 4
    assert "nan" not in re.sub(r'"data:[^"]*"', "", page)


def test_the_tables_behind_the_figures_are_there(written):
    summary = pd.read_csv(written / "summary.csv")
    assert len(summary) == 4
    assert {"accuracy", "accuracy_low", "ece", "fold_accuracy_mean"} <= set(summary)
    assert len(pd.read_csv(written / "classes.csv")) == 12
    assert pd.read_csv(written / "confusion.csv")["images"].sum() == 4 * 80
    assert len(pd.read_csv(written / "comparisons.csv")) == 3
    assert len(pd.read_csv(written / "mistakes.csv")) > 4
    assert {"reliability.csv", "coverage.csv", "summary.json", "settings.toml"} <= {
        path.name for path in written.iterdir()
    }
    slug = written / "methods" / "vgg16-ls-original"
    assert {"predictions.csv", "features.npz", "facts.json", "map.csv"} <= {
        path.name for path in slug.iterdir()
    }
    assert len(list((written / "figures").glob("*.png"))) == 2 + 4 * 4


def test_what_was_cross_validated_can_be_saved(images, folds, nearest_mean, tmp_path):
    found = cross_validate(images, nearest_mean, folds, name="nearest mean")
    report = found.save(tmp_path, EvaluationSettings(map=False))
    assert report.is_file()
    assert not list((tmp_path / "figures").glob("mistakes*"))


def test_no_method_is_no_evaluation(tmp_path):
    with pytest.raises(InputError, match="at least one method"):
        save_evaluations([], tmp_path)


def test_a_class_without_images_has_no_accuracy_in_the_grid():
    from micrographia.evaluation.figures import draw_grid

    table = pd.DataFrame({"truth": ["a", "b"] * 20, "p_a": [0.9, 0.1] * 20, "p_b": [0.1, 0.9] * 20})
    table["p_c"] = 0.0
    [axes] = draw_grid([Evaluation.from_table(table)]).axes
    assert [text.get_text() for text in axes.texts] == ["1.000", "1.000", "1.000", "no images"]
