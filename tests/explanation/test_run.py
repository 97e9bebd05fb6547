"""One image explained, from Python and from the command line."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from micrographia.bundles import load_bundle
from micrographia.bundles.testing import save_brightness
from micrographia.cli import build_app
from micrographia.errors import InputError, MissingDependencyError
from micrographia.explanation import explain_image, run
from micrographia.explanation.run import ALL_METHODS
from micrographia.micrograph import Micrograph


def call(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build_app(words), words, prog_name="micrographia")


@pytest.fixture
def micrograph(spots):
    return Micrograph(spots[0][1, 0], name="spot")


def test_everything_asked_for_is_written(spot_bundle, micrograph, tmp_path):
    pytest.importorskip("captum")
    found = explain_image(load_bundle(spot_bundle), micrograph, check=True)
    assert list(found.maps) == [
        "class-activation", "gradient-input", "integrated-gradients", "grad-cam"
    ]  # fmt: skip
    assert found.maps["grad-cam"].shape == (2, 16, 16)
    folder = found.save(tmp_path / "out")
    facts = json.loads((folder / "explanation.json").read_text())
    assert sum(facts["probabilities"].values()) == pytest.approx(1)
    assert set(facts["randomised"]) == {"gradient-input", "integrated-gradients", "grad-cam"}
    with np.load(folder / "maps.npz") as arrays:
        assert arrays["class-activation"].shape == (2, 16, 16)
    with Image.open(folder / "explanation.png") as picture:
        assert picture.width > 500
    assert (folder / "randomised.png").is_file()


def test_the_likeliest_classes_are_explained_unless_others_are_named(spot_bundle, micrograph):
    bundle = load_bundle(spot_bundle)
    found = explain_image(bundle, micrograph, methods=["class-activation"])
    assert found.probabilities[found.classes[0]] == max(found.probabilities.values())
    named = explain_image(bundle, micrograph, methods=["class-activation"], classes=["upper"])
    assert named.classes == ("upper",)


def test_without_torch_a_bundle_without_maps_is_occluded(tmp_path, micrograph, monkeypatch):
    monkeypatch.setattr(run, "find_spec", lambda name: None)
    bundle = load_bundle(save_brightness(tmp_path / "b"))
    assert list(explain_image(bundle, micrograph).maps) == ["occlusion"]
    with pytest.raises(MissingDependencyError, match=r"micrographia\[train\]"):
        explain_image(bundle, micrograph, methods=["grad-cam"])
    with pytest.raises(MissingDependencyError, match="need PyTorch"):
        explain_image(bundle, micrograph, check=True)


def test_unknown_names_are_answered_with_the_known_ones(spot_bundle, micrograph):
    bundle = load_bundle(spot_bundle)
    with pytest.raises(InputError, match="no class 'left'; it knows upper, lower"):
        explain_image(bundle, micrograph, classes=["left"])
    with pytest.raises(InputError, match="no method 'lime'; there are class-activation"):
        explain_image(bundle, micrograph, methods=["lime"])


def test_the_command_line_makes_a_folder_an_image(spot_bundle, spots, tmp_path):
    for name, image in zip("ab", spots[0], strict=False):
        Image.fromarray(image[0].clip(0, 255).astype(np.uint8)).save(tmp_path / f"{name}.png")
    done = call(
        "explain", tmp_path / "a.png", tmp_path / "b.png", "--model", spot_bundle,
        "-o", tmp_path / "out", "--method", "occlusion", "--method", "class-activation",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "a: " in done.stdout
    for name in "ab":
        assert (tmp_path / "out" / name / "explanation.png").is_file()


def test_every_method_runs_from_the_command_line_on_a_trainings_folder(
    spot_bundle, spots, tmp_path
):
    pytest.importorskip("captum")
    (tmp_path / "run").mkdir()
    spot_bundle.rename(tmp_path / "run" / "bundle")
    Image.fromarray(spots[0][0, 0].clip(0, 255).astype(np.uint8)).save(tmp_path / "a.png")
    words = [word for name in ALL_METHODS for word in ("--method", name)]
    done = call(
        "explain", tmp_path / "a.png", "--model", tmp_path / "run", "-o", tmp_path / "out",
        "--class", "lower", "--check", *words,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "grad-cam: with random weights" in done.stderr
    facts = json.loads((tmp_path / "out" / "a" / "explanation.json").read_text())
    assert facts["methods"] == list(ALL_METHODS)
    assert facts["classes"] == ["lower"]
    with np.load(tmp_path / "out" / "a" / "maps.npz") as arrays:
        for name in ALL_METHODS:
            assert np.ptp(arrays[name]) > 0


def test_the_command_line_finds_what_channels_like_without_an_image(spot_bundle, tmp_path):
    pytest.importorskip("captum")
    listed = call("explain", "--model", spot_bundle, "--layers")
    assert listed.exit_code == 0, listed.stderr
    first = listed.stdout.splitlines()[0].split()
    assert first[1:] == ["4", "channels", "16", "×", "16", "Conv", "first"]
    (tmp_path / "few.toml").write_text("maximise_steps = 5\n")
    done = call(
        "explain", "--model", spot_bundle, "-o", tmp_path / "out", "--channel", f"{first[0]}:1",
        "--channel", f"{first[0]}:3", "--settings", tmp_path / "few.toml",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith(f"channels {first[0]}:1, {first[0]}:3: ")
    with np.load(tmp_path / "out" / "channels.npz") as arrays:
        assert set(arrays) == {f"{first[0]}:1", f"{first[0]}:3"}
    with Image.open(tmp_path / "out" / "channels.png") as picture:
        assert picture.width > 500


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "x"], "say which IMAGE"),
        (["--channel", "nodes.7:1"], "where results go"),
        (["-o", "x", "--channel", "7"], "wanted LAYER:NUMBER"),
        (["-o", "x", "--channel", "conv:7"], "there is no layer 'conv' with channels; there are"),
    ],
)
def test_wrong_usage_of_channels_says_what_was_wanted(spot_bundle, words, said):
    pytest.importorskip("captum")
    done = call("explain", "--model", spot_bundle, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_model_that_is_not_there_is_wrong_usage(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    done = call("explain", tmp_path / "a.png", "--model", tmp_path / "none", "-o", tmp_path / "o")
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
