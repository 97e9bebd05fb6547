"""Every file of a folder of native formats: read, or refused, and its pixel size against witnesses.

Use: ``python benchmarks/native_formats.py FOLDER`` where FOLDER holds the vendor files and
``CALIBRATIONS_as_read_by_rosettasciio_0.15.csv``. Prints a row for each signal with the pixel size
that Micrographia reads, the one of the CSV, and the one of a second program (ncempy, mrcfile, or
another tag of the same TIFF); ends with status 1 if any two disagree, or a refusal is not the one
expected.
"""

from __future__ import annotations

import ast
import csv
import gzip
import math
import re
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micrographia.errors import AmbiguousSignalError, MicrographiaError
from micrographia.io import list_signals, read
from micrographia.units import convert, kind_of

CSV = "CALIBRATIONS_as_read_by_rosettasciio_0.15.csv"
AXIS = re.compile(r"^(?P<name>.*?) n=(?P<size>\d+) (?P<scale>\S+) ?(?P<unit>.*)$")
TOLERANCE = 1e-5  # the CSV has 6 digits
Pair = tuple[float, float] | None

# Files that the CSV does not name, with a phrase that the message must hold.
REFUSED = {
    "SOURCE.txt": "no reader knows this file",
    CSV: "no reader knows this file",
    "LICENSE": "no reader knows this file",
    "test_parameters.dat": "no reader knows this file",
    "non_float_meta_value_zeroed.tar.gz": "a gzip file that holds no TIFF",
}
# What the CSV leaves out, as its makers describe it: frames of diffraction patterns.
ALSO = {"py4DSTEM_size2x3x4x5.h5": [{"shape": (2, 3, 4, 5), "dtype": "float32", "pair": None}]}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    file: str
    signal: int
    ours: str
    csv: str
    witness: str
    trouble: str

    def __str__(self) -> str:
        mark = "ok " if not self.trouble else "BAD"
        return (
            f"{mark} {self.file:58.58} {self.signal:>2} {self.ours:24.24} {self.csv:24.24} "
            f"{self.witness:34.34} {self.trouble}"
        )


def length_pair(row: tuple[float, str], col: tuple[float, str]) -> Pair:
    """Nanometres, where two axes carry lengths that a pixel can have."""
    if kind_of(row[1]) != "length" or kind_of(col[1]) != "length":
        return None
    pair = convert(row[0], row[1], "nm"), convert(col[0], col[1], "nm")
    return pair if all(0 < edge < 1e9 for edge in pair) else None


