"""What Lightning runs: loss, optimiser and the learning rate as a function of the step alone."""

from __future__ import annotations

import math
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from micrographia.learning._networks import Network
from micrographia.learning._seeds import torch_seed
from micrographia.learning.settings import TrainingSettings

__all__ = ["Task", "rate_factor"]


def rate_factor(settings: TrainingSettings, epoch: float) -> float:
    """The learning rate at a point of the training, as a share of its largest.

    Parameters
    ----------
    settings : TrainingSettings
    epoch : float
        Epochs gone, with their fraction.

    Returns
    -------
    factor : float

    Examples
    --------
    >>> rate_factor(TrainingSettings(schedule="step"), 45.5) == 0.62**2
    True
    """
    if epoch < settings.warmup_epochs:
        return max(epoch, 0.01) / settings.warmup_epochs
    if settings.schedule == "step":
        return float(settings.step_factor ** int(epoch // settings.step_epochs))
    if settings.schedule == "cosine":
        length = max(settings.epochs - settings.warmup_epochs, 1e-9)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (epoch - settings.warmup_epochs) / length)))
    return 1.0


class Task(pl.LightningModule):
    """Trains a network for one label an image, or for several.

    With `blocks`, the block of each class, every block of classes has a softmax of its own.
    """

    def __init__(
        self,
        network: Network,
        settings: TrainingSettings,
        *,
        multi_label: bool,
        class_weights: Any,
        seed: int,
        blocks: Any = None,
    ) -> None:
        super().__init__()
        self.network, self.settings, self.seed = network, settings, seed
        self.multi_label = multi_label
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.register_buffer("blocks", blocks, persistent=False)
        self._sums: dict[str, list[Any]] = {}

    def loss(self, logits: Any, targets: Any, smoothing: float) -> Any:
        """Cross entropy, over all classes or for each class by itself."""
        if self.multi_label:
            wanted = targets * (1 - smoothing) + smoothing / 2
            return nn.functional.binary_cross_entropy_with_logits(
                logits, wanted, pos_weight=self.class_weights
            )
        logits = self.within(logits, targets)
        return nn.functional.cross_entropy(
            logits, targets, weight=self.class_weights, label_smoothing=smoothing
        )

    def within(self, logits: Any, targets: Any) -> Any:
        """Logits of the classes of the truth's own block; the others can't be answered."""
        if self.blocks is None:
            return logits
        outside = self.blocks[targets][:, None] != self.blocks[None]
        return logits.masked_fill(outside, torch.finfo(logits.dtype).min)

    def on_train_epoch_start(self) -> None:
        """Tell the batches which epoch they are for."""
        self.trainer.train_dataloader.dataset.epoch = self.current_epoch

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Set the learning rate and torch's random numbers from the place alone."""
        place = (self.current_epoch, batch_idx, self.global_rank)
        torch.manual_seed(torch_seed(self.seed, "dropout", *place))
        gone = self.current_epoch + batch_idx / max(1, int(self.trainer.num_training_batches))
        factor = rate_factor(self.settings, gone)
        for group in self.optimizers().param_groups:
            group["lr"] = self.settings.learning_rate * group["factor"] * factor

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        """One batch."""
        images, targets = batch
        logits = self.network(images)
        loss = self.loss(logits, targets, self.settings.label_smoothing)
        self._count("train", logits, targets, loss)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """One batch of images that are not learned from."""
        images, targets = batch
        logits = self.network(images)
        self._count("val", logits, targets, self.loss(logits, targets, 0.0))

    def configure_optimizers(self) -> Any:
        """The optimiser; its rate is set at each step."""
        chosen = self.settings
        groups = self.network.groups(chosen.learning_rate, chosen.weight_decay)
        if chosen.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=chosen.learning_rate, momentum=chosen.momentum)
        kind = torch.optim.AdamW if chosen.optimizer == "adamw" else torch.optim.Adam
        return kind(groups, lr=chosen.learning_rate)

    def figures(self, part: str) -> dict[str, float]:
        """Loss and accuracy gathered since the last call; accuracy per label where several."""
        counted = self._sums.pop(part, None)
        if counted is None:
            return {}
        sums = torch.stack(counted).sum(0)
        sums = self.trainer.strategy.reduce(sums, reduce_op="sum")
        loss, right, number = (float(value) for value in sums)
        return {f"{part}_loss": loss / number, f"{part}_accuracy": right / number}

    def _count(self, part: str, logits: Any, targets: Any, loss: Any) -> None:
        with torch.no_grad():
            if self.multi_label:
                right = ((logits > 0) == (targets > 0.5)).float().mean(1).sum()
            else:
                right = (self.within(logits, targets).argmax(1) == targets).sum()
            number = len(logits)
            values = [loss.detach() * number, right, loss.new_tensor(float(number))]
            found = torch.stack([value.float() for value in values])
        self._sums.setdefault(part, []).append(found)
