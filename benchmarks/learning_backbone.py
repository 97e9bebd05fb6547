"""Our own backbone against random weights of the same network, on real images.

    python benchmarks/learning_backbone.py DATA [--sets handdrawn caco3]
        [--methods linear finetune] [--each N] [--draws 1] [--folds 5] [--size 96] [--epochs 8]
        [--rate 1e-3] [--weights micrographia random]

DATA holds the real images (shared/data). Grouped cross-validation; both weights get the same
images, folds, epochs, rates and random numbers, and no image is held back to choose an epoch. With
`--each N`, only N images of a class out of each fold's training part are learned from, each of a
group of its own, in as many draws as `--draws` says; all images of the tested part are judged.
Printed: accuracy with its interval (groups kept whole); of several labels an image the mean
average precision and the share of right labels; and the difference, bootstrapped by group.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from _caco3 import write_manifest
from micrographia.evaluation.comparison import bootstrap_difference
from micrographia.evaluation.crossval import Images, cross_validate
from micrographia.evaluation.multilabel import average_precision
from micrographia.learning import DatasetSettings, open_dataset
from micrographia.learning.recipes import Recipe
from micrographia.learning.splits import split_folds

DRAWS = 500


def open_set(data, name):
    if name == "handdrawn":
        return open_dataset(data / "handdrawn_shapes" / "train")
    with tempfile.TemporaryDirectory() as folder:
        table = write_manifest(data / "real" / "aichem_CaCO3_SEM", Path(folder) / "manifest.csv")
        return open_dataset(table, DatasetSettings(contradictions="drop"))


def recipe_of(method, weights, options):
    return Recipe.parse(
        {
            "name": f"{method}, {weights}",
            "method": method,
            "image_size": options.size,
            "settings": {"backbone": "micrographia", "weights": weights}
            | ({"strength": options.strength} if method == "linear" else {}),
            "training": {
                "epochs": options.epochs, "learning_rate": options.rate, "weight_decay": 0.05,
                "warmup_epochs": 1.0, "clip_gradient": 5.0, "validation": 0.0, "batch_size": 32,
                "precision": options.precision,
            },
            "augmentation": {
                "right_angles": True, "reflect": True, "scale": 0.15, "shift": 0.05,
                "contrast": 0.2, "noise": 0.03,
            } if method == "finetune" else {},
            "calibration": {"share": 0.0},
        }
    )  # fmt: skip


def few(learned, dataset, each, seed):
    """At most `each` images of every class, no two of one group."""
    order = np.random.default_rng(seed).permutation(learned)
    groups = np.asarray(dataset.groups)[order]
    order = order[np.sort(np.unique(groups, return_index=True)[1])]
    truth = dataset.y[order]
    return np.sort(np.concatenate([order[truth == k][:each] for k in range(len(dataset.classes))]))


def folds_of(dataset, options):
    pairs = split_folds(dataset, options.folds, 0)
    if options.each is None:
        return [pairs]
    return [
        [(few(a, dataset, options.each, 100 * draw + k), b) for k, (a, b) in enumerate(pairs)]
        for draw in range(options.draws)
    ]


def judged(images, recipe, plans, names):
    found = [
        cross_validate(images, lambda: recipe.make(class_names=names), folds, name=recipe.name)
        for folds in plans
    ]
    each = np.mean([right_shares(one) for one in found], 0)
    return each, found


def right_shares(found):
    """Share of each image's labels that are right."""
    if found.multi_label:
        return (found.called == found.truth).mean(1)
    return found.right.astype(float)


def precision_mean(truth, chances):
    """Mean over the classes of the average precision."""
    columns = range(truth.shape[1])
    return float(np.mean([average_precision(truth[:, k], chances[:, k]) for k in columns]))


def precision_gain(first, second):
    """Interval of the second's mean average precision minus the first's, by group."""
    numbers = np.unique(first.groups, return_inverse=True)[1]
    members = [np.flatnonzero(numbers == k) for k in range(numbers.max() + 1)]
    random, gains = np.random.default_rng(0), []
    for _ in range(DRAWS):
        drawn = random.integers(len(members), size=len(members))
        rows = np.concatenate([members[k] for k in drawn])
        if first.truth[rows].any(0).all():
            means = [precision_mean(e.truth[rows], e.probabilities[rows]) for e in (first, second)]
            gains.append(means[1] - means[0])
    return np.quantile(gains, (0.025, 0.975))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", default=["handdrawn", "caco3"])
    parser.add_argument("--methods", nargs="+", default=["linear", "finetune"])
    parser.add_argument("--weights", nargs=2, default=["random", "micrographia"])
    parser.add_argument("--each", type=int)
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--strength", type=float, default=0.01)
    parser.add_argument("--precision", default="bf16-mixed")
    options = parser.parse_args()
    for name in options.sets:
        dataset = open_set(options.data.resolve(), name)
        pixels = dataset.load(options.size)
        images = Images.of(dataset, options.size)
        images = Images(**{**vars(images), "load": lambda indices, pixels=pixels: pixels[indices]})
        plans = folds_of(dataset, options)
        sizes = [len(learned) for learned, _ in plans[0]]
        print(f"{dataset}; {options.size} px, {min(sizes)} to {max(sizes)} images to learn from")
        names = dataset.classes if dataset.multi_label else None
        for method in options.methods:
            begin = time.monotonic()
            shares, evaluations = [], []
            for weights in options.weights:
                each, found = judged(images, recipe_of(method, weights, options), plans, names)
                shares.append(each)
                evaluations.append(found)
                told = f"  {method}, {weights}: {100 * each.mean():.1f} % right"
                if dataset.multi_label:
                    mean = np.mean([precision_mean(e.truth, e.probabilities) for e in found])
                    told += f", mean average precision {100 * mean:.1f} %"
                print(told, flush=True)
            gain = bootstrap_difference(*shares, images.groups)
            print(
                f"  {method}, difference: {100 * gain.value:+.1f} ({100 * gain.low:+.1f} to "
                f"{100 * gain.high:+.1f}) points"
            )
            if dataset.multi_label:
                low, high = precision_gain(evaluations[0][0], evaluations[1][0])
                print(f"    of mean average precision: {100 * low:+.1f} to {100 * high:+.1f}")
            print(f"    [{time.monotonic() - begin:.0f} s]", flush=True)


if __name__ == "__main__":
    main()
