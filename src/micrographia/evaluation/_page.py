"""The words and numbers that the report's page is filled with."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia import __version__
from micrographia._files import whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    import jinja2
    import pandas as pd

    from micrographia.evaluation.comparison import PairedComparison
    from micrographia.evaluation.evaluation import Evaluation
    from micrographia.evaluation.settings import EvaluationSettings

__all__ = ["page_context", "percent", "write_page"]

Card = tuple["Evaluation", dict[str, Any], dict[str, str], "pd.DataFrame", "pd.DataFrame"]

_SCORES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "subset_accuracy": "All labels right",
    "micro_f1": "Micro F1",
    "hamming_loss": "Wrong labels",
}
_VERDICTS = {
    "known": "Known",
    "right_of_known": "Right of the known",
    "unknown": "Unknown",
    "unlike": "Unlike",
}
_FIGURES = {
    "confusion": "Confusion",
    "reliability": "Reliability",
    "map": "Map of the features",
    "strangers": "Strangers",
    "mistakes": "The worst mistakes",
}
_CAPTIONS = {
    "confusion": "Share of the images of each true class (row) that are called each class; below "
    "it their number.",
    "reliability": "Accuracy of the answers of like confidence, with its interval; on the broken "
    "line confidence is exact.",
    "map": "Principal components, then t-SNE. Neighbours are alike; distances between clusters, "
    "their size and density mean nothing. The tested images of one fold, whose model gave the "
    "features.",
    "strangers": "Score of strangeness divided by the limit of the model: right of the line an "
    "image is called unlike.",
    "mistakes": "True class, what it was called, how certainly. Look for wrong labels in the "
    "dataset here.",
}


def percent(value: float | None, digits: int = 1) -> str:
    """A share in percent.

    Examples
    --------
    >>> percent(0.98765), percent(None), percent(float("nan"))
    ('98.8 %', '–', '–')
    """
    return "–" if value is None or np.isnan(value) else f"{100 * value:.{digits}f} %"


def within(found: dict[str, Any]) -> str:
    """Value and interval of a share.

    Examples
    --------
    >>> within({"value": 0.9, "low": 0.85, "high": 0.94})
    '90.0 % (85.0 to 94.0)'
    """
    if found["low"] is None:
        return percent(found["value"])
    return f"{percent(found['value'])} ({100 * found['low']:.1f} to {100 * found['high']:.1f})"


def _share(found: dict[str, Any] | None) -> str:
    return "–" if found is None else within(found)


def page_context(
    cards: Sequence[Card],
    comparisons: Sequence[PairedComparison],
    shared: dict[str, str],
    settings: EvaluationSettings,
) -> dict[str, Any]:
    """Everything that the template shows, as text.

    Parameters
    ----------
    cards : sequence of (evaluation, summary, figures, mistakes, classes)
    comparisons : sequence of PairedComparison
    shared : dict of str to str
        Figures of all methods together, as data URIs.
    settings : EvaluationSettings
    """
    best = max(cards, key=lambda card: _main(card[1])["value"])
    return {
        "level": f"{settings.level:.0%}".replace("%", " %"),
        "tiles": _tiles(best),
        "counts": _counts(best[1]),
        "overview": _overview([found for _, found, *_ in cards]),
        "comparisons": _comparisons(comparisons),
        "figures": shared,
        "cards": [_card(card) for card in cards],
        "version": __version__,
    }


def _main(found: dict[str, Any]) -> dict[str, Any]:
    scores: dict[str, dict[str, Any]] = found["scores"]
    return scores["subset_accuracy" if found["multi_label"] else "accuracy"]


def _counts(found: dict[str, Any]) -> str:
    split = f"{found['folds']} folds" if found["folds"] > 1 else "one held-out set"
    return (
        f"{found['images']:,} images, {len(found['classes'])} classes, "
        f"{found['groups']:,} groups, {split}"
    )


def _tiles(card: Card) -> list[dict[str, str]]:
    one, found, *_ = card
    main, second = _main(found), "macro_f1" if found["multi_label"] else "balanced_accuracy"
    other, calibration = found["scores"][second], found["calibration"]
    return [
        {
            "label": f"{'All labels right' if found['multi_label'] else 'Accuracy'}, {one.title}",
            "value": percent(main["value"]),
            "detail": f"{100 * main['low']:.1f} to {100 * main['high']:.1f} %",
        },
        {
            "label": _SCORES[second],
            "value": percent(other["value"]),
            "detail": f"{100 * other['low']:.1f} to {100 * other['high']:.1f} %"
            if other["low"] is not None
            else "",
        },
        {
            "label": "Expected calibration error",
            "value": percent(calibration["ece"]["value"]),
            "detail": f"{percent(calibration['by_chance'])} by chance alone; "
            f"{calibration['bins']} bins of equal width",
        },
        _answered(found),
    ]


def _answered(found: dict[str, Any]) -> dict[str, str]:
    """How many images are answered: by the model's own verdicts, else above the threshold."""
    if "verdicts" in found:
        verdicts = found["verdicts"]
        right = verdicts.get("right_of_known", {"value": None})["value"]
        return {
            "label": "Answered, verdict known",
            "value": percent(verdicts["known"]["value"]),
            "detail": f"{percent(right)} of these are right",
        }
    certainty = found["certainty"]
    return {
        "label": f"Answered at {certainty['threshold']:.0%}".replace("%", " %"),
        "value": percent(certainty["coverage"]),
        "detail": f"{percent(certainty['accuracy'])} of these are right",
    }


