"""Methods whose model is a torch network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.learning.methods._base import ImageClassifier

__all__ = ["TorchClassifier", "run_network"]

_PIXELS_A_BATCH = 2**22


def run_network(
    network: Any, images: NDArray[Any], accelerator: str = "auto"
) -> tuple[NDArray[np.float32], ...]:
    """Logits and features of images, in batches, without gradients.

    Parameters
    ----------
    network : Network
        On the CPU, before and after.
    images : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)
    accelerator : str
        "cpu" keeps to it; else a GPU is used where there is one.

    Returns
    -------
    logits, features : ndarray of shape (n, classes) and (n, d), float32
    """
    import torch

    from micrographia.learning._batches import as_tensor

    device = "cuda" if accelerator != "cpu" and torch.cuda.is_available() else "cpu"
    network.eval().to(device)
    size = int(np.clip(_PIXELS_A_BATCH // np.prod(images.shape[1:]), 1, 256))
    found = []
    with torch.inference_mode():
        for start in range(0, len(images), size):
            batch = as_tensor(images[start : start + size]).to(device)
            found.append([part.float().cpu().numpy() for part in network.outputs(batch)[:2]])
    network.to("cpu")
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


class TorchClassifier(ImageClassifier):
    """Base of the methods with a network in `network_`."""

    network_: Any

    def _outputs(self, images: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        training = getattr(self, "training", None)
        accelerator = "auto" if training is None else training.accelerator
        logits, features = run_network(self.network_, images, accelerator)
        return logits, features

    def _head(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        from torch import nn

        head = self.network_.classifier()
        if not isinstance(head, nn.Linear) or head.bias is None:
            return None
        return head.weight.detach().cpu().numpy(), head.bias.detach().cpu().numpy()
