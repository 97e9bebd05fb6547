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

_FEW = 2_000
"""The same of a round that another follows; only its weights count."""


class Averaged(Network):
    """Answers with the mean over a picture in two or four positions, evenly turned.

    Takes as many times as long; the maps are turned back before the mean.

    Parameters
    ----------
    network : Stacked
        Trained, with features that are the mean of its maps.
    positions : int
        2 or 4.
    """

    def __init__(self, network: Stacked, positions: int = 4) -> None:
        super().__init__(network.normalise, pooled=True)
        self.network, self.positions = network, positions

    def parts(self, images: Any) -> tuple[Any, Any]:
        """Maps of the body, features of the neck, both averaged."""
        grey = self.normalise(images)
        maps = self.network.body(grey) + self.network.body(grey.flip(2, 3)).flip(2, 3)
        for first, last in ((2, 3), (3, 2)) if self.positions == 4 else ():
            turned = self.network.body(grey.flip(first).transpose(2, 3))
            maps = maps + turned.flip(last).transpose(2, 3)
        maps = maps / self.positions
        return maps, self.network.neck(maps)

    def classifier(self) -> Any:
        """The head."""
        return self.network.head


class ShapeCnn(Cnn):
    """A `Cnn` for grey pictures whose weights lie with the channels last.

    It takes mixed arithmetic well, which is quicker where the processor knows bfloat16.
    """

    begin_with: ShapeCnn | None = None
    """The model of the round before; its weights are where the training begins."""

    rounds: int = 1
    """Rounds of training, this one counted."""

    last: bool = True
    """Whether no round follows."""

    averaged: int = 1
    """Positions that it answers with the mean over once it has learned, as `Averaged`."""

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
        if self.averaged > 1:
            self.network_ = Averaged(self.network_, self.averaged)

    def _calibrate(self, examples: Any) -> Calibration:
        enough = _FEW if not self.last else _ENOUGH if self.averaged > 1 else len(examples.learned)
        if len(examples.learned) > enough:
            some = stream(self.seed, "calibration").permutation(examples.learned)[:enough]
            examples = replace(examples, learned=some)
        return super()._calibrate(examples)
