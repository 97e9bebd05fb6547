"""All models of an analysis on the particles of one micrograph: the columns that they add."""

from __future__ import annotations

import dataclasses
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrographia.classification._answers import Answers, check_task
from micrographia.classification.particles import particle_answers, particle_table
from micrographia.classification.settings import NONE, ClassificationSettings
from micrographia.classification.table import PARTICLE_MODELS
from micrographia.errors import BundleError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.bundles import Bundle, Card
    from micrographia.micrograph import Micrograph

__all__ = ["SEVERITY", "model_record", "name_particles", "open_model", "open_models"]

SEVERITY = ("known", "unknown", "unlike")
"""Verdicts, the worst last; a particle's own is the worst of its models'."""

_DIGITS = 4


def open_models(settings: ClassificationSettings) -> dict[str, Bundle]:
    """The bundles that name particles, in the order in which they run.

    Parameters
    ----------
    settings : ClassificationSettings

    Returns
    -------
    models : dict of str to Bundle
        Empty where there are no built-in bundles and none is named.

    Raises
    ------
    SettingsError
        If a model is named that no column has, or a bundle is for another task.
    BundleError
        If a bundle is missing or damaged.
    """
    unknown = settings.models.keys() - PARTICLE_MODELS.keys()
    if unknown:
        raise SettingsError(
            f"no model of an analysis is called {', '.join(sorted(unknown))}; "
            f"there are: {', '.join(PARTICLE_MODELS)}"
        )
    models = {}
    for name, row in PARTICLE_MODELS.items():
        wanted = settings.models.get(name)
        if wanted is None and not (settings.built_in and row.built_in and _is_built_in(name)):
            continue
        if wanted == NONE:
            continue
        bundle = open_model(name if wanted is None else wanted)
        check_task(bundle, "particle-classification", settings.threshold)
        models[name] = bundle
    return models


def _is_built_in(name: str) -> bool:
    from micrographia.bundles import list_bundles

    return any(one.name == name and one.origin == "built-in" for one in list_bundles())


def open_model(wanted: str) -> Bundle:
    """A bundle that has proved itself; kept open, as a run has many images.

    Parameters
    ----------
    wanted : str
        Its name or path.

    Returns
    -------
    bundle : Bundle

    Raises
    ------
    BundleError
        If it is missing or damaged.
    """
    from micrographia.bundles import find_bundle

    path = find_bundle(wanted)
    card = path / "card.json" if path.is_dir() else path
    threads = os.environ.get("MICROGRAPHIA_THREADS", "")
    return _proved(path, card.stat().st_mtime_ns if card.is_file() else 0, threads)


@functools.lru_cache(maxsize=8)
def _proved(path: Path, changed: int, threads: str) -> Bundle:
    from micrographia.bundles import load_bundle

    return load_bundle(path)


def model_record(bundle: Bundle) -> dict[str, Any]:
    """What the record of a result says of a model.

    Parameters
    ----------
    bundle : Bundle

    Returns
    -------
    record : dict
        Fit for JSON.
    """
    card = bundle.card
    return {
        "name": card.name,
        "version": card.version,
        "sha256": bundle.sha256,
        "path": str(bundle.path),
        "classes": list(card.classes),
    }


def name_particles(
    models: Mapping[str, Bundle],
    micrograph: Micrograph,
    labels: NDArray[np.integer],
    *,
    polarity: Literal["dark", "bright"] | None = None,
    cut: NDArray[np.bool_] | None = None,
    threshold: float | None = None,
    wholes: Mapping[int, Patch] | None = None,
) -> pd.DataFrame:
    """Let every model name every particle.

    A model whose card says what it is given (``parameters["given"]``, a model's name to its
    classes, each with those of this model that can come with it) has its probabilities weighted
    by that model's: each class by the probability of those that it can come with.

    Parameters
    ----------
    models : mapping of str to Bundle
        As `open_models` gives them.
    micrograph : Micrograph
    labels : ndarray of shape (rows, cols), integer
    polarity : {"dark", "bright"}, optional
        Of the particles.
    cut : ndarray of shape (n,), bool, optional
        Particles, in order of id, of which the border hides a part: none of them is "known".
    threshold : float, optional
        The least probability that is believed; each card's otherwise.
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others.

    Returns
    -------
    names : DataFrame
        A row a particle: `id`; for each model ``<name>``, ``<name>_p`` and ``<name>_verdict``;
        `verdict`, the worst of them.
    """
    import pandas as pd

    ids = np.unique(labels[labels > 0]).astype(np.int64)
    columns: dict[str, Any] = {"id": ids}
    worst = np.zeros(len(ids), np.intp)
    answered: dict[str, tuple[Card, Answers]] = {}
    for name, bundle in models.items():
        _, answers = particle_answers(bundle, micrograph, labels, polarity, wholes)
        answers = _weighted(bundle.card, answers, answered)
        answered[name] = bundle.card, answers
        table = particle_table(bundle.card, ids, answers, threshold)
        severity = table["verdict"].map(SEVERITY.index).to_numpy(np.intp)
        if cut is not None:
            severity = np.where(cut, np.maximum(severity, 1), severity)
        columns[name] = table["label"]
        columns[f"{name}_p"] = table["probability"].round(_DIGITS)
        columns[f"{name}_verdict"] = pd.Series([SEVERITY[k] for k in severity], dtype="object")
        worst = np.maximum(worst, severity)
    if models:
        columns["verdict"] = pd.Series([SEVERITY[k] for k in worst], dtype="object")
    return pd.DataFrame(columns)


def _weighted(
    card: Card, answers: Answers, answered: Mapping[str, tuple[Card, Answers]]
) -> Answers:
    """Probabilities given what the models before have said."""
    given = card.parameters.get("given", {})
    if not isinstance(given, dict):
        raise BundleError(f"{card.name}: parameters.given: wanted an object, got {given!r}")
    shares = answers.probabilities
    for other, table in given.items():
        if other not in answered or not len(shares):
            continue
        weights = answered[other][1].probabilities @ _allowed(card, answered[other][0], table)
        weighted = shares * weights
        totals = weighted.sum(axis=1, keepdims=True)
        # where nothing agrees, the model's own answer stands
        shares = np.where(totals > 1e-6, weighted / np.maximum(totals, 1e-6), shares)
    return dataclasses.replace(answers, probabilities=shares)


def _allowed(card: Card, other: Card, table: Any) -> NDArray[np.float64]:
    """1 where a class of the other model (row) can come with one of this model (column)."""
    if not isinstance(table, dict) or not all(isinstance(row, list) for row in table.values()):
        raise BundleError(
            f"{card.name}: parameters.given: wanted the classes of {other.name!r}, each with a "
            "list of classes of this model"
        )
    rows = [[c in table.get(name, card.classes) for c in card.classes] for name in other.classes]
    return np.asarray(rows, np.float64)
