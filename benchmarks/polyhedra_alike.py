"""Which silhouettes of the eight polyhedra another body could have cast, and how many are missed.

    python benchmarks/polyhedra_alike.py [--images 400]

First table: for each body, the share of its silhouettes (uniform orientations, truncation and
rounding as drawn by default) that each other body could have cast. Then the share of these pairs
that the built-in dictionary finds of those found with directions half as far apart and
three by three steps of truncation and rounding.
"""

from __future__ import annotations

import argparse

import numpy as np

from micrographia.simulation.families.polyhedra._alike import alike, dictionary
from micrographia.simulation.families.polyhedra._bodies import NAMES, body
from micrographia.simulation.families.polyhedra._views import orientation, silhouette

FINE = tuple((cut, bend) for cut in (0, 2, 3) for bend in (0, 2, 4))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=400)
    images = parser.parse_args().images
    random, fine = np.random.default_rng(0), dictionary(1.0, FINE)
    found = missed = 0
    print("body | " + " | ".join(NAMES) + " | no other")
    for name in NAMES:
        counts = dict.fromkeys(NAMES, 0)
        alone = 0
        for _ in range(images // len(NAMES)):
            one = body(name, int(random.integers(4)), int(random.integers(5)))
            contour = silhouette(one, orientation(random))
            coarse, exact = alike(contour, name), alike(contour, name, fine)
            both = coarse.keys() | exact.keys()
            found += len(coarse)
            missed += len(both - coarse.keys())
            alone += not both
            for other in both:
                counts[other] += 1
        cells = [f"{counts[other] * len(NAMES) / images:.2f}" for other in NAMES]
        print(f"{name} | " + " | ".join(cells) + f" | {alone * len(NAMES) / images:.2f}")
    pairs = found + missed
    print(f"pairs found by the built-in dictionary: {found / pairs:.3f} of {pairs}")


if __name__ == "__main__":
    main()
