"""Relevance of every pixel for the answer of a network, by gradients or by hiding."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError, MissingDependencyError
from micrographia.explanation.settings import ExplanationSettings

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["METHODS", "Attribution", "attribute"]

METHODS: dict[str, str] = {
    "gradient-input": "gradient times input: first order, sharp, noisy",
    "integrated-gradients": "gradients along the path from a blank image; adds up to the answer",
    "grad-cam": "weighted maps of a late layer: coarse, calm",
    "occlusion": "loss when a square is hidden: slow, needs no gradient",
}
"""Name of each method for torch networks and what it is."""


@dataclasses.dataclass(frozen=True, eq=False)
class Attribution:
    """Maps of relevance.

    Parameters
    ----------
    maps : ndarray of shape (n, rows, cols)
        Positive where a pixel speaks for the class. Summed over channels.
    method : str
    targets : ndarray of shape (n,), int
        The class that is explained.
    gap : ndarray of shape (n,), optional
        Integrated gradients: what the map's sum lacks to the difference of the logits of image
        and baseline; near 0 where there were steps enough.
    """

    maps: NDArray[np.float64]
    method: str
    targets: NDArray[np.intp]
    gap: NDArray[np.float64] | None = None


def attribute(
    model: Any,
    images: ArrayLike,
    method: str = "integrated-gradients",
    *,
    targets: ArrayLike | int | None = None,
    settings: ExplanationSettings | None = None,
) -> Attribution:
    """Explain the logit of a class for each image.

    Parameters
    ----------
    model : torch.nn.Module, fitted method of `micrographia.learning`, or Bundle
        Takes images of shape (n, channels, rows, cols) and gives logits of shape (n, classes).
    images : array-like of shape (n, channels, rows, cols)
        Grey levels as recorded.
    method : str
        One of `METHODS`.
    targets : int or array-like of shape (n,), optional
        Number of the class to explain; the most probable one of each image where not given.
    settings : ExplanationSettings, optional

    Returns
    -------
    attribution : Attribution

    Raises
    ------
    InputError
        If there is no such method or class, or the model has no gradients.

    Notes
    -----
    Where a network normalises its input before its first convolution, relevance is asked of the
    normalised image (`micrographia.explanation.network.Normalised` says why). Gradients by captum
    (N. Kokhlikyan et al., arXiv:2009.07896). Integrated gradients: M. Sundararajan, A. Taly and
    Q. Yan, ICML (2017), arXiv:1703.01365. Grad-CAM: R. R. Selvaraju et al., ICCV (2017),
    arXiv:1610.02391.
    """
    torch = _torch()
    from micrographia.explanation.network import Normalised, as_network

    if method not in METHODS:
        raise InputError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    settings = settings or ExplanationSettings()
    values = np.asarray(images, np.float32)
    if values.ndim != 4:
        raise InputError(f"wanted images of shape (n, channels, rows, cols), got {values.shape}")
    network = as_network(model)
    batch = torch.from_numpy(values)
    with torch.no_grad():
        logits = network(batch)
    chosen = _targets(targets, logits)
    state = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    for parameter, _ in state:
        parameter.requires_grad_(False)
    try:
        body = Normalised(network, batch)
        maps, gap = _RUN[method](body, chosen, settings)
    finally:
        for parameter, needed in state:
            parameter.requires_grad_(needed)
    return Attribution(
        maps.sum(dim=1).double().cpu().numpy(),
        method,
        chosen.numpy().astype(np.intp),
        None if gap is None else gap.double().cpu().numpy(),
    )


def _torch() -> Any:
    try:
        import captum
        import torch
    except ImportError as error:
        raise MissingDependencyError(
            "gradients need PyTorch and captum: pip install 'micrographia[train]'; without them "
            "take the methods 'class-activation' and 'occlusion'"
        ) from error
    del captum
    return torch


def _targets(targets: ArrayLike | int | None, logits: Any) -> Any:
    import torch

    count, classes = logits.shape
    if targets is None:
        return logits.argmax(dim=1)
    numbers = np.broadcast_to(np.asarray(targets), (count,)).astype(np.int64)
    if numbers.min() < 0 or numbers.max() >= classes:
        raise InputError(f"classes are numbered from 0 to {classes - 1}, got {numbers.tolist()}")
    return torch.from_numpy(numbers.copy())


def _gradient_input(body: Any, targets: Any, settings: ExplanationSettings) -> tuple[Any, None]:
    from captum.attr import InputXGradient

    inputs = body.inputs.clone().requires_grad_(True)
    return InputXGradient(body).attribute(inputs, target=targets).detach(), None


def _integrated(body: Any, targets: Any, settings: ExplanationSettings) -> tuple[Any, Any]:
    from captum.attr import IntegratedGradients

    inputs = body.inputs
    maps, gap = IntegratedGradients(body).attribute(
        inputs,
        baselines=baseline(inputs, settings.baseline),
        target=targets,
        n_steps=settings.steps,
        internal_batch_size=max(len(inputs), 32),
        return_convergence_delta=True,
    )
    return maps.detach(), gap.detach()


def baseline(inputs: Any, kind: str) -> Any:
    """The blank that integrated gradients start from, of the shape of the inputs."""
    import torch
    from torch.nn import functional

    if kind == "zero":
        return torch.zeros_like(inputs)
    if kind == "median":
        flat = inputs.flatten(2).median(dim=2).values
        return flat[:, :, None, None].expand_as(inputs).clone()
    edge = max(3, (min(inputs.shape[2:]) // 4) | 1)
    half = edge // 2
    padded = functional.pad(inputs, (half, half, half, half), mode="replicate")
    return functional.avg_pool2d(padded, edge, 1)


def _grad_cam(body: Any, targets: Any, settings: ExplanationSettings) -> tuple[Any, None]:
    from captum.attr import LayerAttribution, LayerGradCam

    from micrographia.explanation.network import last_layer

    layer = last_layer(body, body.inputs, settings.layer)
    inputs = body.inputs.clone().requires_grad_(True)
    coarse = LayerGradCam(body, layer).attribute(inputs, target=targets, relu_attributions=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fine = LayerAttribution.interpolate(coarse, tuple(inputs.shape[2:]), "bilinear")
    return fine.detach(), None


def _occlusion(body: Any, targets: Any, settings: ExplanationSettings) -> tuple[Any, None]:
    from captum.attr import Occlusion

    inputs = body.inputs
    edge = max(1, round(settings.window * max(inputs.shape[2:])))
    edges = [min(edge, side) for side in inputs.shape[2:]]
    step = max(1, round(settings.stride * edge))
    found = Occlusion(body).attribute(
        inputs,
        sliding_window_shapes=(inputs.shape[1], *edges),
        strides=(inputs.shape[1], min(step, edges[0]), min(step, edges[1])),
        baselines=baseline(inputs, "median"),
        target=targets,
        perturbations_per_eval=16,
    )
    return found.detach() / inputs.shape[1], None


_RUN: dict[str, Any] = {
    "gradient-input": _gradient_input,
    "integrated-gradients": _integrated,
    "grad-cam": _grad_cam,
    "occlusion": _occlusion,
}
