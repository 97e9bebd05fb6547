"""Batches of images, made anew each epoch from the seed, the epoch and the item alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from micrographia.learning._seeds import stream
from micrographia.learning.augmentation import AugmentationSettings, augment

__all__ = ["Batches", "as_tensor", "plain_batches"]


def as_tensor(images: NDArray[Any]) -> Any:
    """(n, rows, cols) or (n, rows, cols, 3) to a float32 tensor (n, channels, rows, cols)."""
    array = np.asarray(images, np.float32)
    array = array[:, None] if array.ndim == 3 else array.transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(array))


class Batches(torch.utils.data.Dataset):
    """The batches of one epoch; item b is a whole batch, so that it can be made by itself.

    Parameters
    ----------
    images : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)
    targets : ndarray of shape (n,) int64 or (n, classes) float32
    items : ndarray of shape (m, 2), int
        Index of each training image and by how many right angles it is turned.
    size : int
        Images a batch; the batches of an epoch differ by one image at most.
    augmentation : AugmentationSettings
    seed : int
    """

    def __init__(
        self,
        images: NDArray[Any],
        targets: NDArray[Any],
        items: NDArray[np.intp],
        size: int,
        augmentation: AugmentationSettings,
        seed: int,
    ) -> None:
        self.images, self.targets, self.items = images, targets, items
        self.augmentation, self.seed = augmentation, seed
        self.count = max(1, round(len(items) / size))
        self.epoch = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, batch: int) -> tuple[Any, Any]:
        order = stream(self.seed, "order", self.epoch).permutation(len(self.items))
        chosen = np.array_split(order, self.count)[batch]
        pictures = np.stack([self._picture(int(item)) for item in chosen])
        targets = self.targets[self.items[chosen, 0]]
        return as_tensor(pictures), torch.from_numpy(targets)

    def _picture(self, item: int) -> NDArray[np.float32]:
        index, turns = self.items[item]
        image = np.rot90(np.asarray(self.images[index], np.float32), turns)
        return augment(image, stream(self.seed, "augment", self.epoch, item), self.augmentation)


def plain_batches(
    images: NDArray[Any], targets: NDArray[Any], chosen: NDArray[np.intp], size: int
) -> Any:
    """Unchanged images in their order, for validation."""
    pairs = [
        (as_tensor(images[part]), torch.from_numpy(targets[part]))
        for part in np.array_split(chosen, max(1, -(-len(chosen) // size)))
    ]
    return torch.utils.data.DataLoader(pairs, batch_size=None)
