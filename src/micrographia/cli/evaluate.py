"""``micrographia evaluate``: how good a method is, and how sure that is."""

from __future__ import annotations

import contextlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from micrographia.cli._guard import guarded, wrong_usage
from micrographia.cli._needs import need_training
from micrographia.cli._progress import Steps
from micrographia.cli._text import tell_dataset
from micrographia.errors import SettingsError

_MOST_WITHIN = 0.95
"""Share of a fold that learning takes at most; answers follow."""

if TYPE_CHECKING:
    from collections.abc import Iterator

    from micrographia.evaluation.crossval import FoldProgress
    from micrographia.evaluation.settings import EvaluationSettings
    from micrographia.learning.datasets import DatasetSettings


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
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Instead of recipes: a finished model, judged on all images of DATASET; its name, "
            "or path of its folder or zip, or of its training. Repeatable.",
        ),
    ] = None,
    new_as_strangers: Annotated[
        bool,
        typer.Option(
            "--new-as-strangers",
            help="model: images of classes that it does not know count as strangers; they are "
            "refused otherwise.",
        ),
    ] = False,
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
            help="A setting of all recipes, such as training.epochs=5; with --model of the "
            "dataset alone, such as 'dataset.drop=[\"other\"]'. Repeatable.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Cross-validate methods on labelled images; judge finished models or predictions.

    Groups (near-duplicates, frames of one series) are never split between training and test. OUT
    gets report.html, the tables behind it and every fold as soon as it is done, answers of finished
    models every ten seconds: the same command goes on where it was stopped.
    """
    with wrong_usage():
        chosen = _settings(settings, folds, seed)
        if out is None:
            raise SettingsError("say where the result goes with -o FOLDER")
        if (dataset is None) == (not predictions):
            raise SettingsError(
                "give either a DATASET with --recipe or --model, or --predictions FILE"
            )
        if dataset is not None and bool(recipe) == bool(model):
            raise SettingsError(
                "say how to learn with --recipe NAME, or which finished models to judge with "
                "--model MODEL, not both"
            )
        _check_unused(
            "judges finished models" if model else "judges predictions" if predictions else "",
            {
                "--recipe": recipe and not dataset,
                "--model": model and not dataset,
                "--folds": folds is not None and not recipe,
                "--augmentation": augmentation and not recipe,
                "--naive": naive and not recipe,
                "--strangers": strangers and not dataset,
                "--set": assignments and not dataset,
            },
        )
        _check_unused(
            "trains by recipes" if recipe else "judges predictions",
            {"--new-as-strangers": new_as_strangers and not model},
        )
        _check_unused(
            "opens a dataset (its own setting is --set dataset.multi_label=true)",
            {"--multi-label": multi_label and not predictions},
        )
    if predictions:
        _evaluate_predictions(predictions, multi_label, out, chosen, quiet)
        return
    if model:
        _evaluate_models(
            dataset, model, assignments or [], out, chosen,
            {"new_classes": "strangers" if new_as_strangers else "refuse", "strangers": strangers},
            quiet,
        )  # fmt: skip
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


def _check_unused(what: str, given: dict[str, object]) -> None:
    """Refuse options that would do nothing."""
    for option, value in given.items():
        if value:
            raise SettingsError(f"{option} has no meaning where the command {what}; leave it out")


def _evaluate_predictions(
    paths: list[Path], multi_label: bool, out: Path, settings: EvaluationSettings, quiet: bool
) -> None:
    from micrographia.evaluation.evaluation import Evaluation
    from micrographia.evaluation.report import check_folder, save_evaluations

    with wrong_usage():
        read = [Evaluation.read_csv(path, multi_label=multi_label) for path in paths]
        check_folder(out, [(one.name, one.variant) for one in read], learned=False)
    report = save_evaluations(read, out, settings, replay=_command())
    if not quiet:
        _tell(read, report)


def _evaluate_models(
    dataset: Path | None,
    models: list[str],
    assignments: list[str],
    out: Path,
    settings: EvaluationSettings,
    more: dict[str, Any],
    quiet: bool,
) -> None:
    from micrographia.bundles import load_bundle
    from micrographia.evaluation.bundles import check_bundles, evaluate_bundles, model_names
    from micrographia.evaluation.recipes import stranger_files
    from micrographia.evaluation.report import check_folder
    from micrographia.learning.datasets import open_dataset

    with wrong_usage():
        assert dataset is not None  # noqa: S101  checked by the caller
        bundles = [load_bundle(model) for model in models]
        check_folder(out, [(name, "") for name in model_names(bundles)], learned=False)
        opened = open_dataset(dataset, _dataset_settings(assignments), to_learn=False)
        check_bundles(opened, bundles, more["new_classes"])
        if more["strangers"] is not None:
            stranger_files(more["strangers"])
    if not quiet:
        tell_dataset(opened)
    with _going_on(out), Steps(quiet=quiet) as bar:
        report, found = evaluate_bundles(
            opened, bundles, out, settings, progress=bar, replay=_command(), **more
        )
    if not quiet:
        _tell(found, report)


def _dataset_settings(assignments: list[str]) -> DatasetSettings:
    """Settings of the dataset, out of assignments as a recipe has them."""
    from micrographia.learning.recipes import Recipe

    other = [text for text in assignments if not text.strip().startswith("dataset.")]
    if other:
        raise SettingsError(
            f"--set {other[0]}: with --model nothing is trained; wanted a setting of the dataset, "
            "such as dataset.unreadable=skip"
        )
    found = Recipe().changed(assignments).dataset
    if found.bars != "keep":
        raise SettingsError(
            "dataset.bars has no meaning with --model, which takes bars away as 'micrographia "
            "classify' does; leave it out"
        )
    return found


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
    from micrographia.evaluation.recipes import (
        evaluate_recipes,
        method_names,
        open_datasets,
        stranger_files,
    )
    from micrographia.evaluation.report import check_folder
    from micrographia.learning.recipes import load_recipe

    with wrong_usage():
        assert dataset is not None  # noqa: S101  checked by the caller
        recipes = [load_recipe(name).changed(assignments) for name in names]
        methods = method_names(recipes, more["variants"])
        check_folder(out, methods)
        if more["strangers"] is not None:
            stranger_files(more["strangers"])
        opened = open_datasets(dataset, recipes, settings)
    if not quiet:
        for one in opened.values():
            tell_dataset(one)
    with _going_on(out), Steps(quiet=quiet) as bar:
        told = _Folds(bar, len(methods) * (2 if more["naive"] else 1) * settings.folds)
        report, found = evaluate_recipes(
            dataset,
            recipes,
            out,
            settings,
            progress=told.fold,
            steps=told.step,
            replay=_command(),
            opened=opened,
            **more,
        )
    if not quiet:
        _tell(found, report)


@contextlib.contextmanager
def _going_on(out: Path) -> Iterator[None]:
    """Ctrl-C says that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(
            f"interrupted; {out} keeps what is done, the same command goes on with it"
        ) from error


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
        if "verdicts" in summary:
            known = summary["verdicts"]["known"]["value"]
            line += f", {100 * known:.1f} % known"
            if "right_of_known" in summary["verdicts"]:
                right = summary["verdicts"]["right_of_known"]["value"]
                line += f" ({100 * right:.2f} % of them right)"
        if "strangers_answered" in summary:
            answered = summary["strangers_answered"]["value"]
            line += f", strangers taken for known {100 * answered:.1f} %"
        if "known_flagged" in summary:
            line += f", known flagged {100 * summary['known_flagged']['value']:.1f} %"
        typer.echo(line)
    typer.echo(f"results: {report}")


