"""Score the particles of a segmentation method on all real micrographs with truth.

    python benchmarks/particles_real.py DATA --scorer FILE [--methods auto network] [--images]
    python benchmarks/particles_real.py DATA --invariance
    python benchmarks/particles_real.py --speed

DATA is the folder of the real micrographs, FILE the program that scores label images (it takes a
CSV file with the columns predicted, truth, kind). Default settings; nothing is trained on these
images. In the sets whose pictures hold scale bars, what `calibrate` finds of them is left out, as
in an analysis.

Sets: PMD-2324 (TEM, labels), BAM (SEM, first 700 rows, outlines), ArdaGen (STEM, boxes), soot (TEM,
one mask a primary particle), carbon (aggregates, foreground), harisamjad (TEM, foreground; its
truth leaves out most particles at the border, so those found there do not count), pulcovamon
(80nmAuNP_007: mean diameter against PMD-2324's outlines of the same picture). `--invariance`
compares the answers for an image and for the same image inverted, turned and doubled; `--speed`
takes the time of a simulated image of 2048 × 2048 px with about 1,000 particles.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from micrographia.calibration import calibrate
from micrographia.micrograph import Micrograph
from micrographia.segmentation import SegmentationSettings, segment

Image.MAX_IMAGE_PIXELS = None

NETWORK: dict[str, Any] = {}
"""Settings of the network other than the default."""

BARRED = ("soot", "carbon", "harisamjad")
"""Sets whose pictures hold scale bars."""


class Case(NamedTuple):
    """One picture and its truth."""

    set: str
    name: str
    image: Path
    truth: Path
    kind: str


def cases(data: Path) -> Iterator[Case]:
    """All pictures that have a truth."""
    for image in sorted((data / "PMD-2324").glob("*/image.png")):
        yield Case("PMD-2324", image.parent.name, image, image.with_name("labels.png"), "labels")
    bam = data / "BAM_TiO2_SEM_TSEM"
    for image in sorted((bam / "SEM").glob("*.png")):
        truth = bam / "masks_SEM_manual_all" / f"{image.stem}_m.png"
        if truth.exists():
            yield Case("BAM", image.stem, image, truth, "outlines")
    arda = data / "ArdaGen_STEM_YOLO" / "dataset"
    for image in sorted((arda / "images").iterdir()):
        yield Case("ArdaGen", image.stem, image, arda / "labels" / f"{image.stem}.txt", "boxes")
    soot = data / "SAGE_soot_TEM"
    for image in sorted((soot / "test_images").iterdir()):
        yield Case("soot", image.stem, image, soot / "masks" / image.stem, "masks")
    carbon = data / "carbonblack_TEM_atems_maxfrei"
    for image in sorted((carbon / "images").iterdir()):
        yield Case("carbon", image.stem, image, carbon / "masks_slider" / image.name, "binary")
    haris = data / "harisamjad_TEM_seg"
    for image in sorted((haris / "images").iterdir()):
        yield Case("harisamjad", image.stem, image, haris / "masks" / image.name, "binary")


def load(case: Case) -> NDArray[np.uint8]:
    """Grey levels."""
    pixels = np.asarray(Image.open(case.image).convert("L"))
    return pixels[:700] if case.set == "BAM" else pixels


def settings_for(method: str) -> SegmentationSettings:
    """Default settings but for the method and the bundle."""
    return SegmentationSettings.parse({"method": method, "network": NETWORK})


def found_in(pixels: NDArray[Any], method: str, barred: bool = True) -> NDArray[np.int32]:
    """Labels, without what calibration leaves out where a bar may be in the picture."""
    valid = ~calibrate(Micrograph(pixels, None)).excluded if barred else None
    return segment(pixels, settings_for(method), valid).labels


def without_border(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Particles that the border does not cut."""
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.where(np.isin(labels, np.unique(edge)), 0, labels).astype(np.int32)