def _overview(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = [name for name in _SCORES if any(name in one["scores"] for one in found)]
    head = ["Method", *[_SCORES[name] for name in names], "Over folds", "ECE", "Adaptive ECE"]
    optional = {
        "naive_accuracy": "Naive split",
        "known_flagged": "Known flagged",
        "strangers": "Strangers, AUROC",
        "strangers_answered": "Strangers answered",
    }
    if all("verdicts" in one for one in found):
        del optional["known_flagged"]  # the same as the share of "unlike"
    shown = {name: text for name, text in optional.items() if any(name in one for one in found)}
    verdicts = any("verdicts" in one for one in found)
    head += list(_VERDICTS.values()) if verdicts else []
    rows = []
    for one in found:
        title = f"{one['name']}, {one['variant']}" if one["variant"] else one["name"]
        row = [title]
        row += [within(one["scores"][x]) if x in one["scores"] else "–" for x in names]
        spread = one["fold_accuracy"]["deviation"]
        mean = percent(one["fold_accuracy"]["mean"])
        row.append(mean if spread is None else f"{mean} ± {100 * spread:.1f}")
        row += [percent(one["calibration"][x]["value"]) for x in ("ece", "adaptive_ece")]
        if verdicts:
            row += [_share(one.get("verdicts", {}).get(name)) for name in _VERDICTS]
        for name in shown:
            value = one.get(name)
            if value is None:
                row.append("–")
            elif name == "strangers":
                area = value["auroc"]
                row.append(f"{area['value']:.3f} ({area['low']:.3f} to {area['high']:.3f})")
            else:
                row.append(within(value))
        rows.append(row)
    return {"head": [*head, *shown.values()], "rows": rows}


def _comparisons(comparisons: Sequence[PairedComparison]) -> dict[str, Any] | None:
    if not comparisons:
        return None
    rows = []
    for one in comparisons:
        gain = one.difference
        ends = f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f}" if np.isfinite(gain.low) else "–"
        rows.append(
            [
                f"{one.second} against {one.first}",
                f"{100 * gain.value:+.2f} points ({ends})",
                str(one.only_first),
                str(one.only_second),
                _p(one.mcnemar_p),
                _p(one.t_p),
            ]
        )
    head = ["Methods", "Difference in accuracy", "Only the first right", "Only the second right",
            "McNemar p", "Resampled t p"]  # fmt: skip
    return {"head": head, "rows": rows}


def _p(value: float) -> str:
    if np.isnan(value):
        return "–"
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"


def _card(card: Card) -> dict[str, Any]:
    one, found, pictures, mistakes, classes = card
    rows = []
    for values in classes.to_dict("records"):
        cells = [str(values["class"]), f"{values['support']:,}", f"{values['predicted']:,}"]
        for score in ("precision", "recall", "f1"):
            value, low, high = (values[f"{score}{end}"] for end in ("", "_low", "_high"))
            cells.append(
                "–" if np.isnan(value) else within({"value": value, "low": low, "high": high})
            )
        rows.append(cells)
    facts = {key: value for key, value in found["facts"].items() if not isinstance(value, dict)}
    return {
        "title": one.title,
        "classes": {
            "head": ["Class", "Images", "Called so", "Precision", "Recall", "F1"],
            "rows": rows,
        },
        "figures": [
            {"title": _FIGURES[name], "caption": _CAPTIONS[name], "uri": pictures[name],
             "alt": f"{_FIGURES[name]} of {one.title}", "wide": name in ("mistakes", "map")}
            for name in _FIGURES
            if name in pictures
        ],
        "mistakes": int((~one.right).sum()),
        "listed": len(mistakes),
        "facts": {str(key).replace("_", " "): str(value) for key, value in facts.items()},
    }  # fmt: skip


def write_page(path: Path, context: dict[str, Any]) -> Path:
    """Fill the template and write the page, whole or not at all."""
    text = _environment().get_template("evaluation.html").render(context)
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path


@functools.cache
def _environment() -> jinja2.Environment:
    """Our template beside those of the reports, whose style and script it takes."""
    import jinja2

    import micrographia.reporting

    theirs = Path(micrographia.reporting.__file__).parent / "templates"
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([Path(__file__).parent / "templates", theirs]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
