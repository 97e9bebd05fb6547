"""A network of timm in the shape that all of ours have, and weights made to fit it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from micrographia.errors import InputError
from micrographia.learning._networks import Network, Normalise

__all__ = ["TimmNetwork", "adapted"]


class TimmNetwork(Network):
    """A network of timm; its modules keep their names below ``model``."""

    def __init__(self, normalise: Normalise, model: Any, shape: tuple[int, int]) -> None:
        super().__init__(normalise, pooled=False)
        self.model = model
        self.pooled = self._is_pooled(shape)

    def parts(self, images: Any) -> tuple[Any, Any]:
        """What timm calls forward_features, and what it gives to the classifier."""
        found = self.model.forward_features(self.normalise(images))
        return found, self.model.forward_head(found, pre_logits=True)

    def classifier(self) -> Any:
        """The last linear layer."""
        return self.model.get_classifier()

    @torch.no_grad()
    def _is_pooled(self, shape: tuple[int, int]) -> bool:
        """Whether features are the mean of the maps: tried, as names do not tell."""
        training = self.training
        self.eval()
        probe = torch.linspace(0, 1, shape[0] * shape[1]).view(1, 1, *shape)
        try:
            found, features = self.parts(probe)
        except RuntimeError as error:
            raise InputError(
                f"images of {shape[0]} x {shape[1]} px cannot be given to this network: {error}; "
                "take larger images or another network"
            ) from error
        finally:
            self.train(training)
        head = self.classifier()
        return bool(
            isinstance(head, torch.nn.Linear)
            and found.ndim == 4
            and found.shape[1] == features.shape[1] == head.in_features
            and torch.allclose(found.mean((2, 3)), features, atol=1e-5, rtol=1e-4)
        )


def adapted(state: Mapping[str, Any], model: Any, source: str) -> dict[str, Any]:
    """Weights for a model, without those of the classifier, fitted to its number of channels.

    Parameters
    ----------
    state : mapping of str to tensor
    model : torch.nn.Module
        Of timm.
    source : str
        Where the weights come from, for the message.

    Returns
    -------
    state : dict of str to tensor

    Raises
    ------
    InputError
        If names or shapes differ; some of each are named.
    """
    names = model.pretrained_cfg.get("classifier") or ()
    heads = (names,) if isinstance(names, str) else tuple(names)
    first = model.pretrained_cfg.get("first_conv") or ()
    entries = (first,) if isinstance(first, str) else tuple(first)

    def body(items: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in items.items()
            if not name.startswith(tuple(f"{head}." for head in heads) or ("\0",))
        }

    wanted, given = body(model.state_dict()), body(state)
    for entry in entries:
        key = f"{entry}.weight"
        if key in wanted and key in given:
            given[key] = _channels(given[key], wanted[key].shape[1])
    missing = sorted(wanted.keys() - given.keys())
    strange = sorted(given.keys() - wanted.keys())
    other = sorted(
        f"{name} {tuple(given[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in wanted.keys() & given.keys()
        if given[name].shape != wanted[name].shape
    )
    if missing or strange or other:
        parts = [
            _some("missing", missing),
            _some("not of this network", strange),
            _some("of another shape", other),
        ]
        raise InputError(
            f"{source}: these weights are of another architecture; "
            f"{'; '.join(part for part in parts if part)}; name the network that they belong to"
        )
    return given


def _channels(weight: Any, channels: int) -> Any:
    """A first convolution for another number of channels that answers alike to grey images."""
    if weight.shape[1] == channels:
        return weight
    return weight.sum(1, keepdim=True).expand(-1, channels, -1, -1) / channels


def _some(what: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{what}: {', '.join(names[:3])}{more}"
