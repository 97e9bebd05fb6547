"""How well a small classifier tells simulated micrographs from real ones.

    python benchmarks/real_or_simulated.py [REAL] [--family micrographs] [--images 150] [--seed 0]
                                           [--classes A,B] [--out FOLDER]

FAMILY is `micrographs`, `sem` or `carbon`; it is compared with the real images of its kind.

REAL is the folder of real micrographs (default: MICROGRAPHIA_REAL_DATA, or ../shared/data/real
beside the checkout). Crops of 128 px without bars and footers are taken from both kinds of image;
to each real crop belongs one simulated crop of the same polarity and nearly the same length of
correlation, so that neither tells them apart. Features: radial power spectrum, gradients, local
variance, grey levels, local binary patterns, lines and blocks. Boosted stumps and logistic
regression, both on NumPy, are cross-validated by image. An AUROC of 0.5 means that the classifier
cannot tell them apart, 1.0 that it always can. The features that the boosting leans on name the
giveaways. As a yardstick, the same classifier tells each source of real images from the other
real ones: images of one laboratory look alike too. ``--out`` writes pairs side by side, the real
crop on the left.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

CROP = 128
FOLDS = 5
SOURCES = {
    "PMD": ("PMD-2324/*/image.png", 8, 1.0),
    "BAM SEM": ("BAM_TiO2_SEM_TSEM/SEM/*.png", 1, 0.91),
    "BAM TSEM": ("BAM_TiO2_SEM_TSEM/TSEM/*.png", 2, 0.91),
    "soot": ("SAGE_soot_TEM/test_images/*.png", 10, 0.88),
    "carbon black": ("carbonblack_TEM_atems_maxfrei/images/*.png", 10, 0.94),
    "STEM catalysts": ("ArdaGen_STEM_YOLO/dataset/images/*.jpg", 4, 1.0),
    "nanocrystals": ("harisamjad_TEM_seg/images/*.png", 4, 0.8),
    "gold": ("pulcovamon_AuNP_AuNR_TEM/*/*.jpg", 4, 0.9),
    "silica": ("biolographer_SEM_silica/png/*/*.png", 5, 0.88),
    "CaCO3": ("aichem_CaCO3_SEM/images_224/*.png", 1, 1.0),
    "wires": ("DeepSEM_nanowires/*/*.png", 2, 1.0),
    "lying wires": ("Mumrah213_SEM_nanowires/*.png", 8, 0.92),
    "vendors": ("SEM_vendor_tif_Zeiss_Tescan/*.[tT]*[fF]", 12, 0.84),
    "nanocarbon": ("dem0nsl4yer_nanocarbon_SEM/[1-6].jpg", 4, 1.0),
    "silica, JEOL": ("biolographer_SEM_silica/other_SEM_JEOL/*.png", 8, 0.9),
}
"""Where the real images lie, how many crops are taken from each image, and the share of its rows,
from the top, that is free of footers and bars."""
OF_FAMILY = {
    "micrographs": ("PMD", "BAM SEM", "BAM TSEM", "soot", "carbon black", "STEM catalysts",
                    "nanocrystals", "gold", "silica", "CaCO3", "wires"),
    "sem": ("BAM SEM", "silica", "CaCO3", "wires", "lying wires", "vendors", "nanocarbon",
            "silica, JEOL"),
    "carbon": ("soot", "carbon black"),
}  # fmt: skip
"""The real images that each family is compared with."""
CLASSES = {"sem": ("Particles", "Powder", "Nanowires", "Films_Coated_Surface", "Fibres")}
"""Classes that are drawn where none are named: those that the real images show."""


class Crop(NamedTuple):
    """A piece of an image: pixels, the image it is from, its polarity and length."""

    pixels: NDArray[np.float32]
    source: str
    image: str
    polarity: int
    length: float


def describe(pixels: NDArray[np.float32]) -> tuple[int, float]:
    """Polarity (sign of the skewness after smoothing) and correlation length [px]."""
    smooth = cv2.GaussianBlur(pixels, (0, 0), 2)
    centred = smooth - smooth.mean()
    polarity = 1 if float((centred**3).mean()) > 0 else -1
    power = np.abs(np.fft.rfft2(centred)) ** 2
    correlation = np.fft.irfft2(power)
    profile = (correlation[0, :40] + correlation[:40, 0]) / (2 * correlation[0, 0] + 1e-9)
    below = np.flatnonzero(profile < 0.5)
    return polarity, float(below[0]) if below.size else 40.0


def crops_of(
    image: NDArray[np.float32], count: int, names: tuple[str, str], random: np.random.Generator
) -> list[Crop]:
    """Take crops where something is seen: the best of a few tries each by standard deviation."""
    found = []
    for _ in range(count):
        tries = []
        for _ in range(4):
            row, col = (int(random.integers(0, n - CROP + 1)) for n in image.shape)
            tries.append(image[row : row + CROP, col : col + CROP])
        best = max(tries, key=lambda piece: float(cv2.GaussianBlur(piece, (0, 0), 2).std()))
        if best.std() > 1:
            found.append(Crop(best, names[0], names[1], *describe(best)))
    return found


def real_crops(
    folder: Path, random: np.random.Generator, family: str = "micrographs"
) -> list[Crop]:
    """Crops of a family's sources; images beyond 1,400 px are halved, as whole fields would be."""
    found = []
    for source in OF_FAMILY[family]:
        pattern, count, share = SOURCES[source]
        for path in sorted(folder.glob(pattern)):
            image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if image is None or min(image.shape) < CROP:
                continue
            image = image[: int(share * len(image))]
            if max(image.shape) > 1400:
                image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            if min(image.shape) >= CROP:
                names = (source, str(path.relative_to(folder)))
                found += crops_of(image.astype(np.float32), count, names, random)
    return found


