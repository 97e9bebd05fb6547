"""How well images of no known class are noticed, with real micrographs as strangers.

    python benchmarks/evaluation_strangers.py shared/data [--known handdrawn|caco3]
        [--recipe texture|classical|linear|default]
    python benchmarks/evaluation_strangers.py shared/data --recipe linear --size 96 --few 50 200
        [--held-back]
    python benchmarks/evaluation_strangers.py FOLDER --known sem --recipe linear|cnn|finetune
        [--without CLASS ...]

Known: the hand-drawn shapes (three classes), or SEM images of CaCO3 (five labels, several an
image). Strangers: micrographs of every other real set, at most 12 of each, which is a group.
`--few`: models that learned from so many drawings only, no two of one group, six draws each;
`--held-back`: calibrated on the images held back alone.
`sem`: simulated SEM images of nine categories are known, those of the tenth are the strangers, in
turn for every category or for those that are named; the images are made in FOLDER, from a seed that
no model has learned from.
Grouped 5-fold cross-validation; every fold's model judges its tested known images and all
strangers, with the limit that it set on groups held back from its own training images.
Limits: AUROC at least 0.90, at most 10 % of the known flagged.
"""

import argparse
import dataclasses
import functools
import tempfile
import time
from pathlib import Path

import numpy as np

from _caco3 import write_manifest
from micrographia.bundles import InputCard, prepare
from micrographia.errors import MicrographiaError
from micrographia.evaluation.crossval import Images, Strangers, cross_validate
from micrographia.evaluation.intervals import proportion
from micrographia.evaluation.strangers import auroc
from micrographia.evaluation.summary import stranger_scores
from micrographia.io import IMAGE_SUFFIXES
from micrographia.learning._labels import hold_back
from micrographia.learning.calibrate import calibrate
from micrographia.learning.datasets import DatasetSettings, open_dataset
from micrographia.learning.datasets._pixels import read_pixels
from micrographia.learning.methods._softmax import fit_softmax
from micrographia.learning.methods._torch import run_network
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
    "linear": {"name": "linear", "method": "linear"},
    "cnn": {
        "name": "cnn",
        "method": "cnn",
        "settings": {"stack": "small"},
        "training": {
            "epochs": 80,
            "learning_rate": 3e-3,
            "weight_decay": 0.05,
            "warmup_epochs": 2.0,
            "clip_gradient": 5.0,
            "precision": "bf16-mixed",
        },
        "augmentation": {
            "right_angles": True,
            "reflect": True,
            "rotation_deg": 20.0,
            "scale": 0.25,
            "shear_deg": 5.0,
            "shift": 0.08,
            "brightness": 0.1,
            "contrast": 0.25,
            "blur_px": 0.7,
            "noise": 0.04,
        },
    },
    "finetune": {
        "name": "finetune",
        "method": "finetune",
        "training": {
            "epochs": 8,
            "learning_rate": 1e-3,
            "weight_decay": 0.05,
            "warmup_epochs": 1.0,
            "clip_gradient": 5.0,
            "precision": "bf16-mixed",
        },
        "augmentation": {"right_angles": True, "reflect": True, "contrast": 0.2, "noise": 0.03},
    },
}
SEM_IMAGES = 1000
SEM_SEED = 1000
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


class OnFeatures:
    """The method `linear` on features of images, which need computing once for all folds."""

    def __init__(self, like, crossed=True):
        self.like = like
        self.crossed = crossed

    def fit(self, X, y, groups):
        self.classes_, numbers = np.unique(y, return_inverse=True)
        count, settings = len(self.classes_), self.like.calibration
        learned, held = hold_back(numbers, groups, settings.share, self.like.seed)
        self.weight, self.bias = fit_softmax(
            X[learned], numbers[learned], count, self.like.strength
        )
        answers = self.logits(X[held]), X[held]
        self.calibration_ = calibrate(
            X[learned], numbers[learned], answers, numbers[held], settings, classes=count,
            head=(self.weight, self.bias), groups=np.asarray(groups)[np.r_[learned, held]],
            refit=functools.partial(fit_softmax, classes=count, strength=self.like.strength)
            if self.crossed else None,
        )  # fmt: skip
        return self

    def logits(self, X):
        return X @ self.weight.T + self.bias

    def features(self, X):
        return X

    def predict_proba(self, X):
        return self.calibration_.probabilities(self.logits(X))


def features_of(method, pixels):
    """What the fixed network of `linear` gives to its classifier."""
    return run_network(method.fixed_network(pixels.shape, 2), pixels)[1]


def kept_features(method, dataset, size, pixels, keep):
    """These, a thousand images at a time, read from the folder `keep` where they are there."""
    made_by = (method.backbone, Path(method.weights).stem, pixels, size, *method.downscale)
    name, found = "-".join(map(str, made_by)), []
    for first in range(0, len(dataset), 1000):
        rows = np.arange(first, min(first + 1000, len(dataset)))
        place = keep and keep / f"{name}-{first}-{rows[-1]}.npy"
        if place and place.is_file():
            found.append(np.load(place))
            continue
        found.append(features_of(method, dataset.load(size, indices=rows)))
        if place:
            keep.mkdir(parents=True, exist_ok=True)
            np.save(place, found[-1])
    return np.concatenate(found)


def simulated(folder, number, pixels, seed=SEM_SEED):
    """Simulated SEM images, each of one category, as a dataset."""
    from micrographia.simulation import load_family, simulate_many

    config = load_family("sem").Config(mixtures=0.0, size=pixels)
    manifest = simulate_many("sem", number, seed, folder, config, workers=2, resume=True)
    return open_dataset(manifest, DatasetSettings(multi_label=False, near_duplicates="ignore"))


