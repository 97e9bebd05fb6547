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
    is asked of the normalised image: what enters the first convolution. Where the same convolution
    also sees the image averaged down, these follow from it, each by a linear function. Where
    nothing of the image's size enters there, or there is no convolution, it is asked of the image
    itself.

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
        self._example = images[:1].detach()
        self._entries, self.inputs = _entries(network, images)

    def forward(self, inputs: Any) -> Any:
        """Logits for what `inputs` is like."""
        if not self._entries:
            return self.network(inputs)
        waiting = list(self._entries)
        hooks = [
            module.register_forward_pre_hook(lambda _, args: (waiting.pop(0).of(inputs), *args[1:]))
            for module in dict.fromkeys(entry.module for entry in self._entries)
        ]
        try:
            return self.network(self._example.expand(len(inputs), -1, -1, -1))
        finally:
            for hook in hooks:
                hook.remove()


class _Entry:
    """A place where the image, or the image averaged down, enters the first convolution."""

    def __init__(self, module: nn.Module, given: Any, whole: Any) -> None:
        self.module, self.given = module, given
        self._slope = self._shift = None
        if given is not whole:
            small = self._smaller(whole)
            self._slope = _spread(given) / _spread(small).clamp_min(1e-12)
            self._shift = given.mean((1, 2, 3)) - self._slope * small.mean((1, 2, 3))

    def of(self, inputs: Any) -> Any:
        """What enters here where `inputs` are the whole images; their number may be a multiple."""
        if self._slope is None or self._shift is None:
            return inputs
        repeats = len(inputs) // len(self._slope)
        slope, shift = self._slope.repeat(repeats), self._shift.repeat(repeats)
        return slope.view(-1, 1, 1, 1) * self._smaller(inputs) + shift.view(-1, 1, 1, 1)

    def _smaller(self, images: Any) -> Any:
        return nn.functional.adaptive_avg_pool2d(images, self.given.shape[-2:])


def _spread(images: Any) -> Any:
    return images.flatten(1).std(dim=1)


def _entries(network: nn.Module, images: Any) -> tuple[list[_Entry], Any]:
    """Where images enter, and the whole ones there; no places where that is not known."""
    calls: list[tuple[nn.Module, Any, Any]] = []

    def note(module: nn.Module, arguments: Any) -> None:
        weight = arguments[1] if len(arguments) > 1 else module.weight
        calls.append((module, arguments[0].detach(), weight))

    hooks = [
        module.register_forward_pre_hook(note)
        for module in network.modules()
        if isinstance(module, _CONVOLUTIONS)
    ]
    with torch.no_grad():
        network(images)
    for hook in hooks:
        hook.remove()
    calls = [call for call in calls if call[2] is calls[0][2]]
    whole = next((given for _, given, _ in calls if given.shape[-2:] == images.shape[-2:]), None)
    if whole is None:
        return [], images.detach()
    found = [_Entry(module, given, whole) for module, given, _ in calls]
    if not all(torch.allclose(e.of(whole), e.given, atol=1e-3, rtol=1e-3) for e in found):
        return [], images.detach()
    return found, whole


def last_layer(network: nn.Module, images: Any, name: str = "") -> nn.Module:
    """The layer for Grad-CAM: of that name, or the last with rows and columns that is used once.

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
            network(images)
    finally:
        for hook in hooks:
            hook.remove()
    once = [module for module in seen if seen.count(module) == 1]
    if not once:
        raise InputError(
            "no layer of the network has rows and columns and is used once; Grad-CAM wants a "
            "convolutional one"
        )
    return once[-1]