def simulated_crops(
    images: int, seed: int, random: np.random.Generator, family: str = "micrographs",
    classes: tuple[str, ...] = (),
) -> list[Crop]:  # fmt: skip
    """Crops of a family with its usual settings, without bars and footers."""
    from micrographia.simulation.families import FAMILIES, load_family

    module, number = load_family(family), FAMILIES[family].number
    plain = {"micrographs": {"bar": 0, "footer": 0}, "sem": {"bar": 0, "data_bar": 0}}
    values = dict(plain.get(family, {}))
    if chosen := classes or CLASSES.get(family, ()):
        values["classes"] = chosen
    if "bar" in module.Config.model_fields:
        values["bar"] = 0
    found = []
    for index in range(images):
        size = int(random.choice([256, 384, 512]))
        numbers = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number, index)))
        sample = module.simulate(module.Config(size=size, **values), numbers, index)
        kind = f"{sample.parameters['mode']} " if family == "micrographs" else ""
        names = (f"{kind}{sample.label}", f"sim {index}")
        found += crops_of(sample.pixels.astype(np.float32), 4, names, random)
    return found


def match(real: list[Crop], simulated: list[Crop]) -> list[tuple[Crop, Crop]]:
    """Pairs of equal polarity whose lengths differ by a quarter at most, each crop used once."""
    left = list(simulated)
    pairs = []
    for one in real:
        distance = [
            abs(np.log(one.length / other.length)) + (9 if one.polarity != other.polarity else 0)
            for other in left
        ]
        if left and min(distance) < 0.25:
            pairs.append((one, left.pop(int(np.argmin(distance)))))
    return pairs


def features(pixels: NDArray[np.float32]) -> dict[str, float]:
    """What the classifier sees of a crop; only the saturation depends on brightness and gain."""
    scale = float(pixels.std()) + 1e-6
    z = (pixels - pixels.mean()) / scale
    found = _spectrum(z) | _gradients(z) | _patterns(z, 1)
    found |= _patterns(cv2.resize(z, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), 2)
    levels = np.percentile(z, (0.5, 5, 25, 50, 75, 95, 99.5))
    found |= {f"grey {k}": float(v) for k, v in enumerate(levels)}
    found["kurtosis"] = float((z**4).mean())
    found["black"], found["white"] = float((pixels <= 0).mean()), float((pixels >= 255).mean())
    found["levels used"] = float(len(np.unique(pixels)))
    return found


def _spectrum(z: NDArray[np.float32]) -> dict[str, float]:
    window = np.hanning(CROP)[:, None] * np.hanning(CROP)[None]
    power = np.abs(np.fft.rfft2(z * window)) ** 2
    rows, cols = np.fft.fftfreq(CROP)[:, None], np.fft.rfftfreq(CROP)[None]
    radius = np.hypot(rows, cols)
    edges = (np.unique(np.geomspace(1, 91, 18).astype(int)) - 0.5) / CROP
    found = {}
    for k, (low, high) in enumerate(pairwise(edges)):
        ring = (radius >= low) & (radius < high)
        found[f"spectrum {k}"] = float(np.log(power[ring].mean() + 1e-9))
    fine = radius > 0.15
    flat, steep = np.abs(rows) < np.abs(cols), np.abs(rows) >= np.abs(cols)
    found["rows against cols"] = float(
        np.log(power[fine & flat].mean() + 1e-9) - np.log(power[fine & steep].mean() + 1e-9)
    )
    return found


