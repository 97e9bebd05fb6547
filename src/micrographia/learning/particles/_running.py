"""What both parts of the training share: weights, their running mean, checkpoints, the steps."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Generic, TypeVar

import torch
from torch import nn

from micrographia._files import whole_file
from micrographia.learning._processor import knows_bfloat16

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Running", "reckon_in_half"]

Net = TypeVar("Net", bound=nn.Module)

_TELL_S = 20.0


class Running(Generic[Net]):
    """A network that learns, the running mean of its weights, the optimiser, the steps done.

    Parameters
    ----------
    network : Module
    rate : float
        Learning rate of AdamW before the first step.
    decay : float
        Weight decay.
    """

    def __init__(self, network: Net, rate: float, decay: float) -> None:
        self.network: Net = network.to(memory_format=torch.channels_last).train()
        self.averaged: Net = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=decay)
        self.step = 0

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        with whole_file(path) as temporary:
            torch.save(
                {"network": self.network.state_dict(), "averaged": self.averaged.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "step": self.step}, temporary,
            )  # fmt: skip

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        saved = torch.load(path, map_location="cpu", weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.averaged.load_state_dict(saved["averaged"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step = int(saved["step"])

    def learn(self, loss: torch.Tensor, rate: float, average: float) -> float:
        """Change the weights by a loss; `average` of the running mean stays, less at first."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self._follow(min(average, (1 + self.step) / (10 + self.step)))
        return float(loss.detach())

    def _follow(self, share: float) -> None:
        """Bring the running mean nearer to the weights; `share` of it stays."""
        with torch.no_grad():
            new = dict(self.network.named_parameters())
            for name, old in self.averaged.named_parameters():
                old.lerp_(new[name], 1 - share)
            fresh = dict(self.network.named_buffers())
            for name, old in self.averaged.named_buffers():
                if old.dtype.is_floating_point:
                    old.lerp_(fresh[name], 1 - share)
                else:
                    old.copy_(fresh[name])

    def go_on(
        self, end: int, checkpoint: Path, take: Callable[[], float], save_every_s: float,
        report: Callable[[str], object], what: str = "",
    ) -> None:  # fmt: skip
        """Take the steps that are left, from the checkpoint if there is one.

        Parameters
        ----------
        end : int
            Steps to be done in the end.
        checkpoint : Path
            Written every few minutes and at the end.
        take : callable
            Takes the step `self.step` and gives its loss.
        save_every_s : float [s]
        report : callable
            Called with a sentence now and then.
        what : str
            The sentences' beginning.
        """
        if checkpoint.exists():
            self.load(checkpoint)
            report(f"{what}going on after step {self.step}")
        saved = told = time.monotonic()
        losses: list[float] = []
        while self.step < end:
            losses.append(take())
            now = time.monotonic()
            if now - told > _TELL_S:
                report(f"{what}step {self.step}: loss {sum(losses) / len(losses):.4f}, "
                       f"{len(losses)} steps in {now - told:.0f} s")  # fmt: skip
                told, losses = now, []
            if now - saved > save_every_s:
                self.save(checkpoint)
                saved = now
        self.save(checkpoint)


def reckon_in_half(wanted: bool | None) -> bool:
    """Whether to reckon in bfloat16: as wanted, or where the processor has instructions for it."""
    return knows_bfloat16() if wanted is None else wanted
