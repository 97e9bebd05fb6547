"""How well the network finds particles in simulated images that it never saw, and its failures.

    python benchmarks/particles_simulated.py [-n 48] [--picture FILE]

Images of the family `micrographs` of seed 90001 (training used other seeds), 384 px, default
settings. Printed: mean F1 at an intersection over union of 0.5 for each layout. `--picture` writes
the six worst, each above its own answer (yellow) and the truth (green).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from micrographia.learning.particles._targets import label_deepest, label_visible
from micrographia.segmentation import SegmentationSettings, segment
from micrographia.simulation import simulate_one
from micrographia.simulation.families.micrographs import Config


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
    return 2 * hits / counted if counted else 1.0


def outlined(
    pixels: NDArray[np.uint8], labels: NDArray[Any], colour: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """The picture with the labels' outlines, twice as large."""
    large = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), None, fx=2, fy=2)
    wide = np.kron(labels, np.ones((2, 2), labels.dtype)).astype(np.float32)
    edge = (cv2.dilate(wide, np.ones((3, 3), np.uint8)) != wide) & (wide > 0)
    large[edge] = colour
    return np.asarray(large)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=48, help="images")
    parser.add_argument("--picture", type=Path, help="write the six worst to this file")
    options = parser.parse_args()
    config = Config(size=384, bar=0, footer=0)
    scores: dict[str, list[float]] = defaultdict(list)
    panels = []
    for index in range(options.n):
        sample = simulate_one("micrographs", index, 90001, config)
        through = sample.parameters["mode"] != "sem"
        truth = label_deepest(sample) if through else label_visible(sample)
        found = segment(sample.pixels, SegmentationSettings(method="network")).labels
        value = matched(truth.astype(np.int32), found)
        scores[sample.label].append(value)
        answer = outlined(sample.pixels, found, (0, 220, 255))
        right = outlined(sample.pixels, truth, (0, 200, 0))
        panels.append((value, np.vstack([answer, right])))
    for layout, values in sorted(scores.items()):
        print(f"{layout:12s} {len(values):3d} images  mean F1 {np.mean(values):.3f}")
    everything = [value for values in scores.values() for value in values]
    print(f"all          {options.n:3d} images  mean F1 {np.mean(everything):.3f}")
    if options.picture:
        worst = [panel for _, panel in sorted(panels, key=lambda one: one[0])[:6]]
        sheet = cv2.resize(np.hstack(worst), None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(options.picture), sheet)


if __name__ == "__main__":
    main()
