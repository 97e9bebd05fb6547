"""Expected calibration error where classification is hard, before and after temperature scaling.

    python benchmarks/evaluation_calibration.py shared/data/handdrawn_shapes/train
        [--recipe perceptron|classical|cnn] [--folds 5]

At most four images of a group (359 of the shapes are near-duplicates of one), each with two draws
of the noise. Shapes are degraded until accuracy lies between 70 and 95 %. Each fold's method holds
back whole groups of its training images and finds its temperature on them; probabilities are those
of the tested fold. The limit is an error of 3 % after scaling.
"""

import argparse
import time
import warnings

import numpy as np

from _degrade import LEVELS, degrade
from micrographia.classification.scores import probabilities
from micrographia.evaluation.crossval import Images, cross_validate
from micrographia.evaluation.intervals import proportion
from micrographia.evaluation.reliability import confidences, measure_calibration
from micrographia.learning._labels import hold_back
from micrographia.learning.calibrate import fit_temperature
from micrographia.learning.datasets import open_dataset
from micrographia.learning.recipes import Recipe
from micrographia.learning.splits import split_folds

EACH = 4
DRAWS = 2
RECIPES = {
    "classical": {
        "method": "classical",
        "settings": {"descriptors": "hog+moments+gradients"},
    },
    "cnn": {
        "method": "cnn",
        "settings": {"stack": "tiny"},
        "training": {"epochs": 12, "learning_rate": 4e-3},
        "augmentation": {"right_angles": True, "reflect": True, "shift": 0.05},
    },
}


class Both:
    """A method that also answers what it would without its temperature."""

    def __init__(self, method):
        self.method = method

    def fit(self, X, y, groups=None):
        self.method.fit(X, y, groups)
        self.classes_ = self.method.classes_
        self.temperature_ = self.method.calibration_.temperature
        return self

    def predict_proba(self, X):
        return self.method.predict_proba(X)

    def features(self, X):
        return self.method.decision_function(X)


class Perceptron:
    """Three dense layers on the pixels: quick to train, and far too sure of itself."""

    def __init__(self, seed=0, share=0.25):
        self.seed, self.share = seed, share

    def fit(self, X, y, groups=None):
        from sklearn.neural_network import MLPClassifier

        self.classes_, numbers = np.unique(y, return_inverse=True)
        learned, held = hold_back(numbers, groups, self.share, self.seed)
        self.network = MLPClassifier((96, 48), max_iter=60, random_state=self.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.network.fit(self._rows(X[learned]), numbers[learned])
        self.temperature_ = fit_temperature(self.features(X[held]), numbers[held])
        return self

    def features(self, X):
        return np.log(np.maximum(self.network.predict_proba(self._rows(X)), 1e-12))

    def predict_proba(self, X):
        return probabilities(self.features(X), self.temperature_)

    @staticmethod
    def _rows(X):
        rows = X[:, ::2, ::2].reshape(len(X), -1)
        return (rows - rows.mean(1, keepdims=True)) / (rows.std(1, keepdims=True) + 1e-6)


def measure(dataset, pixels, level, recipe, folds):
    images = np.concatenate([degrade(pixels, level, seed=seed) for seed in range(DRAWS)])
    made = []

    def make():
        made.append(Perceptron() if recipe is None else Both(recipe.make()))
        return made[-1]

    given = Images(
        load=lambda indices: images[indices],
        truth=np.tile(dataset.y, DRAWS),
        classes=dataset.classes,
        groups=np.tile(dataset.groups, DRAWS),
        names=np.tile(dataset.table["path"].to_numpy(dtype=str), DRAWS),
    )  # fmt: skip
    found = cross_validate(given, make, folds, name="calibration")
    plain = probabilities(found.features, 1.0)
    rows = [
        measure_calibration(*confidences(found.truth, chances), found.groups)
        for chances in (plain, found.probabilities)
    ]
    return found, rows, [one.temperature_ for one in made]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--recipe", choices=["perceptron", *RECIPES], default="perceptron")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--levels", nargs="*", default=list(LEVELS))
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.dataset)
    rows = dataset.table.groupby("group").cumcount().to_numpy() < EACH
    dataset = dataset.subset(np.flatnonzero(rows))
    pixels = dataset.load(64)
    folds = [
        tuple(np.concatenate([part + len(dataset) * k for k in range(DRAWS)]) for part in pair)
        for pair in split_folds(dataset, arguments.folds, 0)
    ]
    recipe = None
    if arguments.recipe != "perceptron":
        own = {"name": arguments.recipe, "image_size": 32, **RECIPES[arguments.recipe]}
        recipe = Recipe.parse(own)
    print(f"{dataset}; {arguments.recipe}, 32 px, {arguments.folds} grouped folds, 15 bins")
    print("degraded to                  accuracy [%]          ECE before  ECE after [95 %]"
          "   adaptive  by chance  temperatures")  # fmt: skip
    for name in arguments.levels:
        begin = time.monotonic()
        found, (before, after), temperatures = measure(dataset, pixels, LEVELS[name], recipe, folds)
        share = proportion(found.right, found.groups)
        print(
            f"{name:<27} {100 * share.value:5.1f} ({100 * share.low:.1f} to "
            f"{100 * share.high:.1f})   {100 * before.ece.value:6.2f}     "
            f"{100 * after.ece.value:5.2f} ({100 * after.ece.low:.1f} to "
            f"{100 * after.ece.high:.1f})    {100 * after.adaptive_ece.value:5.2f}     "
            f"{100 * after.by_chance:5.2f}    {np.min(temperatures):.2f} to "
            f"{np.max(temperatures):.2f}   [{time.monotonic() - begin:.0f} s]",
            flush=True,
        )


if __name__ == "__main__":
    main()
