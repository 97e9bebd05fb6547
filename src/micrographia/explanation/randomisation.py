"""Does a map show what a network has learned, or merely the edges of the image?

Weights are replaced by random ones, layer after layer from the answer towards the image
(cascading randomisation of J. Adebayo et al., NeurIPS (2018), arXiv:1810.03292). A map that stays
alike does not depend on what was learned.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.explanation.attribution import _torch, attribute
from micrographia.explanation.settings import ExplanationSettings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RandomisationCheck", "check_by_randomisation", "edge_map", "rank_correlation", "ssim"]

ALIKE = 0.5
"""A rank correlation with the map of random weights above this is called alike."""


@dataclasses.dataclass(frozen=True, eq=False)
class RandomisationCheck:
    """What became of the maps.

    Parameters
    ----------
    method : str
    table : DataFrame
        A row per step: `layers` that are random (0: none), `layer` that was added, and means over
        the images of `rank_correlation` and `ssim` with the map of the trained network (of
        magnitudes), `signed_correlation` (with their signs), and `edges`, the rank correlation of
        magnitudes with the edges of the image.
    maps : ndarray of shape (steps, n, rows, cols)
    """

    method: str
    table: pd.DataFrame
    maps: NDArray[np.float64]

    @property
    def depends_on_learning(self) -> bool:
        """Whether the map of a fully random network is another one."""
        return bool(self.table["rank_correlation"].iloc[-1] < ALIKE)

    def sentence(self) -> str:
        """The verdict in words."""
        last = self.table.iloc[-1]
        edges = self.table["edges"].iloc[0]
        alike = (
            f"rank correlation {last['rank_correlation']:.2f}, with its signs "
            f"{last['signed_correlation']:.2f}; with the image's edges {edges:.2f}"
        )
        if self.depends_on_learning:
            return (
                f"{self.method}: with random weights the map is another one ({alike}): it shows "
                "what was learned."
            )
        if abs(last["signed_correlation"]) < ALIKE:
            return (
                f"{self.method}: with random weights the map is strong in the same places but of "
                f"other signs ({alike}): where it is strong shows the image, only its signs show "
                "what was learned."
            )
        return (
            f"{self.method}: with random weights the map stays alike ({alike}): it shows the "
            "image, not what was learned."
        )


def check_by_randomisation(
    model: Any,
    images: ArrayLike,
    method: str = "integrated-gradients",
    *,
    targets: ArrayLike | int | None = None,
    steps: int | None = 6,
    settings: ExplanationSettings | None = None,
) -> RandomisationCheck:
    """Compare the maps of a network with those of ever more random copies of it.

    Parameters
    ----------
    model : torch.nn.Module, fitted method of `micrographia.learning`, or Bundle
    images : array-like of shape (n, channels, rows, cols)
    method : str
        One of `micrographia.explanation.METHODS`.
    targets : int or array-like of shape (n,), optional
        The classes explained, the same at every step.
    steps : int, optional
        At most so many steps between none and all layers; every layer where None.
    settings : ExplanationSettings, optional
        `seed` chooses the random weights.

    Returns
    -------
    check : RandomisationCheck
    """
    import pandas as pd

    from micrographia.explanation.network import as_network

    torch = _torch()
    settings = settings or ExplanationSettings()
    values = np.asarray(images, np.float32)
    network = copy.deepcopy(as_network(model))
    first = attribute(network, values, method, targets=targets, settings=settings)
    layers = learned_layers(network)[::-1]
    counts = _counts(len(layers), steps)
    edges = [edge_map(image) for image in values]
    rows, maps, done = [], [], 0
    for count in counts:
        with torch.random.fork_rng(devices=[]):
            for number in range(done, count):
                torch.manual_seed(settings.seed * 10_007 + number)
                layers[number][1]()
        done = count
        found = first
        if count:
            found = attribute(network, values, method, targets=first.targets, settings=settings)
        layer = layers[count - 1][0] if count else ""
        rows.append({"layers": count, "layer": layer, **_likeness(first.maps, found.maps, edges)})
        maps.append(found.maps)
    return RandomisationCheck(method, pd.DataFrame(rows), np.stack(maps))


def _likeness(
    first: NDArray[np.float64], second: NDArray[np.float64], edges: list[NDArray[np.float64]]
) -> dict[str, float]:
    """How alike maps of the same images are, as means over these."""
    scores = [
        {
            "rank_correlation": rank_correlation(abs(a), abs(b)),
            "signed_correlation": rank_correlation(a, b),
            "ssim": ssim(abs(a), abs(b)),
            "edges": rank_correlation(abs(b), edge),
        }
        for a, b, edge in zip(first, second, edges, strict=True)
    ]
    return {name: float(np.mean([score[name] for score in scores])) for name in scores[0]}


def _counts(layers: int, steps: int | None) -> list[int]:
    """How many layers are random at each step.

    Examples
    --------
    >>> _counts(20, 4), _counts(2, 6)
    ([0, 1, 7, 13, 20], [0, 1, 2])
    """
    if steps is None or layers <= steps:
        return list(range(layers + 1))
    spread = np.linspace(0, layers, steps).round().astype(int)[1:]
    return sorted({0, 1, *(int(x) for x in spread)})


def learned_layers(network: Any) -> list[tuple[str, Any]]:
    """Layers with weights from image to answer, each with a function that makes them random."""
    from micrographia.explanation.onnx_network import OnnxNetwork

    if isinstance(network, OnnxNetwork):
        return network.learned_layers()
    return [
        (name, module.reset_parameters)
        for name, module in network.named_modules()
        if callable(getattr(module, "reset_parameters", None))
        and next(module.parameters(recurse=False), None) is not None
    ]


def edge_map(image: NDArray[Any]) -> NDArray[np.float64]:
    """Strength of the edges of an image of shape (channels, rows, cols): its Sobel gradient."""
    import cv2

    grey = np.asarray(image, np.float64).mean(axis=0)
    down, across = cv2.Sobel(grey, cv2.CV_64F, 0, 1), cv2.Sobel(grey, cv2.CV_64F, 1, 0)
    return np.asarray(np.hypot(down, across))


def rank_correlation(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Spearman's correlation of two maps; 0 where one of them is constant.

    Parameters
    ----------
    first, second : ndarray of the same shape

    Returns
    -------
    correlation : float

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    from scipy.stats import rankdata

    ranks = [rankdata(x.ravel()) for x in (first, second)]
    off = [x - x.mean() for x in ranks]
    scale = float(np.sqrt((off[0] ** 2).sum() * (off[1] ** 2).sum()))
    return float((off[0] * off[1]).sum() / scale) if scale > 0 else 0.0


def ssim(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Structural similarity of two maps, each brought to 0 … 1 before.

    Parameters
    ----------
    first, second : ndarray of shape (rows, cols)

    Returns
    -------
    similarity : float

    Examples
    --------
    >>> round(ssim(np.eye(8), 5 * np.eye(8)), 6)
    1.0
    """
    from skimage.metrics import structural_similarity

    def scaled(values: NDArray[Any]) -> NDArray[np.float64]:
        low, high = float(values.min()), float(values.max())
        return (np.asarray(values, np.float64) - low) / (high - low or 1.0)

    window = min(7, min(first.shape) - (min(first.shape) + 1) % 2)
    found = structural_similarity(scaled(first), scaled(second), data_range=1.0, win_size=window)
    return float(found)
