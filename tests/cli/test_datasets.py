"""``micrographia datasets`` as a person calls it."""

import functools
import hashlib
import http.server
import io
import json
import tarfile
import threading

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


def test_what_is_no_dataset_is_wrong_usage(call, tmp_path):
    done = call("datasets", "show", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "no dataset" in done.stderr


@pytest.fixture
def mirror(tmp_path):
    """A local server with a record of one small archive; its address."""
    files = tmp_path / "served"
    files.mkdir()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for seed in range(2):
            pixels = np.random.default_rng(seed).integers(0, 256, (40, 50), np.uint8)
            picture = cv2.imencode(".png", pixels)[1].tobytes()
            info = tarfile.TarInfo(f"Tips/{seed}.png")
            info.size = len(picture)
            tar.addfile(info, io.BytesIO(picture))
    archive = content.getvalue()
    (files / "Tips.tar").write_bytes(archive)
    handler = functools.partial(_Quiet, directory=str(files))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    address = f"http://127.0.0.1:{server.server_port}"
    entry = {
        "key": "Tips.tar",
        "size": len(archive),
        "checksum": "md5:" + hashlib.md5(archive).hexdigest(),
        "links": {"self": f"{address}/Tips.tar"},
    }
    (files / "record").write_text(json.dumps({"files": [entry]}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_public_set_is_fetched(call, mirror, tmp_path):
    out = tmp_path / "set"
    done = call(
        "datasets", "get", "nffa-europe", "-o", out, "--record", f"{mirror}/record", "--bars",
        "keep", "--keep-archives",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "2 images, 1 classes" in done.stdout
    assert "2 images came; the set's authors state 21169" in done.stderr
    assert (out / "archives/Tips.tar").exists()
    assert json.loads((out / "source.json").read_text())["licence"] == "CC-BY"


def test_a_record_that_is_not_there_is_told(call, mirror, tmp_path):
    done = call(
        "datasets", "get", "nffa-europe", "-o", tmp_path / "set", "--record", f"{mirror}/none"
    )
    assert done.exit_code == 1
    assert "no answer that can be used (HTTP 404)" in done.stderr
