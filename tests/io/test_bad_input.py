"""Damaged, wrong and hostile files: one of our errors, soon, without filling the memory."""

import gzip
import logging
import os
import random
import signal
import struct
import tracemalloc
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from micrographia.errors import (
    CorruptFileError,
    InputError,
    MicrographiaError,
    MissingDependencyError,
    TooLargeError,
    UnsupportedFileError,
)
from micrographia.io import FORMATS, list_signals, read
from micrographia.io._boundary import boundary

Make = Callable[..., Path]
MADE = [
    "dm3",
    "dm4",
    "ser",
    "mrc",
    "hspy",
    "emd",
    "npy",
    "tif",
    "png",
    "jpg",
    "bmp",
    "gif",
    "webp",
    "pgm",
    "jp2",
]
ALL = sorted({suffix for row in FORMATS for suffix in row.suffixes})


@contextmanager
def guarded(seconds: float = 10.0, megabytes: float = 80.0) -> Iterator[None]:
    """Fail where reading takes longer (processor time), or allocates more, than it may."""

    def stop(*_: object) -> None:
        raise BaseException(f"still computing after {seconds} s")

    if not hasattr(signal, "SIGPROF"):
        pytest.skip("this system has no timer to stop a reader that hangs")
    previous = signal.signal(signal.SIGPROF, stop)
    tracemalloc.start()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        assert peak < megabytes, f"{peak:.0f} MB were allocated"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
        tracemalloc.stop()


