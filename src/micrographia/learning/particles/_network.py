"""The network: a small residual U-Net that answers three questions for each pixel."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

__all__ = ["WIDTHS", "Network", "views"]

WIDTHS = (32, 64, 96, 128, 192)
"""Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution."""

_SOFT = 4.0
"""Grey levels are drawn together beyond about this many deviations from the mean."""

_CELL, _REACH = 8, 7
"""The surroundings of a pixel: means of cells of 8 px, over 7 cells, twice (deviation 23 px)."""

_GAIN = 6.0
"""How much more what differs from its surroundings counts than what differs from the image."""

_FLOOR = 0.03
"""Least local deviation, as a share of the image's."""


class _Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        nn.init.constant_(self.second_norm.weight, 0.25)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return torch.relu(x + y)


def _joined(before: int, after: int, stride: int = 1) -> nn.Sequential:
    kernel = 3 if stride > 1 else 1
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(after),
    )


def views(images: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
    """Three views of a picture, in which neither brightness nor contrast leaves a trace.

    Parameters
    ----------
    images : tensor of shape (n, 1, rows, cols)
        Rows and columns are multiples of 8.
    mean, spread : tensor of shape (n or 1, 1, 1, 1)
        Mean and standard deviation to take out.

    Returns
    -------
    views : tensor of shape (n, 3, rows, cols)
        The picture; what differs from its surroundings, raised; the same, divided by the deviation
        around. What lies far from 0 is drawn together alike on both sides. The last two show small
        particles on thick supports, whose own levels span most of the first.
    """
    level = (images - mean) / (spread + 1e-6)
    flat = level - _surroundings(level)
    around = _surroundings(flat.square()).clamp(min=0).sqrt()
    three = torch.cat([level, _GAIN * flat, flat / (around + _FLOOR)], 1)
    return _SOFT * torch.tanh(three / _SOFT)


def _surroundings(x: Tensor) -> Tensor:
    """Mean around each pixel."""
    pool = nn.functional.avg_pool2d
    x = pool(x, _CELL)
    for _ in range(2):
        x = pool(x, _REACH, 1, _REACH // 2, count_include_pad=False)
    return nn.functional.interpolate(
        x, scale_factor=float(_CELL), mode="bilinear", align_corners=False
    )


class Network(nn.Module):
    """Foreground, depth and contact of each pixel.

    It sees three `views` of the picture. Everything runs at half the resolution and below.

    Parameters
    ----------
    widths : tuple of int
        Channels at each halving of the resolution.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.widths = widths
        self.multiple_of = 2 ** len(widths)
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12, widths[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        )
        self.down = nn.ModuleList(_joined(a, b, 2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(_joined(b, a) for a, b in pairwise(widths))
        self.encode = nn.ModuleList(_Block(n) for n in widths[1:])
        self.deepest = _Block(widths[-1])
        self.decode = nn.ModuleList(_Block(n) for n in widths[:-1])
        self.head = nn.Sequential(nn.Conv2d(widths[0], 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, images: Tensor, levels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Answer for a batch.

        Parameters
        ----------
        images : tensor of shape (n, 1, rows, cols)
            Grey levels of any linear range; rows and cols are multiples of `multiple_of`.
        levels : tensor of shape (2,)
            Mean and standard deviation to take out; where the second is 0, each image's own.

        Returns
        -------
        foreground : tensor of shape (n, 1, rows, cols)
            Logits of being inside a particle.
        distance : tensor of shape (n, 1, rows, cols)
            Depth inside the particle, 1 at its heart.
        contact : tensor of shape (n, 1, rows, cols)
            Logits of lying between two particles.
        """
        x = self.body(self.seen(images, levels))
        return x[:, 0:1], x[:, 1:2], x[:, 2:3]

    def seen(self, images: Tensor, levels: Tensor) -> Tensor:
        """Views of pictures; where no deviation is given, each image's own levels are taken out."""
        own_mean = images.mean(dim=(2, 3), keepdim=True)
        own_spread = (images - own_mean).square().mean(dim=(2, 3), keepdim=True).sqrt()
        given = levels[1] > 0
        mean = torch.where(given, levels[0], own_mean)
        spread = torch.where(given, levels[1], own_spread)
        return views(images, mean, spread)

    def down_the_scales(self, x: Tensor) -> list[Tensor]:
        """What is seen of the views of pictures at each halving of the resolution."""
        x = self.stem(x)
        kept: list[Tensor] = [x]
        for narrow, block in zip(self.down, self.encode, strict=True):
            x = block(torch.relu(narrow(x)))
            kept.append(x)
        return kept

    def body(self, x: Tensor) -> Tensor:
        """The three answers to the views of pictures."""
        return self.up_the_scales(self.down_the_scales(x))

    def up_the_scales(self, kept: list[Tensor]) -> Tensor:
        """The three answers to what was seen at each halving."""
        kept = list(kept)
        x = self.deepest(kept.pop())
        for level in reversed(range(len(kept))):
            x = nn.functional.interpolate(self.up[level](x), scale_factor=2.0, mode="nearest")
            x = self.decode[level](torch.relu(x + kept[level]))
        answer: Tensor = self.head(x)
        return answer
