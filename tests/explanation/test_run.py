"""One image explained, from Python and from the command line."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from micrographia.bundles import InputCard, OodCard, load_bundle
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


def test_a_model_of_colours_is_explained_on_colours(tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[..., 0] = 255
    Image.fromarray(pixels).save(tmp_path / "red.png")
    card = InputCard(rows=8, cols=8, channels=3)
    path = save_brightness(tmp_path / "b", input=card, temperature=200.0)
    done = call(
        "explain", tmp_path / "red.png", "--model", path, "-o", tmp_path / "out",
        "--method", "occlusion",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    with np.load(tmp_path / "out" / "red" / "maps.npz") as arrays:
        assert arrays["image"].mean(axis=(1, 2)).tolist() == [255, 0, 0]
    call("classify", tmp_path / "red.png", "--model", path, "-o", tmp_path / "classes")
    row = (tmp_path / "classes" / "predictions.csv").read_text().splitlines()[1].split(",")
    facts = json.loads((tmp_path / "out" / "red" / "explanation.json").read_text())
    assert row[1:3] == [facts["label"], facts["verdict"]]
    assert float(row[3]) == pytest.approx(facts["probabilities"][facts["label"]], abs=1e-5)


def test_an_answer_that_is_not_to_be_believed_is_said_to_be_so(tmp_path):
    for name, level in (("dark", 10), ("middle", 127), ("white", 250)):
        Image.new("L", (8, 8), level).save(tmp_path / f"{name}.png")
    arrays = {"ood_mean": np.array([[10.0, 0.0], [127.0, 0.0]]), "ood_precision": np.eye(2)}
    path = save_brightness(
        tmp_path / "b", temperature=1000.0, unknown_threshold=0.95, arrays=arrays,
        ood=OodCard(method="mahalanobis", threshold=5.0),
    )  # fmt: skip
    done = call(
        "explain", *sorted(tmp_path.glob("*.png")), "--model", path, "-o", tmp_path / "out",
        "--method", "occlusion",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    dark, middle, white = done.stdout.splitlines()
    assert ", unknown: " in dark
    assert ", unknown: " in middle
    assert ", unlike: " in white
    assert "warning: white: unlike: the image is unlike those" in done.stderr
    facts = json.loads((tmp_path / "out" / "white" / "explanation.json").read_text())
    assert facts["verdict"] == "unlike"
    assert facts["ood_score"] == pytest.approx(123, abs=0.1)


def test_a_model_of_particles_is_explained_on_the_one_that_the_image_shows(tmp_path):
    pixels = np.full((60, 80), 200, np.uint8)
    pixels[10:30, 50:70] = 40
    Image.fromarray(pixels).save(tmp_path / "a.png")
    done = call(
        "explain", tmp_path / "a.png", "--model", "outline", "-o", tmp_path / "out",
        "--method", "occlusion",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("a: square, ")
    with np.load(tmp_path / "out" / "a" / "maps.npz") as arrays:
        mask = arrays["image"][0]
    assert mask[32, 32] == 1
    assert mask.mean() == pytest.approx(0.85**2, abs=0.05)


def test_bars_are_taken_away_as_classify_does(spot_bundle, tmp_path):
    pixels = np.random.default_rng(0).normal(120, 20, (200, 300)).clip(0, 255).astype(np.uint8)
    pixels[180:] = 0
    pixels[186:194, 20:280:4] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    least = []
    for more in ([], ["--keep-bars"]):
        words = ["explain", tmp_path / "a.png", "--model", spot_bundle, "-o", tmp_path / "out"]
        done = call(*words, "--method", "occlusion", *more)
        assert done.exit_code == 0, done.stderr
        with np.load(tmp_path / "out" / "a" / "maps.npz") as arrays:
            least.append(float(arrays["image"].min()))
    assert least[0] > 90
    assert least[1] < 60


def test_what_a_class_likes_is_found_once_for_all_images(spot_bundle, spots, tmp_path, monkeypatch):
    pytest.importorskip("captum")
    from micrographia.explanation import _maximise

    calls = []
    maximise = _maximise.maximise

    def counted(bundle, shape, target, **more):
        calls.append(target)
        return maximise(bundle, shape, target, **more)

    monkeypatch.setattr(_maximise, "maximise", counted)
    for name, image in zip("abc", spots[0], strict=False):
        Image.fromarray(image[0].clip(0, 255).astype(np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "few.toml").write_text("maximise_steps = 3\n")
    done = call(
        "explain", *sorted(tmp_path.glob("*.png")), "--model", spot_bundle, "-o", tmp_path / "out",
        "--method", "class-activation", "--liked", "--settings", tmp_path / "few.toml",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert sorted(calls) == [0, 1]
    for name in "abc":
        assert (tmp_path / "out" / name / "liked.png").is_file()


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
