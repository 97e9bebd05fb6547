"""How often the 95 % intervals of accuracy, recall, F1 and balanced accuracy hold the truth.

    python benchmarks/evaluation_intervals.py [--samples 1000]

Answers of three classes are drawn with known probabilities of confusion, image by image or in
groups of four whose members share their difficulty. The truth is the expectation. The limits are
93 to 98 %; "naive" is Wilson's interval that takes every image as independent.
"""

import argparse

import numpy as np

from micrographia.evaluation.metrics import class_table, overall_scores

CLASSES = ("a", "b", "c")
SHARES = np.array([0.6, 0.3, 0.1])
WORDS = ("accuracy", "naive accuracy", "balanced accuracy", "recall", "precision", "F1", "macro F1")


def draw(rng, images, size, skill, spread):
    """Truth, probabilities and groups of one sample; members of a group share their skill."""
    count = images // size
    truth = np.repeat(rng.choice(3, count, p=SHARES), size)
    logit = np.log(skill / (1 - skill)) + rng.normal(0, spread, count)
    right = rng.random(images) < np.repeat(1 / (1 + np.exp(-logit)), size)
    called = np.where(right, truth, (truth + rng.integers(1, 3, images)) % 3)
    return truth, np.eye(3)[called], np.repeat(np.arange(count), size)


def truths(rng, size, skill, spread):
    """Scores of a very large sample."""
    return scores(*draw(rng, 1_200_000, size, skill, spread))


def scores(truth, chances, groups=None):
    """Every score that is tested, as (value, low, high)."""
    overall = overall_scores(truth, chances, groups, draws=200)
    naive = overall_scores(truth, chances, draws=2)["accuracy"]
    table = class_table(truth, chances.argmax(1), CLASSES, groups)
    rare = table.iloc[2]

    def of(name):
        return rare[name], rare[f"{name}_low"], rare[f"{name}_high"]

    def pair(x):
        return x.value, x.low, x.high

    return dict(
        zip(
            WORDS,
            [
                pair(overall["accuracy"]), pair(naive), pair(overall["balanced_accuracy"]),
                of("recall"), of("precision"), of("f1"), pair(overall["macro_f1"]),
            ],
            strict=True,
        )
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000)
    arguments = parser.parse_args()
    print("images  group  skill   " + "  ".join(f"{word:>17}" for word in WORDS))
    for images, size, skill, spread in (
        (200, 1, 0.7, 0.0), (200, 1, 0.95, 0.0), (1000, 1, 0.95, 0.0),
        (400, 4, 0.8, 1.5), (400, 4, 0.95, 1.5), (2000, 4, 0.95, 1.5),
    ):  # fmt: skip
        rng = np.random.default_rng(0)
        n = 1_200_000
        truth, chances, _ = draw(rng, n, size, skill, spread)
        known = {k: v[0] for k, v in scores(truth, chances, np.arange(n) // 1000).items()}
        held = dict.fromkeys(WORDS, 0)
        for _ in range(arguments.samples):
            found = scores(*draw(rng, images, size, skill, spread))
            for word, (_, low, high) in found.items():
                held[word] += bool(low <= known[word] <= high)
        row = "  ".join(f"{100 * held[w] / arguments.samples:17.1f}" for w in WORDS)
        print(f"{images:6d}  {size:5d}  {skill:5.2f}   {row}", flush=True)


if __name__ == "__main__":
    main()
