"""Cross-validation that goes on where it was stopped."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from micrographia._arrays import keep_arrays, stored_arrays
from micrographia._files import ensure_folder
from micrographia.classification.scores import ood_score
from micrographia.errors import InputError
from micrographia.evaluation._store import open_store
from micrographia.evaluation.evaluation import Evaluation, named_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Classifier", "FoldProgress", "Images", "Strangers", "cross_validate"]


class Classifier(Protocol):
    """What is asked of a method: scikit-learn's interface of a classifier."""

    classes_: Any

    def fit(self, X: Any, y: Any) -> Any:
        """Learn; a method with a parameter `groups` is given them."""

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Probabilities of the classes."""


@dataclasses.dataclass(frozen=True, eq=False)
class Images:
    """Images with their truth, as cross-validation needs them.

    Parameters
    ----------
    load : callable
        Given indices, returns the images as (n, rows, cols) or (n, rows, cols, 3).
    truth : ndarray of shape (n,), int, or (n, classes), 0 or 1
    classes : tuple of str
    groups, names : ndarray of shape (n,), str
    multi_label : bool
    root : Path or None
    """

    load: Callable[[NDArray[np.integer]], NDArray[Any]]
    truth: NDArray[Any]
    classes: tuple[str, ...]
    groups: NDArray[Any]
    names: NDArray[Any]
    multi_label: bool = False
    root: Path | None = None

    @classmethod
    def of(cls, dataset: Any, size: int | None = None, channels: int = 1) -> Images:
        """Images of a `micrographia.learning.datasets.Dataset`.

        Parameters
        ----------
        dataset : Dataset
        size : int or None [px]
            Rows and columns that each image is brought to.
        channels : {1, 3}
        """
        return cls(
            load=lambda indices: dataset.load(size, channels, indices),
            truth=dataset.y,
            classes=tuple(dataset.classes),
            groups=np.asarray(dataset.groups).astype(str),
            names=dataset.table["path"].to_numpy(dtype=str),
            multi_label=dataset.multi_label,
            root=dataset.root,
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Strangers:
    """Images of no known class, which every fold's model is shown.

    Parameters
    ----------
    pixels : ndarray of shape (m, rows, cols)
    names, groups : ndarray of shape (m,), str
    unreadable : tuple of str
        Files that are left out, as they could not be read.
    """

    pixels: NDArray[Any]
    names: NDArray[Any]
    groups: NDArray[Any]
    unreadable: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class FoldProgress:
    """How far a cross-validation is.

    Parameters
    ----------
    done, total : int
        Folds.
    reused : bool
        Whether the last one was kept from an earlier run.
    seconds_left : float
        Estimated from the folds that were computed; NaN before the first.
    accuracy : float
        Of the last fold.
    """

    done: int
    total: int
    reused: bool
    seconds_left: float
    accuracy: float


def cross_validate(
    images: Images,
    make: Callable[[], Classifier],
    folds: Sequence[tuple[NDArray[np.integer], NDArray[np.integer]]],
    *,
    name: str,
    variant: str = "",
    folder: str | Path | None = None,
    identity: object = None,
    strangers: Strangers | None = None,
    facts: dict[str, Any] | None = None,
    progress: Callable[[FoldProgress], None] | None = None,
    steps: Callable[[int, int, str], None] | None = None,
) -> Evaluation:
    """Learn and test on every fold; each image is judged by a model that has not seen it.

    Parameters
    ----------
    images : Images
    make : callable
        Returns a fresh, unfitted method.
    folds : sequence of (ndarray, ndarray)
        Indices to learn from and to test on.
    name, variant : str
    folder : path, optional
        Each fold is stored there as soon as it is done; with the same plan (folds, truth,
        `identity`) a later call takes what is there and computes the rest.
    identity : object, optional
        What else makes the answers what they are, fit for JSON: the recipe, the seed.
    strangers : Strangers, optional
    facts : dict, optional
        Kept with the result.
    progress : callable, optional
        Called after every fold.
    steps : callable, optional
        Called within a fold with steps done, steps in all and a line for a person, as often as the
        method tells: that whose `fit` has a parameter `progress`.

    Returns
    -------
    evaluation : Evaluation
        Of the tested images, in the order of `images`.

    Raises
    ------
    InputError
        If an image is tested twice, or learned from and tested in one fold; or `folder` holds
        folds of another plan.
    """
    _check_folds(folds, len(images.truth))
    plan = _plan(images, folds, identity)
    store = None if folder is None else open_store(Path(folder), plan)
    results: list[dict[str, NDArray[Any]]] = []
    spent: list[float] = []
    for number, (train, test) in enumerate(folds):
        result = None if store is None else stored_arrays(store / f"fold-{number}.npz")
        reused = result is not None
        if result is None:
            begin = time.monotonic()
            work = None if store is None else store / f"fold-{number}"
            result = _one_fold(images, make(), train, test, strangers, (work, steps))
            result["seconds"] = np.array(time.monotonic() - begin)
            if store is not None:
                keep_arrays(store / f"fold-{number}.npz", result)
            spent.append(float(result["seconds"]))
        results.append(result)
        if progress is not None:
            left = float(np.mean(spent)) * (len(folds) - number - 1) if spent else float("nan")
            progress(
                FoldProgress(number + 1, len(folds), reused, left, _accuracy(images, test, result))
            )
    return _gathered(images, folds, results, strangers, name, variant, facts or {})


def _check_folds(
    folds: Sequence[tuple[NDArray[np.integer], NDArray[np.integer]]], count: int
) -> None:
    if not folds:
        raise InputError("cross-validation wants at least one fold")
    tested = np.concatenate([test for _, test in folds])
    if len(np.unique(tested)) != len(tested):
        raise InputError("folds: an image is tested in more than one fold")
    for number, (train, test) in enumerate(folds):
        if np.intersect1d(train, test).size:
            raise InputError(f"fold {number}: an image is both learned from and tested on")
        if len(train) == 0 or len(test) == 0:
            raise InputError(f"fold {number}: wanted images to learn from and to test on")
        if max(int(train.max()), int(test.max())) >= count:
            raise InputError(f"fold {number}: there are only {count} images")


def _plan(
    images: Images,
    folds: Sequence[tuple[NDArray[np.integer], NDArray[np.integer]]],
    identity: object,
) -> str:
    """What the stored folds belong to, as one hash."""
    state = hashlib.sha256()
    state.update(json.dumps([images.classes, identity], sort_keys=True, default=str).encode())
    state.update("\n".join(images.names.astype(str)).encode())
    state.update(np.ascontiguousarray(images.truth, np.int64).tobytes())
    for train, test in folds:
        for indices in (train, test):
            state.update(np.ascontiguousarray(indices, np.int64).tobytes() + b"|")
    return state.hexdigest()


def _one_fold(
    images: Images,
    model: Any,
    train: NDArray[np.integer],
    test: NDArray[np.integer],
    strangers: Strangers | None,
    beside: tuple[Path | None, Callable[[int, int, str], None] | None],
) -> dict[str, NDArray[Any]]:
    names = np.asarray(images.classes)
    truth = images.truth[train] if images.multi_label else names[images.truth[train]]
    model.fit(images.load(train), truth, **_extras(model, images, train, *beside))
    pixels = images.load(test)
    result = {"probabilities": _aligned(model, pixels, images)}
    result |= _features(model, pixels, "")
    if strangers is not None:
        chances = np.asarray(model.predict_proba(strangers.pixels), np.float64)
        result["stranger_probability"] = chances.max(axis=1)
        result |= _features(model, strangers.pixels, "stranger_")
        result.pop("stranger_features", None)
    return result


def _extras(
    model: Any,
    images: Images,
    train: NDArray[np.integer],
    work: Path | None,
    steps: Callable[[int, int, str], None] | None,
) -> dict[str, Any]:
    """What this method's `fit` takes beside images and truth."""
    import inspect

    taken = inspect.signature(model.fit).parameters
    extras: dict[str, Any] = {}
    if "groups" in taken:
        extras["groups"] = images.groups[train]
    if work is not None and "folder" in taken and "resume" in taken:
        extras |= {"folder": ensure_folder(work), "resume": True}
    if steps is not None and "progress" in taken:
        extras["progress"] = steps
    return extras


