"""A small network, ours or a published stack, trained from random weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from micrographia.errors import InputError
from micrographia.learning.augmentation import AugmentationSettings
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.methods._torch import TorchClassifier
from micrographia.learning.settings import TrainingSettings

__all__ = ["Cnn"]


class Cnn(TorchClassifier):
    """A network trained from nothing.

    Parameters
    ----------
    stack : str
        ``small`` (residual, 0.3 M parameters), ``tiny``; ``ngo2024-first``, ``ngo2024-outlines``
        and ``ngo2024-polyhedra`` are stacks of convolutions and dense layers.
    training : TrainingSettings
    augmentation : AugmentationSettings
    calibration : CalibrationSettings
    class_names : sequence of str, optional
        Names of the classes, where `y` is an indicator.
    seed : int
        The same seed and images give the same model on the same machine.

    Examples
    --------
    >>> Cnn(stack="tiny", seed=3).get_params()["stack"]
    'tiny'
    """

    def __init__(
        self,
        stack: str = "small",
        training: TrainingSettings = TrainingSettings(),  # noqa: B008  - frozen
        augmentation: AugmentationSettings = AugmentationSettings(),  # noqa: B008
        calibration: CalibrationSettings = CalibrationSettings(),  # noqa: B008
        class_names: Sequence[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.stack = stack
        self.training = training
        self.augmentation = augmentation
        self.calibration = calibration
        self.class_names = class_names
        self.seed = seed

    def _held_share(self) -> float:
        return self.training.validation

    def _learn(self, examples: Any, *, folder: Path | None, resume: bool, progress: Any) -> None:
        from micrographia.learning._networks import stack, stack_names
        from micrographia.learning._train import seeded, train_network

        if self.stack not in stack_names():
            raise InputError(
                f"there is no stack {self.stack!r}; there are {', '.join(stack_names())}"
            )
        rows, cols = examples.images.shape[1:3]
        channels = 1 if examples.images.ndim == 3 else 3
        with seeded(self.seed, "weights"):
            try:
                self.network_ = stack(self.stack, channels, rows, cols, len(self.classes_))
            except RuntimeError as error:
                raise InputError(
                    f"images of {rows} x {cols} px are too small for the stack {self.stack!r}; "
                    "take larger ones or another stack"
                ) from error
        self.history_ = train_network(
            self.network_,
            examples,
            self.training,
            self.augmentation,
            self.seed,
            folder=folder,
            resume=resume,
            progress=progress,
        )
