"""How well images of no known class are noticed, with real micrographs as strangers.

    python benchmarks/evaluation_strangers.py shared/data [--known handdrawn|caco3]
        [--recipe texture|classical|default]

Known: the hand-drawn shapes (three classes), or SEM images of CaCO3 (five labels, several an
image). Strangers: micrographs of every other real set, at most 12 of each, which is a group.
Grouped 5-fold cross-validation; every fold's model judges its tested known images and all
strangers, with the limit that it set on groups held back from its own training images.
Limits: AUROC at least 0.90, at most 10 % of the known flagged.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from _caco3 import write_manifest
from micrographia.bundles import InputCard, prepare
from micrographia.errors import MicrographiaError
from micrographia.evaluation.crossval import Images, Strangers, cross_validate
from micrographia.evaluation.intervals import proportion
from micrographia.evaluation.summary import stranger_scores
from micrographia.io import IMAGE_SUFFIXES
from micrographia.learning.datasets import open_dataset
from micrographia.learning.datasets._pixels import read_pixels
from micrographia.learning.recipes import Recipe, load_recipe
from micrographia.learning.splits import split_folds

EACH = 12
RECIPES = {
    "texture": {
        "name": "texture",
        "method": "classical",
        "settings": {"descriptors": "gradients+glcm", "centres": 0, "reduction": "none"},
        "calibration": {"dimensions": 69},
    },
    "classical": {"name": "classical", "method": "classical"},
}
NOT = ("mask", "label", "native_formats", "SEM_vendor", "by256", "testlab")


def strange_images(data, left_out, size):
    """At most EACH micrographs of every set, none of the set that is known."""
    card = InputCard(rows=size, cols=size)
    pixels, names, groups = [], [], []
    for folder in sorted(p for p in (data / "real").iterdir() if p.is_dir()):
        if folder.name == left_out or any(word in str(folder) for word in NOT):
            continue
        found = [
            p for p in sorted(folder.rglob("*"))
            if p.name.lower().endswith(tuple(IMAGE_SUFFIXES))
            and not any(word in p.relative_to(data).as_posix() for word in NOT)
        ]  # fmt: skip
        for path in found[:: max(1, len(found) // EACH)][:EACH]:
            try:
                image = prepare(read_pixels(path, bars="crop"), card)[0]
            except MicrographiaError:
                continue
            pixels.append(image)
            names.append(path.relative_to(data).as_posix())
            groups.append(folder.name)
    return Strangers(np.stack(pixels), np.array(names), np.array(groups))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--known", choices=["handdrawn", "caco3"], default="handdrawn")
    parser.add_argument("--recipe", default="texture")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    data = arguments.data.resolve()
    own = RECIPES.get(arguments.recipe)
    recipe = load_recipe(arguments.recipe) if own is None else Recipe.parse(own)
    recipe = recipe.changed([f"image_size={arguments.size}", *arguments.set])
    left_out = "aichem_CaCO3_SEM"
    if arguments.known == "caco3":
        with tempfile.TemporaryDirectory() as folder:
            table = write_manifest(data / "real" / left_out, Path(folder) / "manifest.csv")
            dataset = open_dataset(table)
    else:
        left_out, dataset = "", open_dataset(data / "handdrawn_shapes" / "train")
    begin = time.monotonic()
    strangers = strange_images(data, left_out, arguments.size)
    print(f"{dataset}; {len(strangers.names)} strangers of {len(set(strangers.groups))} sets")
    pixels = dataset.load(arguments.size)
    images = Images.of(dataset, arguments.size)
    images = Images(**{**vars(images), "load": lambda indices: pixels[indices]})
    names = dataset.classes if dataset.multi_label else None
    found = cross_validate(
        images, lambda: recipe.make(class_names=names), split_folds(dataset, 5, 0),
        name=recipe.name, strangers=strangers,
        progress=lambda s: print(f"  fold {s.done}: accuracy {s.accuracy:.3f}", flush=True),
    )  # fmt: skip
    scores = stranger_scores(found)
    share = proportion(found.right, found.groups)
    print(f"accuracy {100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})")
    for name, value in (
        ("AUROC", scores.auroc),
        ("known flagged", scores.known_flagged),
        ("strangers flagged", scores.strangers_flagged),
    ):
        print(f"{name}: {value.value:.3f} ({value.low:.3f} to {value.high:.3f})")
    table = found.strangers.assign(flagged=found.strangers["score"] > found.strangers["limit"])
    print(table.groupby("group")["flagged"].mean().round(2).to_string())
    confident = (found.strangers["probability"] > 0.8).mean()
    print(f"strangers answered with more than 0.8 probability: {100 * confident:.0f} %")
    print(f"{time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
