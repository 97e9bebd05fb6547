"""Score every segmentation method on real micrographs with truth.

    python benchmarks/segmentation_real.py DATA [--methods auto h-maxima ...] [--images]

DATA is the folder of the real micrographs; it holds `PMD-2324` (TEM pictures with instance labels)
and `BAM_TiO2_SEM_TSEM` (SEM images, first 700 rows, with manual outlines). Default settings of
each method; `otsu-watershed` is the plain recipe written in scikit-image, as a rival. With
`--scorer FILE` the label images are scored by that program (it takes a CSV file with the columns
predicted, truth, kind) instead of by the scoring below.

Printed per set and method: mean F1 of instances matched one to one at an intersection over union
of 0.5 or more, mean foreground IoU, median relative error of the count, median relative error of
the mean equivalent circular diameter, and processor seconds per image. Truth that a picture's
`truth.json` calls uncertain counts neither way, and particles below its `min_area_px_annotated`
are left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from micrographia.segmentation import METHODS, SegmentationSettings, segment

BAM_ROWS = 700


class Case(NamedTuple):
    """One picture and its truth."""

    set: str
    name: str
    image: Path
    truth: Path
    kind: str


class Score(NamedTuple):
    """How well a label image agrees with the truth."""

    truth: int
    found: int
    matched: int
    iou: float
    diameter_error: float

    @property
    def f1(self) -> float:
        return 2 * self.matched / max(self.truth + self.found, 1)

    @property
    def count_error(self) -> float:
        return abs(self.found / max(self.truth, 1) - 1)


def cases(data: Path) -> Iterator[Case]:
    for image in sorted((data / "PMD-2324").glob("*/image.png")):
        yield Case("PMD-2324", image.parent.name, image, image.with_name("labels.png"), "labels")
    bam = data / "BAM_TiO2_SEM_TSEM"
    for image in sorted((bam / "SEM").glob("*.png")):
        truth = bam / "masks_SEM_manual_all" / f"{image.stem}_m.png"
        if truth.exists():
            yield Case("BAM SEM", image.stem, image, truth, "outlines")


def load(case: Case) -> NDArray[np.uint8]:
    pixels = np.asarray(Image.open(case.image).convert("L"))
    return pixels[:BAM_ROWS] if case.kind == "outlines" else pixels


def plain(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Otsu and watershed, as a scikit-image tutorial would have it."""
    from skimage import feature, filters, measure, morphology, segmentation

    smooth = filters.gaussian(pixels, 1)
    mask = smooth > filters.threshold_otsu(smooth)
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if edge.mean() > 0.5:
        mask = ~mask
    mask = ndimage.binary_fill_holes(morphology.remove_small_objects(mask, max_size=30))
    distance = ndimage.distance_transform_edt(mask)
    peaks = feature.peak_local_max(distance, min_distance=7, labels=measure.label(mask))
    seeds = np.zeros(mask.shape, np.int32)
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    return segmentation.watershed(-distance, seeds, mask=mask).astype(np.int32)


def read_truth(case: Case, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], list[int], int]:
    """Labels of the truth, those that are uncertain, and the least area that was annotated."""
    pixels = np.asarray(Image.open(case.truth))
    pixels = pixels[..., 0] if pixels.ndim == 3 else pixels
    if case.kind == "outlines":
        return ndimage.label(pixels > 0)[0][: shape[0], : shape[1]].astype(np.int64), [], 0
    about = json.loads(case.truth.with_name("truth.json").read_text(encoding="utf-8"))
    uncertain = [int(k) for k in about.get("uncertain_labels") or []]
    return pixels.astype(np.int64), uncertain, int(about.get("min_area_px_annotated") or 0)


