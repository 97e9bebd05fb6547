"""The network: a small residual U-Net that answers three questions for each pixel."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

__all__ = ["WIDTHS", "Network"]

WIDTHS = (32, 64, 96, 128, 192)
"""Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution."""

_SOFT = 4.0
"""Grey levels are drawn together beyond about this many deviations from the mean."""


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


class Network(nn.Module):
    """Foreground, depth and contact of each pixel.

    The picture's mean and standard deviation are taken out first, and what lies far from the mean
    is drawn together alike on both sides: brightness, contrast and their sign leave no trace but
    the sign. Everything runs at half the resolution and below.

    Parameters
    ----------
    widths : tuple of int
        Channels at each halving of the resolution.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.multiple_of = 2 ** len(widths)
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(4, widths[0], 3, padding=1, bias=False),
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
        own_mean = images.mean(dim=(2, 3), keepdim=True)
        own_spread = (images - own_mean).square().mean(dim=(2, 3), keepdim=True).sqrt()
        given = levels[1] > 0
        mean = torch.where(given, levels[0], own_mean)
        spread = torch.where(given, levels[1], own_spread)
        x = self.body(_SOFT * torch.tanh((images - mean) / (_SOFT * (spread + 1e-6))))
        return x[:, 0:1], x[:, 1:2], x[:, 2:3]

    def body(self, x: Tensor) -> Tensor:
        """The three answers to pictures whose levels are taken out."""
        x = self.stem(x)
        kept: list[Tensor] = [x]
        for narrow, block in zip(self.down, self.encode, strict=True):
            x = block(torch.relu(narrow(x)))
            kept.append(x)
        x = self.deepest(kept.pop())
        for level in reversed(range(len(kept))):
            x = nn.functional.interpolate(self.up[level](x), scale_factor=2.0, mode="nearest")
            x = self.decode[level](torch.relu(x + kept[level]))
        answer: Tensor = self.head(x)
        return answer
