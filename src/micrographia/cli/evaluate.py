"""``micrographia evaluate``: how good a method is, and how sure that is."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from micrographia.cli._guard import complain, guarded, wrong_usage
from micrographia.cli._needs import need_training
from micrographia.cli._text import tell_dataset
from micrographia.errors import SettingsError

if TYPE_CHECKING:
    from micrographia.evaluation.crossval import FoldProgress
    from micrographia.evaluation.settings import EvaluationSettings


@guarded
def evaluate(
    dataset: Annotated[
        Path | None,
        typer.Argument(metavar="DATASET", help="Class folders, or a manifest (CSV, Parquet)."),
    ] = None,
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            "--recipe", metavar="NAME", help="A recipe by name, or its TOML file. Repeatable."
        ),
    ] = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(
            "--predictions",
            metavar="FILE",
            help="Instead of a dataset: a table with the columns truth and p_<class>, perhaps "
            "image, group, fold. Repeatable.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the result.")] = None,
    folds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Folds of the cross-validation; 1: a held-out set."),
    ] = None,
    augmentation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHICH",
            help="recipe: as the recipe says; none: none. Give both for the accuracy grid.",
        ),
    ] = None,
    naive: Annotated[
        bool,
        typer.Option("--naive", help="Also split regardless of groups, to show what that claims."),
    ] = False,
    strangers: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Images of no known class, which should be noticed."),
    ] = None,
    multi_label: Annotated[
        bool,
        typer.Option("--multi-label", help="predictions: an image may have several labels."),
    ] = False,
    seed: Annotated[int | None, typer.Option(metavar="S", help="Seed of the splits.")] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file of settings; options override it.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of all recipes, such as training.epochs=5. Repeatable.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Cross-validate methods on labelled images, or judge predictions, with intervals.

    Groups (near-duplicates, frames of one series) are never split between training and test. OUT
    gets report.html, the tables behind it and every fold as soon as it is done: the same command
    goes on where it was stopped.
    """
    from micrographia.evaluation.report import save_evaluations

    with wrong_usage():
        chosen = _settings(settings, folds, seed)
        if out is None:
            raise SettingsError("say where the result goes with -o FOLDER")
        if (dataset is None) == (not predictions):
            raise SettingsError("give either a DATASET with --recipe, or --predictions FILE")
        if dataset is not None and not recipe:
            raise SettingsError("say how to learn with --recipe NAME")
    if predictions:
        from micrographia.evaluation.evaluation import Evaluation

        read = [Evaluation.read_csv(path, multi_label=multi_label) for path in predictions]
        report = save_evaluations(read, out, chosen, replay=_command())
        if not quiet:
            _tell(read, report)
        return
    _evaluate_dataset(
        dataset, recipe or [], assignments or [], out, chosen,
        {
            "variants": tuple(augmentation or ["recipe"]),
            "naive": naive,
            "strangers": strangers,
        },
        quiet,
    )  # fmt: skip


def _settings(file: Path | None, folds: int | None, seed: int | None) -> EvaluationSettings:
    from micrographia.evaluation.settings import EvaluationSettings

    found = EvaluationSettings() if file is None else EvaluationSettings.from_toml(file)
    given = {"folds": folds, "seed": seed}
    changes = {name: value for name, value in given.items() if value is not None}
    return EvaluationSettings.parse({**found.model_dump(), **changes}, "options")


def _evaluate_dataset(
    dataset: Path | None,
    names: list[str],
    assignments: list[str],
    out: Path,
    settings: EvaluationSettings,
    more: dict[str, Any],
    quiet: bool,
) -> None:
    need_training(
        "cross-validation trains models and",
        otherwise="; tables of predictions are judged without it",
    )
    from micrographia.evaluation.recipes import evaluate_recipes, open_datasets
    from micrographia.learning.recipes import load_recipe

    with wrong_usage():
        assert dataset is not None  # noqa: S101  checked by the caller
        recipes = [load_recipe(name).changed(assignments) for name in names]
        opened = open_datasets(dataset, recipes, settings)
    if not quiet:
        for one in opened.values():
            tell_dataset(one)
    with _Bar(shown=not quiet and sys.stderr.isatty()) as bar:
        report, found = evaluate_recipes(
            dataset,
            recipes,
            out,
            settings,
            progress=bar,
            replay=_command(),
            opened=opened,
            **more,
        )
    if not quiet:
        _tell(found, report)


def _tell(found: list[Any], report: Path) -> None:
    from micrographia.evaluation.summary import summarize_evaluation

    for one in found:
        summary = summarize_evaluation(one)
        main = summary["scores"]["subset_accuracy" if one.multi_label else "accuracy"]
        words = "all labels right" if one.multi_label else "accuracy"
        line = (
            f"{one.title}: {words} {100 * main['value']:.2f} % "
            f"({100 * main['low']:.2f} to {100 * main['high']:.2f}), calibration error "
            f"{100 * summary['calibration']['ece']['value']:.1f} %"
        )
        if "naive_accuracy" in summary:
            line += f", naive split {100 * summary['naive_accuracy']['value']:.2f} %"
        if "strangers" in summary:
            line += f", strangers' AUROC {summary['strangers']['auroc']['value']:.3f}"
        if "known_flagged" in summary:
            line += f", known flagged {100 * summary['known_flagged']['value']:.1f} %"
        typer.echo(line)
    typer.echo(f"results: {report}")


def _command() -> str:
    return shlex.join(["micrographia", *sys.argv[1:]])


class _Bar:
    """Says after every fold how it went and how long the rest may take."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown

    def __enter__(self) -> _Bar:
        return self

    def __call__(self, title: str, state: FoldProgress) -> None:
        if not self._shown:
            return
        left = state.seconds_left
        rest = "" if left != left or left <= 0 else f", about {_time(left)} left"
        kept = ", kept from an earlier run" if state.reused else ""
        complain(
            f"{title}: fold {state.done} of {state.total}, accuracy {100 * state.accuracy:.1f} %"
            f"{kept}{rest}"
        )

    def __exit__(self, *_: object) -> None:
        return


def _time(seconds: float) -> str:
    """A time for a person.

    Examples
    --------
    >>> _time(42), _time(130), _time(8000)
    ('42 s', '2 min', '2.2 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
