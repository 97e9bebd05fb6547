"""Everything an evaluation leaves behind: tables, figures and one page to read."""

from __future__ import annotations

import base64
import datetime
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._files import ensure_folder, whole_file, write_text
from micrographia.errors import InputError, OutputError
from micrographia.evaluation import figures, summary
from micrographia.evaluation._page import page_context, write_page
from micrographia.evaluation._style import save_figure
from micrographia.evaluation.mistakes import draw_mistakes
from micrographia.evaluation.settings import EvaluationSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from micrographia.evaluation.evaluation import Evaluation

__all__ = ["check_folder", "method_folders", "save_evaluations"]

_METHODS = "methods"


def method_folders(evaluations: Sequence[tuple[str, str]]) -> list[str]:
    """A folder's name for every method, none of them twice.

    Parameters
    ----------
    evaluations : sequence of (name, variant)

    Returns
    -------
    names : list of str

    Examples
    --------
    >>> method_folders([("VGG-16 + LS", "rotated"), ("a", ""), ("a", "")])
    ['vgg-16-ls-rotated', 'a', 'a-2']
    """
    found: list[str] = []
    for parts in evaluations:
        words = re.sub(r"[^a-z0-9.]+", "-", " ".join(parts).lower()).strip("-.") or "method"
        name, number = words, 2
        while name in found:
            name, number = f"{words}-{number}", number + 1
        found.append(name)
    return found


def check_folder(
    folder: str | Path, evaluations: Sequence[tuple[str, str]], *, learned: bool = True
) -> None:
    """Find out whether results of these methods may go to a folder.

    Parameters
    ----------
    folder : path
        New, or with results of no other methods: these may be replaced, and methods may be added.
    evaluations : sequence of (name, variant)
    learned : bool
        Whether the methods are cross-validated: others do not replace what was.

    Raises
    ------
    OutputError
        If there are results of other methods, which the report would no longer tell of.
    """
    there = Path(folder) / _METHODS
    names = method_folders(evaluations)
    found = sorted(path.name for path in there.glob("*/"))
    other = [name for name in found if name not in names]
    if not learned:
        other += [name for name in names if any(there.glob(f"{name}/folds-*/*"))]
    if other:
        raise OutputError(
            f"{folder}: it holds results that are not of this evaluation: "
            f"{', '.join(f'{_METHODS}/{name}' for name in other)}; choose another folder, evaluate "
            "those again together with these, or remove them"
        )


def save_evaluations(
    evaluations: Sequence[Evaluation],
    folder: str | Path,
    settings: EvaluationSettings | None = None,
    *,
    title: str = "Evaluation",
    replay: str = "",
    notes: Sequence[str] = (),
) -> Path:
    """Write tables, figures and the report of one or several methods.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        The first is the one that the others are compared with.
    folder : path
        Gets ``report.html``, ``summary.csv``, ``summary.json``, ``classes.csv``,
        ``confusion.csv``, ``reliability.csv``, ``coverage.csv``, ``mistakes.csv``,
        ``comparisons.csv``, ``figures/`` and ``methods/NAME/`` with the answers of each.
    settings : EvaluationSettings, optional
    title : str
    replay : str
        The command that repeats it.
    notes : sequence of str
        Sentences that a reader should see first.

    Returns
    -------
    report : Path

    Raises
    ------
    OutputError
        If the folder holds results of other methods, as `check_folder` tells.
    """
    if not evaluations:
        raise InputError("an evaluation wants at least one method")
    settings = settings or EvaluationSettings()
    check_folder(folder, [(one.name, one.variant) for one in evaluations])
    folder = ensure_folder(Path(folder))
    pictures = ensure_folder(folder / "figures")
    slugs = method_folders([(one.name, one.variant) for one in evaluations])
    for one, slug in zip(evaluations, slugs, strict=True):
        one.write(folder / _METHODS / slug)
    summaries = [summary.summarize_evaluation(one, settings) for one in evaluations]
    comparisons = summary.compare_all(evaluations, settings)
    _write_tables(folder, evaluations, summaries, comparisons, settings)
    drawn: dict[str, Path] = {}
    drawn["grid"] = save_figure(figures.draw_grid(evaluations, settings), pictures / "grid.png")
    drawn["coverage"] = save_figure(
        figures.draw_coverage(evaluations, settings), pictures / "coverage.png"
    )
    cards, mistakes = [], []
    for one, slug, found in zip(evaluations, slugs, summaries, strict=True):
        own, table = _draw_one(one, slug, pictures, settings)
        mistakes.append(table.assign(method=one.name, variant=one.variant))
        cards.append((one, found, own, table, summary.class_scores_table(one, settings)))
    _to_csv(_joined(mistakes), folder / "mistakes.csv")
    context = page_context(
        cards, comparisons, {name: data_uri(path) for name, path in drawn.items()}, settings
    )
    now = datetime.datetime.now().astimezone()
    context |= {
        "title": title,
        "date": now.strftime("%-d %B %Y, %H:%M"),
        "stamp": now.isoformat(timespec="seconds"),
        "replay": replay,
        "notes": list(notes),
        "settings": settings.to_toml(),
    }
    return write_page(folder / "report.html", context)


