"""What every method does: check, hold back, learn, calibrate, answer, become a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from micrographia.errors import InputError
from micrographia.learning._labels import check_images, encode, hold_back
from micrographia.learning.calibrate import Calibration, CalibrationSettings, calibrate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrographia.bundles.card import Metric
    from micrographia.learning._crossed import Refit
    from micrographia.learning._train import Examples, Progress

__all__ = ["ImageClassifier"]


class ImageClassifier(ClassifierMixin, BaseEstimator):
    """Base of the methods.

    A subclass stores its parameters in `__init__`, among them `seed`, `calibration` and
    `class_names`, learns in `_learn`, and answers logits and features in `_outputs`.

    Attributes
    ----------
    classes_ : ndarray of shape (classes,)
    multi_label_ : bool
    calibration_ : Calibration
        Temperature, threshold of "unknown" and statistics that tell images unlike the known ones.
    history_ : list of dict
        A row an epoch, empty where there are none.
    """

    seed: int
    calibration: CalibrationSettings
    class_names: Sequence[str] | None

    def fit(
        self,
        X: Any,
        y: Any,
        groups: Any = None,
        *,
        folder: str | Path | None = None,
        resume: bool = False,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from images.

        Parameters
        ----------
        X : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)
        y : array-like of shape (n,), or (n, classes) of 0 and 1
        groups : array-like of shape (n,), optional
            Images of one group are never divided between learning and calibration.
        folder : path, optional
            Where checkpoints and logs go, for methods that train in epochs.
        resume : bool
            Go on from the checkpoint in `folder`.
        progress : callable, optional
            Called with steps done, steps in all and a line for a person.

        Returns
        -------
        self : ImageClassifier

        Raises
        ------
        InputError
            If images, labels or groups cannot be used.
        """
        from micrographia.learning._train import Examples

        images = check_images(X)
        targets, classes, multi_label = encode(y, len(images), self.class_names)
        learned, held = hold_back(targets, groups, self._held_share(), self.seed)
        self.classes_, self.multi_label_ = classes, multi_label
        self.image_shape_ = tuple(images.shape[1:])
        self.history_: list[dict[str, float]] = []
        examples = Examples(images, targets, learned, held, groups)
        self._learn(
            examples,
            folder=None if folder is None else Path(folder),
            resume=resume,
            progress=progress,
        )
        self.calibration_ = self._calibrate(examples)
        return self

    def decision_function(self, X: Any) -> NDArray[np.float32]:
        """Give the logits.

        Parameters
        ----------
        X : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)

        Returns
        -------
        logits : ndarray of shape (n, classes), float32
            Before the temperature; two columns where there are two classes.
        """
        return self._answers(X)[0]

    def features(self, X: Any) -> NDArray[np.float32]:
        """Give the features that the last, linear step decides on.

        Parameters
        ----------
        X : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)

        Returns
        -------
        features : ndarray of shape (n, d), float32
        """
        return self._answers(X)[1]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Give calibrated probabilities.

        Parameters
        ----------
        X : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)

        Returns
        -------
        probabilities : ndarray of shape (n, classes)
            Rows sum to 1, or, with several labels an image, each class stands for itself.
        """
        return self.calibration_.probabilities(self.decision_function(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """Give the most probable class, or with several labels an image 0 and 1 for each class.

        Parameters
        ----------
        X : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)

        Returns
        -------
        labels : ndarray of shape (n,) or (n, classes)
        """
        logits = self.decision_function(X)
        if self.multi_label_:
            return (logits > 0).astype(np.int64)
        return np.asarray(self.classes_[logits.argmax(1)])

    def to_bundle(
        self,
        folder: str | Path,
        *,
        name: str,
        summary: str = "",
        classes: Sequence[str] | None = None,
        metrics: Sequence[Metric] = (),
        pixel_size_nm: tuple[float, float] | None = None,
        **card: Any,
    ) -> Path:
        """Write the model as a bundle that runs without torch.

        Parameters
        ----------
        folder : path
            To make; a name that ends in ``.zip`` makes a zip.
        name : str
            Of the model.
        summary : str
            What it is for, in a sentence.
        classes : sequence of str, optional
            Names of the classes; `class_names`, or else `classes_`, where not given.
        metrics : sequence of Metric
            What it was measured to reach.
        pixel_size_nm : tuple of float, optional [nm]
            Pixel sizes as the model sees the image, for which it is valid.
        **card : Any
            Further fields of the card: `task`, `licence`, `provenance`, `version`, `parameters`,
            and fields of the input card as `input` (dict).

        Returns
        -------
        path : Path

        Raises
        ------
        InputError
            If this method has no form as a bundle.
        """
        from micrographia.learning._export import write_bundle

        check_is_fitted(self, "calibration_")
        named = self.class_names if classes is None else classes
        names = tuple(str(item) for item in (self.classes_ if named is None else named))
        if len(names) != len(self.classes_):
            raise InputError(f"classes: wanted {len(self.classes_)} names, got {len(names)}")
        return write_bundle(
            self,
            Path(folder),
            {
                "name": name,
                "summary": summary or f"Tells apart {', '.join(names)}.",
                "classes": names,
                "metrics": tuple(metrics),
                **card,
            },
            pixel_size_nm,
        )

    def exportable(self) -> Any:
        """Give the torch network that a bundle is made from.

        Raises
        ------
        InputError
            If there is none.
        """
        check_is_fitted(self, "calibration_")
        network = getattr(self, "network_", None)
        if network is None:
            raise InputError(f"{type(self).__name__} has no form as a bundle yet")
        return network

    def input_card(self) -> dict[str, Any]:
        """Give the fields of a bundle's input card that follow from the training images."""
        check_is_fitted(self, "classes_")
        rows, cols = self.image_shape_[:2]
        channels = 1 if len(self.image_shape_) == 2 else 3
        return {"rows": rows, "cols": cols, "channels": channels, "resize": "stretch"}

    def example(self) -> NDArray[np.float32]:
        """Give two images as a bundle's model takes them, to try it with.

        Returns
        -------
        images : ndarray of shape (2, channels, rows, cols), float32
            Of smooth and sharp shapes, as a network's answer to noise shows little.
        """
        rows, cols = self.image_shape_[:2]
        y, x = np.mgrid[0:rows, 0:cols].astype(np.float32)
        y, x = y / rows, x / cols
        blob = 40 + 180 * np.exp(-((y - 0.45) ** 2 + (x - 0.55) ** 2) / 0.05)
        box = 200 - 150 * ((np.abs(y - 0.5) < 0.25) & (np.abs(x - 0.4) < 0.2)) + 20 * np.sin(9 * x)
        channels = 1 if len(self.image_shape_) == 2 else 3
        return np.repeat(np.stack([blob, box])[:, None], channels, axis=1).astype(np.float32)

    # what a subclass says

    def _learn(
        self, examples: Examples, *, folder: Path | None, resume: bool, progress: Progress | None
    ) -> None:
        raise NotImplementedError

    def _outputs(self, images: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        raise NotImplementedError

    def _held_share(self) -> float:
        return self.calibration.share

    # what they share

    def _answers(self, X: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        check_is_fitted(self, "classes_")
        images = check_images(X)
        if tuple(images.shape[1:]) != self.image_shape_:
            raise InputError(
                f"images: wanted shape (n, {', '.join(map(str, self.image_shape_))}) as in "
                f"training, got {images.shape}; bring them to that size"
            )
        return self._outputs(images)

    def _calibrate(self, examples: Examples) -> Calibration:
        learned = self._outputs(examples.images[examples.learned])
        some = len(examples.held) > 0
        held = self._outputs(examples.images[examples.held]) if some else None
        return calibrate(
            learned[1],
            examples.targets[examples.learned],
            held,
            examples.targets[examples.held],
            self.calibration,
            classes=len(self.classes_),
            head=self._head(),
            refit=self._refit(),
            groups=None
            if examples.groups is None
            else np.asarray(examples.groups)[np.concatenate([examples.learned, examples.held])],
        )

    def _head(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Weight and bias of the step from features to logits, where it is linear."""
        return None

    def _refit(self) -> Refit | None:
        """How the last step is learned, where the features have learned from no image."""
        return None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        tags.classifier_tags.multi_label = True
        tags.non_deterministic = False
        return tags
