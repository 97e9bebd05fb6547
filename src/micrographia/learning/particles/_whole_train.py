"""The second part of the training: whole outlines, the rest of the network left as it is."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from micrographia._files import whole_file
from micrographia.learning._seeds import torch_seed
from micrographia.learning.particles._network import Network, views
from micrographia.learning.particles._running import follow, reckon_in_half
from micrographia.learning.particles._whole_batches import WholeBatch, WholePool, make_whole_batch
from micrographia.learning.particles._whole_head import WholeHead

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from micrographia.learning.particles._whole_settings import WholeSettings

__all__ = ["fit_wholes"]


class _State:
    """Weights of the head, their running mean, the optimiser, the steps that are done."""

    def __init__(self, trunk: Network, settings: WholeSettings, seed: int) -> None:
        torch.manual_seed(torch_seed(seed, "particles whole weights"))
        self.trunk = trunk.eval().to(memory_format=torch.channels_last)
        self.head = WholeHead(trunk).to(memory_format=torch.channels_last).train()
        self.averaged: WholeHead = copy.deepcopy(self.head).eval()
        self.optimizer = torch.optim.AdamW(
            self.head.parameters(), lr=settings.rate, weight_decay=settings.decay
        )
        self.step = 0

    def save(self, path: Path) -> None:
        with whole_file(path) as temporary:
            torch.save(
                {"head": self.head.state_dict(), "averaged": self.averaged.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "step": self.step}, temporary,
            )  # fmt: skip

    def load(self, path: Path) -> None:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        self.head.load_state_dict(saved["head"])
        self.averaged.load_state_dict(saved["averaged"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step = int(saved["step"])


def fit_wholes(
    trunk: Network,
    folder: Path,
    settings: WholeSettings,
    *,
    seed: int = 0,
    half: bool | None = None,
    save_every_s: float = 120,
    report: Callable[[str], object] = lambda _: None,
) -> WholeHead:
    """Take the steps that are left; what was done before in the same folder is kept.

    Parameters
    ----------
    trunk : Network
        Trained; it is not changed.
    folder : Path
        With `images`; `whole.pt` is the checkpoint.
    settings : WholeSettings
    seed : int
        Of the weights and batches.
    half : bool or None
        Reckon in bfloat16; None: where the processor has instructions for it.
    save_every_s : float [s]
    report : callable

    Returns
    -------
    head : WholeHead
        With the running mean of its weights.
    """
    state = _State(trunk, settings, seed)
    checkpoint = folder / "whole.pt"
    if checkpoint.exists():
        state.load(checkpoint)
        report(f"whole outlines: going on after step {state.step}")
    pool = WholePool(folder / "images", settings.image_seed, settings.images)
    saved = told = time.monotonic()
    losses: list[float] = []
    while state.step < settings.steps:
        batch = make_whole_batch(pool, seed, state.step, settings.batch, settings.size)
        losses.append(_step(state, batch, settings, reckon_in_half(half)))
        now = time.monotonic()
        if now - told > 20:
            report(f"whole outlines, step {state.step}: loss {sum(losses) / len(losses):.4f}, "
                   f"{len(losses)} steps in {now - told:.0f} s")  # fmt: skip
            told, losses = now, []
        if now - saved > save_every_s:
            state.save(checkpoint)
            saved = now
    state.save(checkpoint)
    return state.averaged


def _step(state: _State, batch: WholeBatch, settings: WholeSettings, half: bool) -> float:
    for group in state.optimizer.param_groups:
        group["lr"] = settings.rate_at(state.step)
    images, levels, *answers = (torch.from_numpy(part) for part in batch)
    mean, spread = levels[:, 0].view(-1, 1, 1, 1), levels[:, 1].view(-1, 1, 1, 1)
    seen = views(images, mean, spread).to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        with torch.no_grad():
            kept = state.trunk.down_the_scales(seen)
        said = [one.float() for one in state.head(kept)]
    loss = _loss(said, answers)
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.head.parameters(), 5.0)
    state.optimizer.step()
    state.step += 1
    follow(state.averaged, state.head, min(settings.average, state.step / (9 + state.step)))
    return float(loss.detach())


def _loss(said: list[Tensor], answers: list[Tensor]) -> Tensor:
    """Depth: smooth L1; overlap: cross entropy; centre, rays: share of the radius, by depth."""
    deep, over, way, reach = said
    depth, covered, centre, rays, radius, inside = answers
    near = 0.3 + inside
    off = (near * functional.smooth_l1_loss(deep, depth, beta=0.1, reduction="none")).sum()
    lies_over = functional.binary_cross_entropy_with_logits(over, covered)
    weight = inside * (0.1 + depth)
    total = weight.sum().clamp(min=1)
    astray = (weight * (way - centre).abs() / radius).sum() / (2 * total)
    wrong = (weight * (reach - rays).abs() / radius).sum() / (rays.shape[1] * total)
    return 6 * off / near.sum() + lies_over + 2 * astray + 2 * wrong
