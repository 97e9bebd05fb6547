"""Search for good settings by Optuna: Bayesian, kept in SQLite, gone on with after a stop."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._files import ensure_folder
from micrographia.errors import SettingsError
from micrographia.learning._labels import hold_back
from micrographia.learning._seeds import torch_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.learning.recipes import Recipe

__all__ = ["check_search", "tune"]

_KINDS = "['log', low, high], ['uniform', low, high], ['integer', low, high], ['choice', ...]"
_FILE = "trials.db"


def tune(
    recipe: Recipe,
    images: NDArray[Any],
    y: NDArray[Any],
    groups: NDArray[Any] | None,
    folder: str | Path,
    *,
    trials: int = 20,
    class_names: Sequence[str] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Recipe:
    """Search the space that a recipe names in `search`.

    Each trial learns from 80 % of the images and is judged by the mean surprise (negative
    logarithm of the truth's probability) on the others, which stay the same. The Bayesian search
    is a tree of Parzen estimators.

    Parameters
    ----------
    recipe : Recipe
        Its `search` says what varies: ``{"training.learning_rate": ["log", 1e-4, 1e-1]}``.
    images : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)
    y : ndarray of shape (n,) or (n, classes)
    groups : ndarray of shape (n,), optional
    folder : path
        Keeps ``trials.db``; a search there is gone on with.
    trials : int
        How many in all, with those that are there.
    class_names : sequence of str, optional
    progress : callable, optional
        Called with trials done, trials in all and a line for a person.

    Returns
    -------
    recipe : Recipe
        With the settings of the best trial.

    Raises
    ------
    SettingsError
        If the recipe names nothing to search, or a range that is none.

    References
    ----------
    Bergstra et al., NeurIPS 2011.
    """
    import optuna

    check_search(recipe)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    place = ensure_folder(Path(folder)) / _FILE
    targets = np.asarray(y) if np.ndim(y) == 2 else np.unique(y, return_inverse=True)[1]
    learned, judged = hold_back(targets, groups, 0.2, recipe.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(
            storage=f"sqlite:///{place.resolve()}",
            study_name=recipe.name,
            direction="minimize",
            load_if_exists=True,
        )
        _forget_unfinished(study)
        while (done := len(_finished(study))) < trials:
            # a sampler of its own for each trial, so that a search that was stopped goes on alike
            study.sampler = optuna.samplers.TPESampler(
                seed=torch_seed(recipe.seed, "tune", done) % 2**32, n_startup_trials=5
            )
            trial = study.ask()
            changed = _changed(recipe, {n: _drawn(trial, n, r) for n, r in recipe.search.items()})
            method = changed.make(class_names)
            method.fit(images[learned], y[learned], None if groups is None else groups[learned])
            surprise = _surprise(method, images[judged], y[judged])
            study.tell(trial, surprise)
            if progress is not None:
                best = study.best_value
                progress(done + 1, trials, f"trial {done + 1}, best surprise {best:.3f}")
        return _changed(recipe, dict(study.best_params))


def check_search(recipe: Recipe) -> None:
    """Check what a recipe searches, before anything is computed.

    Parameters
    ----------
    recipe : Recipe

    Raises
    ------
    SettingsError
        If it names nothing to search, a setting that does not exist, or a range that is none.
    """
    if not recipe.search:
        raise SettingsError(
            f"recipe {recipe.name!r} names nothing to search; give search, such as "
            '--set \'search={"training.learning_rate"=["log", 1e-4, 1e-1]}\''
        )
    for name, spec in recipe.search.items():
        given: Sequence[Any] = spec or [""]
        kind, *rest = given
        numbers = kind in ("log", "uniform", "integer") and len(rest) == 2
        if not ((numbers and rest[0] < rest[1]) or (kind == "choice" and len(rest) > 1)):
            raise SettingsError(f"search: {name} = {list(spec)} is no range; wanted {_KINDS}")
        if kind == "log" and rest[0] <= 0:
            raise SettingsError(f"search: {name}: the lower end of a 'log' range is above 0")
        for value in rest:  # the ends of a range, or each choice
            _changed(recipe, {name: value}).make()


def _drawn(trial: Any, name: str, spec: Sequence[Any]) -> Any:
    kind, *rest = spec
    if kind == "choice":
        return trial.suggest_categorical(name, rest)
    if kind == "integer":
        return trial.suggest_int(name, int(rest[0]), int(rest[1]))
    return trial.suggest_float(name, float(rest[0]), float(rest[1]), log=kind == "log")


def _changed(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    import json

    return recipe.changed([f"{name}={json.dumps(value)}" for name, value in values.items()])


def _finished(study: Any) -> list[Any]:
    return [trial for trial in study.get_trials(deepcopy=False) if trial.value is not None]


def _forget_unfinished(study: Any) -> None:
    """A trial that was running when the search was stopped counts as failed, not as one of all."""
    import optuna

    for trial in study.get_trials(deepcopy=False):
        if trial.state == optuna.trial.TrialState.RUNNING:
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def _surprise(method: Any, images: NDArray[Any], y: NDArray[Any]) -> float:
    found = method.predict_proba(images).clip(1e-9, 1)
    if np.ndim(y) == 2:
        other = (1 - found).clip(1e-9, 1)
        return float(-np.mean(y * np.log(found) + (1 - y) * np.log(other)))
    place = np.searchsorted(method.classes_, y)
    return float(-np.mean(np.log(found[np.arange(len(found)), place])))