def csv_entries(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What RosettaSciIO read, by file."""
    entries: dict[str, list[dict[str, Any]]] = {}
    with (folder / CSV).open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            axes = [
                AXIS.match(axis.strip("\n"))
                for axis in line["axes (name n scale units)"].split("; ")
            ]
            parsed = [(float(a["scale"]), a["unit"].strip()) for a in axes if a]
            shape = ast.literal_eval(line["shape"])
            pair = length_pair(parsed[-2], parsed[-1]) if len(shape) > 1 else None
            entries.setdefault(line["file"], []).append(
                {"shape": shape, "dtype": line["dtype"], "pair": pair}
            )
    return entries


def show(pair: Pair) -> str:
    return "none" if pair is None else " × ".join(f"{edge:.6g}" for edge in pair) + " nm"


def agree(first: Pair, second: Pair, tolerance: float = TOLERANCE) -> bool:
    if first is None or second is None:
        return first is second
    return all(math.isclose(a, b, rel_tol=tolerance) for a, b in zip(first, second, strict=True))


def witness(path: Path, signal: int) -> tuple[str, Pair, float] | None:
    """Name, pixel size and tolerance of a second reader, where there is one for this signal."""
    suffix = path.suffix.lower()
    if suffix == ".mrc":
        import mrcfile

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with mrcfile.open(path, permissive=True) as file:
                size = file.voxel_size
                pair = length_pair((float(size.y), "Å"), (float(size.x), "Å"))
        return "mrcfile", pair, 1e-5
    if suffix == ".emi":
        return ncempy_witness(path.with_name(f"{path.stem}_{signal + 1}.ser"))
    if suffix in (".dm3", ".dm4", ".ser", ".emd"):
        return ncempy_witness(path) if signal == 0 else None
    if suffix == ".tif":
        return tag_witness(path, signal)
    return None


def ncempy_witness(path: Path) -> tuple[str, Pair, float] | None:
    import contextlib
    import io

    import ncempy

    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            found = ncempy.read(str(path))
        sizes, units = list(found["pixelSize"]), list(found["pixelUnit"])
    except Exception:  # noqa: BLE001 - ncempy raises many kinds for layouts it does not know
        return None
    if len(sizes) < 2:
        return None
    pair = length_pair((float(sizes[-2]), units[-2]), (float(sizes[-1]), units[-1]))
    return "ncempy", pair, 1e-5


def tag_witness(path: Path, signal: int) -> tuple[str, Pair, float] | None:
    """Another tag of the same file than the one the reader uses."""
    import tifffile

    with tifffile.TiffFile(path) as tif:
        page = tif.series[signal].keyframe
        cols = page.imagewidth
        if page.is_fei:
            scan = tif.fei_metadata["EBeam"]
            image = tif.fei_metadata["Image"]
            pair = (
                scan["VFW"] / image["ResolutionY"] * 1e9,
                scan["HFW"] / image["ResolutionX"] * 1e9,
            )
            return "field of view / pixels", pair, 1e-3
        if page.is_sem:
            _, width, unit = tif.sem_metadata["ap_width"]
            edge = convert(width, unit, "nm") / cols
            return "width / pixels", (edge, edge), 1e-3
        if page.is_tvips:
            edge = 1e7 * page.tags[282].value[1] / page.tags[282].value[0]
            return "resolution tags", (edge, edge), 1e-4
        if page.is_imagej and tif.imagej_metadata.get("unit") == "micron":
            edge = 1e3 * page.tags[282].value[1] / page.tags[282].value[0]
            return "resolution tags", (edge, edge), 1e-6
        if 65009 in page.tags:
            pair = page.tags[65010].value * 1e3, page.tags[65009].value * 1e3
            return "tags 65009, 65010", pair, 1e-6
    return None


def unpacked_jeol(path: Path) -> list[dict[str, Any]]:
    """RosettaSciIO's calibration of a gzipped TIFF, which it reads only unpacked."""
    from rsciio.tiff import file_reader

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "image.tif"
        target.write_bytes(gzip.decompress(path.read_bytes()))
        found = file_reader(str(target))
    axes = [(float(axis["scale"]), str(axis["units"] or "")) for axis in found[0]["axes"]]
    shape, dtype = found[0]["data"].shape, str(found[0]["data"].dtype)
    return [{"shape": shape, "dtype": dtype, "pair": length_pair(axes[-2], axes[-1])}]


def check_signal(path: Path, name: str, index: int, expected: dict[str, Any]) -> Row:
    """Read one signal and compare."""
    unreadable = "complex" if "complex" in expected["dtype"] else ""
    unreadable = unreadable or ("spectrum" if len(expected["shape"]) < 2 else "")
    try:
        image = read(path, signal=index, frame=0)
    except MicrographiaError as error:
        expected_refusal = unreadable and unreadable in str(error)
        trouble = "" if expected_refusal else f"refused: {error}"
        return Row(name, index, f"refused ({unreadable})", show(expected["pair"]), "", trouble)
    size = image.pixel_size
    ours: Pair = None if size is None else (size.row, size.col)
    second = witness(path, index)
    trouble = []
    if unreadable:
        trouble.append(f"read, but it holds {unreadable}")
    if not agree(ours, expected["pair"]):
        trouble.append("differs from the CSV")
    if image.shape != tuple(expected["shape"][-2:]):
        trouble.append(f"shape {image.shape} instead of {expected['shape']}")
    if second and not agree(ours, second[1], second[2]):
        trouble.append(f"differs from {second[0]}")
    seen = f"{show(second[1])} ({second[0]})" if second else ""
    return Row(name, index, show(ours), show(expected["pair"]), seen, "; ".join(trouble))


def check_choice(path: Path, name: str, expected: list[dict[str, Any]]) -> Row | None:
    """Without a choice: an image where there is one, else the choices are listed."""
    found = list_signals(path)
    if len(found) != len(expected):
        return Row(name, -1, "", "", "", f"{len(found)} signals instead of {len(expected)}")
    images = [info for info in found if info.kind in ("image", "stack", "diffraction")]
    if len(images) == 1 and images[0].frames == 1:
        read(path)
    elif len(images) > 1 or (images and images[0].frames > 1):
        try:
            read(path)
        except AmbiguousSignalError as error:
            if "--frame" not in str(error) and "--signal" not in str(error):
                return Row(name, -1, "", "", "", f"the choices are not told: {error}")
    return None


def check_file(path: Path, name: str, entries: dict[str, list[dict[str, Any]]]) -> list[Row]:
    """All rows of one file."""
    expected = entries.get(name, ALSO.get(path.name))
    if expected is None and path.name.endswith("-dummy.tif.gz"):
        expected = unpacked_jeol(path)
    if expected is None and path.suffix == ".npy":
        image = read(path)
        return [Row(name, 0, show(None), "", "", "" if image.pixel_size is None else "calibrated?")]
    if expected is None:
        phrase = REFUSED.get(path.name, "no reader knows this file")
        try:
            read(path)
        except MicrographiaError as error:
            trouble = "" if phrase in str(error) else f"another reason: {error}"
            return [Row(name, 0, "refused", "", phrase, trouble)]
        return [Row(name, 0, "read", "", "", "not refused")]
    rows = [check_signal(path, name, index, one) for index, one in enumerate(expected)]
    choice = check_choice(path, name, expected)
    return [*rows, choice] if choice else rows


def table(folder: Path) -> list[Row]:
    """The rows for every file of the folder."""
    entries = csv_entries(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        row for path in files for row in check_file(path, str(path.relative_to(folder)), entries)
    ]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    rows = table(Path(sys.argv[1]))
    for row in rows:
        print(row)
    bad = sum(bool(row.trouble) for row in rows)
    seconded = sum(bool(row.witness) and "nm" in row.ours for row in rows)
    calibrated = sum("nm" in row.ours for row in rows)
    print(f"{len(rows)} rows, {bad} bad; {calibrated} calibrated, {seconded} of them seen twice")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
