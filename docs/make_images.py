"""Make the pictures of the documentation: python docs/make_images.py [NAME ...]"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from scipy import ndimage

import micrographia as mg
from micrographia.simulation import Sample
from micrographia.simulation.families.micrographs import Config, simulate

ROOT = Path(__file__).parents[1]
SEED = 97
RED, GREEN = (40, 40, 230), (60, 200, 60)


def result_picture() -> np.ndarray:
    """Overlay and histogram of one example, side by side on white."""
    with TemporaryDirectory() as folder:
        saved = mg.analyze(mg.read(ROOT / "examples" / "gold-spheres-ripened.tif")).save(folder)
        overlay = cv2.imread(str(saved / "overlay.png"))
        histogram = cv2.imread(str(saved / "histogram.png"))
    height = 560
    pictures = [
        cv2.resize(picture, None, fx=height / len(picture), fy=height / len(picture),
                   interpolation=cv2.INTER_AREA)
        for picture in (overlay, histogram)
    ]  # fmt: skip
    gap = np.full((height, 24, 3), 255, np.uint8)
    return np.hstack([pictures[0], gap, pictures[1]])


def simulated(index: int, **config: object) -> Sample:
    """An image of a seed that no training has used."""
    random = np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=(index,)))
    return simulate(Config(size=512, **config), random, index)


def outlined(
    pixels: np.ndarray, masks: list[tuple[slice, slice, np.ndarray]], colour: tuple[int, ...]
) -> np.ndarray:
    """The picture at double size with outlines."""
    picture = cv2.cvtColor(cv2.resize(pixels, None, fx=2, fy=2), cv2.COLOR_GRAY2BGR)
    for rows, cols, mask in masks:
        large = cv2.resize(mask.astype(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
        lines, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        corner = (2 * cols.start, 2 * rows.start)
        cv2.drawContours(picture, lines, -1, colour, 2, cv2.LINE_AA, offset=corner)
    return picture


def visible(sample: Sample) -> list[tuple[slice, slice, np.ndarray]]:
    """What is seen of each particle."""
    return [
        (slice(one.box[0], one.box[2]), slice(one.box[1], one.box[3]), one.visible)
        for one in sample.instances
        if one.visible.any()
    ]


def boxes(labels: np.ndarray) -> list[tuple[slice, slice, np.ndarray]]:
    """The particles of a label image."""
    found = ndimage.find_objects(labels)
    return [(*box, labels[box] == k) for k, box in enumerate(found, 1) if box is not None]


def whole_picture() -> np.ndarray:
    """An aggregate: what the label image gives each sphere, and the whole outlines."""
    sample = simulated(13, modes=("tem",), layouts=("aggregate",), diameter_px=(44, 60),
                       overlap=(0.25, 0.3))  # fmt: skip
    result = mg.analyze(mg.Micrograph(sample.pixels, None))
    wholes = [(*patch.box, patch.mask) for patch in result.wholes.values()]
    return beside(
        outlined(sample.pixels, boxes(result.labels), RED),
        outlined(sample.pixels, wholes, RED),
    )


def score(sample: Sample, labels: np.ndarray) -> float:
    """F1 at an intersection over union of one half, against what is seen."""
    truth = np.zeros(labels.shape, int)
    for number, (rows, cols, mask) in enumerate(visible(sample), 1):
        truth[rows, cols][mask] = number
    many, found = int(truth.max()), int(labels.max())
    if not many + found:
        return 1.0
    shared = np.zeros((many + 1, found + 1))
    np.add.at(shared, (truth.ravel(), labels.ravel()), 1)
    union = shared.sum(1)[:, None] + shared.sum(0) - shared
    return 2 * int((shared[1:, 1:] >= 0.5 * union[1:, 1:]).sum()) / (many + found)


def failures_picture() -> np.ndarray:
    """The four worst of 40 simulated micrographs of every kind: found, and the truth under it."""
    worst = []
    for index in range(40):
        sample = simulated(index)
        labels = mg.analyze(mg.Micrograph(sample.pixels, None)).labels
        worst.append((score(sample, labels), index, sample, labels))
    worst.sort(key=lambda one: one[:2])
    print("F1 of the images, worst first:", [round(one[0], 2) for one in worst])
    pairs = []
    for _, _, sample, labels in worst[:4]:
        found = outlined(sample.pixels, boxes(labels), RED)
        truth = outlined(sample.pixels, visible(sample), GREEN)
        pairs.append(np.vstack([found, np.full((16, found.shape[1], 3), 255, np.uint8), truth]))
    return cv2.resize(beside(*pairs), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)


def beside(*pictures: np.ndarray) -> np.ndarray:
    """Pictures side by side on white."""
    gap = np.full((pictures[0].shape[0], 24, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.hstack(parts[:-1])


PICTURES = {
    "result": result_picture,
    "whole-outlines": whole_picture,
    "particles-failures": failures_picture,
}


if __name__ == "__main__":
    folder = ROOT / "docs" / "images"
    folder.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PICTURES:
        target = folder / f"{name}.png"
        cv2.imwrite(str(target), PICTURES[name](), [cv2.IMWRITE_PNG_COMPRESSION, 9])
        print(target)