def _gradients(z: NDArray[np.float32]) -> dict[str, float]:
    down, right = np.diff(z, axis=0), np.diff(z, axis=1)
    size = np.hypot(down[:, 1:], right[1:])
    found = {f"gradient {p}": float(np.percentile(size, p)) for p in (5, 25, 50, 75, 95, 99)}
    mean = cv2.blur(z, (5, 5))
    deviation = np.sqrt(np.clip(cv2.blur(z * z, (5, 5)) - mean**2, 0, None))
    found |= {f"variance {p}": float(np.percentile(deviation, p)) for p in (2, 10, 25, 50, 75, 95)}
    second = z[1:-1, 1:-1] * 4 - z[:-2, 1:-1] - z[2:, 1:-1] - z[1:-1, :-2] - z[1:-1, 2:]
    found["noise"] = float(np.log(np.median(np.abs(second)) + 1e-6))
    found["noise tail"] = float(np.log((np.abs(second) ** 2).mean() + 1e-9) - 2 * found["noise"])
    here, there = np.percentile(z, (30, 70))
    dark, light = z[1:-1, 1:-1] <= here, z[1:-1, 1:-1] >= there
    found["noise in dark"] = float(
        np.log(np.median(np.abs(second[dark])) + 1e-6)
        - np.log(np.median(np.abs(second[light])) + 1e-6)
    )
    profile = np.abs(right).mean(axis=0)
    found["blocks"] = max(float(profile[k::8].mean() / (profile.mean() + 1e-9)) for k in range(8))
    found["lines"] = float(np.abs(np.diff(z.mean(axis=1))).mean() / (np.abs(down).mean() + 1e-9))
    return found


def _patterns(z: NDArray[np.float32], name: int) -> dict[str, float]:
    """Uniform local binary patterns: shares of 0 to 8 brighter neighbours, and of the rest."""
    centre = z[1:-1, 1:-1]
    around = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    bits = np.stack(
        [z[r : r + centre.shape[0], c : c + centre.shape[1]] > centre for r, c in around]
    )
    changes = (bits != np.roll(bits, 1, axis=0)).sum(axis=0)
    code = np.where(changes <= 2, bits.sum(axis=0), 9)
    shares = np.bincount(code.ravel(), minlength=10) / code.size
    return {f"pattern {name}.{k}": float(v) for k, v in enumerate(shares)}


def boost(
    x: NDArray[np.float64], y: NDArray[np.float64], rounds: int = 150
) -> list[tuple[int, float, float, float]]:
    """Gradient boosting of stumps on the logistic loss; thresholds at 16 quantiles."""
    thresholds = np.quantile(x, np.linspace(0.06, 0.94, 16), axis=0)
    above = (x[None] > thresholds[:, None, :]).reshape(16, *x.shape)
    score, stumps = np.zeros(len(y)), []
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-score))
        slope, weight = y - chance, chance * (1 - chance)
        high = np.einsum("n,tnf->tf", slope, above), np.einsum("n,tnf->tf", weight, above)
        low = slope.sum() - high[0], weight.sum() - high[1]
        gain = high[0] ** 2 / (high[1] + 1) + low[0] ** 2 / (low[1] + 1)
        t, f = np.unravel_index(int(np.argmax(gain)), gain.shape)
        up, down = (0.2 * part[0][t, f] / (part[1][t, f] + 1) for part in (high, low))
        stumps.append((int(f), float(thresholds[t, f]), float(up), float(down)))
        score += np.where(above[t, :, f], up, down)
    return stumps


def logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of a ridge logistic regression on standardised features (the last is the offset)."""
    weights = np.zeros(x.shape[1] + 1)
    full = np.column_stack([x, np.ones(len(x))])
    for _ in range(20):
        chance = 1 / (1 + np.exp(-np.clip(full @ weights, -30, 30)))
        hessian = (full * (chance * (1 - chance))[:, None]).T @ full + 3 * np.eye(len(weights))
        weights += np.linalg.solve(hessian, full.T @ (y - chance) - 3 * weights)
    return weights


def auroc(score: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Chance that a simulated crop scores above a real one."""
    from scipy.stats import rankdata

    positive = y > 0.5
    ranks = rankdata(score)[positive].sum()
    n, m = positive.sum(), (~positive).sum()
    return float((ranks - n * (n + 1) / 2) / (n * m))