@pytest.mark.parametrize("suffix", ALL)
def test_an_empty_file_is_called_empty(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.touch()
    with pytest.raises(CorruptFileError, match=r"the file is empty \(0 bytes\)"):
        read(path)


@pytest.mark.parametrize("suffix", ALL)
def test_a_text_is_no_image_whatever_its_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"notes{suffix}"
    path.write_text("Dear diary, today the TEM was down again. µ\n" * 300, encoding="utf-8")
    with pytest.raises(UnsupportedFileError, match="but it holds text"):
        read(path)


@pytest.mark.parametrize("suffix", ALL)
def test_random_bytes_are_no_image_whatever_their_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\x01" + np.random.default_rng(1).bytes(5000))
    with guarded(), pytest.raises((CorruptFileError, UnsupportedFileError, TooLargeError)):
        read(path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("suffix", MADE)
def test_a_truncated_file_is_refused(make: Make, suffix: str, part: float) -> None:
    path = make(f"a.{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with guarded(), pytest.raises(CorruptFileError, match=r"^a\."):
        read(path)


def test_an_unknown_file_lists_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_bytes(b"\x00\x01\x02\x03" * 9)
    with pytest.raises(UnsupportedFileError, match=r"begins with b'\\x00\\x01.*\.tif .*\.dm3"):
        read(tmp_path / "a.xyz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.tif: there is no such file"):
        read(tmp_path / "nowhere.tif")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a folder"):
        read(tmp_path)
    (tmp_path / "a.zspy").mkdir()
    with pytest.raises(MicrographiaError, match=r"a\.zspy"):
        read(tmp_path / "a.zspy")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(make: Make) -> None:
    path = make("a.tif")
    path.chmod(0)
    with pytest.raises(InputError, match="no permission"):
        read(path)


def test_permission_trouble_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no permission"), boundary(tmp_path / "a.tif"):
        raise PermissionError


def test_a_missing_library_is_no_corrupt_file(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match="h5py"), boundary(tmp_path / "a.emd"):
        raise ImportError("No module named 'h5py'")


@pytest.mark.parametrize("path", [None, 3, b"a.tif", ["a.tif"]], ids=repr)
def test_what_is_no_path_is_refused(path: object) -> None:
    with pytest.raises(InputError, match="path"):
        read(path)


def test_a_null_character_is_in_no_path() -> None:
    with pytest.raises(InputError, match="null character"):
        read("a\x00.tif")


def _png_head(rows: int, cols: int) -> bytes:
    """A PNG that promises much and holds one compressed line of nothing."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", cols, rows, 8, 0, 0, 0, 0)),
              (b"IDAT", zlib.compress(bytes(10_000_000), 9)), (b"IEND", b"")]  # fmt: skip
    content = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        content += struct.pack(">I", len(data)) + kind + data
        content += struct.pack(">I", zlib.crc32(kind + data))
    return content


class TestBombs:
    """Headers that ask for the moon are refused before anything is allocated."""

    def test_png(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(_png_head(100_000, 100_000))
        with guarded(2, 40), pytest.raises(TooLargeError, match=r"100,000 × 100,000.*max_pixels"):
            read(tmp_path / "a.png")

    def test_png_within_the_limit_but_beyond_deflate(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(_png_head(30_000, 30_000))
        with guarded(2, 40), pytest.raises(CorruptFileError, match="declares 900,000,000 bytes"):
            read(tmp_path / "a.png")

    @pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
    def test_tiff(self, tmp_path: Path, compression: str | None) -> None:
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, np.zeros((64, 64), np.uint8), compression=compression)
        for code in (256, 257, 278):  # width, length, rows per strip
            with tifffile.TiffFile(path, mode="r+") as tif:
                tif.pages[0].tags[code].overwrite(60_000)
        with guarded(2, 40), pytest.raises(TooLargeError, match="60,000 × 60,000"):
            read(path)
        with guarded(2, 40), pytest.raises(CorruptFileError, match="declares"):
            read(path, max_pixels=2**40)

    def test_gzip(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif.gz"
        path.write_bytes(gzip.compress(b"II*\x00" + bytes(30_000_000)))
        with guarded(4, 40), pytest.raises(TooLargeError, match="unpacks to more than"):
            read(path, max_pixels=10**6)

    def test_mrc(self, make: Make) -> None:
        path = make("a.mrc")
        content = bytearray(path.read_bytes())
        content[:8] = struct.pack("<2i", 60_000, 60_000)
        path.write_bytes(content)
        with guarded(4, 40), pytest.raises(TooLargeError, match="60,000 × 60,000"):
            read(path)
        with guarded(4, 40), pytest.raises(CorruptFileError, match="declares"):
            read(path, max_pixels=2**40)

    def test_npy(self, tmp_path: Path) -> None:
        head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (30000, 30000), }"
        head = head.ljust(117) + b"\n"
        path = tmp_path / "a.npy"
        path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)
        with guarded(4, 40), pytest.raises(CorruptFileError, match="declares 7,200,000,000 bytes"):
            read(path)

    @pytest.mark.parametrize("suffix", ["emd", "hspy"])
    def test_hdf5(self, tmp_path: Path, suffix: str) -> None:
        import h5py

        with h5py.File(tmp_path / f"a.{suffix}", "w") as file:
            file.attrs.update({"file_format": "HyperSpy", "version_major": 0, "version_minor": 2})
            group = file.create_group("Experiments/a" if suffix == "hspy" else "data/a")
            group.attrs["emd_group_type"] = 1
            group.create_dataset("data", (60_000, 60_000), "f8", chunks=(1000, 1000))
        with guarded(4, 40), pytest.raises(CorruptFileError, match="declares 28,800,000,000 bytes"):
            read(tmp_path / f"a.{suffix}")

    def test_the_limit_can_be_raised_and_lowered(self, make: Make) -> None:
        path = make("a.png")
        assert read(path, max_pixels=24 * 36).shape == (24, 36)
        with pytest.raises(TooLargeError, match=r"24 × 36 = 864 pixels.*limit of 863"):
            read(path, max_pixels=863)


def test_pickled_arrays_are_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[{"a": 1}]], object), allow_pickle=True)
    with pytest.raises(UnsupportedFileError, match="Python objects"):
        read(tmp_path / "a.npy")


def test_an_hdf5_file_of_another_layout_is_no_image(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["weights"] = np.zeros((4, 4))
    with pytest.raises(UnsupportedFileError, match="neither EMD"):
        read(tmp_path / "a.h5")


def test_an_emi_without_its_ser_holds_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.emi").write_bytes(b"JK\x00\x02" + bytes(64) + b"<ObjectInfo></ObjectInfo>")
    with pytest.raises(UnsupportedFileError, match=r"no \.ser file lies beside it"):
        read(tmp_path / "a.emi")


def test_colours_of_print_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4, 4), np.uint8), photometric="separated")
    with pytest.raises(UnsupportedFileError, match="wanted grey, RGB or a palette"):
        read(tmp_path / "a.tif")


def test_a_ser_calibrated_in_1_per_m_is_a_diffraction_pattern(make: Make) -> None:
    image = read(make("a.ser", scale=1e8 * 1e9))
    assert image.pixel_size is None
    assert "diffraction pattern" in image.warnings[0]


@pytest.mark.parametrize("suffix", ["dm3", "tif", "mrc"])
def test_nothing_is_printed_or_warned(
    make: Make, suffix: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = make(f"a.{suffix}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b""
    with warnings.catch_warnings(), caplog.at_level(logging.DEBUG):
        warnings.simplefilter("error")
        read(make(f"b.{suffix}"))
        path.write_bytes(content)
        with pytest.raises(CorruptFileError):
            read(path)
    assert capfd.readouterr() == ("", "")
    assert [r for r in caplog.records if r.name.startswith(("rsciio", "tifffile", "PIL"))] == []


def test_threads_that_read_leave_warnings_and_logs_as_they_were(make: Make) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = make("a.tif")
    before = warnings.filters[:], logging.getLogger("rsciio").handlers[:]
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(read, [path] * 200))
    assert len(images) == 200
    assert (warnings.filters[:], logging.getLogger("rsciio").handlers[:]) == before
    assert logging.getLogger("tifffile").propagate


def test_the_cause_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\x00\x08\x00\x00\x00\x01\x00")
    with pytest.raises(CorruptFileError) as caught:
        read(tmp_path / "a.tif")
    assert caught.value.__cause__ is not None or "no page" in str(caught.value)


def _damaged(content: bytes, rng: random.Random) -> bytes:
    """Cut off, or with wrong bits, bytes or blocks, in the head more often than elsewhere."""
    damaged = bytearray(content)
    head = min(len(damaged), rng.choice([64, 512, 4096, len(damaged)]))
    place = rng.randrange(head)
    kind = rng.randrange(5)
    if kind == 0:
        del damaged[rng.randrange(len(damaged)) :]
    elif kind == 1:
        for _ in range(rng.choice([1, 2, 4, 16])):
            damaged[rng.randrange(head)] = rng.randrange(256)
    elif kind == 2:
        end = min(place + rng.choice([4, 16, 64, 512]), len(damaged))
        damaged[place:end] = bytes(end - place)
    elif kind == 3:
        end = min(place + rng.choice([1, 2, 4, 8]), len(damaged))
        damaged[place:end] = b"\xff" * (end - place)
    else:
        damaged[place] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _fuzz(source: Path, tmp_path: Path, rounds: int) -> None:
    content = source.read_bytes()
    rng = random.Random(source.name)
    path = tmp_path / f"fuzzed{''.join(source.suffixes[-1:])}"
    read_any = (read, list_signals)
    for _ in range(rounds):
        path.write_bytes(_damaged(content, rng))
        with guarded(megabytes=80 + 20e-6 * len(content)):
            try:
                rng.choice(read_any)(path)
            except MicrographiaError:
                continue


@pytest.fixture(scope="module", autouse=True)
def _readers_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Import every reader before the clock and the memory count run."""
    import rsciio.digitalmicrograph
    import rsciio.emd
    import rsciio.hspy
    import rsciio.mrc
    import rsciio.tia  # noqa: F401

    folder = tmp_path_factory.mktemp("warm")
    np.save(folder / "a.npy", np.zeros((2, 2)))
    read(folder / "a.npy")


@pytest.mark.parametrize("suffix", [s for s in MADE if s != "tif"])
def test_damage_of_any_kind_ends_in_one_of_our_errors(
    make: Make, tmp_path: Path, suffix: str
) -> None:
    _fuzz(make(f"a.{suffix}"), tmp_path, 25 if suffix in ("emd", "hspy") else 50)


TIFFS = {
    "plain": {},
    "zlib": {"compression": "zlib"},
    "lzw": {"compression": "lzw"},
    "tiles": {"tile": (16, 16)},
    "imagej": {"imagej": True, "resolution": (2, 2), "metadata": {"unit": "nm"}},
    "ome": {"ome": True, "metadata": {"axes": "YX", "PhysicalSizeX": 1.0, "PhysicalSizeY": 1.0}},
    "big": {"bigtiff": True, "byteorder": ">"},
}


@pytest.mark.parametrize("kind", TIFFS)
def test_so_does_damage_of_a_tiff(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{kind}.tif"
    row, col = np.mgrid[:24, :36]
    tifffile.imwrite(path, (row + col).astype(np.uint8), **TIFFS[kind])
    _fuzz(path, tmp_path, 50)


@pytest.mark.real
@pytest.mark.slow
def test_so_does_damage_of_real_files(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "native_formats"
    suffixes = {".dm3", ".dm4", ".emd", ".ser", ".mrc", ".tif", ".gz", ".h5"}
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in suffixes]
    for path in files:
        if path.stat().st_size < 300_000:
            _fuzz(path, tmp_path, 5)


def test_a_thousand_groups_in_groups_do_not_overflow_the_stack(tmp_path: Path) -> None:
    body = struct.pack(">BHBBi", 20, 0, 1, 0, 1) * 2000
    head = struct.pack(">3i", 3, len(body), 1) + struct.pack(">BBi", 1, 0, 1)
    (tmp_path / "a.dm3").write_bytes(head + body)
    with guarded(), pytest.raises(CorruptFileError, match="nested too deeply"):
        read(tmp_path / "a.dm3")


def test_reading_many_damaged_files_leaves_none_open(make: Make) -> None:
    psutil = pytest.importorskip("psutil")
    path = make("a.mrc")
    path.write_bytes(path.read_bytes()[:-100])
    before = len(psutil.Process().open_files())
    for _ in range(5):
        with pytest.raises(CorruptFileError):
            read(path)
    assert len(psutil.Process().open_files()) <= before


def test_an_animation_of_many_frames_is_listed(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((8, 8), k, np.uint8)) for k in range(64)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert list_signals(tmp_path / "a.gif")[0].frames == 64
