"""What both parts of the training share: the running mean of weights, half precision."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["follow", "reckon_in_half"]


def follow(averaged: nn.Module, network: nn.Module, share: float) -> None:
    """Bring the running mean nearer to the weights; `share` of it stays."""
    with torch.no_grad():
        new = dict(network.named_parameters())
        for name, old in averaged.named_parameters():
            old.lerp_(new[name], 1 - share)
        fresh = dict(network.named_buffers())
        for name, old in averaged.named_buffers():
            if old.dtype.is_floating_point:
                old.lerp_(fresh[name], 1 - share)
            else:
                old.copy_(fresh[name])


def reckon_in_half(wanted: bool | None) -> bool:
    """Whether to reckon in bfloat16: as wanted, or where the processor has instructions for it."""
    if wanted is not None:
        return wanted
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())
