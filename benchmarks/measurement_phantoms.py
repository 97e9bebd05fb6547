"""Bias of measured sizes on digitised outlines whose sizes are known exactly.

    python benchmarks/measurement_phantoms.py [--draws 400] [--rule centre|half]

For every shape and size: outlines at random sub-pixel positions and angles, digitised (pixels whose
centre lies inside, or of which at least half is covered), measured by `micrographia.measure`, and
the mean difference to the truth, with the standard deviation of one particle. Sizes are equivalent
circular diameters. The last lines compare with the limits the package sets itself: from 20 px on
0.5 % for the equivalent diameter and 1 % for the Feret diameters, from 8 to 20 px 0.1 px for the
equivalent diameter.
"""

import argparse
import math

import numpy as np

from micrographia.measurement import measure
from micrographia.simulation.phantoms import Outline, coverage

SIZES = (8, 12, 16, 20, 30, 50, 100)
# Kind, and length over width where it has one.
SHAPES = (
    ("disc", None),
    ("ellipse", 1.5),
    ("ellipse", 3.0),
    ("triangle", None),
    ("square", None),
    ("pentagon", None),
    ("hexagon", None),
    ("rectangle", 2.0),
    ("rectangle", 5.0),
    ("rod", 2.0),
    ("rod", 5.0),
)
COLUMNS = ("ecd_px", "feret_min_px", "feret_max_px", "perimeter_px")


def outline_of(kind, ratio, ecd, rng):
    """An outline of the given equivalent diameter near the middle of a small field."""
    unit = Outline(kind, 0, 0, ratio or 1.0, 1.0 if ratio else None)
    scale = ecd / unit.ecd
    reach = math.ceil(scale * math.hypot(unit.length, unit.minor) / 2) + 3
    row, col = reach + rng.uniform(-0.5, 0.5, 2)
    width = scale if ratio else None
    return Outline(kind, row, col, scale * unit.length, width, rng.uniform(0, 2 * math.pi)), reach


def field(kind, ratio, ecd, draws, rng, rule):
    """Labels of many digitised outlines side by side, and their outlines."""
    outlines, tiles = [], []
    for label in range(1, draws + 1):
        outline, reach = outline_of(kind, ratio, ecd, rng)
        shape = (2 * reach + 1, 2 * reach + 1)
        if rule == "centre":
            inside = outline.contains(np.arange(shape[0])[:, None], np.arange(shape[1])[None, :])
        else:
            rows, cols, share = coverage(outline, shape)
            inside = np.zeros(shape, bool)
            inside[rows, cols] = share >= 0.5
        tiles.append(inside * np.int32(label))
        outlines.append(outline)
    across = math.ceil(math.sqrt(draws))
    tiles += [np.zeros_like(tiles[0])] * (-draws % across)
    rows = [np.hstack(tiles[i : i + across]) for i in range(0, len(tiles), across)]
    return np.vstack(rows), outlines


def bias_table(draws=400, rule="centre", seed=0, shapes=SHAPES, sizes=SIZES):
    """Rows of (shape, ecd, truths, mean errors, deviations of one, error of circularity)."""
    rng = np.random.default_rng(seed)
    table = []
    for kind, ratio in shapes:
        for ecd in sizes:
            labels, outlines = field(kind, ratio, ecd, draws, rng, rule)
            found = measure(labels)
            one = outlines[0]
            truth = np.array([one.ecd, one.feret_min, one.feret_max, one.perimeter])
            errors = found[list(COLUMNS)].to_numpy() - truth
            name = kind if ratio is None else f"{kind} {ratio:g}:1"
            circularity = math.sqrt(4 * math.pi * one.area) / one.perimeter
            table.append(
                (
                    name,
                    ecd,
                    truth,
                    errors.mean(0),
                    errors.std(0),
                    found.circularity.mean() - circularity,
                )
            )
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--rule", choices=("centre", "half"), default="centre")
    arguments = parser.parse_args()
    table = bias_table(arguments.draws, arguments.rule)
    print("mean error [px] (and in %), ± standard deviation of one particle [px]")
    print(f"{'shape':14}{'ecd':>5}" + "".join(f"{c:>25}" for c in COLUMNS) + "   circularity")
    for name, ecd, truth, mean, spread, circularity in table:
        cells = "".join(
            f"{m:+8.3f} ({100 * m / t:+5.2f}%) ±{s:5.2f}"
            for t, m, s in zip(truth, mean, spread, strict=True)
        )
        print(f"{name:14}{ecd:>5}{cells}{circularity:+12.4f}")
    large = [np.abs(100 * mean / truth) for _, ecd, truth, mean, _, _ in table if ecd >= 20]
    small = [np.abs(mean) for _, ecd, _, mean, _, _ in table if ecd < 20]
    for title, values, digits in (("from 20 px on, %", large, 2), ("below 20 px, px", small, 3)):
        for kind, reduce in (("worst", np.max), ("mean", np.mean)):
            cells = zip(COLUMNS, reduce(values, 0), strict=True)
            print(f"{kind} bias {title}: " + ", ".join(f"{c} {v:.{digits}f}" for c, v in cells))


if __name__ == "__main__":
    main()
