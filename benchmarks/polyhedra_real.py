"""What the model of polyhedra says of real particles, none of them trained on.

    python benchmarks/polyhedra_real.py DATA [--method auto] [--model polyhedron]

DATA is the folder of the real micrographs. Default settings of `analyze` with the model asked for.
Nobody has measured the bodies of these particles. Known is which are round: those that hands have
labelled circle or ellipse in PMD-2324, silica colloids, and the crops of AhmedAnwari (cut out by
their own masks); of them the share is printed that is called `other`. For hexagons, squares and
triangles of PMD-2324 the answers are printed; the shares of those that can be right are summed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from _by_hand import named_by_hand
from micrographia import AnalysisSettings, analyze, read
from micrographia.classification.naming import name_particles, open_models
from micrographia.classification.settings import ClassificationSettings

ROUND = {"other"}
CASTS = {
    "circle": ROUND, "ellipse": ROUND, "rectangle/rod": ROUND | {"FCC_CUBE"}, "star": ROUND,
    "square": {"FCC_CUBE", "OH", "CUBO", "DEC"},
    "hexagon": {"FCC_CUBE", "OH", "CUBO", "ICO", "TPT", "DODECA", "DEC"},
    "triangle": {"TD", "TPT", "OH"},
}  # fmt: skip


def answer(what: str, counts: Counter[str], wanted: set[str]) -> None:
    total = counts.total()
    right = sum(n for name, n in counts.items() if wanted & set(name.split(" or ")))
    common = ", ".join(f"{name} {n}" for name, n in counts.most_common(5))
    print(f"{what:24s} {total:4d} {right / max(total, 1):7.1%}  {common}", flush=True)


def by_hand(data: Path, settings: AnalysisSettings) -> None:
    """PMD-2324: answers by the outline that a hand has named."""
    counts: dict[str, Counter[str]] = {}
    for shape, name in named_by_hand(data, settings, "polyhedron"):
        if name is not None:
            counts.setdefault(shape, Counter())[name] += 1
    for shape in sorted(counts):
        answer(f"PMD-2324 {shape}", counts[shape], CASTS.get(shape, set()))


def silica(data: Path, settings: AnalysisSettings) -> None:
    """Colloids, by image."""
    for path in sorted((data / "biolographer_SEM_silica" / "png").glob("*/*.png")):
        particles = analyze(read(path), settings).particles
        counted = Counter(particles[particles["counted"]]["polyhedron"])
        answer(f"silica {path.parent.name} {path.stem}", counted, ROUND)


def crops(data: Path, model: str) -> None:
    """Particles cut out by others, with their masks."""
    models = open_models(ClassificationSettings(models={"polyhedron": model}))
    counts: Counter[str] = Counter()
    folder = data / "AhmedAnwari_TEM_crops" / "dataset"
    for path in sorted((folder / "images").glob("*.jpg")):
        mask = folder / "masks" / f"{path.stem}_mask.png"
        if mask.exists():
            labels = (np.asarray(Image.open(mask).convert("L")) > 127).astype(np.int32)
            if labels.any():
                counts[name_particles(models, read(path), labels)["polyhedron"][0]] += 1
    answer("crops of round particles", counts, ROUND)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--method", default="auto", help="of segmentation")
    parser.add_argument("--model", default="polyhedron")
    options = parser.parse_args()
    if not (options.data / "PMD-2324").is_dir():
        parser.error(f"{options.data}: wanted the folder of the real sets, with PMD-2324 in it")
    settings = AnalysisSettings.parse(
        {
            "segmentation": {"method": options.method},
            "classification": {"models": {"polyhedron": options.model}},
        }
    )
    by_hand(options.data, settings)
    crops(options.data, options.model)
    silica(options.data, settings)


if __name__ == "__main__":
    main()