def _command() -> str:
    return shlex.join(["micrographia", *sys.argv[1:]])


class _Folds:
    """Folds of all methods as steps of one bar, with what happens inside the one at work.

    Folds that were kept from an earlier run are no steps, so that the estimate holds.
    """

    def __init__(self, bar: Steps, total: int) -> None:
        self._bar = bar
        self.total, self.done, self.within = total, 0, 0.0
        self._fold: dict[str, int] = {}
        self._say("reading images")

    def step(self, title: str, done: int, total: int, note: str) -> None:
        """Take note of a step inside a fold."""
        self.within = max(self.within, min(done / max(total, 1), _MOST_WITHIN))
        self._say(f"{title}: fold {self._fold.get(title, 0) + 1}: {note}")

    def fold(self, title: str, state: FoldProgress) -> None:
        """Take note of a fold that is done."""
        if state.reused:
            self.total -= 1
        else:
            self.done += 1
        self.within = 0.0
        self._fold[title] = state.done
        kept = ", kept from an earlier run" if state.reused else ""
        said = (
            f"{title}: fold {state.done} of {state.total}, accuracy {100 * state.accuracy:.1f} %"
            f"{kept}"
        )
        self._bar.say(said)
        self._say(said)

    def _say(self, note: str) -> None:
        self._bar(self.done + self.within, self.total, note)
