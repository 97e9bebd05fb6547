"""The torch network behind whatever is to be explained: a module, an estimator, a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from micrographia.errors import InputError
from micrographia.explanation.onnx_network import OnnxConv, OnnxNetwork

if TYPE_CHECKING:
    from micrographia.bundles import Bundle

__all__ = ["Normalised", "as_network", "last_layer"]

MODEL = "model.onnx"
_CONVOLUTIONS: tuple[type[nn.Module], ...] = (nn.Conv2d, OnnxConv)


def as_network(model: Any) -> nn.Module:
    """A module in evaluation mode that gives logits of shape (n, classes) for images.

    Parameters
    ----------
    model : torch.nn.Module, fitted method of `micrographia.learning`, or Bundle

    Returns
    -------
    network : torch.nn.Module

    Raises
    ------
    InputError
        If there is no differentiable network behind it.
    """
    from micrographia.bundles import Bundle

    if isinstance(model, Bundle):
        network: Any = _of_bundle(model)
    elif isinstance(model, nn.Module):
        network = model
    else:
        network = getattr(model, "network_", None)
    if not isinstance(network, nn.Module):
        raise InputError(
            f"{type(model).__name__} has no torch network; gradients want one, "
            "occlusion takes any classifier"
        )
    return network.eval()


def _of_bundle(bundle: Bundle) -> nn.Module:
    if bundle.card.input.kind != "image":
        raise InputError(
            f"{bundle.card.name}: the model is given descriptors, not the image; gradients with "
            "respect to pixels do not exist"
        )
    return OnnxNetwork(bundle._checked(MODEL), "logits")


class Normalised(nn.Module):
    """A network from its first convolution on, and what enters there.

    Networks here take grey levels in any linear range and normalise them first. Their answer
    therefore doesn't change along a straight path from a constant image, except at its very
    beginning, and gradients with respect to recorded grey levels add up to nothing. So relevance
    is asked of the normalised image: what enters the first convolution. Where that has another
    size than the image, or there is no convolution, it is asked of the image itself.

    Parameters
    ----------
    network : torch.nn.Module
    images : tensor of shape (n, channels, rows, cols)

    Attributes
    ----------
    inputs : tensor of shape (n, d, rows, cols)
        What the network is now given.
    """

    def __init__(self, network: nn.Module, images: Any) -> None:
        super().__init__()
        self.network = network
        self._first = next((m for m in network.modules() if isinstance(m, _CONVOLUTIONS)), None)
        self._example = images[:1].detach()
        self._given: Any = None
        found: list[Any] = []
        if self._first is not None:
            hook = self._first.register_forward_pre_hook(lambda _, args: found.append(args[0]))
            with torch.no_grad():
                network(images)
            hook.remove()
        if len(found) != 1 or found[0].shape[-2:] != images.shape[-2:]:
            self._first = None
            found = [images]
        self.inputs = found[0].detach()

    def forward(self, inputs: Any) -> Any:
        """Logits for what `inputs` is like."""
        if self._first is None:
            return self.network(inputs)
        hook = self._first.register_forward_pre_hook(lambda _, args: (inputs, *args[1:]))
        try:
            return self.network(self._example.expand(len(inputs), -1, -1, -1))
        finally:
            hook.remove()


def last_layer(network: nn.Module, images: Any, name: str = "") -> nn.Module:
    """The layer for Grad-CAM: of that name, or the last that has rows and columns.

    Parameters
    ----------
    network : torch.nn.Module
    images : tensor of shape (n, channels, rows, cols)
    name : str

    Returns
    -------
    layer : torch.nn.Module

    Raises
    ------
    InputError
        If there is none.
    """
    inner: nn.Module = network.network if isinstance(network, Normalised) else network
    modules = dict(inner.named_modules())
    if name:
        if name not in modules:
            known = ", ".join(key for key in modules if key) or "none"
            raise InputError(f"there is no layer {name!r}; there are {known[:2000]}")
        return modules[name]
    seen: list[nn.Module] = []

    def note(module: nn.Module, _: Any, output: Any) -> None:
        if torch.is_tensor(output) and output.ndim == 4 and min(output.shape[2:]) > 1:
            seen.append(module)

    leaves = [m for m in inner.modules() if not list(m.children())]
    hooks = [module.register_forward_hook(note) for module in leaves]
    try:
        with torch.no_grad():
            network(images[:1])
    finally:
        for hook in hooks:
            hook.remove()
    if not seen:
        raise InputError(
            "no layer of the network has rows and columns; Grad-CAM wants a convolutional one"
        )
    return seen[-1]
