"""Features of a fixed network and a linear softmax on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.errors import SettingsError
from micrographia.learning._crossed import Refit
from micrographia.learning._seeds import stream
from micrographia.learning.augmentation import AugmentationSettings, augment, balance
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.methods._softmax import fit_softmax
from micrographia.learning.methods._torch import TorchClassifier, run_network

__all__ = ["Linear"]


class Linear(TorchClassifier):
    """The features that a fixed network gives to its classifier, and a new linear classifier.

    For VGG-16 these are the 4,096 numbers of its second dense layer.

    Parameters
    ----------
    backbone : str
        A network of timm by name, or ``micrographia``.
    weights : str
        ``pretrained``, ``random``, ``micrographia``, or a file that ends in ``.safetensors``.
    downscale : sequence of int
        Factors by which an image is averaged down before the network sees it; with several, such
        as (1, 2), the features of all sizes are set side by side.
    strength : float
        Inverse of the penalty on the weights (scikit-learn's C), for standardised features.
    copies : int
        Randomly varied copies of each training image besides itself, where `augmentation` varies.
    augmentation : AugmentationSettings
    calibration : CalibrationSettings
    class_names : sequence of str, optional
        Names of the classes, where `y` holds numbers or an indicator.
    seed : int

    Examples
    --------
    >>> Linear(backbone="vgg16", weights="pretrained").strength
    0.01
    """

    def __init__(
        self,
        backbone: str = "micrographia",
        weights: str = "micrographia",
        downscale: Sequence[int] = (1,),
        strength: float = 0.01,
        copies: int = 0,
        augmentation: AugmentationSettings = AugmentationSettings(),  # noqa: B008  - frozen
        calibration: CalibrationSettings = CalibrationSettings(),  # noqa: B008
        class_names: Sequence[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.downscale = downscale
        self.strength = strength
        self.copies = copies
        self.augmentation = augmentation
        self.calibration = calibration
        self.class_names = class_names
        self.seed = seed

    def _learn(self, examples: Any, *, folder: Path | None, resume: bool, progress: Any) -> None:
        import torch

        self.network_ = self.fixed_network(examples.images.shape, len(self.classes_))
        features, targets = self._training_features(examples, progress)
        weight, bias = fit_softmax(features, targets, len(self.classes_), self.strength)
        head = self.network_.classifier()
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(weight))
            head.bias.copy_(torch.from_numpy(bias))

    def fixed_network(self, shape: tuple[int, ...], classes: int) -> Any:
        """The network whose features are learned from, with a new head.

        Parameters
        ----------
        shape : tuple of int
            Of the images, (n, rows, cols) or (n, rows, cols, 3).
        classes : int

        Returns
        -------
        network : Network
        """
        import torch

        from micrographia.learning._downscaled import Downscaled
        from micrographia.learning._train import seeded
        from micrographia.learning.backbones import backbone_network

        factors = _factors(self.downscale)
        rows, cols = shape[1:3]
        channels = 1 if len(shape) == 3 else 3
        with seeded(self.seed, "weights"):
            network: Any = backbone_network(
                self.backbone, self.weights, channels=channels, classes=classes, shape=(rows, cols)
            )
            if factors != (1,):
                network = Downscaled(network, factors, classes, (rows, cols))
        # on a processor, features are computed faster so than with channels first
        return network.eval().to(memory_format=torch.channels_last)

    def _refit(self) -> Refit | None:
        if self.copies or self.augmentation.per_class is not None:
            return None  # the last step has learned from other images than those that are judged
        return partial(fit_softmax, classes=len(self.classes_), strength=self.strength)

    def _training_features(
        self, examples: Any, progress: Any
    ) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Features of the training images, turned and varied as the settings say."""
        chosen = examples.learned
        turns = np.zeros_like(chosen)
        if self.augmentation.per_class is not None:
            picked, turns = balance(
                examples.targets[chosen], self.augmentation.per_class, self.seed
            )
            chosen = chosen[picked]
        found = []
        parts = np.array_split(np.arange(len(chosen)), max(1, len(chosen) // 256))
        rounds = 1 + self.copies
        for epoch in range(rounds):
            for done, part in enumerate(parts, start=epoch * len(parts) + 1):
                images = [
                    self._picture(examples.images[chosen[item]], int(turns[item]), epoch, int(item))
                    for item in part
                ]
                found.append(run_network(self.network_, np.stack(images))[1])
                if progress is not None:
                    progress(done, rounds * len(parts), "features")
        return np.concatenate(found), np.concatenate([examples.targets[chosen]] * rounds)

    def _picture(
        self, image: NDArray[Any], turns: int, epoch: int, item: int
    ) -> NDArray[np.float32]:
        turned = np.rot90(np.asarray(image, np.float32), turns)
        if epoch == 0:
            return turned
        return augment(turned, stream(self.seed, "augment", epoch, item), self.augmentation)


def _factors(downscale: Any) -> tuple[int, ...]:
    """The factors as they were given, or why they are none."""
    given = tuple(downscale) if isinstance(downscale, Sequence) else (downscale,)
    if not given or not all(isinstance(k, int) and k >= 1 for k in given):
        raise SettingsError(
            f"downscale: wanted whole numbers from 1 on, such as [1, 2], got {downscale!r}"
        )
    return given
