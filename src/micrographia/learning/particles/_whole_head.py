"""A second way up from the network's deepest layers: whose centre is where, how far its outline."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from micrographia.learning.particles._whole_images import RAYS

if TYPE_CHECKING:
    from micrographia.learning.particles._network import Network

__all__ = ["Together", "WholeHead"]

_UNIT = 16.0
"""Pixels to one of the head's own numbers."""


class WholeHead(nn.Module):
    """Whole outlines of particles, also where they lie over each other, by cells of 4 × 4 px.

    It takes what a trained network sees on its way down, and leaves that as it is; its own way up
    begins as a copy of the network's.

    Parameters
    ----------
    trunk : Network
    """

    def __init__(self, trunk: Network) -> None:
        super().__init__()
        self.deepest = copy.deepcopy(trunk.deepest)
        self.up = nn.ModuleList(copy.deepcopy(one) for one in list(trunk.up)[1:])
        self.decode = nn.ModuleList(copy.deepcopy(one) for one in list(trunk.decode)[1:])
        width = trunk.widths[1]
        self.head = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 4 + RAYS, 1)
        )

    def forward(self, kept: list[Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Answer for what the network saw.

        Parameters
        ----------
        kept : list of tensors
            From `Network.down_the_scales`.

        Returns
        -------
        depth : tensor of shape (n, 1, rows / 4, cols / 4)
            1 at the centre of the cell's particle, 0 on its whole outline.
        over : tensor of shape (n, 1, rows / 4, cols / 4)
            Logits of several particles lying over each other.
        centre : tensor of shape (n, 2, rows / 4, cols / 4)
            Rows and columns from the cell to its particle's centre [px].
        rays : tensor of shape (n, RAYS, rows / 4, cols / 4)
            Distances of the outline from the centre [px].
        """
        beside = kept[1:-1]
        x = self.deepest(kept[-1])
        for level in reversed(range(len(beside))):
            x = nn.functional.interpolate(self.up[level](x), scale_factor=2.0, mode="nearest")
            x = self.decode[level](torch.relu(x + beside[level]))
        y = self.head(x)
        rays = _UNIT * nn.functional.softplus(y[:, 4:])
        return y[:, 0:1], y[:, 1:2], _UNIT * y[:, 2:4], rays


class Together(nn.Module):
    """Network and head as one: seven answers to a picture.

    Parameters
    ----------
    trunk : Network
    head : WholeHead
    """

    def __init__(self, trunk: Network, head: WholeHead) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head
        self.multiple_of = trunk.multiple_of

    def forward(self, images: Tensor, levels: Tensor) -> tuple[Tensor, ...]:
        """The network's three answers, then the head's four."""
        kept = self.trunk.down_the_scales(self.trunk.seen(images, levels))
        x = self.trunk.up_the_scales(kept)
        return x[:, 0:1], x[:, 1:2], x[:, 2:3], *self.head(kept)
