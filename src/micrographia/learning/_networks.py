"""Torch networks with one shape: images as recorded in; logits, features and maps out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

__all__ = ["FROZEN", "Network", "Normalise", "Stacked", "stack", "stack_names"]

FROZEN = 0.0
"""The rate factor of a module that does not learn."""


class Normalise(nn.Module):
    """Grey levels in any linear range to what a network expects.

    The image's own range becomes 0 to 1; then its own mean and deviation are taken out, or, where
    `mean` and `std` are given, these of the images a network was pretrained on. A constant image
    becomes constant.
    """

    def __init__(
        self,
        channels: int = 1,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.fixed = mean is not None
        self.register_buffer("mean", torch.tensor(mean or [0.0]).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std or [1.0]).view(1, -1, 1, 1))

    def forward(self, images: Any) -> Any:
        """Normalise images of shape (n, channels, rows, cols)."""
        low = images.amin(dim=(1, 2, 3), keepdim=True)
        span = images.amax(dim=(1, 2, 3), keepdim=True) - low
        unit = (images - low) / torch.where(span > 0, span, torch.ones_like(span))
        if unit.shape[1] != self.channels:
            unit = (
                unit.expand(-1, self.channels, -1, -1)
                if unit.shape[1] == 1
                else unit.mean(dim=1, keepdim=True)
            )
        if self.fixed:
            return (unit - self.mean) / self.std
        centred = unit - unit.mean(dim=(1, 2, 3), keepdim=True)
        spread = centred.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        return centred / (spread + 1e-3)


class Network(nn.Module):
    """Base: normalisation, then whatever `parts` does, then a linear head.

    Parameters
    ----------
    normalise : Normalise
    pooled : bool
        The features are the mean of the found maps over rows and columns and the head is linear,
        so that class activation maps exist.
    """

    def __init__(self, normalise: Normalise, *, pooled: bool) -> None:
        super().__init__()
        self.normalise = normalise
        self.pooled = pooled
        self._rates: dict[str, float] = {}

    def parts(self, images: Any) -> tuple[Any, Any]:
        """Feature maps, or what stands in their place, and features of shape (n, d)."""
        raise NotImplementedError

    def classifier(self) -> Any:
        """The linear layer from features to logits."""
        raise NotImplementedError

    def forward(self, images: Any) -> Any:
        """Logits of shape (n, classes) for images of shape (n, channels, rows, cols)."""
        return self.classifier()(self.parts(images)[1])

    def outputs(self, images: Any) -> tuple[Any, ...]:
        """Logits, features, and class activation maps of shape (n, classes, h, w) if they exist."""
        found, features = self.parts(images)
        head = self.classifier()
        logits = head(features)
        if not self.pooled:
            return logits, features
        maps = nn.functional.conv2d(found, head.weight[:, :, None, None], head.bias)
        return logits, features, maps

    def set_rates(self, rates: dict[str, float]) -> None:
        """Give modules, by the start of their names, a factor of the learning rate; 0 freezes.

        The longest name that fits counts. Frozen modules also keep their running statistics.
        """
        self._rates = dict(rates)
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(self.rate_of(name) != FROZEN)
        self.train(self.training)

    def rate_of(self, name: str) -> float:
        """The factor of the learning rate of a module or parameter."""
        fitting = [key for key in self._rates if name == key or name.startswith(f"{key}.")]
        return self._rates[max(fitting, key=len)] if fitting else 1.0

    def train(self, mode: bool = True) -> Network:
        """Switch to training or back; frozen modules stay as when they are used."""
        super().train(mode)
        for name, module in self.named_modules():
            if name and self.rate_of(name) == FROZEN:
                module.training = False
        return self

    def groups(self, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
        """Parameters for an optimiser, grouped by rate; biases and norms do not decay."""
        found: dict[tuple[float, bool], list[Any]] = {}
        for name, parameter in self.named_parameters():
            if parameter.requires_grad:
                found.setdefault((self.rate_of(name), parameter.ndim > 1), []).append(parameter)
        return [
            {
                "params": parameters,
                "lr": learning_rate * factor,
                "factor": factor,
                "weight_decay": weight_decay if decays else 0.0,
            }
            for (factor, decays), parameters in found.items()
        ]


class Stacked(Network):
    """A body that makes feature maps, a neck that makes features, a linear head."""

    def __init__(self, normalise: Normalise, body: Any, neck: Any, head: Any) -> None:
        super().__init__(normalise, pooled=isinstance(neck, GlobalMean))
        self.body, self.neck, self.head = body, neck, head

    def parts(self, images: Any) -> tuple[Any, Any]:
        """Maps of the body, features of the neck."""
        found = self.body(self.normalise(images))
        return found, self.neck(found)

    def classifier(self) -> Any:
        """The head."""
        return self.head


class GlobalMean(nn.Module):
    """The mean over rows and columns."""

    def forward(self, maps: Any) -> Any:
        """(n, d, h, w) to (n, d)."""
        return maps.mean(dim=(2, 3))


class _Residual(nn.Module):
    """Two 3 x 3 convolutions beside a short cut; the first may halve the size."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        same = before == after and stride == 1
        self.short = (
            nn.Identity()
            if same
            else nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity(),
                nn.Conv2d(before, after, 1, bias=False),
                nn.BatchNorm2d(after),
            )
        )

    def forward(self, maps: Any) -> Any:
        return torch.relu(self.path(maps) + self.short(maps))


