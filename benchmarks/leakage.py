"""How near two copies of one picture are, how near different pictures are, and what leaks.

    python benchmarks/leakage.py changes [REAL]
    python benchmarks/leakage.py sets [REAL] [--shift 0 0.002 0.004 0.008]

REAL is the folder of real images (default: shared/data beside the checkout). `changes` alters
images in ways that leave them the same picture and prints the shift (in % of the edge) that 50 and
95 % of the copies stay below, what 1, 5 and 50 % of the images keep from their nearest neighbour,
and the same in bits of a perceptual hash (ImageHash). `sets` prints groups, images that a naive
split tears from their group, and accuracy of a nearest neighbour and a linear classifier of pixels,
naive and grouped, for several limits.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import imagehash
import numpy as np
import PIL.Image

from _caco3 import write_manifest
from micrographia.io import read
from micrographia.learning import DatasetSettings, leakage_report, open_dataset
from micrographia.learning.datasets._alike import shift_between
from micrographia.learning.datasets._bars import without_strips
from micrographia.learning.datasets._pixels import stretch_to_bytes
from micrographia.learning.datasets._scan import thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

NOISE = np.random.default_rng(0)
MICROGRAPHS = (
    "harisamjad_TEM_seg/images", "carbonblack_TEM_atems_maxfrei/images",
    "SAGE_soot_TEM/test_images",
    "BAM_TiO2_SEM_TSEM/SEM", "BAM_TiO2_SEM_TSEM/TSEM", "biolographer_SEM_silica/png",
    "lucasdegeorge_nanowire_HRTEM/images", "ArdaGen_STEM_YOLO/dataset",
)  # fmt: skip


def turned(degrees: float) -> Callable[[Image], Image]:
    """Turn about the middle, the edges mirrored."""

    def change(image: Image) -> Image:
        rows, cols = image.shape
        turn = cv2.getRotationMatrix2D((cols / 2, rows / 2), degrees, 1)
        return cv2.warpAffine(image, turn, (cols, rows), borderMode=cv2.BORDER_REFLECT)

    return change


def cropped(share: float) -> Callable[[Image], Image]:
    """Cut rows and columns off at the top and at the left."""
    return lambda image: image[round(image.shape[0] * share) :, round(image.shape[1] * share) :]


def compressed(quality: int) -> Callable[[Image], Image]:
    """Write as JPEG and read again."""
    return lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [1, quality])[1], 0)


CHANGES: dict[str, Callable[[Image], Image]] = {
    "JPEG, quality 75": compressed(75),
    "JPEG, quality 30": compressed(30),
    "half the size": lambda i: cv2.resize(i, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "noise, 5 % of the range": lambda i: np.clip(i + NOISE.normal(0, 13, i.shape), 0, 255).astype(
        np.uint8
    ),
    "gamma 0.8": lambda i: (255 * (i / 255.0) ** 0.8).astype(np.uint8),
    "gamma 1.5": lambda i: (255 * (i / 255.0) ** 1.5).astype(np.uint8),
    "cropped by 1 %": cropped(0.01),
    "cropped by 2 %": cropped(0.02),
    "turned by 1°": turned(1),
    "turned by 5°": turned(5),
}


def kinds(real: Path) -> dict[str, list[Path]]:
    """Images of four kinds."""
    drawn = sorted((real / "handdrawn_shapes/train").glob("*/*.png"))
    filled = [path for path in drawn if path.stem.isdecimal()]
    lines = [path for path in drawn if not path.stem.isdecimal()]
    crystals = sorted((real / "real/aichem_CaCO3_SEM/images_224").glob("*.png"))
    fields: list[Path] = []
    for name in MICROGRAPHS:
        found = sorted(p for p in (real / "real" / name).rglob("*") if p.suffix in (".png", ".jpg"))
        fields += found[:: max(1, len(found) // 15)]
    return {
        "filled silhouettes": filled[::8],
        "drawn outlines": lines[::10],
        "SEM, CaCO3": crystals[::3],
        "micrographs": fields,
    }


def hash_of(image: Image) -> imagehash.ImageHash:
    """The perceptual hash that was tried and left out."""
    return imagehash.phash(PIL.Image.fromarray(image))


def print_changes(real: Path) -> None:
    """Print the shift of changed copies and of nearest neighbours for every kind."""
    for kind, paths in kinds(real).items():
        images = [stretch_to_bytes(without_strips(read(path).pixels)) for path in paths]
        thumbs = [thumbnail(image) for image in images]
        print(f"\n{kind} ({len(images)} images), shift in % of the edge")
        for name, change in CHANGES.items():
            shifts = [
                shift_between(thumb, thumbnail(np.ascontiguousarray(change(image))))
                for image, thumb in zip(images, thumbs, strict=True)
            ]
            half, most = 100 * np.quantile(shifts, (0.5, 0.95))
            bits = [
                hash_of(image) - hash_of(np.ascontiguousarray(change(image))) for image in images
            ]
            told = f"{half:8.2f}{most:8.2f}   (50, 95 %)"
            print(f"  {name:<26}{told}   pHash {np.quantile(bits, (0.5, 0.95))} bits")
        apart = np.array([[shift_between(a, b) for b in thumbs] for a in thumbs])
        np.fill_diagonal(apart, np.inf)
        told = "".join(f"{100 * one:8.2f}" for one in np.quantile(apart.min(1), (0.01, 0.05, 0.5)))
        hashes = [hash_of(image) for image in images]
        bits = np.array([[a - b for b in hashes] for a in hashes])
        np.fill_diagonal(bits, 64)
        told += f"   (1, 5, 50 %)   pHash {np.quantile(bits.min(1), (0.01, 0.05, 0.5))} bits"
        print(f"  {'nearest other image':<26}{told}", flush=True)


def print_sets(real: Path, shifts: list[float]) -> None:
    """Print the leakage report of real sets for several limits."""
    with tempfile.TemporaryDirectory() as folder:
        crystals = write_manifest(real / "real/aichem_CaCO3_SEM", Path(folder) / "CaCO3.csv")
        for path in (real / "handdrawn_shapes/train", crystals):
            for shift in shifts:
                dataset = open_dataset(path, DatasetSettings(near_shift=shift))
                largest = dataset.table["group"].value_counts().iloc[0]
                print(f"\nlimit {100 * shift:.1f} %, largest group {largest}")
                print(leakage_report(dataset), flush=True)


def main() -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("changes", "sets"))
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("real", nargs="?", type=Path, default=default)
    parser.add_argument("--shift", nargs="+", type=float, default=[0, 0.002, 0.004, 0.008])
    arguments = parser.parse_args()
    if arguments.what == "changes":
        print_changes(arguments.real)
    else:
        print_sets(arguments.real, arguments.shift)


if __name__ == "__main__":
    main()
