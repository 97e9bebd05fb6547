"""The example micrographs that the project ships: simulated, with truth.

``python -m micrographia.simulation.examples FOLDER`` writes them again, bit for bit the same.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from micrographia.simulation._optics import camera, film, heights, shading
from micrographia.simulation.phantoms import Kind, Outline, coverage, scatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["EXAMPLES", "Example", "write"]

_SHAPE = (768, 768)


@dataclasses.dataclass(frozen=True)
class Example:
    """One example micrograph.

    Parameters
    ----------
    name : str
        Stem of its files.
    sample : str
        The batch it belongs to.
    kind : {"tem", "haadf", "sem"}
        How it is imaged.
    shapes : tuple of str
        Outlines, taken in turn.
    median, spread : float
        Median length [px] and geometric standard deviation of the lengths.
    count : int
        How many particles are tried.
    pixel_size : float [nm]
    bar : float or None [nm]
        Length of the scale bar that is drawn; None writes the pixel size into the file instead.
    aspect : float
        Length over width of what is not round.
    pairs : float
        Share of the particles that get a touching neighbour.
    small : tuple of float
        Median length [px] and share of a second size family.
    """

    name: str
    sample: str
    kind: str
    shapes: tuple[Kind, ...]
    median: float
    spread: float
    count: int
    pixel_size: float
    bar: float | None = None
    aspect: float = 2.0
    pairs: float = 0.0
    small: tuple[float, float] = (0.0, 0.0)
    seed: int = 0


EXAMPLES = (
    Example(
        "gold-spheres-1", "gold 9 nm", "tem", ("disc",), 40, 1.12, 110, 0.23, pairs=0.2, seed=1,
    ),
    Example(
        "gold-spheres-2", "gold 9 nm", "tem", ("disc",), 40, 1.12, 105, 0.23, pairs=0.2, seed=2,
    ),
    Example(
        "gold-spheres-ripened", "gold ripened", "tem", ("disc",), 58, 1.1, 90, 0.23,
        small=(26, 0.45), seed=3,
    ),
    Example(
        "gold-rods", "gold rods", "tem", ("rod",), 74, 1.1, 70, 0.52, bar=100, aspect=3.4, seed=4,
    ),
    Example(
        "platinum-on-oxide", "platinum", "haadf", ("disc", "ellipse"), 17, 1.25, 130, 0.11,
        aspect=1.25, seed=5,
    ),
    Example(
        "silver-cubes", "silver cubes", "sem", ("square",), 78, 1.07, 60, 1.6, bar=300, pairs=0.1,
        seed=6,
    ),
)  # fmt: skip


def _lengths(example: Example, random: np.random.Generator) -> NDArray[np.float64]:
    """Lognormal lengths, one or two families."""
    lengths = example.median * example.spread ** random.normal(size=example.count)
    median, share = example.small
    minor = random.random(example.count) < share
    lengths[minor] *= median / example.median
    return lengths


def _place(example: Example, random: np.random.Generator) -> list[Outline]:
    """Outlines apart from one another, then touching neighbours where there is room."""
    lengths = _lengths(example, random)
    outlines = scatter(example.shapes, lengths, _SHAPE, aspect=example.aspect, seed=example.seed)
    if example.kind == "tem" and example.bar is not None:
        outlines = [o for o in outlines if not (o.row > 680 and o.col < 270)]
    if example.kind == "sem":
        outlines = [dataclasses.replace(o, angle=random.uniform(0, np.pi / 2)) for o in outlines]
    for first in list(outlines):
        if random.random() >= example.pairs:
            continue
        for _ in range(20):
            turn = random.uniform(0, 2 * np.pi)
            reach = 0.97 * (first.ecd if first.kind == "square" else first.length)
            row, col = first.row + reach * np.sin(turn), first.col + reach * np.cos(turn)
            angle = turn + np.pi / 4 if first.kind == "square" else first.angle
            near = dataclasses.replace(first, row=row, col=col, angle=angle)
            if _has_room(near, outlines, first):
                outlines.append(near)
                break
    return outlines


def _has_room(near: Outline, outlines: Sequence[Outline], partner: Outline) -> bool:
    margin = near.length / 2 + 3
    rows, cols = _SHAPE
    if not (margin < near.row < rows - margin and margin < near.col < cols - margin):
        return False
    return all(
        np.hypot(near.row - o.row, near.col - o.col) > (near.length + o.length) / 2 + 3
        for o in outlines
        if o is not partner
    )


def _bodies(
    outlines: Sequence[Outline], random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """Thickness [px], cover (0 to 1) and labels of all bodies."""
    thickness, cover = np.zeros((2, *_SHAPE), np.float32)
    labels = np.zeros(_SHAPE, np.int32)
    for number, outline in enumerate(outlines, 1):
        rows, cols, share = coverage(outline, _SHAPE)
        strength = random.uniform(0.75, 1.25)
        thickness[rows, cols] += share * heights(outline, rows, cols) * outline.minor * strength
        np.maximum(cover[rows, cols], share, out=cover[rows, cols])
        labels[rows, cols][share >= 0.5] = number
    return thickness, cover, labels


def _illumination(random: np.random.Generator) -> NDArray[np.float32]:
    """A beam that is not quite even: a slope and a bowl."""
    rows, cols = np.mgrid[-1 : 1 : _SHAPE[0] * 1j, -1 : 1 : _SHAPE[1] * 1j]
    slope = random.uniform(-0.05, 0.05, 2)
    even = 1 + slope[0] * rows + slope[1] * cols - 0.05 * (rows**2 + cols**2)
    field: NDArray[np.float32] = even.astype(np.float32)
    return field


def _image(
    example: Example, outlines: Sequence[Outline], random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Intensity (0 to about 1) and labels."""
    from scipy.ndimage import gaussian_filter

    thickness, cover, labels = _bodies(outlines, random)
    if example.kind == "tem":
        carbon = 0.62 + 0.035 * film(_SHAPE, (1.5, 4, 60), random)
        passed = np.exp(-0.026 * thickness)
        fringe = gaussian_filter(cover, 2.2) - gaussian_filter(cover, 1.0)
        signal = carbon * passed * _illumination(random) + 0.10 * np.clip(fringe, 0, None)
        return camera(signal, 0.9, 260, random), labels
    if example.kind == "haadf":
        support = np.clip(film(_SHAPE, (90, 120), random) + 0.4, 0, 1.6)
        grains = 0.08 * support * film(_SHAPE, (4, 9), random)
        signal = 0.06 + 0.16 * support + grains * 0.5 + 0.028 * thickness
        return camera(np.clip(signal, 0.01, None), 1.0, 150, random), labels
    relief = shading(thickness * 0.35, 1.5)
    ground = 0.18 + 0.02 * film(_SHAPE, (1.5, 40), random)
    halo = 0.10 * gaussian_filter(cover, 7) * (1 - cover)
    signal = ground + 0.30 * cover * relief + 0.14 * (relief - 1) - halo
    return camera(np.clip(signal, 0.02, None), 0.9, 120, random), labels