def judge(recipe, dataset, pixels, strangers, folds=5, make=None, only=None, keep=None):
    """Print how well the strangers are told from the dataset's own images."""
    images = Images.of(dataset)
    images = Images(**{**vars(images), "load": lambda indices: pixels[indices]})
    names = dataset.classes if dataset.multi_label else None
    found = cross_validate(
        images, make or (lambda: recipe.make(class_names=names)),
        split_folds(dataset, folds, 0)[:only], name=recipe.name, strangers=strangers, folder=keep,
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
        print(f"{name}: {value.value:.3f} ({value.low:.3f} to {value.high:.3f})", flush=True)
    return found


def of_few(recipe, dataset, pixels, strangers, numbers, crossed=True, draws=6):
    """Print how well strangers are told by models that have seen few images."""
    fixed = recipe.method == "linear"
    known = features_of(recipe.make(), pixels) if fixed else pixels
    strange = features_of(recipe.make(), strangers.pixels) if fixed else strangers.pixels
    for number in numbers:
        rows = []
        for draw in range(draws):
            order = np.random.default_rng(draw).permutation(len(dataset))
            order = order[np.sort(np.unique(dataset.groups[order], return_index=True)[1])]
            learned, tested = order[:number], order[number:]
            method = OnFeatures(recipe.make(), crossed) if fixed else recipe.make()
            method.fit(known[learned], dataset.y[learned], groups=dataset.groups[learned])
            found = method.calibration_
            inside, outside = (
                found.strangeness(method.features(images)) for images in (known[tested], strange)
            )
            limit = found.ood.threshold
            area = auroc(inside, outside)
            rows.append([area, (inside > limit).mean(), (outside > limit).mean()])
        area, inside, outside = np.mean(rows, axis=0)
        print(
            f"{number} images, {recipe.calibration.ood}: AUROC {area:.3f}, known flagged "
            f"{100 * inside:.1f} %, strangers flagged {100 * outside:.1f} %", flush=True,
        )  # fmt: skip


def left_out(recipe, folder, arguments):
    """Every category in turn as the stranger."""
    size, without, folds = arguments.size, arguments.without, arguments.folds
    only, keep = arguments.only, arguments.keep
    sizes = [str(factor) for factor in recipe.settings.get("downscale", ())]
    whole, areas = simulated(folder, arguments.number, arguments.pixels), []
    if recipe.method == "linear":
        pixels = kept_features(recipe.make(), whole, size, arguments.pixels, keep)
        make = lambda: OnFeatures(recipe.make())  # noqa: E731
    else:
        pixels, make = whole.load(size), None
    for name in without or whole.classes:
        begin = time.monotonic()
        rows = whole.y == whole.classes.index(name)
        strange, known = np.flatnonzero(rows), np.flatnonzero(~rows)
        names = whole.table["path"].to_numpy(dtype=str)[strange]
        print(f"without {name}: {len(known)} known, {len(strange)} strangers")
        others = tuple(other for other in whole.classes if other != name)
        dataset = dataclasses.replace(whole.subset(known), classes=others)
        strangers = Strangers(pixels[strange], names, names)
        place = None if keep is None else keep / "-".join([recipe.name, str(size), *sizes, name])
        found = judge(recipe, dataset, pixels[known], strangers, folds, make, only, place)
        areas.append(stranger_scores(found).auroc.value)
        print(f"{time.monotonic() - begin:.0f} s", flush=True)
    print(f"mean AUROC of {len(areas)} categories: {np.mean(areas):.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--known", choices=["handdrawn", "caco3", "sem"], default="handdrawn")
    parser.add_argument("--recipe", default="texture")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--without", nargs="*", help="sem: categories that are the strangers")
    parser.add_argument("--number", type=int, default=SEM_IMAGES, help="sem: images to make")
    parser.add_argument("--pixels", type=int, default=256, help="sem: rows of the images made")
    parser.add_argument("--few", type=int, nargs="*", default=(), help="images learned from")
    parser.add_argument("--held-back", action="store_true",
                        help="few: calibrate on the images held back alone")  # fmt: skip
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, help="how many of the folds are computed")
    parser.add_argument("--keep", type=Path, help="sem: folder for what was trained; goes on there")
    arguments = parser.parse_args()
    data = arguments.data.resolve()
    own = RECIPES.get(arguments.recipe)
    recipe = load_recipe(arguments.recipe) if own is None else Recipe.parse(own)
    recipe = recipe.changed([f"image_size={arguments.size}", *arguments.set])
    if arguments.known == "sem":
        left_out(recipe, data, arguments)
        return
    begin = time.monotonic()
    kept_out = "aichem_CaCO3_SEM"
    if arguments.known == "caco3":
        with tempfile.TemporaryDirectory() as folder:
            table = write_manifest(data / "real" / kept_out, Path(folder) / "manifest.csv")
            dataset = open_dataset(table)
    else:
        kept_out, dataset = "", open_dataset(data / "handdrawn_shapes" / "train")
    strangers = strange_images(data, kept_out, arguments.size)
    print(f"{dataset}; {len(strangers.names)} strangers of {len(set(strangers.groups))} sets")
    pixels = dataset.load(arguments.size)
    if arguments.few:
        if arguments.known != "handdrawn":
            parser.error("--few wants the drawings")
        crossed = not arguments.held_back
        of_few(recipe, dataset, pixels, strangers, arguments.few, crossed)
        return
    found = judge(recipe, dataset, pixels, strangers, arguments.folds)
    table = found.strangers.assign(flagged=found.strangers["score"] > found.strangers["limit"])
    print(table.groupby("group")["flagged"].mean().round(2).to_string())
    confident = (found.strangers["probability"] > 0.8).mean()
    print(f"strangers answered with more than 0.8 probability: {100 * confident:.0f} %")
    print(f"{time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
