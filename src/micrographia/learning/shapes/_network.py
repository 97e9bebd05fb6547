"""The network of both models, laid out for fast arithmetic on processors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from micrographia.learning._networks import Network, Stacked, stack
from micrographia.learning._seeds import stream
from micrographia.learning._train import seeded, train_network
from micrographia.learning.methods.cnn import Cnn

if TYPE_CHECKING:
    from pathlib import Path

    from micrographia.learning.calibrate import Calibration

__all__ = ["Averaged", "ShapeCnn"]


_ENOUGH = 20_000
"""Learned pictures that the statistics of an averaged network's features are taken from."""


class Averaged(Network):
    """Answers with the mean over a picture in four positions, right angles apart.

    Takes four times as long; the maps are turned back before the mean.

    Parameters
    ----------
    network : Stacked
        Trained, with features that are the mean of its maps.
    """

    def __init__(self, network: Stacked) -> None:
        super().__init__(network.normalise, pooled=True)
        self.network = network

    def parts(self, images: Any) -> tuple[Any, Any]:
        """Maps of the body, features of the neck, both averaged."""
        grey = self.normalise(images)
        maps = self.network.body(grey) + self.network.body(grey.flip(2, 3)).flip(2, 3)
        for first, last in ((2, 3), (3, 2)):
            turned = self.network.body(grey.flip(first).transpose(2, 3))
            maps = maps + turned.flip(last).transpose(2, 3)
        maps = maps / 4
        return maps, self.network.neck(maps)

    def classifier(self) -> Any:
        """The head."""
        return self.network.head


class ShapeCnn(Cnn):
    """A `Cnn` for grey pictures whose weights lie with the channels last.

    It takes mixed arithmetic well, which is quicker where the processor knows bfloat16.
    """

    begin_with: ShapeCnn | None = None
    """Its weights are where the training begins."""

    averaged: bool = False
    """Whether it answers as `Averaged` once it has learned."""

    def _learn(self, examples: Any, *, folder: Path | None, resume: bool, progress: Any) -> None:
        rows, cols = examples.images.shape[1:3]
        with seeded(self.seed, "weights"):
            network = stack(self.stack, 1, rows, cols, len(self.classes_))
        if self.begin_with is not None:
            network.load_state_dict(self.begin_with.network_.state_dict())
        self.network_ = network.to(memory_format=torch.channels_last)
        self.history_ = train_network(
            self.network_, examples, self.training, self.augmentation, self.seed,
            folder=folder, resume=resume, progress=progress,
        )  # fmt: skip
        if self.averaged:
            self.network_ = Averaged(self.network_)

    def _calibrate(self, examples: Any) -> Calibration:
        if self.averaged and len(examples.learned) > _ENOUGH:
            some = stream(self.seed, "calibration").permutation(examples.learned)[:_ENOUGH]
            examples = replace(examples, learned=some)
        return super()._calibrate(examples)
