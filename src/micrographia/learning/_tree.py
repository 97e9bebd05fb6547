"""Several networks as one: a first that tells families, and one a family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

__all__ = ["TreeNetwork"]


class TreeNetwork(nn.Module):
    """Logarithms of the classes' probabilities, and the features of the first network."""

    def __init__(
        self,
        first: Any,
        temperature: float,
        branches: Sequence[tuple[Any, Any, float]],
        classes: int,
        floor: float,
    ) -> None:
        super().__init__()
        self.first, self.temperature, self.floor = first, temperature, floor
        self.models = nn.ModuleList([model or nn.Identity() for _, model, _ in branches])
        self.alone = [model is None for _, model, _ in branches]
        self.temperatures = [heat for _, _, heat in branches]
        for index, (places, _, _) in enumerate(branches):
            spread = torch.zeros(len(places), classes)
            spread[torch.arange(len(places)), torch.as_tensor(places)] = 1
            self.register_buffer(f"spread_{index}", spread)

    def outputs(self, images: Any) -> tuple[Any, Any]:
        """Logarithms of probabilities, and features."""
        logits, features = self.first.outputs(images)[:2]
        of_family = torch.softmax(logits / self.temperature, dim=1)
        total = torch.zeros_like(of_family[:, :1] @ self.spread_0[:1])
        for index, model in enumerate(self.models):
            part = of_family[:, index : index + 1]
            if not self.alone[index]:
                within = model.outputs(images)[0] / self.temperatures[index]
                part = part * torch.softmax(within, dim=1)
            total = total + part @ getattr(self, f"spread_{index}")
        return torch.log(total + self.floor), features

    def forward(self, images: Any) -> Any:
        """Logarithms of probabilities."""
        return self.outputs(images)[0]
