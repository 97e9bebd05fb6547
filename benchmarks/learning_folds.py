"""Cross-validate recipes on a folder of labelled images: grouped, and naive for comparison.

    python benchmarks/learning_folds.py DATASET [--recipe NAME ...] [--set NAME=VALUE ...]
        [--naive] [--folds 5] [--only K ...]

Of several labels an image, accuracy is that of a label, and the mean average precision is told.

Printed per recipe: accuracy of each fold and of all with its Wilson interval, parameters, minutes
on the cores it ran on (OMP_NUM_THREADS sets how many), expected calibration error (15 bins), and
the shares called unknown and unlike. With `--naive` images are split one by one, so that
near-duplicates lie on both sides: the difference is what such a split would have claimed.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from micrographia.learning import load_recipe, open_dataset
from micrographia.learning._figures import wilson
from micrographia.learning.splits import split_folds


def calibration_error(found: Any, right: Any) -> float:
    sure = found.max(1)
    part = np.minimum((sure * 15).astype(int), 14)
    each = [
        abs(sure[part == k].mean() - right[part == k].mean()) * (part == k).mean()
        for k in np.unique(part)
    ]
    return float(np.sum(each))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--recipe", action="append")
    parser.add_argument("--set", action="append", default=[], dest="assignments")
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, nargs="*")
    options = parser.parse_args()
    for name in options.recipe or ["default"]:
        recipe = load_recipe(name).changed(options.assignments)
        dataset = open_dataset(options.dataset, recipe.dataset)
        print(f"{name} on {dataset!r}", flush=True)
        several = dataset.multi_label
        images, y = dataset.load(recipe.image_size, recipe.channels), dataset.y
        splits = split_folds(dataset, options.folds, 0)
        if options.naive:
            order = np.random.default_rng(0).permutation(len(y)) % options.folds
            splits = [
                (np.flatnonzero(order != k), np.flatnonzero(order == k))
                for k in range(options.folds)
            ]
        rights, all_found, unlike, truths = [], [], [], []
        start = time.perf_counter()
        for fold, (learned, test) in enumerate(splits):
            if options.only and fold not in options.only:
                continue
            groups = None if options.naive else dataset.groups[learned]
            method: Any = recipe.make(dataset.classes)
            method.fit(images[learned], y[learned], groups)
            logits, features = method.decision_function(images[test]), method.features(images[test])
            found = method.calibration_.probabilities(logits)
            right = (
                ((found >= 0.5) == (y[test] > 0)).ravel() if several else found.argmax(1) == y[test]
            )
            card = method.calibration_.ood
            strange = method.calibration_.strangeness(features)
            unlike.append(strange > (np.inf if card is None else card.threshold))
            rights.append(right)
            all_found.append(found)
            truths.append(y[test])
            print(
                f"  fold {fold}: {right.mean():.2%} of {len(test)}, "
                f"unlike {unlike[-1].mean():.1%}, "
                f"temperature {method.calibration_.temperature:.2f}, "
                f"{(time.perf_counter() - start) / 60:.1f} min",
                flush=True,
            )
        right, found = np.concatenate(rights), np.concatenate(all_found)
        if several:
            truth = np.concatenate(truths)
            scores = [
                average_precision_score(truth[:, k], found[:, k]) for k in range(truth.shape[1])
            ]
            print(f"  mean average precision {np.mean(scores):.1%}", flush=True)
        low, high = wilson(int(right.sum()), len(right))
        network = getattr(method, "network_", None)
        size = sum(p.numel() for p in network.parameters()) if network is not None else 0
        print(
            f"  all: {right.mean():.2%} ({low:.2%} to {high:.2%}), {size:,} parameters, "
            + ("" if several else f"ECE {calibration_error(found, right):.2%}, ")
            + f"unknown {(found.max(1) < 0.8).mean():.1%}, "
            f"unlike {np.concatenate(unlike).mean():.1%}, "
            f"{(time.perf_counter() - start) / 60:.1f} min on "
            f"{os.environ.get('OMP_NUM_THREADS', 'all')} core(s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
