"""Bias of the equivalent circular diameter of found particles, against how blurred the image is.

    python benchmarks/segmentation_bias.py [--methods network auto] [--seeds 3]

Isolated particles of 8 to 20 px (25 an image, noise a tenth of the contrast) with exact truth.
Printed are the mean of found minus true diameter in pixels over all of them, and in brackets the
smallest and largest mean of one image.
"""

import argparse

import numpy as np

from micrographia.segmentation import SegmentationSettings, segment
from micrographia.simulation.phantoms import draw, scatter

# Length over equivalent circular diameter, so that all kinds are asked for the same sizes.
LENGTH = {"disc": 1.0, "square": 1.25, "ellipse": 1.42, "rod": 1.42}
BLURS_PX = (0.5, 1.0, 1.5, 2.0)
SHAPE = (360, 360)


def differences(kind, blur, seed, method):
    """Found minus true diameter of every particle that was found [px]."""
    lengths = np.random.default_rng(seed).uniform(8, 20, 25) * LENGTH[kind]
    outlines = scatter([kind], lengths, SHAPE, gap=8, seed=seed)
    phantom = draw(outlines, SHAPE, blur=blur, noise=12.0, seed=seed)
    labels = segment(phantom.pixels, SegmentationSettings(method=method)).labels
    areas = np.bincount(labels.ravel())
    at = np.array([labels[round(o.row), round(o.col)] for o in outlines])
    true = np.array([o.ecd for o in outlines])
    return (np.sqrt(4 * areas[at] / np.pi) - true)[at > 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="+", default=["network", "auto"])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    for method in options.methods:
        for kind in LENGTH:
            cells = []
            for blur in BLURS_PX:
                each = [differences(kind, blur, seed, method) for seed in range(options.seeds)]
                means = [one.mean() for one in each]
                mean = np.concatenate(each).mean()
                cells.append(
                    f"blur {blur}: {mean:+.2f} ({min(means):+.2f} to {max(means):+.2f}), "
                    f"{sum(map(len, each))} of {25 * options.seeds}"
                )
            print(f"{method}, {kind}: " + "; ".join(cells), flush=True)


if __name__ == "__main__":
    main()
