"""The classical method's arithmetic as a torch network, so that it can be exported."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = ["DescriptorNetwork"]


class DescriptorNetwork(nn.Module):
    """Descriptors of shape (n, d) to logits and reduced features."""

    def __init__(
        self,
        centre: Any,
        spread: Any,
        basis: Any,
        offset: Any,
        centres: Any,
        gamma: float,
        weight: Any,
        bias: Any,
    ) -> None:
        super().__init__()
        parts = {
            "centre": centre,
            "spread": spread,
            "basis": basis,
            "offset": offset,
            "centres": centres,
            "weight": weight,
            "bias": bias,
        }
        for name, value in parts.items():
            self.register_buffer(name, torch.as_tensor(value, dtype=torch.float32))
        self.gamma = gamma

    def outputs(self, descriptors: Any) -> tuple[Any, Any]:
        """Logits and features."""
        features = ((descriptors - self.centre) / self.spread) @ self.basis - self.offset
        lifted = features
        if len(self.centres):
            away = features[:, None] - self.centres[None]
            lifted = torch.cat([features, torch.exp(-self.gamma * away.square().sum(2))], dim=1)
        return lifted @ self.weight.T + self.bias, features

    def forward(self, descriptors: Any) -> Any:
        """Logits."""
        return self.outputs(descriptors)[0]
