"""Pictures of the worst failures of the models of shapes, on simulated particles never seen.

    python benchmarks/shape_failures.py outline -o outline-failures.png
    python benchmarks/shape_failures.py polyhedron --images 6000 -o polyhedron-failures.png

Draws particles of another seed than those of the training, as a segmentation finds them, and shows
those whose wrong answer is surest: above what was drawn, below what it was called.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from micrographia.bundles import load_bundle
from micrographia.classification.crops import crop_settings
from micrographia.classification.scores import probabilities
from micrographia.learning.shapes import outline
from micrographia.learning.shapes._outlines import CLASSES as OUTLINES
from micrographia.learning.shapes._polyhedra import CLASSES as BODIES
from micrographia.learning.shapes._polyhedra import polyhedron_pictures

SEED = 3_000_017
EDGE = 104


def tile(image: NDArray[np.uint8], drawn: str, called: str) -> NDArray[np.uint8]:
    """One particle with both names."""
    low, high = float(image.min()), float(image.max())
    grey = np.uint8(255 * (image - low) / max(high - low, 1.0))
    grey = cv2.resize(grey, (EDGE, EDGE), interpolation=cv2.INTER_AREA)
    picture = np.full((EDGE + 32, EDGE + 6), 255, np.uint8)
    picture[16 : 16 + EDGE, 3 : 3 + EDGE] = grey
    for text, row in ((drawn, 12), (f"> {called}", EDGE + 28)):
        cv2.putText(picture, text, (4, row), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("outline", "polyhedron"))
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--model", help="a bundle in place of the built-in one")
    parser.add_argument("--images", type=int, default=4400)
    options = parser.parse_args()
    bundle = load_bundle(options.model or options.kind)
    if options.kind == "outline":
        names: tuple[str, ...] = OUTLINES
        made = outline.outline_pictures(0, options.images, SEED, outline.TrainSettings())
    else:
        names = BODIES
        made = polyhedron_pictures(
            0, options.images, SEED, crop_settings(bundle.card), contrasts=("shaded",)
        )
    answers = np.concatenate([
        bundle.run(made.images[at : at + 256, None].astype(np.float32))["logits"]
        for at in range(0, options.images, 256)
    ])  # fmt: skip
    sure = probabilities(answers, bundle.card.temperature)
    called = np.array([names.index(bundle.card.classes[k]) for k in sure.argmax(1)])
    right = np.pad(made.right, ((0, 0), (0, len(names) - made.right.shape[1])))
    wrong = np.flatnonzero(~right[np.arange(options.images), called])
    print(f"{len(wrong)} of {options.images} wrong")
    worst = wrong[np.argsort(-sure[wrong].max(1))][:24]
    tiles = [tile(made.images[k], names[made.targets[k]], names[called[k]]) for k in worst]
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % 12)
    rows = [np.hstack(tiles[at : at + 12]) for at in range(0, len(tiles), 12)]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(options.output), np.vstack(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