def _residual(widths: Sequence[int], channels: int, rows: int, cols: int) -> tuple[Any, Any, int]:
    """A residual network that halves the size once in its stem and once a further width."""
    first = widths[0]
    layers: list[Any] = [
        nn.Conv2d(channels, first, 5, 2, 2, bias=False),
        nn.BatchNorm2d(first),
        nn.ReLU(),
        _Residual(first, first, 1),
    ]
    for before, after in pairwise(widths):
        layers.append(_Residual(before, after, 2))
    return nn.Sequential(*layers), GlobalMean(), widths[-1]


def _flat(
    layers: Iterable[Any], dense: Sequence[Any], channels: int, rows: int, cols: int
) -> tuple[Any, Any, int]:
    """Stacked layers, flattened, and dense layers; the last dense width is that of the features."""
    body = nn.Sequential(*layers)
    with torch.no_grad():
        size = body.eval()(torch.zeros(1, channels, rows, cols)).numel()
    body.train()
    neck: list[Any] = [nn.Flatten()]
    width = size
    for item in dense:
        if isinstance(item, int):
            neck += [nn.Linear(width, item), nn.ReLU()]
            width = item
        else:
            neck.append(nn.Dropout(item))
    return body, nn.Sequential(*neck), width


def _conv(before: int, after: int, kernel: int = 3, *, same: bool = False) -> list[Any]:
    """A convolution; "same" as TensorFlow pads, one more behind where the kernel is even."""
    layers = [nn.Conv2d(before, after, kernel), nn.ReLU()]
    ahead = (kernel - 1) // 2
    behind = kernel - 1 - ahead
    return [nn.ZeroPad2d((ahead, behind, ahead, behind)), *layers] if same else layers


def _first(channels: int, rows: int, cols: int) -> tuple[Any, Any, int]:
    """Figure 39 of Ngo and Tran: three pairs of convolutions of 8, 16 and 8 filters."""
    layers: list[Any] = []
    before = channels
    for after, kernel in ((8, 4), (16, 3), (8, 3)):
        layers += _conv(before, after, kernel, same=True) + _conv(after, after, same=True)
        layers += [nn.MaxPool2d(2), nn.Dropout(0.25)]
        before = after
    return _flat(layers, (64, 0.5, 64, 0.5), channels, rows, cols)


def _outlines(channels: int, rows: int, cols: int) -> tuple[Any, Any, int]:
    """Figure 43: 47,795,587 parameters for 224 x 224 grey images and three classes."""
    layers = [*_conv(channels, 32), nn.MaxPool2d(2), *_conv(32, 64), nn.MaxPool2d(2)]
    return _flat(layers, (256,), channels, rows, cols)


def _polyhedra(channels: int, rows: int, cols: int) -> tuple[Any, Any, int]:
    """The stack that replaced it for eight polyhedra: deeper, with dropout (figure 55)."""
    layers: list[Any] = []
    before = channels
    for after in (32, 64, 128, 128):
        layers += [*_conv(before, after), nn.MaxPool2d(2)]
        before = after
    return _flat([*layers, nn.Dropout(0.25)], (256, 0.5), channels, rows, cols)


_STACKS: dict[str, Any] = {
    "small": lambda *shape: _residual((16, 32, 64, 128), *shape),
    "tiny": lambda *shape: _residual((8, 16, 32), *shape),
    "ngo2024-first": _first,
    "ngo2024-outlines": _outlines,
    "ngo2024-polyhedra": _polyhedra,
}


def stack_names() -> tuple[str, ...]:
    """Names of the networks that `stack` makes."""
    return tuple(_STACKS)


def stack(name: str, channels: int, rows: int, cols: int, classes: int) -> Network:
    """Make a network of ours or of seed recipes, with random weights.

    Parameters
    ----------
    name : str
        One of `stack_names`.
    channels, rows, cols : int
        Of the images.
    classes : int
        Width of the head.

    Returns
    -------
    network : Network
    """
    body, neck, width = _STACKS[name](channels, rows, cols)
    return Stacked(Normalise(channels), body, neck, nn.Linear(width, classes))
