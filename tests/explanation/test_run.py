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


def test_a_model_that_is_not_there_is_wrong_usage(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    done = call("explain", tmp_path / "a.png", "--model", tmp_path / "none", "-o", tmp_path / "o")
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
