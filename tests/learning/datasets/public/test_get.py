"""A public set comes whole, verified and without data bars, or not at all; a local server plays."""

import hashlib
import http.server
import io
import json
import re
import tarfile
import threading
import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest

from micrographia.errors import CorruptFileError, DownloadError, InputError, TooLargeError
from micrographia.learning import open_dataset
from micrographia.learning.datasets.public import get_dataset
from micrographia.learning.datasets.public._download import Downloader
from micrographia.learning.datasets.public._record import files_of
from micrographia.learning.datasets.public._unpack import unpack_images

ADDRESS = "http://127.0.0.1/api/records/1"


class Repository:
    """Files on a local server that answers ranges; it can break off and forget ranges."""

    def __init__(self):
        self.files, self.asked = {}, []
        self.break_after, self.knows_ranges = None, True
        self.wrong_checksum = False
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                owner.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def record(self):
        wrong = "0" * 32 if self.wrong_checksum else None
        return {
            "files": [
                {
                    "bucket": "b1",
                    "key": name,
                    "size": len(content),
                    "checksum": f"md5:{wrong or hashlib.md5(content).hexdigest()}",
                }
                for name, content in self.files.items()
            ],
            "links": {"files": f"{self.address}/api/files/b1"},
        }

    def answer(self, request):
        name = request.path.rsplit("/", 1)[-1]
        if name == "record":
            return self._send(request, 200, json.dumps(self.record()).encode())
        if name not in self.files:
            return self._send(request, 404, b"")
        content, start = self.files[name], 0
        self.asked.append(request.headers.get("Range"))
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or "")
        if found and self.knows_ranges:
            start = int(found.group(1))
        return self._send(request, 206 if start else 200, content, start)

    def _send(self, request, status, content, start=0):
        request.send_response(status)
        request.send_header("Content-Length", str(len(content) - start))
        if status == 206:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.end_headers()
        body = content[start:]
        if self.break_after is not None and len(content) > self.break_after:
            body = body[: self.break_after]
        request.wfile.write(body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def repository():
    one = Repository()
    yield one
    one.close()


def picture(seed, bar=True):
    pixels = np.random.default_rng(seed).normal(120, 20, (200, 300)).clip(0, 255).astype(np.uint8)
    if bar:
        pixels[180:] = 0
        pixels[186:194, 20:280:4] = 255
    return cv2.imencode(".png", pixels)[1].tobytes(), pixels


def packed(members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def small(repository):
    """Two classes of three images with data bars, an archive a class, and a file beside."""
    for first, label in enumerate(["Nanowires", "Porous_Sponge"]):
        members = {f"{label}/L_{seed}.png": picture(first * 10 + seed)[0] for seed in range(3)}
        repository.files[f"{label}.tar"] = packed({**members, f"{label}/notes.txt": b"x"})
    repository.files["readme.pdf"] = b"%PDF"
    return repository


def fetch(repository, out, **options):
    return get_dataset(
        "nffa-europe",
        out,
        record=f"{repository.address}/record",
        downloader=Downloader(wait=0.001),
        **options,
    )


def test_a_set_becomes_a_dataset_without_data_bars(small, tmp_path):
    fetched = fetch(small, tmp_path / "set")
    assert fetched.classes == ("Nanowires", "Porous_Sponge")
    assert fetched.images == 6
    dataset = open_dataset(tmp_path / "set")
    assert dataset.classes == fetched.classes
    images = dataset.load(None)
    np.testing.assert_array_equal(images[0], picture(0)[1][:180])
    table = pd.read_csv(fetched.manifest)
    assert table["rows_removed"].tolist() == [20] * 6
    assert table["source"][0] == "Nanowires.tar/Nanowires/L_0.png"
    assert not (tmp_path / "set/archives/Nanowires.tar").exists()


@pytest.mark.slow
def test_several_processes_make_the_same_set(small, tmp_path):
    alone, together = fetch(small, tmp_path / "1"), fetch(small, tmp_path / "2", workers=2)
    assert alone.manifest.read_text() == together.manifest.read_text()


def test_a_set_that_is_there_is_not_fetched_again(small, tmp_path):
    fetch(small, tmp_path / "set")
    small.asked.clear()
    assert fetch(small, tmp_path / "set").images == 6
    assert small.asked == []


def test_a_download_that_breaks_off_goes_on_where_it_stopped(small, tmp_path):
    small.break_after = 100_000
    assert fetch(small, tmp_path / "set").images == 6
    starts = [asked for asked in small.asked if asked]
    assert starts
    assert starts[0] == "bytes=65536-"


def test_a_server_without_ranges_sends_all_again(small, tmp_path):
    part = tmp_path / "set/archives/Nanowires.tar.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(small.files["Nanowires.tar"][:1000])
    small.knows_ranges = False
    assert fetch(small, tmp_path / "set").images == 6


def test_the_beginning_of_another_version_is_thrown_away(small, tmp_path):
    part = tmp_path / "set/archives/Nanowires.tar.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    assert fetch(small, tmp_path / "set").images == 6


def test_a_wrong_checksum_is_refused_and_nothing_of_it_kept(small, tmp_path):
    small.wrong_checksum = True
    with pytest.raises(DownloadError, match=r"Nanowires.tar: its md5 is .* the repository states"):
        fetch(small, tmp_path / "set")
    assert not list((tmp_path / "set/archives").iterdir())
    assert not (tmp_path / "set/manifest.csv").exists()


def test_a_file_that_is_gone_is_told_at_once(small, tmp_path):
    made = small.record()
    small.record = lambda: made
    small.files.pop("Nanowires.tar")
    with pytest.raises(DownloadError, match=r"Nanowires.tar: the repository answers HTTP 404"):
        fetch(small, tmp_path / "set")


def test_an_image_that_cannot_be_read_is_listed_and_left_out(small, tmp_path):
    small.files["Powder.tar"] = packed({"a.png": picture(1)[0][:500], "b.png": picture(2)[0]})
    fetched = fetch(small, tmp_path / "set")
    assert list(fetched.unreadable) == ["Powder.tar/a.png"]
    assert fetched.images == 7
    assert "Powder.tar/a.png" in (tmp_path / "set/unreadable.csv").read_text()


@pytest.mark.parametrize("name", ["../evil.png", "/tmp/evil.png", "a/../../evil.png", "C:\\a.png"])
def test_a_path_out_of_the_folder_is_refused(tmp_path, name):
    (tmp_path / "a.tar").write_bytes(packed({name: picture(0)[0]}))
    with pytest.raises(InputError, match="a path out of the folder"):
        unpack_images(tmp_path / "a.tar", tmp_path / "in/side")
    assert not list(tmp_path.rglob("*.png"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    info = tarfile.TarInfo("a.png")
    info.type, info.linkname = kind, "/etc/passwd"
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.addfile(info)
    with pytest.raises(InputError, match=r"a link|no regular file"):
        unpack_images(tmp_path / "a.tar", tmp_path / "side")


def test_a_link_in_a_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("a.png")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed_zip:
        packed_zip.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match="a link"):
        unpack_images(tmp_path / "a.zip", tmp_path / "side")


@pytest.mark.parametrize("member", ["bomb.png", "bomb.txt"])
def test_a_bomb_is_stopped(tmp_path, member):
    size = 80 << 20
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed_zip:
        packed_zip.writestr(member, bytes(size))
    with pytest.raises(TooLargeError, match="fill the disk"):
        unpack_images(tmp_path / "a.zip", tmp_path / "side")
    assert not list((tmp_path / "side").iterdir())


def test_what_is_no_archive_is_told(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"<html>not found</html>" * 100)
    with pytest.raises(CorruptFileError, match="cannot be unpacked"):
        unpack_images(tmp_path / "a.tar", tmp_path / "side")


def test_a_truncated_archive_is_told(tmp_path):
    (tmp_path / "a.tar").write_bytes(packed({"a.png": picture(0)[0]})[:5000])
    with pytest.raises(CorruptFileError):
        unpack_images(tmp_path / "a.tar", tmp_path / "side")


def test_records_of_other_repositories_are_understood():
    entry = {"key": "a b.tar", "size": 3, "checksum": "md5:" + "A" * 32}
    newer = {"files": {"entries": {"a b.tar": entry}}, "links": {"files": f"{ADDRESS}/files"}}
    zenodo = {"files": [{**entry, "links": {"self": "https://zenodo.org/a/content"}}]}
    assert files_of(newer, ADDRESS)[0].url == f"{ADDRESS}/files/a%20b.tar/content"
    assert files_of(zenodo, ADDRESS)[0].url == "https://zenodo.org/a/content"
    assert files_of(zenodo, ADDRESS)[0].digest == "a" * 32


@pytest.mark.parametrize(
    "entry",
    [
        {"key": "../a.tar", "size": 3, "checksum": "md5:" + "a" * 32},
        {"key": "a.tar", "size": 3},
        {"key": "a.tar", "size": 3, "checksum": "md5:" + "a" * 32, "links": {"self": "file:///x"}},
    ],
)
def test_a_file_that_cannot_be_verified_or_placed_is_refused(entry):
    with pytest.raises(DownloadError, match=r"cannot be used|wanted an http address"):
        files_of({"files": [entry]}, ADDRESS)


def test_a_set_of_another_name_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(InputError, match="there are: nffa-europe"):
        get_dataset("imagenet", tmp_path)
