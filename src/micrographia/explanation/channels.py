"""The layers of a network that have channels, and the inputs that these like best."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError
from micrographia.explanation.settings import ExplanationSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle, Card

__all__ = ["Layer", "input_shape", "like_channels", "list_layers", "parse_channel"]

_ANY_SIDE = 128


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer whose output has channels, rows and columns.

    Parameters
    ----------
    name : str
        As `maximise` and the setting `layer` of Grad-CAM take it.
    kind : str
        Operator of the ONNX graph, or class of the torch module.
    channels, rows, cols : int
        Of its output for one image.
    weights : str
        Name of its weights in the ONNX graph, which tells where in the network it stands.
    """

    name: str
    kind: str
    channels: int
    rows: int
    cols: int
    weights: str = ""


def input_shape(card: Card) -> tuple[int, int, int]:
    """Channels, rows and columns [px] of an image for a model; 128 px where any size will do."""
    multiple = card.input.multiple_of
    side = -(-_ANY_SIDE // multiple) * multiple
    return card.input.channels, card.input.rows or side, card.input.cols or side


def parse_channel(text: str) -> tuple[str, int]:
    """Read which channel of which layer is meant.

    Parameters
    ----------
    text : str
        ``LAYER:NUMBER``; channels are counted from 0.

    Returns
    -------
    layer : str
    channel : int

    Raises
    ------
    InputError
        If it is written otherwise.

    Examples
    --------
    >>> parse_channel("nodes.18:5")
    ('nodes.18', 5)
    """
    layer, _, number = text.rpartition(":")
    if not layer or not (number.isascii() and number.isdigit()):
        raise InputError(
            f"channel {text!r}: wanted LAYER:NUMBER, such as nodes.18:5, counted from 0; --layers "
            "lists the layers"
        )
    return layer, int(number)


def list_layers(model: Any, shape: tuple[int, int, int]) -> list[Layer]:
    """All layers of a network whose output has channels and more than one row and column.

    Parameters
    ----------
    model : torch.nn.Module, fitted method of `micrographia.learning`, or Bundle
    shape : tuple of int, (channels, rows, cols)
        Of one image as the model takes it.

    Returns
    -------
    layers : list of Layer
        From the image to the answer; those before the first weights, which only normalise grey
        levels, are left out.

    Raises
    ------
    InputError
        If there is no differentiable network behind the model.
    MissingDependencyError
        If PyTorch is not installed.
    """
    from micrographia.explanation.attribution import _torch

    torch = _torch()
    from micrographia.explanation.network import as_network

    network = as_network(model)
    found: list[Layer] = []

    def note(name: str) -> Any:
        def hook(module: Any, _: Any, output: Any) -> None:
            if not (torch.is_tensor(output) and output.ndim == 4 and min(output.shape[2:]) > 1):
                return
            weights = _weights(network, module)
            if found or weights is not None:
                kind = str(getattr(module, "name", type(module).__name__))
                channels, rows, cols = (int(size) for size in output.shape[1:])
                found.append(Layer(name, kind, channels, rows, cols, weights or ""))

        return hook

    leaves = [(name, m) for name, m in network.named_modules() if not list(m.children())]
    hooks = [module.register_forward_hook(note(name)) for name, module in leaves]
    image = np.random.default_rng(0).random((1, *shape), np.float32)
    try:
        with torch.no_grad():
            network(torch.from_numpy(image))
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _weights(network: Any, module: Any) -> str | None:
    """Name of the weights of a layer; empty where they have none of their own, None without."""
    from micrographia.explanation.onnx_network import OnnxNetwork

    if isinstance(network, OnnxNetwork):
        return network.weights_of(module)
    return "" if next(module.parameters(recurse=False), None) is not None else None


def like_channels(
    bundle: Bundle,
    channels: Sequence[tuple[str, int]],
    *,
    settings: ExplanationSettings | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Find the inputs that channels of a bundle's layers like best.

    Parameters
    ----------
    bundle : Bundle
        A classifier of images.
    channels : sequence of (str, int)
        Layer, as `list_layers` names it, and channel, counted from 0.
    settings : ExplanationSettings, optional

    Returns
    -------
    inputs : dict of str to ndarray of shape (channels, rows, cols), float32
        ``LAYER:NUMBER`` to the input, from 0 to 1 (`micrographia.explanation.maximise`).

    Raises
    ------
    InputError
        If there is no such layer or channel; those that there are, are named.
    MissingDependencyError
        If PyTorch is not installed.
    """
    from micrographia.explanation._maximise import maximise

    shape = input_shape(bundle.card)
    layers = list_layers(bundle, shape)
    known = {layer.name: layer for layer in layers}
    for name, number in channels:
        if name not in known:
            names = ", ".join(f"{each.name} ({each.channels})" for each in layers) or "none"
            raise InputError(
                f"{bundle.card.name}: there is no layer {name!r} with channels; there are, with "
                f"the number of these, {names}"
            )
        if not 0 <= number < known[name].channels:
            raise InputError(
                f"{bundle.card.name}: layer {name} has channels 0 to {known[name].channels - 1}, "
                f"got {number}"
            )
    return {
        f"{name}:{number}": maximise(bundle, shape, number, layer=name, settings=settings)[0]
        for name, number in dict.fromkeys(channels)
    }
