"""A network with weights from elsewhere, trained further on one's own images."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from micrographia.errors import InputError
from micrographia.learning.augmentation import AugmentationSettings
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.methods._torch import TorchClassifier
from micrographia.learning.settings import TrainingSettings

__all__ = ["FineTune"]


class FineTune(TorchClassifier):
    """A pretrained network with a new head, trained as a whole or in parts.

    Parameters
    ----------
    backbone : str
        A network of timm by name, or ``micrographia``.
    weights : str
        ``pretrained`` (fetched from timm's hub), ``random``, ``micrographia`` (our own), or a
        file that ends in ``.safetensors``.
    frozen : sequence of str
        Modules of the backbone, by name, that do not learn.
    rates : mapping of str to float, optional
        Modules by name to a factor of the learning rate.
    layer_decay : float, optional
        Factor of the learning rate from each layer to the one before it.
    training : TrainingSettings
    augmentation : AugmentationSettings
    calibration : CalibrationSettings
    class_names : sequence of str, optional
        Names of the classes, where `y` holds numbers or an indicator.
    seed : int

    Examples
    --------
    >>> FineTune(backbone="resnet101", frozen=("conv1", "bn1")).frozen
    ('conv1', 'bn1')
    """

    def __init__(
        self,
        backbone: str = "micrographia",
        weights: str = "micrographia",
        frozen: Sequence[str] = (),
        rates: Mapping[str, float] | None = None,
        layer_decay: float | None = None,
        training: TrainingSettings = TrainingSettings(),  # noqa: B008  - frozen
        augmentation: AugmentationSettings = AugmentationSettings(),  # noqa: B008
        calibration: CalibrationSettings = CalibrationSettings(),  # noqa: B008
        class_names: Sequence[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.frozen = frozen
        self.rates = rates
        self.layer_decay = layer_decay
        self.training = training
        self.augmentation = augmentation
        self.calibration = calibration
        self.class_names = class_names
        self.seed = seed

    def _held_share(self) -> float:
        return self.training.validation

    def _learn(self, examples: Any, *, folder: Path | None, resume: bool, progress: Any) -> None:
        from micrographia.learning._train import seeded, train_network
        from micrographia.learning.backbones import backbone_network

        rows, cols = examples.images.shape[1:3]
        with seeded(self.seed, "weights"):
            self.network_ = backbone_network(
                self.backbone,
                self.weights,
                channels=1 if examples.images.ndim == 3 else 3,
                classes=len(self.classes_),
                shape=(rows, cols),
            )
        self.network_.set_rates(self._all_rates())
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

    def _all_rates(self) -> dict[str, float]:
        """Factors of the learning rate by full name; frozen ones are 0."""
        from micrographia.learning._networks import FROZEN
        from micrographia.learning.backbones import layer_rates

        found = {} if self.layer_decay is None else layer_rates(self.network_, self.layer_decay)
        known = [name for name, _ in self.network_.model.named_modules() if name]
        for name, factor in {**(self.rates or {}), **dict.fromkeys(self.frozen, FROZEN)}.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, 3)
                hint = f"; perhaps {', '.join(near)}" if near else ""
                raise InputError(f"{self.backbone} has no module {name!r} to freeze or slow{hint}")
            found = {key: 1.0 * value for key, value in found.items() if not _within(key, name)}
            found[f"model.{name}"] = float(factor)
        return found


def _within(key: str, module: str) -> bool:
    return f"{key}.".startswith(f"model.{module}.")
