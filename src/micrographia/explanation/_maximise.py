"""Inputs that a class, or a channel of a layer, likes best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError
from micrographia.explanation.settings import ExplanationSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["maximise"]


def maximise(
    model: Any,
    shape: tuple[int, int, int],
    target: int,
    *,
    layer: str = "",
    settings: ExplanationSettings | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Climb from noise to an image that makes a logit, or the mean of a channel, large.

    The image is kept smooth: it is made of its Fourier components, low frequencies moving faster,
    it is shifted at random at every step, and its total variation is punished (C. Olah,
    A. Mordvintsev and L. Schubert, Distill (2017), doi:10.23915/distill.00007). Without this the
    network is shown a pattern of noise.

    Parameters
    ----------
    model : torch.nn.Module, fitted method of `micrographia.learning`, or Bundle
    shape : tuple of int, (channels, rows, cols)
        Of one image as the model takes it.
    target : int
        Number of the class; with `layer`, of its channel.
    layer : str
        Name of a layer with channels, rows and columns; the logits where empty.
    settings : ExplanationSettings, optional
        `maximise_steps`, `maximise_rate`, `smoothness`, `jitter`, `seed`.

    Returns
    -------
    image : ndarray of shape (channels, rows, cols), float32
        From 0 to 1.
    course : ndarray of shape (steps,)
        What was maximised, step by step, without the punishment.

    Raises
    ------
    InputError
        If there is no such class, layer or channel.
    """
    from micrographia.explanation.attribution import _torch
    from micrographia.explanation.network import as_network

    torch = _torch()
    settings = settings or ExplanationSettings()
    network = as_network(model)
    generator = torch.Generator().manual_seed(settings.seed)
    channels, rows, cols = shape
    pace = torch.from_numpy(_pace(rows, cols))
    spectrum = 0.1 * torch.randn(channels, rows, cols // 2 + 1, 2, generator=generator)
    spectrum.requires_grad_(True)
    frozen = [(p, p.requires_grad) for p in network.parameters()]
    for parameter, _ in frozen:
        parameter.requires_grad_(False)
    objective = _objective(network, target, layer)
    optimiser = torch.optim.Adam([spectrum], lr=settings.maximise_rate)
    course = []

    def picture() -> Any:
        waves = torch.view_as_complex(spectrum) * pace
        return torch.sigmoid(torch.fft.irfft2(waves, s=(rows, cols), norm="ortho"))

    try:
        for _ in range(settings.maximise_steps):
            optimiser.zero_grad()
            image = picture()
            down, across = (
                int(torch.randint(-settings.jitter, settings.jitter + 1, (1,), generator=generator))
                for _ in range(2)
            )
            value = objective(torch.roll(image, (down, across), (1, 2))[None])
            steps = [image.diff(dim=axis).abs().sum() for axis in (1, 2)]
            (settings.smoothness * (steps[0] + steps[1]) - value).backward()
            optimiser.step()
            course.append(float(value.detach()))
        with torch.no_grad():
            found = picture().numpy().astype(np.float32)
    finally:
        for parameter, needed in frozen:
            parameter.requires_grad_(needed)
    return found, np.array(course)


def _pace(rows: int, cols: int) -> NDArray[np.float32]:
    """How fast each frequency moves: inversely to itself."""
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(cols)[None])
    pace = 1 / np.maximum(frequency, 1 / max(rows, cols))
    return np.asarray(pace / np.sqrt(np.mean(pace**2)), np.float32)


def _objective(network: Any, target: int, layer: str) -> Any:
    """What is to be made large, as a function of images."""

    def logit(images: Any) -> Any:
        logits = network(images)
        if not 0 <= target < logits.shape[1]:
            raise InputError(f"classes are numbered from 0 to {logits.shape[1] - 1}, got {target}")
        return logits[0, target]

    if not layer:
        return logit
    modules = dict(network.named_modules())
    if layer not in modules:
        known = ", ".join(name for name in modules if name)
        raise InputError(f"there is no layer {layer!r}; there are {known[:2000]}")

    def channel(images: Any) -> Any:
        kept: list[Any] = []
        hook = modules[layer].register_forward_hook(lambda m, i, output: kept.append(output))
        try:
            network(images)
        finally:
            hook.remove()
        output = kept[0]
        if output.ndim != 4 or not 0 <= target < output.shape[1]:
            raise InputError(
                f"layer {layer!r} gives shape {tuple(output.shape)}; wanted channels, rows and "
                f"columns with a channel {target}"
            )
        return output[0, target].mean()

    return channel