def score(labels: NDArray[np.int32], case: Case) -> Score:
    truth, uncertain, least = read_truth(case, labels.shape)
    found = labels.astype(np.int64)
    doubtful = np.isin(truth, uncertain)
    areas = np.bincount(found.ravel())
    drop = areas < least
    drop |= np.bincount(found.ravel(), doubtful.ravel(), areas.size) > 0.5 * areas
    drop[0] = False
    found[drop[found]] = 0
    truth = np.where(doubtful, 0, truth)
    true_areas = np.bincount(truth.ravel())
    truth[(true_areas < max(least, 1))[truth]] = 0
    pairs, overlap = np.unique(
        np.stack([truth.ravel(), found.ravel()])[:, (truth.ravel() > 0) & (found.ravel() > 0)],
        axis=1,
        return_counts=True,
    )
    true_ids, ids = (np.unique(a[a > 0]) for a in (truth, found))
    iou = np.zeros((true_ids.size, ids.size))
    union = true_areas[pairs[0]] + areas[pairs[1]] - overlap
    iou[np.searchsorted(true_ids, pairs[0]), np.searchsorted(ids, pairs[1])] = overlap / union
    rows, cols = linear_sum_assignment(-np.where(iou >= 0.5, iou, 0))
    both = np.count_nonzero((truth > 0) & (found > 0))
    either = np.count_nonzero((truth > 0) | (found > 0))
    mean = [np.sqrt(a).mean() if a.size else np.nan for a in (areas[ids], true_areas[true_ids])]
    matched = int((iou[rows, cols] >= 0.5).sum())
    return Score(
        true_ids.size, ids.size, matched, both / max(either, 1), float(mean[0] / mean[1] - 1)
    )


def summary(scores: list[Score]) -> str:
    return (
        f"{np.mean([s.f1 for s in scores]):5.3f}  {np.mean([s.iou for s in scores]):5.3f}  "
        f"{np.median([s.count_error for s in scores]):8.1%}  "
        f"{np.nanmedian([abs(s.diameter_error) for s in scores]):8.1%}"
    )


def run(method: str, chosen: list[Case], folder: Path, images: bool) -> list[tuple[Case, float]]:
    done = []
    for case in chosen:
        pixels = load(case)
        start = time.process_time()
        if method == "otsu-watershed":
            labels = plain(pixels)
        else:
            labels = segment(pixels, SegmentationSettings(method=method)).labels
        done.append((case, time.process_time() - start))
        tifffile.imwrite(folder / f"{case.set}_{case.name}.tif", labels)
        if images:
            s = score(labels, case)
            print(f"    {case.name:24s} {s.truth:4d} {s.found:5d}  {s.f1:.3f}  {s.iou:.3f}")
    return done


def by_program(scorer: Path, chosen: list[Case], folder: Path) -> str:
    pairs = folder / "pairs.csv"
    with pairs.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["predicted", "truth", "kind"])
        for case in chosen:
            table.writerow([folder / f"{case.set}_{case.name}.tif", case.truth, case.kind])
    command = [sys.executable, str(scorer), str(pairs)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return answer.stdout.splitlines()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the real micrographs")
    parser.add_argument("--methods", nargs="+", default=["otsu-watershed", *METHODS])
    parser.add_argument("--scorer", type=Path, help="program that scores the label images")
    parser.add_argument("--images", action="store_true", help="print a line per image, too")
    options = parser.parse_args()
    everything = list(cases(options.data))
    print(f"{'set':9s} {'method':22s} F1     IoU    |count|  |diameter|  s/image")
    for name in dict.fromkeys(case.set for case in everything):
        chosen = [case for case in everything if case.set == name]
        for method in options.methods:
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                done = run(method, chosen, folder, options.images)
                seconds = np.mean([cost for _, cost in done])
                if options.scorer:
                    line = by_program(options.scorer, chosen, folder)
                else:
                    label = (tifffile.imread(folder / f"{c.set}_{c.name}.tif") for c in chosen)
                    line = summary([score(a, c) for a, c in zip(label, chosen, strict=True)])
                print(f"{name:9s} {method:22s} {line}  {seconds:10.2f}", flush=True)


if __name__ == "__main__":
    main()