def _draw_one(
    one: Evaluation, slug: str, folder: Path, settings: EvaluationSettings
) -> tuple[dict[str, str], pd.DataFrame]:
    """The figures of one method as data URIs, and its mistakes."""
    makers: dict[str, Callable[[], Any]] = {
        "confusion": lambda: figures.draw_confusion(one),
        "reliability": lambda: figures.draw_reliability(one, settings),
        "map": lambda: _map(one, folder.parent / _METHODS / slug, settings),
    }
    for name in ("map", "strangers", "mistakes"):  # of an earlier run, perhaps not drawn now
        (folder / f"{name}-{slug}.png").unlink(missing_ok=True)
    if summary.stranger_scores(one, settings) is not None:
        makers["strangers"] = lambda: figures.draw_strangers(one)
    drawn = {}
    for name, make in makers.items():
        figure = make()
        if figure is not None:
            path = save_figure(figure, folder / f"{name}-{slug}.png")
            drawn[name] = data_uri(path)
    figure, table = draw_mistakes(one, settings.mistakes)
    if figure is not None:
        drawn["mistakes"] = data_uri(save_figure(figure, folder / f"mistakes-{slug}.png"))
    return drawn, table


def _map(one: Evaluation, folder: Path, settings: EvaluationSettings) -> Any:
    from micrographia.evaluation.embedding import embed

    (folder / "map.csv").unlink(missing_ok=True)
    if one.features is None or not settings.map:
        return None
    rng = np.random.default_rng(settings.seed)
    numbers, counts = np.unique(one.folds, return_counts=True)
    rows = np.flatnonzero(one.folds == numbers[counts.argmax()])  # models of folds differ
    if len(rows) < 5:
        return None
    if len(rows) > settings.most_mapped:
        rows = np.sort(rng.choice(len(rows), settings.most_mapped, replace=False))
    places = embed(one.features[rows], perplexity=settings.perplexity, seed=settings.seed)
    table = one.to_table().loc[rows, ["image", "truth", "called", "fold"]]
    _to_csv(table.assign(x=places[:, 0], y=places[:, 1]), folder / "map.csv")
    return figures.draw_map(one, places, rows)


def _write_tables(
    folder: Path,
    evaluations: Sequence[Evaluation],
    summaries: Sequence[dict[str, Any]],
    comparisons: Sequence[Any],
    settings: EvaluationSettings,
) -> None:
    import pandas as pd

    makers: dict[str, Callable[[Evaluation], pd.DataFrame]] = {
        "classes": lambda one: summary.class_scores_table(one, settings),
        "confusion": summary.confusion_table,
        "reliability": lambda one: summary.reliability_table(one, settings),
        "coverage": summary.coverage_table,
    }
    for name, make in makers.items():
        tables = [make(one).assign(method=one.name, variant=one.variant) for one in evaluations]
        _to_csv(_joined(tables), folder / f"{name}.csv")
    _to_csv(pd.DataFrame([_flat(found) for found in summaries]), folder / "summary.csv")
    (folder / "comparisons.csv").unlink(missing_ok=True)
    if comparisons:
        rows = [comparison.to_dict() for comparison in comparisons]
        _to_csv(pd.DataFrame(rows), folder / "comparisons.csv")
    text = json.dumps(list(summaries), indent=2, default=str, ensure_ascii=False)
    write_text(folder / "summary.json", text)
    write_text(folder / "settings.toml", settings.to_toml())


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    filled = [table for table in tables if len(table)] or tables[:1]
    joined = pd.concat(filled, ignore_index=True)
    front = ["method", "variant"]
    return joined[front + [column for column in joined if column not in front]]


def _flat(found: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested figures as columns: accuracy, accuracy_low, accuracy_high, …"""
    row: dict[str, Any] = {}
    for name, value in found.items():
        if name in ("facts", "classes"):
            continue
        full = f"{prefix}{name}"
        if isinstance(value, dict) and "value" in value:
            row |= {full: value["value"], f"{full}_low": value["low"]}
            row[f"{full}_high"] = value["high"]
        elif isinstance(value, dict):
            row |= _flat(value, "" if name in ("scores", "calibration") else f"{full}_")
        else:
            row[full] = value
    return row


def _to_csv(table: pd.DataFrame, path: Path) -> None:
    with whole_file(path) as temporary:
        table.to_csv(temporary, index=False)


def data_uri(path: Path) -> str:
    """A PNG file as text that a page can hold."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
