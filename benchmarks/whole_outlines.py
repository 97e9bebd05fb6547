"""Particles that lie over each other: whole outlines against the truth.

    python benchmarks/whole_outlines.py [DATA] [--images 12] [--seed 77]

Simulated aggregates of spheres and scattered particles in transmission, of a seed that no training
has used; with DATA (the folder `real`) also the primaries of SAGE soot. F1 of particles matched
one to one at an intersection over union of 0.5, whole against whole; the same for the pixels that
the label image gives each particle; the median error of matched diameters. Default settings.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.optimize import linear_sum_assignment

from micrographia import Micrograph, analyze, read
from micrographia._patches import Patch
from micrographia.simulation.families.micrographs import Config, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SCENES = {
    "aggregates": {"modes": ("tem",), "layouts": ("aggregate",), "diameter_px": (40, 90),
                   "overlap": (0.1, 0.4)},
    "scattered": {"modes": ("tem", "bf"), "layouts": ("overlapping",), "diameter_px": (40, 90)},
}  # fmt: skip
SIDE = 768


def patch_of(mask: NDArray[np.bool_], row: int = 0, col: int = 0) -> Patch:
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    tight = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    return Patch(row + int(rows[0]), col + int(cols[0]), tight)


def union_share(one: Patch, other: Patch) -> float:
    """Intersection over union."""
    top, left = max(one.row, other.row), max(one.col, other.col)
    bottom = min(one.box[0].stop, other.box[0].stop)
    right = min(one.box[1].stop, other.box[1].stop)
    if bottom <= top or right <= left:
        return 0.0
    cut = [p.mask[top - p.row : bottom - p.row, left - p.col : right - p.col] for p in (one, other)]
    both = int((cut[0] & cut[1]).sum())
    return both / (int(one.mask.sum()) + int(other.mask.sum()) - both)


def judge(truth: list[Patch], found: list[Patch]) -> tuple[int, list[float]]:
    """Matches, and the relative error of each one's diameter."""
    shares = np.array([[union_share(a, b) for b in found] for a in truth]).reshape(len(truth), -1)
    rows, cols = linear_sum_assignment(-np.where(shares >= 0.5, shares, 0))
    pairs = [(r, c) for r, c in zip(rows, cols, strict=True) if shares[r, c] >= 0.5]
    sizes = [np.sqrt(found[c].mask.sum() / truth[r].mask.sum()) - 1 for r, c in pairs]
    return len(pairs), sizes


def simulated(scene: str, images: int, seed: int) -> Iterator[tuple[Micrograph, list[Patch]]]:
    config = Config(size=SIDE, **SCENES[scene])
    for index in range(images):
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
        sample = simulate(config, random, index)
        truth = []
        for one in sample.instances:
            canvas = np.zeros((SIDE, SIDE), bool)
            top, left = one.origin
            rows, cols = one.whole.shape
            part = one.whole[max(-top, 0) : SIDE - top, max(-left, 0) : SIDE - left]
            canvas[max(top, 0) : top + rows, max(left, 0) : left + cols] = part
            if canvas.any():
                truth.append(patch_of(canvas))
        yield Micrograph(sample.pixels, None), truth


def soot(data: Path) -> Iterator[tuple[Micrograph, list[Patch]]]:
    for image in sorted((data / "SAGE_soot_TEM" / "test_images").iterdir()):
        masks = sorted((data / "SAGE_soot_TEM" / "masks" / image.stem).iterdir())
        truth = [np.asarray(Image.open(mask).convert("L")) > 0 for mask in masks]
        yield read(image), [patch_of(mask) for mask in truth if mask.any()]


def run(name: str, cases: Iterator[tuple[Micrograph, list[Patch]]]) -> None:
    totals = {"whole": np.zeros(3), "labels": np.zeros(3)}
    scores: dict[str, list[float]] = {"whole": [], "labels": []}
    errors: dict[str, list[float]] = {"whole": [], "labels": []}
    for micrograph, truth in cases:
        result = analyze(micrograph)
        seen = {k: patch_of(result.labels == k) for k in result.particles["id"].tolist()}
        for what, found in (("labels", seen), ("whole", {**seen, **result.wholes})):
            hits, sizes = judge(truth, list(found.values()))
            totals[what] += (len(truth), len(found), hits)
            scores[what].append(2 * hits / max(len(truth) + len(found), 1))
            errors[what] += sizes
    for what in totals:
        there, found_, hits = totals[what]
        print(f"{name:12s} {what:7s} {there:5.0f} there {found_:5.0f} found  mean F1 "
              f"{np.mean(scores[what]):.3f}  median diameter error {np.median(errors[what]):+.1%}",
              flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--seed", type=int, default=77)
    arguments = parser.parse_args()
    for scene in SCENES:
        run(scene, simulated(scene, arguments.images, arguments.seed))
    if arguments.data:
        run("SAGE soot", soot(arguments.data))


if __name__ == "__main__":
    main()