def _to_grey(signal: NDArray[np.float32], levels: int) -> NDArray[np.float32]:
    low, high = np.percentile(signal, (0.05, 99.95))
    grey: NDArray[np.float32] = np.clip((signal - low) / (high - low), 0, 1) * (levels - 1)
    return grey


def _with_bar(grey: NDArray[np.uint8], example: Example) -> NDArray[np.uint8]:
    """Draw the scale bar: into the picture for TEM, into a data bar below it for SEM."""
    from PIL import Image, ImageDraw, ImageFont

    bar = example.bar or 0.0
    length = round(bar / example.pixel_size)
    if example.kind == "sem":
        strip = np.zeros((56, grey.shape[1]), np.uint8)
        grey, ink, bottom = np.vstack([grey, strip]), 255, grey.shape[0] + 38
    else:
        ink, bottom = 255, grey.shape[0] - 24
    image = Image.fromarray(grey)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=22)
    pen.rectangle((28, bottom, 28 + length - 1, bottom + 6), fill=ink)
    pen.text((28 + length / 2, bottom - 6), f"{bar:g} nm", fill=ink, font=font, anchor="mb")
    if example.kind == "sem":
        pen.text(
            (330, bottom + 2), "EHT = 10.00 kV   WD = 4.1 mm", fill=ink, font=font, anchor="lm"
        )
    return np.asarray(image)


