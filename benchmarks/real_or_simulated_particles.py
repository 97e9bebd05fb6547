"""How well a small classifier tells images of one simulated particle from crops of real ones.

    python benchmarks/real_or_simulated_particles.py [REAL] [--seed 0] [--out FOLDER]

REAL is the folder of real micrographs (default: MICROGRAPHIA_REAL_DATA, or ../shared/data/real
beside the checkout). A crop is centred on a particle of the hand-made labels (PMD-2324) and shows
it at 0.65 of 128 px; simulated are the family `outlines` in its filled style and `polyhedra` in
`mass` and `diffraction`. Pairs, features and classifiers are those of `real_or_simulated.py`, and
so is the meaning of the AUROC.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import cv2
import numpy as np

from micrographia.simulation._run import simulate_one
from micrographia.simulation.families import outlines, polyhedra
from real_or_simulated import CROP, Crop, auroc, describe, evaluate, features, match, write_pairs

FILL = 0.65


def real_particles(folder: Path, random: np.random.Generator) -> list[Crop]:
    """Crops round labelled particles that lie inside their image, 14 an image at most."""
    found = []
    for path in sorted(folder.glob("PMD-2324/*/labels.png")):
        image = cv2.imread(str(path.with_name("image.png")), cv2.IMREAD_GRAYSCALE)
        labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if image is None or image.shape != labels.shape[:2]:
            continue
        taken = 0
        for label in random.permutation(np.unique(labels)[1:]):
            rows, cols = np.nonzero(labels == label)
            half = round(max(np.ptp(rows), np.ptp(cols)) / FILL / 2)
            row, col = round(rows.mean()), round(cols.mean())
            box = image[max(row - half, 0) : row + half, max(col - half, 0) : col + half]
            if box.shape != (2 * half, 2 * half) or not 0.6 < 2 * half / CROP < 4 or taken == 14:
                continue
            how = cv2.INTER_AREA if 2 * half > CROP else cv2.INTER_LINEAR
            crop = cv2.resize(box, (CROP, CROP), interpolation=how).astype(np.float32)
            found.append(Crop(crop, path.parent.name, path.parent.name, *describe(crop)))
            taken += 1
    return found


def simulated_particles(images: int, seed: int) -> list[Crop]:
    """Images of both families, half of each."""
    flat = outlines.Config(styles=("filled",), extent=(0.55, 0.75))
    solid = polyhedra.Config(contrasts=("mass", "diffraction"), extent=(0.6, 0.8), find_alike=False)
    found = []
    for index in range(images // 2):
        for family, config in (("outlines", flat), ("polyhedra", solid)):
            sample = simulate_one(family, index, seed, config)
            pixels = sample.pixels.astype(np.float32)
            found.append(Crop(pixels, family, f"{family} {index}", *describe(pixels)))
    return found


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
    named = os.environ.get("MICROGRAPHIA_REAL_DATA", str(beside))
    parser.add_argument("real", nargs="?", type=Path, default=Path(named))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="folder for pictures of the pairs")
    arguments = parser.parse_args()
    if not arguments.real.is_dir():
        sys.exit(f"{arguments.real}: no such folder; name that of the real micrographs")
    random = np.random.default_rng(arguments.seed)
    real = real_particles(arguments.real, random)
    pairs = match(real, simulated_particles(6 * len(real), arguments.seed))
    rows = [features(crop.pixels) for pair in pairs for crop in pair]
    x = np.array([list(row.values()) for row in rows])
    y = np.tile([0.0, 1.0], len(pairs))
    groups = np.array([crop.image for pair in pairs for crop in pair])
    boosted, linear, used = evaluate(x, y, groups, arguments.seed)
    print(f"{len(real)} real crops, {len(pairs)} pairs")
    print(f"AUROC, boosted stumps      {auroc(boosted, y):.3f}")
    print(f"AUROC, logistic regression {auroc(linear, y):.3f}")
    names = list(rows[0])
    print("giveaways (share of the boosting's weight; median real, simulated):")
    for k in np.argsort(-used)[:10]:
        medians = np.median(x[y < 0.5, k]), np.median(x[y > 0.5, k])
        print(f"  {names[k]:20s} {used[k] / used.sum():.3f}  {medians[0]:.3f}  {medians[1]:.3f}")
    if arguments.out is not None:
        write_pairs(pairs, arguments.out)


if __name__ == "__main__":
    main()
