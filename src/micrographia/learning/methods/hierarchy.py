"""A family or outline first, then a model for each: their probabilities multiply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from micrographia.errors import InputError
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.methods._base import ImageClassifier

__all__ = ["Hierarchy"]

_FLOOR = 1e-7


class Hierarchy(ImageClassifier):
    """A first model tells the family, a second one, of that family, the class.

    The probability of a class is the sum over families of the family's probability times that of
    the class within it.

    Parameters
    ----------
    first : ImageClassifier
        Tells families; copied before it learns.
    branch : ImageClassifier
        Tells the classes of a family; copied for each family of more than one class.
    branches : mapping of str to sequence of str
        Family to the classes that occur in it. A class may occur in several families; then `fit`
        must be told the family of each image.
    calibration : CalibrationSettings
    class_names : sequence of str, optional
        Names of the classes, where `y` holds numbers.
    seed : int

    Examples
    --------
    >>> from micrographia.learning.methods import METHODS
    >>> part = METHODS["classical"](descriptors="moments", centres=0)
    >>> made = METHODS["hierarchy"](part, part, {"round": ["disk"], "angular": ["square", "star"]})
    >>> made.branches["round"]
    ['disk']
    """

    def __init__(
        self,
        first: ImageClassifier,
        branch: ImageClassifier,
        branches: Mapping[str, Sequence[str]],
        calibration: CalibrationSettings = CalibrationSettings(),  # noqa: B008  - frozen
        class_names: Sequence[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.first = first
        self.branch = branch
        self.branches = branches
        self.calibration = calibration
        self.class_names = class_names
        self.seed = seed

    def fit(
        self,
        X: Any,
        y: Any,
        groups: Any = None,
        *,
        families: Any = None,
        folder: str | Path | None = None,
        resume: bool = False,
        progress: Any = None,
    ) -> Self:
        """Learn from images.

        Parameters
        ----------
        X : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)
        y : array-like of shape (n,)
        groups : array-like of shape (n,), optional
            Images of one group are never divided between learning and calibration.
        families : array-like of shape (n,) of str, optional
            Family of each image; found from its class where not given.
        folder : path, optional
            Where checkpoints and logs go, a folder below it for each model.
        resume : bool
            Go on from the checkpoints in `folder`.
        progress : callable, optional
            Called with steps done, steps in all and a line for a person.

        Returns
        -------
        self : Hierarchy

        Raises
        ------
        InputError
            If a class belongs to no family, or to several and `families` is not given.
        """
        self._given = None if families is None else np.asarray(families).astype(str)
        self._groups = None if groups is None else np.asarray(groups)
        try:
            return super().fit(X, y, groups, folder=folder, resume=resume, progress=progress)
        finally:
            del self._given, self._groups

    def _learn(self, examples: Any, *, folder: Path | None, resume: bool, progress: Any) -> None:
        if examples.multi_label:
            raise InputError("a hierarchy wants one class an image; take another method")
        names = self._names()
        families = self._families(names[examples.targets])[examples.learned]
        images, targets = examples.images[examples.learned], examples.targets[examples.learned]
        groups = None if self._groups is None else self._groups[examples.learned]

        def fitted(part: ImageClassifier, name: str, y: Any, chosen: Any) -> ImageClassifier:
            model: ImageClassifier = clone(part)
            return model.fit(
                images[chosen],
                y[chosen],
                None if groups is None else groups[chosen],
                folder=None if folder is None else folder / name,
                resume=resume,
                progress=None if progress is None else _named(progress, name),
            )

        everything = np.ones(len(images), bool)
        self.first_ = fitted(self.first, "first", families, everything)
        self.branches_: dict[str, ImageClassifier | None] = {}
        self.places_: dict[str, NDArray[np.intp]] = {}
        for family in self.first_.classes_:
            chosen = families == family
            present = np.unique(targets[chosen])
            self.places_[family] = present
            self.branches_[family] = (
                fitted(self.branch, family, targets, chosen) if len(present) > 1 else None
            )

    def _outputs(self, images: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        total = np.zeros((len(images), len(self.classes_)))
        of_family = self.first_.predict_proba(images)
        for column, (family, branch) in enumerate(self.branches_.items()):
            within = np.ones((len(images), 1)) if branch is None else branch.predict_proba(images)
            total[:, self.places_[family]] += of_family[:, column, None] * within
        return np.log(total + _FLOOR).astype(np.float32), self.first_.features(images)

    def exportable(self) -> Any:
        """Give one torch network of all models."""
        from micrographia.learning._tree import TreeNetwork

        if self.first_.input_card() != {**self.branch_card(), **self.input_card()}:
            raise InputError(
                "a hierarchy becomes a bundle where its models take the same input; take the same "
                "kind of method for the first model and the branches"
            )
        return TreeNetwork(
            self.first_.exportable(),
            self.first_.calibration_.temperature,
            [(self.places_[family], *_model(branch)) for family, branch in self.branches_.items()],
            len(self.classes_),
            _FLOOR,
        )

    def branch_card(self) -> dict[str, Any]:
        """Give what the branches take as input; as the first model where there are none."""
        models = [model for model in self.branches_.values() if model is not None]
        return models[0].input_card() if models else self.first_.input_card()

    def input_card(self) -> dict[str, Any]:
        """Give what the first model takes as input."""
        return self.first_.input_card()

    def example(self) -> NDArray[np.float32]:
        """Give two images as the first model takes them."""
        return self.first_.example()

    def _names(self) -> NDArray[Any]:
        """Name of each class, by its number."""
        named = self.classes_ if self.class_names is None else self.class_names
        return np.asarray(named).astype(str)

    def _families(self, names: NDArray[Any]) -> NDArray[Any]:
        """Family of each image."""
        if self._given is not None:
            strange = sorted(set(self._given) - set(self.branches))
            if strange:
                raise InputError(f"families {', '.join(strange)} are not among the branches")
            return self._given
        of_class: dict[str, list[str]] = {}
        for family, classes in self.branches.items():
            for name in classes:
                of_class.setdefault(str(name), []).append(str(family))
        present = np.unique(names)
        without = [name for name in present if name not in of_class]
        if without:
            raise InputError(f"branches: no family has the class {', '.join(without)}")
        several = [name for name in present if len(of_class[name]) > 1]
        if several:
            raise InputError(
                f"branches: {', '.join(several)} occur in several families; tell fit the family of "
                "each image"
            )
        return np.array([of_class[name][0] for name in names])


def _model(branch: ImageClassifier | None) -> tuple[Any, float]:
    return (None, 1.0) if branch is None else (branch.exportable(), branch.calibration_.temperature)


def _named(progress: Any, name: str) -> Any:
    return lambda done, total, note: progress(done, total, f"{name}: {note}")
