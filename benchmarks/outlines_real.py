"""Names of outlines on real particles, drawings and silica colloids, none of them trained on.

    python benchmarks/outlines_real.py DATA [--drawings FOLDER] [--model outline]

DATA is the folder of the real micrographs. Default settings of `analyze`. Printed:

PMD-2324: for each class that hands have labelled, the share of its particles that were found (at an
intersection over union of 0.5 with the hand's outline) and named rightly, and the mean over classes
with 20 particles or more.
Silica: for each of spheres, dumbbells and trimers, the share of images whose majority is right
(circle or ellipse; dumbbell; dumbbell, which trimers belong to).
Drawings (FOLDER with circle, square and triangle): share of pictures whose answer, mapped to the
three (ellipse to circle; rectangle and rhombus to square), is right.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from _by_hand import named_by_hand
from micrographia import AnalysisSettings, analyze, read
from micrographia.bundles import load_bundle
from micrographia.classification import classify_images

SAME = {"rectangle/rod": "rectangle", "rod": "rectangle"}
TO_THREE = {
    "circle": "circle", "ellipse": "circle", "square": "square", "rectangle": "square",
    "rhombus": "square", "triangle": "triangle",
}  # fmt: skip
SILICA = {
    "spheres": {"circle", "ellipse"}, "dumbbells": {"dumbbell"}, "trimers": {"dumbbell"},
}  # fmt: skip


def by_hand(data: Path, settings: AnalysisSettings) -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for shape, answer in named_by_hand(data, settings, "outline"):
        name = SAME.get(shape, shape)
        total[name] += 1
        right[name] += answer == name
    for name in sorted(total):
        print(f"PMD-2324 {name:10s} {total[name]:4d} {right[name] / total[name]:7.1%}")
    many = [right[name] / total[name] for name in total if total[name] >= 20]
    print(f"PMD-2324 mean of classes with 20 or more: {np.mean(many):.1%}", flush=True)


def silica(data: Path, settings: AnalysisSettings) -> None:
    good = sure = images = 0
    for folder, wanted in SILICA.items():
        for path in sorted((data / "biolographer_SEM_silica" / "png" / folder).glob("*.png")):
            particles = analyze(read(path), settings).particles
            counted = particles[particles["counted"]]
            counts = counted["outline"].value_counts()
            known = counted[counted["outline_verdict"] == "known"]["outline"].value_counts()
            images += 1
            good += len(counts) > 0 and counts.index[0] in wanted
            sure += len(known) > 0 and known.index[0] in wanted
            print(f"silica {folder:10s} {path.stem:20.20s} {counts.to_dict()}")
    print(
        f"silica: majority right in {good} of {images} images, "
        f"of the particles whose verdict is known in {sure}",
        flush=True,
    )


def drawings(folder: Path, model: str) -> None:
    bundle = load_bundle(model)
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for path in sorted(folder.glob("*/*.png")):
        [answer] = classify_images(bundle, [read(path)])
        total[path.parent.name] += 1
        right[path.parent.name] += TO_THREE.get(answer.label) == path.parent.name
    for name in sorted(total):
        print(f"drawings {name:10s} {total[name]:5d} {right[name] / total[name]:7.1%}")
    print(f"drawings: {right.total() / total.total():.1%} of {total.total()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--drawings", type=Path)
    parser.add_argument("--model", default="outline")
    parser.add_argument("--method", default="auto", help="of segmentation")
    options = parser.parse_args()
    if not (options.data / "PMD-2324").is_dir():
        parser.error(f"{options.data}: wanted the folder of the real sets, with PMD-2324 in it")
    settings = AnalysisSettings.parse(
        {
            "segmentation": {"method": options.method},
            "classification": {"models": {"outline": options.model}},
        }
    )
    by_hand(options.data, settings)
    silica(options.data, settings)
    if options.drawings:
        drawings(options.drawings, options.model)


if __name__ == "__main__":
    main()