def program(path: Path) -> ModuleType:
    """The scorer as a module."""
    spec = importlib.util.spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(scorer: ModuleType, chosen: list[Case], method: str, images: bool) -> str:
    """Score one set; a line of means."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case in chosen:
            pixels = load(case)
            start = time.process_time()
            labels = found_in(pixels, method, case.set in BARRED)
            seconds = time.process_time() - start
            if case.set == "harisamjad":
                labels = without_border(labels)
            path = Path(folder) / f"{case.name}.tif"
            tifffile.imwrite(path, labels)
            row = scorer.score(str(path), str(case.truth), case.kind)
            row["f1"] = scorer.f1(row) if case.kind != "binary" else np.nan
            rows.append((row, seconds))
            if images:
                print(
                    f"    {case.name:22s} {row['truth']:5.0f} {row['found']:5d} {row['f1']:6.3f} "
                    f"{row['iou']:6.3f} {row['diameter_error']:+8.1%} {seconds:6.1f} s"
                )
    values = {
        name: np.array([row[name] for row, _ in rows], float)
        for name in ("f1", "iou", "diameter_error")
    }
    texts = [
        "     -" if np.isnan(values[name]).all() else f"{np.nanmean(values[name]):6.3f}"
        for name in ("f1", "iou")
    ]
    error = np.abs(values["diameter_error"])
    texts.append("      -" if np.isnan(error).all() else f"{np.nanmedian(error):7.1%}")
    return "  ".join([*texts, f"{np.mean([s for _, s in rows]):6.1f}"])


def mean_diameter(labels: NDArray[Any], least: float) -> float:
    """Mean equivalent diameter of particles of at least `least` pixels [px]."""
    areas = np.bincount(labels.ravel())[1:]
    return float(np.sqrt(4 / np.pi * areas[areas >= least]).mean())


def same_picture(data: Path, method: str) -> str:
    """80nmAuNP_007 as published against hand outlines, scaled to its width."""
    truth = np.asarray(Image.open(data / "PMD-2324" / "80nmAuNP_007" / "labels.png"))
    image = data / "pulcovamon_AuNP_AuNR_TEM" / "80nmAuNP" / "80nmAuNP_007.jpg"
    pixels = np.asarray(Image.open(image).convert("L"))
    labels = found_in(pixels, method)
    scale = pixels.shape[1] / truth.shape[1]
    areas = np.bincount(truth.ravel())[1:]
    least = 0.5 * areas[areas > 0].min()
    true = mean_diameter(truth, least) * scale
    return f"{mean_diameter(labels, least * scale**2) / true - 1:+.1%}"


def matched(one: NDArray[Any], other: NDArray[Any]) -> float:
    """F1 of the particles that two label images share."""
    pairs, shared = np.unique(
        np.stack([one.ravel(), other.ravel()]).astype(np.int64), axis=1, return_counts=True
    )
    inside = (pairs > 0).all(axis=0)
    areas, others = np.bincount(one.ravel()), np.bincount(other.ravel())
    union = areas[pairs[0]] + others[pairs[1]] - shared
    hits = np.count_nonzero(shared[inside] > 0.5 * union[inside])
    counted = np.count_nonzero(areas[1:]) + np.count_nonzero(others[1:])
    return 2 * hits / max(counted, 1)


def invariance(data: Path, method: str) -> None:
    """Print, for PMD-2324, how well the answers for changed images agree."""
    settings = settings_for(method)
    changes = {
        "inverted": (lambda a: 255 - a, lambda a: a),
        "turned": (lambda a: np.rot90(a).copy(), lambda a: np.rot90(a, -1)),
        "doubled": (lambda a: np.kron(a, np.ones((2, 2), a.dtype)), lambda a: a[::2, ::2]),
    }
    scores: dict[str, list[float]] = {name: [] for name in changes}
    for case in cases(data):
        if case.set != "PMD-2324":
            continue
        pixels = load(case)
        plain = segment(pixels, settings).labels
        for name, (change, back) in changes.items():
            other = back(segment(change(pixels), settings).labels)
            scores[name].append(matched(plain, other[: plain.shape[0], : plain.shape[1]]))
    for name, values in scores.items():
        print(f"{name:9s} mean F1 {np.mean(values):.3f}, least {min(values):.3f}")


def speed(method: str) -> None:
    """Print the median time of five runs, and the most memory."""
    from micrographia.simulation import simulate_one
    from micrographia.simulation.families.micrographs import Config

    config = Config(size=2048, modes=("tem",), layouts=("touching",), bodies=("hexagon",),
                    diameter_px=(36, 38), coverage=0.26, bar=0)  # fmt: skip
    pixels = simulate_one("micrographs", 0, 3, config).pixels
    times, count = [], 0
    for _ in range(5):
        start = time.perf_counter()
        count = int(found_in(pixels, method).max())
        times.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{count} particles: median {statistics.median(times):.1f} s, {memory:.2f} GiB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", help="folder of the real micrographs")
    parser.add_argument("--methods", nargs="+", default=["auto", "network"])
    parser.add_argument("--sets", nargs="+", help="only these")
    parser.add_argument("--scorer", type=Path, help="program that scores the label images")
    parser.add_argument("--images", action="store_true", help="print a line per image, too")
    parser.add_argument("--invariance", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--csv", type=Path, help="write the lines to this file, too")
    parser.add_argument("--bundle", help="of the network: a folder, instead of the built-in one")
    options = parser.parse_args()
    if options.bundle:
        NETWORK["bundle"] = options.bundle
    if options.speed:
        speed(options.methods[-1])
        return
    if options.data is None:
        parser.error("the folder of the real micrographs is needed")
    if options.invariance:
        invariance(options.data, options.methods[-1])
        return
    if options.scorer is None:
        parser.error("--scorer is needed")
    scorer = program(options.scorer)
    everything = list(cases(options.data))
    names = [n for n in dict.fromkeys(c.set for c in everything)
             if not options.sets or n in options.sets]  # fmt: skip
    lines = []
    print(f"{'set':11s} {'method':10s} mean F1  IoU  |diameter|  s/image")
    for name in names:
        chosen = [case for case in everything if case.set == name]
        for method in options.methods:
            lines.append((name, method, run(scorer, chosen, method, options.images)))
            print(f"{name:11s} {method:10s} {lines[-1][2]}", flush=True)
    if not options.sets or "pulcovamon" in options.sets:
        for method in options.methods:
            print(f"pulcovamon  {method:10s} {same_picture(options.data, method)}", flush=True)
    if options.csv:
        with options.csv.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)


if __name__ == "__main__":
    main()
