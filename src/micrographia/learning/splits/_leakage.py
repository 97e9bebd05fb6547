"""What a naive split would have claimed, beside what the grouped one says."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from micrographia.learning.splits._folds import split_folds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from micrographia.learning.datasets import Dataset
    from micrographia.learning.splits._folds import Split

__all__ = ["Classifier", "Leakage", "leakage_report"]


_COMPONENTS = 50


class Classifier(Protocol):
    """What scikit-learn calls a classifier."""

    def fit(self, X: Any, y: Any) -> Any:
        """Learn from images and their classes."""

    def predict(self, X: Any) -> NDArray[Any]:
        """Classes of images."""


@dataclasses.dataclass(frozen=True)
class Leakage:
    """A naive cross-validation beside a grouped one.

    Parameters
    ----------
    dataset : str
    images, groups, folds : int
    shared : int
        Test images of the naive folds that have an image of their own group in the training.
    naive, grouped : dict of str to float
        Accuracy of each classifier over all test images: share of images, or of labels where an
        image may have several.
    """

    dataset: str
    images: int
    groups: int
    folds: int
    shared: int
    naive: dict[str, float]
    grouped: dict[str, float]

    @property
    def shared_percent(self) -> float:
        """Test images that a naive split has an image of the same group of in training [%]."""
        return 100 * self.shared / self.images

    def to_dict(self) -> dict[str, Any]:
        """All of it, fit for JSON."""
        return {**dataclasses.asdict(self), "shared_percent": self.shared_percent}

    def __str__(self) -> str:
        torn = f"{self.shared} test images ({self.shared_percent:.1f} %)"
        lines = [
            f"{self.dataset}: {self.images} images in {self.groups} groups, {self.folds} folds",
            f"naive split: {torn} have an image of their own group in training; grouped: none",
        ]
        lines += [
            f"{name}: accuracy {100 * claimed:.1f} % naive, {100 * self.grouped[name]:.1f} % "
            f"grouped ({100 * (self.grouped[name] - claimed):+.1f})"
            for name, claimed in self.naive.items()
        ]
        return "\n".join(lines)


def leakage_report(
    dataset: Dataset,
    n_folds: int = 5,
    seed: int = 0,
    methods: Mapping[str, Callable[[], Classifier]] | None = None,
    size: int = 32,
) -> Leakage:
    """Cross-validate with groups torn apart and with groups whole.

    Parameters
    ----------
    dataset : Dataset
    n_folds, seed : int
        As in `split_folds`.
    methods : mapping of str to callable, optional
        Names and makers of classifiers that take images of shape (n, size, size); without them a
        nearest neighbour and a linear discriminant look at the pixels, in seconds.
    size : int [px]
        Rows and columns that images are brought to.

    Returns
    -------
    leakage : Leakage

    Raises
    ------
    InputError
        If a class has fewer groups than there are folds.

    Notes
    -----
    A grouped accuracy is lower for two reasons: nothing was seen before, and where groups are
    large, whole kinds of images are missing from the training. The counts tell the first alone.
    """
    grouped = split_folds(dataset, n_folds, seed)
    alone = dataclasses.replace(
        dataset, table=dataset.table.assign(group=dataset.table["path"].astype(str))
    )
    if "frame" in alone.table:
        alone.table["group"] += "|" + alone.table["frame"].astype(str)
    naive = split_folds(alone, n_folds, seed)
    images = dataset.load(size)
    methods = methods if methods is not None else _quick()
    return Leakage(
        dataset.name,
        len(dataset),
        len(np.unique(dataset.groups)),
        n_folds,
        _shared(dataset.groups, naive),
        {name: _accuracy(make, images, dataset.y, naive) for name, make in methods.items()},
        {name: _accuracy(make, images, dataset.y, grouped) for name, make in methods.items()},
    )


def _shared(groups: NDArray[Any], folds: Sequence[Split]) -> int:
    return sum(int(np.isin(groups[test], groups[train]).sum()) for train, test in folds)


def _accuracy(
    make: Callable[[], Classifier],
    images: NDArray[Any],
    y: NDArray[np.int64],
    folds: Sequence[Split],
) -> float:
    right = np.zeros(y.shape, bool)
    for train, test in folds:
        right[test] = make().fit(images[train], y[train]).predict(images[test]) == y[test]
    return float(right.mean())


def _quick() -> dict[str, Callable[[], Classifier]]:
    return {"nearest neighbour": lambda: _Quick(_neighbour), "linear": lambda: _Quick(_linear)}


class _Quick:
    """A classifier of pixels; one for each label where the truth has a column for each."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        self._make = make
        self._models: list[Any] = []

    def fit(self, X: NDArray[Any], y: NDArray[np.int64]) -> _Quick:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        rows, truths = _flat(X), y.reshape(len(y), -1).T
        with threadpool_limits(1):  # small matrices: threads only wait for each other
            self._models = [self._make(len(rows)).fit(rows, truth) for truth in truths]
        self._single = y.ndim == 1
        return self

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:
        from threadpoolctl import threadpool_limits

        rows = _flat(X)
        with threadpool_limits(1):
            told = np.stack([model.predict(rows) for model in self._models], axis=1)
        return told[:, 0] if self._single else told


def _neighbour(images: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1)


def _linear(images: int) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline

    shrunk = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return make_pipeline(
        PCA(min(_COMPONENTS, images // 2), svd_solver="randomized", random_state=0), shrunk
    )


def _flat(images: NDArray[Any]) -> NDArray[np.float32]:
    """Each image as one row of mean 0 and standard deviation 1."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(1, keepdims=True)
    rows /= np.maximum(rows.std(1, keepdims=True), 1e-6)
    return rows
