"""A public set fetched and made a dataset: verified, unpacked, without data bars, with manifest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from micrographia._files import ensure_folder, whole_file, write_text
from micrographia.classification.cropping import Bars, without_bars
from micrographia.errors import DownloadError, InputError, MicrographiaError
from micrographia.learning.datasets.public._download import Downloader
from micrographia.learning.datasets.public._record import read_record
from micrographia.learning.datasets.public._table import public_set
from micrographia.learning.datasets.public._unpack import SUFFIXES, unpack_images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from micrographia.learning.datasets.public._record import RemoteFile
    from micrographia.learning.datasets.public._table import PublicSet

__all__ = ["Fetched", "get_dataset"]

_COLUMNS = ("path", "label", "rows_removed", "cols_removed", "nm_per_px", "source", "sha256")

Job = tuple[str, str, str, str, str, Bars]


@dataclasses.dataclass(frozen=True)
class Fetched:
    """What came of fetching a set.

    Parameters
    ----------
    manifest : Path
    images : int
    classes : tuple of str
    unreadable : dict of str to str
        Images of the archives that could not be read, and why; they are left out.
    notes : tuple of str
        What a person should know.
    """

    manifest: Path
    images: int
    classes: tuple[str, ...]
    unreadable: dict[str, str]
    notes: tuple[str, ...] = ()


def get_dataset(
    name: str,
    out: Path,
    *,
    bars: Bars = "fill",
    keep_archives: bool = False,
    record: str | None = None,
    workers: int = 1,
    downloader: Downloader | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Fetched:
    """Fetch a public set and make it a dataset; called again, go on where it stopped.

    Parameters
    ----------
    name : str
        One of `PUBLIC`.
    out : Path
        Folder to make: `images/<class>/`, `manifest.csv`, `source.json` (origin, licence,
        checksums), `unreadable.csv` where there are any.
    bars : {"keep", "crop", "fill"}
        What is done to data bars and scale bars.
    keep_archives : bool
        Whether the archives stay in `archives/`.
    record : str, optional
        Another address of the set's record, such as a mirror's.
    workers : int
        How many processes take the bars out; with more than one, a script that calls this must
        guard its own work by ``if __name__ == "__main__"``.
    downloader : Downloader, optional
    progress : callable, optional
        Called with what is being done, how much of it is done and the total.

    Returns
    -------
    fetched : Fetched

    Raises
    ------
    InputError
        If there is no such set, or an archive is hostile.
    DownloadError
        If a file does not come whole.
    OutputError
        If the folder cannot be written.
    """
    chosen = public_set(name)
    say = progress or (lambda what, done, total: None)
    downloader = downloader or Downloader()
    address = record or chosen.record
    files = [
        file for file in read_record(downloader, address) if file.name.lower().endswith(SUFFIXES)
    ]
    if not files:
        raise DownloadError(
            f"{address}: the record holds no archive ({', '.join(SUFFIXES)}); the set's layout has "
            "changed: report it"
        )
    ensure_folder(out)
    write_text(out / "source.json", _source(chosen, address, files, bars))
    for file in files:
        if not _part(out, file, bars).is_file():
            _take(file, out, bars, downloader, say, workers)
        if not keep_archives:
            (out / "archives" / file.name).unlink(missing_ok=True)
    return _finish(chosen, out, files, bars)


def _take(
    file: RemoteFile,
    out: Path,
    bars: Bars,
    downloader: Downloader,
    say: Callable[[str, int, int], None],
    workers: int,
) -> None:
    """Fetch one archive, unpack it and write its images and its part of the manifest."""
    archive = downloader.fetch(
        file, out / "archives" / file.name, lambda done, total: say(file.name, done, total)
    )
    unpacked, label = out / "unpacked", _label(file.name)
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        found = unpack_images(archive, unpacked)
        ensure_folder(out / "images" / label)
        jobs = [
            (str(path), str(out), label, stem, f"{file.name}/{name}", bars)
            for (name, path), stem in zip(found, _stems(found), strict=True)
        ]
        rows = []
        for done, row in enumerate(_all(jobs, workers), start=1):
            rows.append(row)
            say(label, done, len(jobs))
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    part = _part(out, file, bars)
    ensure_folder(part.parent)
    write_text(part, json.dumps(rows, ensure_ascii=False))


def _all(jobs: list[Job], workers: int) -> Iterable[dict[str, Any]]:
    if workers <= 1 or len(jobs) < 2:
        yield from map(_convert, jobs)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_convert, jobs, chunksize=8)


def _convert(job: Job) -> dict[str, Any]:
    """Read one image, take its bars out, and write it without loss."""
    from micrographia.io import read

    source, out, label, stem, told, bars = job
    content = Path(source).read_bytes()
    about: dict[str, Any] = {"source": told, "sha256": hashlib.sha256(content).hexdigest()}
    try:
        before = read(source)
        after = without_bars(before, bars)
    except MicrographiaError as error:
        return {**about, "error": str(error).replace(Path(source).name, told)}
    size = before.pixel_size
    path = PurePosixPath(
        "images", label, stem + _write_image(Path(out, "images", label, stem), after.pixels)
    )
    return {
        **about,
        "path": str(path),
        "label": label,
        "rows_removed": before.shape[0] - after.shape[0],
        "cols_removed": before.shape[1] - after.shape[1],
        "nm_per_px": None if size is None else size.mean,
    }


def _write_image(stem: Path, pixels: Any) -> str:
    """Write pixels as PNG, or as TIFF where PNG cannot hold their type; the suffix."""
    if pixels.dtype in (np.uint8, np.uint16):
        import cv2

        with whole_file(stem.with_name(stem.name + ".png")) as temporary:
            temporary.write_bytes(cv2.imencode(".png", np.ascontiguousarray(pixels))[1].tobytes())
        return ".png"
    import tifffile

    with whole_file(stem.with_name(stem.name + ".tif")) as temporary:
        tifffile.imwrite(temporary, pixels, compression="zlib")
    return ".tif"


def _finish(chosen: PublicSet, out: Path, files: list[RemoteFile], bars: Bars) -> Fetched:
    rows = [row for file in files for row in json.loads(_part(out, file, bars).read_text("utf-8"))]
    bad = {row["source"]: row["error"] for row in rows if "error" in row}
    good = [row for row in rows if "error" not in row]
    if not good:
        raise InputError(f"{chosen.name}: no image of the set could be read; see {out}")
    table = pd.DataFrame(good)[list(_COLUMNS)]
    with whole_file(out / "manifest.csv") as temporary:
        table.to_csv(temporary, index=False)
    (out / "unreadable.csv").unlink(missing_ok=True)
    if bad:
        with whole_file(out / "unreadable.csv") as temporary:
            pd.DataFrame(bad.items(), columns=["source", "error"]).to_csv(temporary, index=False)
    classes = tuple(sorted(set(table["label"])))
    return Fetched(
        out / "manifest.csv", len(table), classes, bad, tuple(_notes(chosen, table, bad))
    )


def _notes(chosen: PublicSet, table: pd.DataFrame, bad: dict[str, str]) -> Iterable[str]:
    if bad:
        yield f"{len(bad)} images could not be read and are left out: see unreadable.csv"
    found = len(table) + len(bad)
    if found != chosen.images:
        yield f"{found} images came; the set's authors state {chosen.images}"
    if len(set(table["label"])) != chosen.classes:
        yield f"{len(set(table['label']))} classes came; the set's authors state {chosen.classes}"
    yield f"licence {chosen.licence}; cite {chosen.cite}, and doi:{chosen.doi}"


def _source(chosen: PublicSet, address: str, files: list[RemoteFile], bars: Bars) -> str:
    from micrographia import __version__

    about = {
        **dataclasses.asdict(chosen),
        "record": address,
        "bars": bars,
        "micrographia": __version__,
        "files": [dataclasses.asdict(file) for file in files],
    }
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def _part(out: Path, file: RemoteFile, bars: Bars) -> Path:
    """Where the rows of one archive lie; of another version of it, or other bars, elsewhere."""
    mark = hashlib.sha256(f"{file.name}|{file.digest}|{bars}".encode()).hexdigest()[:16]
    return out / "parts" / f"{mark}.json"


def _label(name: str) -> str:
    """The class that an archive of this name holds."""
    lower = name.lower()
    suffix = max((end for end in SUFFIXES if lower.endswith(end)), key=len)
    stem = name[: -len(suffix)].strip(" .")
    if not stem or stem.startswith("."):
        raise InputError(f"{name!r}: the archive's name gives no name of a class")
    return stem


def _stems(found: list[tuple[str, Path]]) -> list[str]:
    """Names of the images without suffix, made different where two would be the same."""
    seen: set[str] = set()
    stems = []
    for name, _ in found:
        stem = PurePosixPath(name.replace("\\", "/")).name.rsplit(".", 1)[0] or "image"
        stem = "".join(sign if sign.isalnum() or sign in "-_ .()" else "_" for sign in stem)[:120]
        unique, number = stem, 1
        while unique.casefold() in seen:
            number += 1
            unique = f"{stem}-{number}"
        seen.add(unique.casefold())
        stems.append(unique)
    return stems