def _truth(example: Example, outlines: Sequence[Outline]) -> list[str]:
    scale = example.pixel_size
    head = "id,kind,row_px,col_px,area_nm2,ecd_nm,feret_min_nm,feret_max_nm"
    rows = [
        f"{number},{o.kind},{o.row:.3f},{o.col:.3f},{o.area * scale**2:.4f},{o.ecd * scale:.4f},"
        f"{o.feret_min * scale:.4f},{o.feret_max * scale:.4f}"
        for number, o in enumerate(outlines, 1)
    ]
    return [head, *rows]


def make(example: Example) -> tuple[NDArray[np.integer], NDArray[np.int32], list[Outline]]:
    """Simulate one example.

    Parameters
    ----------
    example : Example

    Returns
    -------
    pixels : ndarray of shape (rows, cols)
        16-bit where the pixel size goes into the file, 8-bit with a drawn bar otherwise.
    labels : ndarray of shape (768, 768), int32
        Pixels that particle k covers by at least half.
    outlines : list of Outline
        What was drawn, in the order of the labels.

    Examples
    --------
    >>> pixels, labels, outlines = make(EXAMPLES[0])
    >>> pixels.dtype.name, int(labels.max()) == len(outlines)
    ('uint16', True)
    """
    random = np.random.default_rng(np.random.SeedSequence(example.seed))
    outlines = _place(example, random)
    signal, labels = _image(example, outlines, random)
    if example.bar is None:
        return _to_grey(signal, 4096).astype(np.uint16), labels, outlines
    return _with_bar(_to_grey(signal, 236).astype(np.uint8), example), labels, outlines


def write(folder: Path) -> list[Path]:
    """Write all examples with their truth.

    Parameters
    ----------
    folder : Path
        Gets the images, ``samples.csv``, and in ``truth/`` labels and geometry of each.

    Returns
    -------
    paths : list of Path
        The images.
    """
    import tifffile
    from PIL import Image

    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    paths = []
    for example in EXAMPLES:
        pixels, labels, outlines = make(example)
        if example.bar is None:
            path = folder / f"{example.name}.tif"
            per_cm = 1e7 / example.pixel_size
            tifffile.imwrite(
                path, pixels, imagej=True, resolution=(per_cm / 1e4, per_cm / 1e4),
                metadata={"unit": "um"},
            )  # fmt: skip
        else:
            path = folder / f"{example.name}.png"
            Image.fromarray(pixels).save(path, optimize=True)
        paths.append(path)
        tifffile.imwrite(
            truth / f"{example.name}.labels.tif", labels.astype(np.uint16), compression="zlib"
        )
        text = "\n".join(_truth(example, outlines)) + "\n"
        (truth / f"{example.name}.csv").write_text(text, encoding="utf-8")
    rows = [f"{path.name},{example.sample}" for path, example in zip(paths, EXAMPLES, strict=True)]
    (folder / "samples.csv").write_text("\n".join(["image,sample", *rows]) + "\n", encoding="utf-8")
    return paths


if __name__ == "__main__":
    for written in write(Path(sys.argv[1] if len(sys.argv) > 1 else "examples")):
        sys.stdout.write(f"{written}\n")
