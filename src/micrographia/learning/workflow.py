"""From a dataset and a recipe to a bundle: hold out, train, judge, write."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from micrographia._files import ensure_folder, write_text
from micrographia.bundles.card import Metric
from micrographia.errors import OutputError, SettingsError
from micrographia.learning._curves import draw_curves
from micrographia.learning._figures import figures_of
from micrographia.learning.datasets._bars import bars_of
from micrographia.learning.splits import hold_out
from micrographia.learning.tuning import tune

if TYPE_CHECKING:
    from micrographia.learning._train import Progress
    from micrographia.learning.datasets import Dataset
    from micrographia.learning.methods import ImageClassifier
    from micrographia.learning.recipes import Recipe

__all__ = ["Trained", "bundle_name", "check_name", "claim", "train"]

RECIPE = "recipe.toml"
RESIZE: Literal["fit"] = "fit"
"""How images come to the recipe's size, in training and on the bundle's card alike."""


@dataclasses.dataclass(frozen=True)
class Trained:
    """What a training made.

    Parameters
    ----------
    bundle : Path
    figures : dict
        Of the held-out test: accuracy with its interval, balanced accuracy, per class, shares of
        `unknown` and `unlike`.
    method : ImageClassifier
    test : ndarray of int
        Rows of the dataset that were held out.
    """

    bundle: Path
    figures: dict[str, Any]
    method: ImageClassifier
    test: NDArray[np.integer]


def train(
    dataset: Dataset,
    recipe: Recipe,
    folder: str | Path,
    *,
    name: str | None = None,
    resume: bool = False,
    trials: int = 0,
    progress: Progress | None = None,
) -> Trained:
    """Train a classifier, judge it on images held out, and write it as a bundle.

    Parameters
    ----------
    dataset : Dataset
    recipe : Recipe
    folder : path
        Gets ``bundle/``, ``recipe.toml``, ``figures.json``, ``test.csv``, ``curves.png`` and
        ``training/`` with checkpoint and log.
    name : str, optional
        Of the model; made of the dataset's name and the recipe's where not given.
    resume : bool
        Go on with a training that was stopped.
    trials : int
        So many settings of those that the recipe searches are tried first, on the images that are
        not held out, and the best one is taken.
    progress : callable, optional
        Called with steps done, steps in all and a line for a person.

    Returns
    -------
    trained : Trained

    Raises
    ------
    OutputError
        If the folder holds another training, or one and `resume` is not set.
    SettingsError
        If a bundle cannot have the name.
    """
    check_name(name)
    folder = claim(Path(folder), recipe, resume=resume)
    learned, test = hold_out(dataset, recipe.evaluation.test, recipe.seed)
    images = dataset.load(recipe.image_size, recipe.channels, resize=RESIZE)
    y, groups = dataset.y, dataset.groups
    if trials:
        recipe = tune(
            recipe,
            images[learned],
            y[learned],
            groups[learned],
            folder / "tuning",
            trials=trials,
            class_names=dataset.classes,
            progress=progress,
        )
        _note_tuned(folder, recipe.to_toml())
    method = recipe.make(dataset.classes)
    method.fit(
        images[learned],
        y[learned],
        groups[learned],
        folder=folder / "training",
        resume=resume,
        progress=progress,
    )
    logits, features = method.decision_function(images[test]), method.features(images[test])
    found = method.calibration_.probabilities(logits)
    strange = method.calibration_.strangeness(features)
    figures, rows = figures_of(y[test], found, strange, method.calibration_, dataset.classes)
    _write_rows(folder / "test.csv", dataset, test, rows)
    write_text(folder / "figures.json", json.dumps(figures, indent=2) + "\n")
    if method.history_:
        draw_curves(method.history_, folder / "curves.png")
    kept = (
        f"{len(test)} images of {dataset.name}, {recipe.evaluation.test:.0%} held out, "
        "no group on both sides"
    )
    bundle = method.to_bundle(
        folder / "bundle",
        name=name or bundle_name(dataset.name, recipe.name),
        summary=f"Tells apart {', '.join(dataset.classes)}.",
        classes=dataset.classes,
        metrics=_metrics(figures, kept),
        pixel_size_nm=recipe.pixel_size_nm,
        input={"resize": RESIZE, "bars": bars_of(dataset), "outside": recipe.outside},
        provenance={
            "recipe": recipe.model_dump(mode="json", exclude_none=True),
            "data": f"{dataset.name}: {len(dataset)} images, {len(set(groups))} groups",
        },
    )
    return Trained(bundle, figures, method, test)


def bundle_name(*parts: str) -> str:
    """Make a name that a bundle may have.

    Examples
    --------
    >>> bundle_name("My Set (2)", "default")
    'my-set-2-default'
    """
    words = [word for part in parts for word in re.findall(r"[a-z0-9._]+", part.lower())]
    return ("-".join(words).strip("-._") or "model")[:64]


def check_name(name: str | None) -> None:
    """Check the name that a bundle is to have.

    Parameters
    ----------
    name : str or None
        None: it will be made of others.

    Raises
    ------
    SettingsError
        If a bundle cannot have it.

    Examples
    --------
    >>> check_name("my-set-2")
    """
    if name is not None and not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise SettingsError(
            f"a model cannot be named {name!r}; wanted at most 64 small letters, digits, '.', '_' "
            f"and '-', the first a letter or digit, such as {bundle_name(name)!r}"
        )


def claim(folder: Path, recipe: Recipe, *, resume: bool) -> Path:
    """Take a folder for a training, and write down which.

    Parameters
    ----------
    folder : Path
    recipe : Recipe
    resume : bool
        Whether a training by the same recipe may be there.

    Returns
    -------
    folder : Path

    Raises
    ------
    OutputError
        If the folder holds another training, one and `resume` is not set, or something else.
    """
    text = recipe.to_toml()
    there = folder / RECIPE
    begun = folder.is_dir() and any(item.name != RECIPE for item in folder.iterdir())
    if there.exists() and begun:
        if not resume:
            raise OutputError(
                f"{folder}: a training is there already; go on with it by --resume, or choose "
                "another folder"
            )
        if there.read_text(encoding="utf-8") != text:
            raise OutputError(
                f"{folder}: the training there has another recipe (see {RECIPE}); give the same "
                "one and the same --set to go on with it, or choose another folder"
            )
        return folder
    if begun:
        raise OutputError(f"{folder}: it is not empty; choose a new folder")
    ensure_folder(folder)
    write_text(there, text)
    return folder


def _note_tuned(folder: Path, text: str) -> None:
    """Write the tuned recipe; a training by another one, of an earlier search, is begun anew."""
    there = folder / "tuned.toml"
    if there.exists() and there.read_text(encoding="utf-8") != text:
        shutil.rmtree(folder / "training", ignore_errors=True)
    write_text(there, text)


def _metrics(figures: dict[str, Any], data: str) -> Sequence[Metric]:
    accuracy = figures["accuracy"]
    return (
        Metric(name="accuracy", data=data, **accuracy),
        Metric(name="balanced accuracy", value=figures["balanced_accuracy"], data=data),
        Metric(name="share unknown or unlike", value=figures["not_answered"], data=data),
    )


def _write_rows(
    path: Path, dataset: Dataset, test: NDArray[np.integer], rows: dict[str, list[Any]]
) -> None:
    import pandas as pd

    from micrographia._files import whole_file

    table = pd.DataFrame(
        {
            "image": dataset.table["path"].iloc[test].to_numpy(),
            "group": dataset.groups[test],
            "truth": dataset.table["label"].iloc[test].to_numpy(),
            **rows,
        }
    )
    with whole_file(path) as temporary:
        table.to_csv(temporary, index=False)
