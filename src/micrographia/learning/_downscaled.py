"""One network that sees an image at several sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from micrographia.errors import InputError
from micrographia.learning._networks import Network

__all__ = ["Downscaled"]


class Downscaled(Network):
    """The features of an image averaged down by several factors, side by side, and one head.

    A network that was pretrained on photographs knows structures of some sizes in pixels. Grains
    that are a few pixels wide and a device that fills the field are not both of these sizes.

    Parameters
    ----------
    network : Network
        Its own head is not used.
    factors : sequence of int
        Each at least 1.
    classes : int
    shape : tuple of int, (rows, cols)
        Of the images.

    Raises
    ------
    InputError
        If the network cannot be given images of one of the sizes.
    """

    def __init__(
        self, network: Network, factors: Sequence[int], classes: int, shape: tuple[int, int]
    ) -> None:
        super().__init__(network.normalise, pooled=network.pooled)
        self.network = network
        self.factors = tuple(factors)
        # the network is one, what it makes of each size has a place of its own
        self.sizes = nn.ModuleList(nn.Identity() for _ in self.factors)
        self.head = nn.Linear(sum(self._widths(shape)), classes)

    def parts(self, images: Any) -> tuple[Any, Any]:
        """Maps of every size, as a tuple, and the features of all sizes."""
        found = [self.network.parts(_smaller(images, factor)) for factor in self.factors]
        maps = tuple(place(part) for place, (part, _) in zip(self.sizes, found, strict=True))
        return maps, torch.cat([part for _, part in found], dim=1)

    def classifier(self) -> Any:
        """The linear layer on the features of all sizes."""
        return self.head

    def outputs(self, images: Any) -> tuple[Any, ...]:
        """Logits, features, and class activation maps, those of all sizes added up."""
        found, features = self.parts(images)
        logits = self.head(features)
        if not self.pooled:
            return logits, features
        rows, cols = (max(maps.shape[axis] for maps in found) for axis in (2, 3))
        weight, first = self.head.weight[:, :, None, None], 0
        whole = self.head.bias.view(1, -1, 1, 1)
        for maps in found:
            part = functional.conv2d(maps, weight[:, first : first + maps.shape[1]])
            whole = whole + _larger(part, rows, cols)
            first += maps.shape[1]
        return logits, features, whole

    @torch.no_grad()
    def _widths(self, shape: tuple[int, int]) -> list[int]:
        """Features of each size: tried, as some networks take images of one size alone."""
        probe = torch.linspace(0, 1, shape[0] * shape[1]).view(1, 1, *shape)
        training = self.network.training
        self.network.eval()
        found = []
        for factor in self.factors:
            try:
                found.append(self.network.parts(_smaller(probe, factor))[1].shape[1])
            except (RuntimeError, AssertionError) as error:
                rows, cols = (max(1, length // factor) for length in shape)
                raise InputError(
                    f"downscale {factor}: images of {rows} x {cols} px cannot be given to this "
                    f"network: {error}; take larger images, smaller factors or another network"
                ) from error
        self.network.train(training)
        return found


def _smaller(images: Any, factor: int) -> Any:
    return images if factor == 1 else functional.avg_pool2d(images, factor)


def _larger(maps: Any, rows: int, cols: int) -> Any:
    """Maps brought to a size by repeating rows and columns."""
    count, depth, height, width = maps.shape
    if rows % height or cols % width:
        return functional.interpolate(maps, (rows, cols), mode="nearest")
    # plain operators, through which explanations of the ONNX model find their way
    blocks = maps.view(count, depth, height, 1, width, 1)
    blocks = blocks.expand(-1, -1, -1, rows // height, -1, cols // width)
    return blocks.reshape(count, depth, rows, cols)