def _aligned(model: Any, pixels: NDArray[Any], images: Images) -> NDArray[np.float64]:
    """Probabilities with the columns in the order of the classes; 0 for one never learned."""
    chances = np.asarray(model.predict_proba(pixels), np.float64)
    if images.multi_label:
        return chances
    place = {str(name): number for number, name in enumerate(images.classes)}
    found = np.zeros((len(pixels), len(images.classes)))
    found[:, [place[str(name)] for name in model.classes_]] = chances
    return found


def _features(model: Any, pixels: NDArray[Any], prefix: str) -> dict[str, NDArray[Any]]:
    """Features and scores of strangeness, where the method has them."""
    if not hasattr(model, "features"):
        return {}
    features = np.asarray(model.features(pixels), np.float32)
    found: dict[str, NDArray[Any]] = {f"{prefix}features": features}
    calibration = getattr(model, "calibration_", None)
    if calibration is not None and getattr(calibration, "ood", None) is not None:
        card = calibration.ood
        found[f"{prefix}scores"] = ood_score(features, calibration.arrays, card)
        found["limit"] = np.array(float(card.threshold))
    return found


def _accuracy(images: Images, test: NDArray[np.integer], result: dict[str, NDArray[Any]]) -> float:
    chances = result["probabilities"]
    if images.multi_label:
        named = named_labels(chances, images.truth)
        return float((named == (images.truth[test] == 1)).all(axis=1).mean())
    return float((chances.argmax(axis=1) == images.truth[test]).mean())


