"""Figures of an evaluation, as Matplotlib figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.evaluation._style import (
    ACCENT,
    BAD,
    BAR,
    COLOURS,
    DARK,
    GREY,
    MARKERS,
    dress,
    new_figure,
)  # fmt: skip
from micrographia.evaluation.metrics import confusion_matrix
from micrographia.evaluation.settings import EvaluationSettings
from micrographia.evaluation.summary import (
    class_scores_table,
    coverage_table,
    reliability_table,
    summarize_evaluation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.evaluation.evaluation import Evaluation

__all__ = [
    "draw_confusion",
    "draw_coverage",
    "draw_grid",
    "draw_map",
    "draw_reliability",
    "draw_strangers",
]

_MOST_WRITTEN = 16


def draw_grid(evaluations: Sequence[Evaluation], settings: EvaluationSettings | None = None) -> Any:
    """Accuracy of all images and of every class: a panel per method (columns) and variant (rows).

    Parameters
    ----------
    evaluations : sequence of Evaluation
    settings : EvaluationSettings, optional

    Returns
    -------
    figure : matplotlib Figure
        Bars are means over folds and their whiskers standard deviations; with one fold they are
        the accuracy and its interval. The accuracy of a class is its recall; a class without
        images has none, and the figure says so.
    """
    settings = settings or EvaluationSettings()
    methods = list(dict.fromkeys(one.name for one in evaluations))
    variants = list(dict.fromkeys(one.variant for one in evaluations))
    if len(methods) == len(evaluations):  # nothing to compare down the columns
        variants = variants[:1]
    bars = 1 + max(len(one.classes) for one in evaluations)
    width = min(3.0 + 0.32 * bars, 8.0) if len(methods) > 1 else 7.2
    figure = new_figure(min(width * len(methods), 16.0), 2.7 * len(variants) + 0.3)
    panels = figure.subplots(len(variants), len(methods), sharey=True, squeeze=False)
    for axes in panels.ravel():
        axes.set_visible(False)
    for one in evaluations:
        row = variants.index(one.variant) if len(variants) > 1 else 0
        col = methods.index(one.name)
        axes = panels[row, col]
        axes.set_visible(True)
        _bars(axes, one, settings)
        dress(axes, title=one.title)
        if col == 0:
            axes.set_ylabel("Accuracy", color=DARK)
    return figure


def _bars(axes: Any, one: Evaluation, settings: EvaluationSettings) -> None:
    table = class_scores_table(one, settings)
    summary = summarize_evaluation(one, settings)
    folds = summary["fold_accuracy"]
    if summary["folds"] > 1:
        heights = [folds["mean"], *table["fold_recall"]]
        reach = np.nan_to_num(np.array([folds["deviation"], *table["fold_deviation"]], float))
        below = above = reach
    else:
        first = "subset_accuracy" if one.multi_label else "accuracy"
        score = summary["scores"][first]
        heights = [score["value"], *table["recall"]]
        below = np.array([score["value"] - score["low"], *(table["recall"] - table["recall_low"])])
        above = np.array(
            [score["high"] - score["value"], *(table["recall_high"] - table["recall"])]
        )
    defined = np.isfinite(np.array(heights, float))  # a class without images has no accuracy
    values = np.nan_to_num(np.array(heights, float))
    above = np.minimum(np.nan_to_num(above), 1 - values)
    places = np.arange(len(values))
    colours = [ACCENT, *[BAR] * (len(values) - 1)]
    axes.bar(places, values, 0.72, color=colours, zorder=2)
    axes.errorbar(
        places[defined], values[defined], yerr=[np.nan_to_num(below)[defined], above[defined]],
        fmt="none", ecolor=DARK, elinewidth=1.1, capsize=3, zorder=3,
    )  # fmt: skip
    if len(values) <= _MOST_WRITTEN:
        texts = [f"{value:.3f}".removeprefix("0") for value in values]
        for place, text, there in zip(places, texts, defined, strict=True):
            axes.text(
                place, 0.02, text if there else "no images", ha="center", va="bottom",
                fontsize=7.5, rotation=90, color="white" if place == 0 else DARK, zorder=4,
            )  # fmt: skip
    axes.set_ylim(0, 1.02)
    long = max(map(len, one.classes)) * len(values) > 60
    axes.set_xticks(places, ["all", *one.classes], rotation=60 if long else 0,
                    ha="right" if long else "center", rotation_mode="anchor")  # fmt: skip


def draw_confusion(evaluation: Evaluation) -> Any:
    """True classes as rows, predicted ones as columns; shares of the row, numbers below.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    figure : matplotlib Figure
        With several labels an image: for every label how often it was found, missed, wrongly said.
    """
    if evaluation.multi_label:
        return _label_bars(evaluation)
    count = len(evaluation.classes)
    matrix = confusion_matrix(evaluation.truth, evaluation.called, count)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = min(2.6 + 0.62 * count, 12.0)
    figure = new_figure(side + 0.8, side)
    axes = figure.subplots()
    shown = axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    if count <= _MOST_WRITTEN:
        for row in range(count):
            for col in range(count):
                _cell(axes, row, col, shares[row, col], int(matrix[row, col]))
    axes.set_xticks(range(count), evaluation.classes, rotation=45, ha="right",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_yticks(range(count), evaluation.classes)
    dress(axes, "Called", "True class", evaluation.title, grid=None)
    bar = figure.colorbar(shown, ax=axes, shrink=0.8, label="Share of the true class")
    bar.outline.set_visible(False)
    return figure


def _cell(axes: Any, row: int, col: int, share: float, images: int) -> None:
    if images == 0:
        return
    colour = "white" if share > 0.55 else DARK
    axes.text(col, row - 0.1, f"{share:.2f}", ha="center", va="center", color=colour, fontsize=8.5)
    axes.text(col, row + 0.26, f"{images:,}", ha="center", va="center", color=colour, fontsize=6.5)


def _label_bars(evaluation: Evaluation) -> Any:
    truth, called = evaluation.truth == 1, evaluation.called == 1
    parts = {
        "found": ((truth & called).sum(axis=0), ACCENT),
        "missed": ((truth & ~called).sum(axis=0), BAR),
        "said wrongly": ((~truth & called).sum(axis=0), "#D55E00"),
    }
    figure = new_figure(7.2, 1.4 + 0.34 * len(evaluation.classes))
    axes = figure.subplots()
    left = np.zeros(len(evaluation.classes))
    for name, (numbers, colour) in parts.items():
        axes.barh(evaluation.classes, numbers, 0.7, left=left, color=colour, label=name, zorder=2)
        left = left + numbers
    axes.invert_yaxis()
    dress(axes, "Images", "", evaluation.title, grid="x")
    axes.legend(frameon=False, fontsize=8.5, ncols=3, loc="lower right",
                bbox_to_anchor=(1, 1), borderaxespad=0.1)  # fmt: skip
    return figure


def draw_reliability(evaluation: Evaluation, settings: EvaluationSettings | None = None) -> Any:
    """Accuracy against confidence with intervals, over the numbers of images.

    Parameters
    ----------
    evaluation : Evaluation
    settings : EvaluationSettings, optional

    Returns
    -------
    figure : matplotlib Figure
    """
    settings = settings or EvaluationSettings()
    table = reliability_table(evaluation, settings)
    found = summarize_evaluation(evaluation, settings)["calibration"]
    figure = new_figure(4.9, 5.2)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=(0, (4, 2)), linewidth=1)
    axes.errorbar(
        table["confidence"], table["accuracy"],
        yerr=[table["accuracy"] - table["accuracy_low"],
              table["accuracy_high"] - table["accuracy"]],
        fmt="o-", color=ACCENT, ecolor=BAR, elinewidth=1.6, markersize=4.5, linewidth=1.2,
    )  # fmt: skip
    words = (
        f"ECE {found['ece']['value']:.3f} ({settings.bins} bins of equal width)\n"
        f"adaptive ECE {found['adaptive_ece']['value']:.3f}\n"
        f"by chance alone {found['by_chance']:.3f}"
    )
    axes.text(0.03, 0.97, words, transform=axes.transAxes, va="top", fontsize=8.5, color=DARK)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    dress(axes, "", "Accuracy", evaluation.title, grid="both")
    below.bar(table["from"], table["count"], table["to"] - table["from"], align="edge", color=BAR,
              edgecolor="white")  # fmt: skip
    dress(below, "Confidence", "Labels" if evaluation.multi_label else "Images")
    return figure


def draw_coverage(
    evaluations: Sequence[Evaluation], settings: EvaluationSettings | None = None
) -> Any:
    """Accuracy against the share of the images that are answered, the surest first.

    Parameters
    ----------
    evaluations : sequence of Evaluation
    settings : EvaluationSettings, optional

    Returns
    -------
    figure : matplotlib Figure
        The mark on a curve is the threshold of "unknown".
    """
    settings = settings or EvaluationSettings()
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    lowest = 1.0
    for number, one in enumerate(evaluations):
        table = coverage_table(one)
        colour = COLOURS[number % len(COLOURS)]
        style = "-" if number < len(COLOURS) else "--"
        axes.step(table["coverage"], table["accuracy"], where="post", color=colour,
                  linestyle=style, linewidth=1.6, label=one.title)  # fmt: skip
        kept = table[table["threshold"] >= settings.unknown_threshold]
        if len(kept):
            axes.plot(kept["coverage"].iloc[-1], kept["accuracy"].iloc[-1], "o", color=colour,
                      markersize=6)  # fmt: skip
        broad = table.loc[table["coverage"] >= 0.05, "accuracy"]
        lowest = min(lowest, float(broad.min()))
    axes.set_xlim(0, 1)
    axes.set_ylim(max(0.0, lowest - 0.05 * (1 - lowest) - 0.002), 1 + 0.03 * (1.01 - lowest))
    words = f"Share of the images answered (mark: at {settings.unknown_threshold:.2f})"
    dress(axes, words, "Accuracy of these", grid="both")
    axes.legend(frameon=False, fontsize=8.5, loc="lower left", labelcolor=DARK)
    return figure


def draw_map(evaluation: Evaluation, places: NDArray[np.float64], rows: NDArray[np.intp]) -> Any:
    """Images as dots, those with similar features together, coloured by their true class.

    Parameters
    ----------
    evaluation : Evaluation
    places : ndarray of shape (m, 2)
        From `micrographia.evaluation.embedding.embed`.
    rows : ndarray of shape (m,), int
        Which images of the evaluation these are.

    Returns
    -------
    figure : matplotlib Figure
        Images that are called wrongly have a dark rim.
    """
    figure = new_figure(7.2, 5.4)
    axes = figure.subplots()
    if evaluation.multi_label:
        names = np.array(evaluation.to_table()["truth"])[rows]
        classes = [str(x) for x in np.unique(names)]
    else:
        names = np.array(evaluation.classes)[evaluation.truth[rows]]
        classes = list(evaluation.classes)
    wrong = ~evaluation.right[rows]
    size = float(np.clip(9000 / max(len(rows), 1), 5, 36))
    for number, name in enumerate(classes):
        own = names == name
        look = {
            "color": COLOURS[number % len(COLOURS)],
            "marker": MARKERS[number // len(COLOURS) % len(MARKERS)],
        }
        axes.scatter(*places[own & ~wrong].T, s=size, linewidth=0, alpha=0.7, **look)
        axes.scatter(*places[own & wrong].T, s=size * 1.6, linewidth=1.0, edgecolor=DARK, zorder=3,
                     **look)  # fmt: skip
        axes.scatter([], [], s=28, linewidth=0, label=name or "none", **look)
    if wrong.any():
        axes.scatter([], [], s=30, facecolor="none", edgecolor=DARK, label="called wrongly")
    dress(axes, "", "", evaluation.title, grid=None)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", "datalim")
    axes.legend(frameon=False, fontsize=8.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def draw_strangers(evaluation: Evaluation) -> Any:
    """How strange known images and strangers look to the models, relative to the limit.

    Parameters
    ----------
    evaluation : Evaluation
        With `strangeness`, its limits and `strangers`.

    Returns
    -------
    figure : matplotlib Figure
    """
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    known = evaluation.strangeness
    limits, strangers = evaluation.strangeness_limits, evaluation.strangers
    figure = new_figure(6.4, 3.4)
    axes = figure.subplots()
    if known is not None and limits is not None and strangers is not None:
        low = known / limits
        high = (strangers["score"] / strangers["limit"]).to_numpy(np.float64)
        both = np.concatenate([low, high])
        both = both[both > 0]
        edges = np.geomspace(max(both.min(), both.max() / 1e4), both.max() * 1.01, 40)
        for values, colour, name in ((low, ACCENT, "known kinds"), (high, "#D55E00", "strangers")):
            shares = np.full(len(values), 1 / len(values))
            axes.hist(values, edges, weights=shares, color=colour, alpha=0.6, label=name)
        axes.axvline(1, color=BAD, linestyle=(0, (4, 2)), linewidth=1.2, label="limit")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())
    dress(axes, "Strangeness relative to the limit", "Share of the images", evaluation.title)
    axes.legend(frameon=False, fontsize=8.5)
    return figure
