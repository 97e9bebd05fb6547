"""The commands about models: models, classify, analyze --model."""

import json

import numpy as np
import pandas as pd
import pytest

from micrographia.bundles import InputCard
from micrographia.bundles.testing import save_brightness

pytest.importorskip("onnx")


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROGRAPHIA_MODELS", str(tmp_path / "own"))


@pytest.fixture
def bundle(tmp_path):
    return save_brightness(tmp_path / "a bundle.zip", licence="CC0-1.0")


def test_an_added_model_is_listed_shown_and_verified(call, bundle):
    assert call("models", "add", bundle).exit_code == 0
    assert "brightness" in call("models").stdout
    rows = json.loads(call("models", "list", "--json").stdout)
    assert [row["classes"] for row in rows if row["origin"] == "own"] == [["dark", "bright"]]
    shown = call("models", "show", "brightness").stdout
    assert "classes: dark, bright" in shown
    assert "licence: CC0-1.0" in shown
    assert call("models", "verify", "brightness").stdout.endswith("whole; its test passed\n")


def test_verifying_tells_where_a_card_has_no_hash_of_its_own(call, tmp_path):
    folder = save_brightness(tmp_path / "old")
    card = json.loads((folder / "card.json").read_text())
    del card["content_sha256"]
    (folder / "card.json").write_text(json.dumps(card))
    done = call("models", "verify", folder)
    assert done.exit_code == 0
    assert "whole; its test passed; the card has no hash of its own" in done.stdout
    (folder / "card.json").write_text(json.dumps({**card, "content_sha256": "0" * 64}))
    done = call("models", "verify", folder)
    assert done.exit_code == 1
    assert "card.json is not the card that was saved" in done.stderr


def test_the_folder_of_a_training_is_taken_for_its_bundle(call, draw_images, tmp_path):
    run = tmp_path / "run"
    save_brightness(run / "bundle")
    assert "classes: dark, bright" in call("models", "show", run).stdout
    assert "whole" in call("models", "verify", run).stdout
    [image] = draw_images(tmp_path / "in", 1)
    done = call("classify", image, "--model", run, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert call("models", "add", run).exit_code == 0
    (tmp_path / "none").mkdir()
    done = call("classify", image, "--model", tmp_path / "none", "-o", tmp_path / "b")
    assert done.exit_code == 2
    assert "or the folder that 'micrographia train' wrote" in done.stderr


def test_adding_twice_fails_and_replacing_does_not(call, bundle):
    call("models", "add", bundle)
    again = call("models", "add", bundle)
    assert again.exit_code == 1
    assert "--replace" in again.stderr
    assert call("models", "add", bundle, "--replace").exit_code == 0


def test_verifying_goes_on_after_a_bad_one(call, bundle, tmp_path):
    (tmp_path / "bad.zip").write_text("no bundle")
    result = call("models", "verify", tmp_path / "bad.zip", bundle)
    assert result.exit_code == 1
    assert "neither a folder nor a zip" in result.stderr
    assert "whole" in result.stdout


def test_nothing_is_added_where_one_of_the_named_is_not_there(call, bundle, tmp_path):
    assert call("models", "add", bundle, tmp_path / "none.zip").exit_code == 2
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show"], "show wants the name or path of a model"),
        (["show", "cats"], "no model 'cats'"),
        (["verify", "cats"], "no model 'cats'"),
        (["add", "cats.zip"], "no model 'cats.zip'"),
        (["list", "x"], "list takes no model"),
        (["train", "particles"], "the folder to work in"),
        (["train", "cats", "-o", "x"], "no model 'cats' can be trained again"),
    ],
)
def test_wrong_usage_says_what_was_wanted(call, words, said):
    result = call("models", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_a_card_nests_is_shown_a_line_each(call, tmp_path):
    recipe = {"name": "default", "training": {"epochs": 5, "rates": [0.1, 0.2]}, "settings": {}}
    bundle = save_brightness(tmp_path / "b", provenance={"recipe": recipe, "data": "stripes"})
    lines = call("models", "show", bundle).stdout.splitlines()
    at = lines.index("  recipe:")
    assert lines[at + 1 : at + 7] == [
        "    name: default", "    training:", "      epochs: 5", "      rates: [0.1, 0.2]",
        "    settings: {}", "  data: stripes",
    ]  # fmt: skip


def test_the_card_comes_as_json_too(call, bundle):
    card = json.loads(call("models", "show", bundle, "--json").stdout)
    assert card["task"] == "image-classification"
    assert len(card["sha256"]) == 64


def test_images_are_classified(call, bundle, draw_images, tmp_path):
    draw_images(tmp_path / "in", 2)
    out = tmp_path / "out"
    result = call("classify", tmp_path / "in", "--model", bundle, "-o", out, "--threshold", 0)
    assert result.exit_code == 0
    assert "2 of 2 images classified" in result.stdout
    table = pd.read_csv(out / "predictions.csv")
    assert table["verdict"].tolist() == ["known"] * 2
    assert np.isclose(table[["p_dark", "p_bright"]].sum(axis=1), 1).all()


def test_a_bad_image_makes_the_status_1_and_a_bad_model_2(call, bundle, draw_images, tmp_path):
    [image] = draw_images(tmp_path / "in", 1)
    (tmp_path / "in" / "bad.png").write_bytes(b"nothing")
    result = call("classify", tmp_path / "in", "--model", bundle, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "bad: failed" in result.stderr
    result = call("classify", image, "--model", "cats", "-o", tmp_path / "out2")
    assert result.exit_code == 2
    assert "no model 'cats'" in result.stderr


def test_an_analysis_takes_a_persons_own_model(call, light, draw_images, tmp_path):
    bundle = save_brightness(
        tmp_path / "shapes",
        ("some", "more"),
        task="particle-classification",
        input=InputCard(rows=64, cols=64),
        parameters={"crop": {"layers": ["mask"]}},
    )
    [image] = draw_images(tmp_path / "in", 1)
    words = ["analyze", image, "-o", tmp_path / "out", "--pixel-size", "1nm"]
    result = call(*words, "--model", f"outline={bundle}", "--model", "polyhedron=none")
    assert result.exit_code == 0, result.stderr
    particles = pd.read_csv(tmp_path / "out" / "im 0" / "particles.csv")
    assert set(particles["outline"]) <= {"some", "more"}
    assert "polyhedron" not in particles


@pytest.mark.parametrize("text", ["outline", "outline=", "=x", "shape=x"])
def test_a_model_that_is_none_is_wrong_usage(call, text, tmp_path):
    result = call("analyze", "x.png", "-o", tmp_path / "out", "--model", text)
    assert result.exit_code == 2
    assert "wanted NAME=BUNDLE" in result.stderr