def _gathered(
    images: Images,
    folds: Sequence[tuple[NDArray[np.integer], NDArray[np.integer]]],
    results: list[dict[str, NDArray[Any]]],
    strangers: Strangers | None,
    name: str,
    variant: str,
    facts: dict[str, Any],
) -> Evaluation:
    tested = np.concatenate([test for _, test in folds])
    order = np.argsort(tested, kind="stable")
    kept = tested[order]
    numbers = np.concatenate([np.full(len(test), at) for at, (_, test) in enumerate(folds)])

    def column(key: str) -> NDArray[Any] | None:
        if any(key not in result for result in results):
            return None
        parts = [result[key] for result in results]
        if key == "features" and len({part.shape[1] for part in parts}) > 1:
            return None
        return np.concatenate(parts)[order]

    limits = None
    if all("limit" in result for result in results):
        each = [float(result["limit"]) for result in results]
        limits = np.array(each)[numbers][order]
    chances = column("probabilities")
    if chances is None:  # every fold has them
        raise InputError("a stored fold lacks its probabilities; remove the folder of folds")
    return Evaluation(
        name=name,
        classes=images.classes,
        truth=images.truth[kept],
        probabilities=chances,
        images=images.names[kept],
        groups=images.groups[kept],
        folds=numbers[order],
        multi_label=images.multi_label,
        variant=variant,
        features=column("features"),
        strangeness=column("scores"),
        strangeness_limits=limits,
        strangers=None if strangers is None else _stranger_table(strangers, results),
        root=images.root,
        facts={**facts, "seconds": round(sum(float(r["seconds"]) for r in results), 2)},
    )


def _stranger_table(strangers: Strangers, results: list[dict[str, NDArray[Any]]]) -> Any:
    import pandas as pd

    tables = []
    for number, result in enumerate(results):
        table = pd.DataFrame(
            {
                "image": strangers.names,
                "group": strangers.groups,
                "fold": number,
                "probability": result["stranger_probability"],
            }
        )
        if "stranger_scores" in result:
            table["score"] = result["stranger_scores"]
            table["limit"] = float(result["limit"])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
