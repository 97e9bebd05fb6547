"""The second part of the training: whole outlines, the rest of the network left as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from micrographia.learning._seeds import torch_seed
from micrographia.learning.particles._network import Network, views
from micrographia.learning.particles._running import Running, reckon_in_half
from micrographia.learning.particles._whole_batches import WholeBatch, WholePool, make_whole_batch
from micrographia.learning.particles._whole_head import WholeHead

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from micrographia.learning.particles._whole_settings import WholeSettings

__all__ = ["fit_wholes"]


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
    torch.manual_seed(torch_seed(seed, "particles whole weights"))
    trunk = trunk.eval().to(memory_format=torch.channels_last)
    state = Running(WholeHead(trunk), settings.rate, settings.decay)
    pool = WholePool(folder / "images", settings.image_seed, settings.images)
    in_half = reckon_in_half(half)

    def take() -> float:
        batch = make_whole_batch(pool, seed, state.step, settings.batch, settings.size)
        loss = _step(state, trunk, batch, settings, in_half)
        state.step += 1
        return loss

    state.go_on(settings.steps, folder / "whole.pt", take, save_every_s, report, "whole outlines: ")
    return state.averaged


def _step(
    state: Running[WholeHead], trunk: Network, batch: WholeBatch, settings: WholeSettings,
    half: bool,
) -> float:  # fmt: skip
    images, levels, *answers = (torch.from_numpy(part) for part in batch)
    mean, spread = levels[:, 0].view(-1, 1, 1, 1), levels[:, 1].view(-1, 1, 1, 1)
    seen = views(images, mean, spread).to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        with torch.no_grad():
            kept = trunk.down_the_scales(seen)
        said = [one.float() for one in state.network(kept)]
    return state.learn(_loss(said, answers), settings.rate_at(state.step), settings.average)


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
