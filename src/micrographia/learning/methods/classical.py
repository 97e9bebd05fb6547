"""Descriptors without a network, reduced by PCA or LDA, and a linear or kernel classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.classification.descriptors import describe, parse_descriptors
from micrographia.errors import InputError
from micrographia.learning._seeds import stream
from micrographia.learning.augmentation import AugmentationSettings, augment, balance
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.methods._base import ImageClassifier
from micrographia.learning.methods._softmax import fit_softmax

__all__ = ["Classical"]


class Classical(ImageClassifier):
    """The rival that needs no network: texture, gradient, shape and local descriptors.

    Parameters
    ----------
    descriptors : str
        Names out of `classification.descriptors.DESCRIPTORS`, joined by ``+``.
    reduction : {"pca", "lda", "none"}
        How descriptors become few numbers.
    components : int
        Of the PCA, at most.
    centres : int
        0 for a linear classifier; else of a Gaussian kernel, drawn from the training images
        (Nystroem's approximation).
    strength : float
        Inverse of the penalty on the weights.
    copies : int
        Randomly varied copies of each training image besides itself, where `augmentation` varies.
    augmentation : AugmentationSettings
    calibration : CalibrationSettings
    class_names : sequence of str, optional
        Names of the classes, where `y` holds numbers or an indicator.
    seed : int

    Examples
    --------
    >>> images = np.stack([np.eye(16), np.tri(16)] * 10)
    >>> Classical(descriptors="lbp").fit(images, ["line", "half"] * 10).predict(images[:2]).tolist()
    ['line', 'half']
    """

    def __init__(
        self,
        descriptors: str = "hog+lbp+glcm+moments+gradients+local",
        reduction: str = "pca",
        components: int = 100,
        centres: int = 400,
        strength: float = 10.0,
        copies: int = 0,
        augmentation: AugmentationSettings = AugmentationSettings(),  # noqa: B008  - frozen
        calibration: CalibrationSettings = CalibrationSettings(),  # noqa: B008
        class_names: Sequence[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.descriptors = descriptors
        self.reduction = reduction
        self.components = components
        self.centres = centres
        self.strength = strength
        self.copies = copies
        self.augmentation = augmentation
        self.calibration = calibration
        self.class_names = class_names
        self.seed = seed

    def _learn(self, examples: Any, *, folder: Path | None, resume: bool, progress: Any) -> None:
        parse_descriptors(self.descriptors)
        if self.reduction not in ("pca", "lda", "none"):
            raise InputError(f"reduction: wanted pca, lda or none, got {self.reduction!r}")
        if self.reduction == "lda" and examples.multi_label:
            raise InputError("reduction: lda wants one class an image; take pca for several")
        found, targets = self._training_descriptors(examples, progress)
        self._scale(found)
        self._reduce(self._scaled(found), targets)
        reduced = self._reduced(found)
        self._place_centres(reduced)
        self.weight_, self.bias_ = fit_softmax(
            self._lifted(reduced), targets, len(self.classes_), self.strength
        )

    def _outputs(self, images: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        reduced = self._reduced(self._describe(images))
        logits = self._lifted(reduced) @ self.weight_.T.astype(np.float64) + self.bias_
        return logits.astype(np.float32), reduced.astype(np.float32)

    def exportable(self) -> Any:
        """Give a torch network that takes descriptors."""
        from micrographia.learning._descriptors import DescriptorNetwork

        return DescriptorNetwork(
            self.centre_, self.spread_, self.basis_, self.offset_, self.centres_, self.gamma_,
            self.weight_, self.bias_,
        )  # fmt: skip

    def input_card(self) -> dict[str, Any]:
        """Say that the model takes descriptors of an image of the training's size."""
        return {**super().input_card(), "kind": "descriptors", "descriptors": self.descriptors}

    def example(self) -> NDArray[np.float32]:
        """Give descriptors of two images."""
        images = super().example()
        return describe(images, self.descriptors)

    def _describe(self, images: NDArray[Any]) -> NDArray[np.float32]:
        array = np.asarray(images)
        return describe(array.transpose(0, 3, 1, 2) if array.ndim == 4 else array, self.descriptors)

    def _training_descriptors(
        self, examples: Any, progress: Any
    ) -> tuple[NDArray[np.float32], NDArray[Any]]:
        chosen = examples.learned
        turns = np.zeros_like(chosen)
        if self.augmentation.per_class is not None:
            targets = examples.targets[chosen]
            picked, turns = balance(targets, self.augmentation.per_class, self.seed)
            chosen = chosen[picked]
        found = []
        total = len(chosen) * (1 + self.copies)
        for epoch in range(1 + self.copies):
            for item, (index, turn) in enumerate(zip(chosen, turns, strict=True)):
                image = np.rot90(np.asarray(examples.images[index], np.float32), turn)
                if epoch:
                    random = stream(self.seed, "augment", epoch, item)
                    image = augment(image, random, self.augmentation)
                found.append(self._describe(image[None])[0])
                if progress is not None:
                    progress(len(found), total, "descriptors")
        return np.stack(found), np.concatenate([examples.targets[chosen]] * (1 + self.copies))

    def _scale(self, found: NDArray[np.float32]) -> None:
        self.centre_ = found.mean(0, dtype=np.float64)
        spread = found.std(0, dtype=np.float64)
        self.spread_ = np.where(spread > 1e-6, spread, 1e6)

    def _scaled(self, found: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray((found - self.centre_) / self.spread_, np.float64)

    def _reduce(self, scaled: NDArray[np.float64], targets: NDArray[Any]) -> None:
        """Learn `basis_` (d, k) and `offset_` (k,); reduced features have about unit spread."""
        if self.reduction == "none":
            self.basis_ = np.eye(scaled.shape[1]) / np.sqrt(scaled.shape[1])
            self.offset_ = np.zeros(scaled.shape[1])
            return
        from sklearn.decomposition import PCA

        # LDA of more descriptors than images is not determined: a PCA comes before it
        most = min(self.components, *scaled.shape) if self.reduction == "pca" else 300
        pca = PCA(min(most, scaled.shape[0] - 1, scaled.shape[1]), random_state=self.seed)
        points = pca.fit_transform(scaled)
        basis = pca.components_.T
        if self.reduction == "lda":
            from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

            lda = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(points, targets)
            axes = lda.scalings_[:, : max(1, len(np.unique(targets)) - 1)]
            basis = basis @ axes
        spread = np.sqrt(np.square(scaled @ basis).sum(1).mean())
        self.basis_ = basis / max(float(spread), 1e-12)
        self.offset_ = np.zeros(basis.shape[1])

    def _reduced(self, found: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(self._scaled(found) @ self.basis_ - self.offset_)

    def _place_centres(self, reduced: NDArray[np.float64]) -> None:
        self.centres_, self.gamma_ = np.zeros((0, reduced.shape[1])), 0.0
        if self.centres:
            order = stream(self.seed, "centres").permutation(len(reduced))[: self.centres]
            self.centres_ = reduced[order]
            self.gamma_ = float(
                1 / max(2 * np.median(_squares(self.centres_, self.centres_)), 1e-9)
            )

    def _lifted(self, reduced: NDArray[np.float64]) -> NDArray[np.float64]:
        """The reduced features and their likeness to each centre."""
        if not len(self.centres_):
            return reduced
        alike = np.exp(-self.gamma_ * _squares(reduced, self.centres_))
        return np.concatenate([reduced, alike], axis=1)


def _squares(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.asarray(np.maximum(found, 0))