def evaluate(
    x: NDArray[np.float64], y: NDArray[np.float64], groups: NDArray[np.str_], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Scores out of fold of boosting and logistic regression, and the gain by feature."""
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    fold = {name: k % FOLDS for k, name in enumerate(names)}
    part = np.array([fold[g] for g in groups])
    boosted, linear, used = np.zeros(len(y)), np.zeros(len(y)), np.zeros(x.shape[1])
    for k in range(FOLDS):
        train, test = part != k, part == k
        for feature, threshold, up, down in boost(x[train], y[train]):
            boosted[test] += np.where(x[test, feature] > threshold, up, down)
            used[feature] += abs(up - down)
        centre, spread = x[train].mean(axis=0), x[train].std(axis=0) + 1e-9
        weights = logistic((x[train] - centre) / spread, y[train])
        linear[test] = (x[test] - centre) / spread @ weights[:-1] + weights[-1]
    return boosted, linear, used


def real_against_real(real: list[Crop], seed: int) -> dict[str, float]:
    """How well the same classifier tells one source of real images from the others."""
    x = np.array([list(features(crop.pixels).values()) for crop in real])
    groups = np.array([crop.image for crop in real])
    found = {}
    for source in dict.fromkeys(crop.source for crop in real):
        y = np.array([float(crop.source == source) for crop in real])
        if len(set(groups[y > 0.5])) >= FOLDS:
            found[source] = auroc(evaluate(x, y, groups, seed)[0], y)
    return found


def write_pairs(pairs: list[tuple[Crop, Crop]], folder: Path) -> None:
    """Pictures of 6 × 8 pairs, the real crop on the left of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for sheet in range(0, len(pairs), 48):
        tiles = [
            np.pad(np.hstack([one.pixels, other.pixels]).astype(np.uint8), 3, constant_values=128)
            for one, other in pairs[sheet : sheet + 48]
        ]
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 6)
        rows = [np.hstack(tiles[k : k + 6]) for k in range(0, len(tiles), 6)]
        cv2.imwrite(str(folder / f"pairs-{sheet // 48:02d}.png"), np.vstack(rows))


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
    named = os.environ.get("MICROGRAPHIA_REAL_DATA", str(beside))
    parser.add_argument("real", nargs="?", type=Path, default=Path(named))
    parser.add_argument("--family", choices=sorted(OF_FAMILY), default="micrographs")
    parser.add_argument("--classes", default="", help="classes to draw, between commas")
    parser.add_argument("--images", type=int, default=150, help="simulated images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="folder for pictures of the pairs")
    arguments = parser.parse_args()
    if not arguments.real.is_dir():
        sys.exit(f"{arguments.real}: no such folder; name that of the real micrographs")
    random = np.random.default_rng(arguments.seed)
    family, classes = arguments.family, tuple(filter(None, arguments.classes.split(",")))
    real = real_crops(arguments.real, random, family)
    simulated = simulated_crops(arguments.images, arguments.seed, random, family, classes)
    pairs = match([real[k] for k in random.permutation(len(real))], simulated)
    rows = [features(crop.pixels) for pair in pairs for crop in pair]
    x = np.array([list(row.values()) for row in rows])
    y = np.tile([0.0, 1.0], len(pairs))
    groups = np.array([crop.image for pair in pairs for crop in pair])
    boosted, linear, used = evaluate(x, y, groups, arguments.seed)
    print(f"{len(real)} real crops, {len(simulated)} simulated, {len(pairs)} pairs")
    print(f"AUROC, boosted stumps      {auroc(boosted, y):.3f}")
    print(f"AUROC, logistic regression {auroc(linear, y):.3f}")
    names = list(rows[0])
    print("giveaways (share of the boosting's weight; median real, simulated):")
    for k in np.argsort(-used)[:12]:
        medians = np.median(x[y < 0.5, k]), np.median(x[y > 0.5, k])
        print(f"  {names[k]:20s} {used[k] / used.sum():.3f}  {medians[0]:.3f}  {medians[1]:.3f}")
    sources = np.array([crop.source for pair in pairs for crop in pair])
    print("mean score by source (below 0: looks real to the classifier):")
    for source in [*OF_FAMILY[family], *sorted({s for s, v in zip(sources, y, strict=True) if v})]:
        if (here := sources == source).sum() > 2:
            print(f"  {source:22s} {boosted[here].mean():+.2f}  ({here.sum()})")
    print("yardstick: each real source against the other real ones, same features, AUROC")
    seen = real_against_real(real, arguments.seed)
    print("  " + ", ".join(f"{source} {value:.2f}" for source, value in seen.items()))
    print(f"  mean {np.mean(list(seen.values())):.3f}")
    if arguments.out:
        write_pairs(pairs, arguments.out)


if __name__ == "__main__":
    main()
