"""``micrographia datasets`` as a person calls it."""

import json

import cv2
import numpy as np
import pytest


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(0)
    for label in ("rods", "tips"):
        for index in range(6):
            path = tmp_path / "set" / label / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), rng.integers(0, 256, (20, 20), np.uint8))
    return tmp_path / "set"


def test_the_public_sets_are_listed_with_their_licence(call):
    done = call("datasets")
    assert done.exit_code == 0
    assert "nffa-europe" in done.stdout
    assert "CC-BY" in done.stdout
    assert json.loads(call("datasets", "list", "--json").stdout)[0]["images"] == 21169


def test_a_dataset_is_shown_with_pictures(call, folders, tmp_path):
    done = call("datasets", "show", folders, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert "12 images in 12 groups" in done.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"index.html", "contact.png", "summary.json", "manifest.csv"}


def test_settings_come_from_a_file(call, folders, tmp_path):
    (tmp_path / "s.toml").write_text('rename = { rods = "sticks" }\n')
    done = call("datasets", "show", folders, "--settings", tmp_path / "s.toml", "--json")
    assert [one["name"] for one in json.loads(done.stdout)["classes"]] == ["sticks", "tips"]


def test_the_settings_are_printed_to_edit(call, tmp_path):
    done = call("datasets", "--show-config", "--bars", "crop")
    assert 'bars = "crop"' in done.stdout
    (tmp_path / "s.toml").write_text(done.stdout, encoding="utf-8")
    again = call("datasets", "--show-config", "--settings", tmp_path / "s.toml")
    assert again.stdout == done.stdout


def test_leaks_are_reported_and_written(call, folders, tmp_path):
    done = call("datasets", "leakage", folders, "--folds", 3, "-o", tmp_path / "leak.json")
    assert done.exit_code == 0, done.stderr
    assert "naive split: 0 test images" in done.stdout
    assert json.loads((tmp_path / "leak.json").read_text())["folds"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show"], "show wants a folder or a manifest"),
        (["get"], "get wants the name of a public set"),
        (["get", "imagenet", "-o", "x"], "there are: nffa-europe"),
        (["get", "nffa-europe"], "say where the set goes with -o"),
    ],
)
def test_a_wrong_call_says_what_is_wanted(call, arguments, said):
    done = call("datasets", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_what_is_no_dataset_fails_with_a_message(call, tmp_path):
    done = call("datasets", "show", tmp_path / "nowhere")
    assert done.exit_code == 1
    assert "no dataset" in done.stderr
