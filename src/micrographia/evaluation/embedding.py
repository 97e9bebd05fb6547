"""Features of many images as a map: PCA, then t-SNE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError, MissingDependencyError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["embed", "principal_components"]

_MOST = 5000


def principal_components(features: ArrayLike, count: int = 50) -> NDArray[np.float64]:
    """Coordinates along the directions of largest variance.

    Parameters
    ----------
    features : array-like of shape (n, d)
    count : int
        At most so many components; there are never more than n - 1 or d.

    Returns
    -------
    scores : ndarray of shape (n, components)
        Centred; the sign of a component is such that its largest entry is positive.

    Examples
    --------
    >>> principal_components([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]], 1).ravel().tolist()
    [-2.0, 0.0, 2.0]
    """
    values = np.asarray(features, np.float64)
    if values.ndim != 2 or min(values.shape) < 1 or not np.isfinite(values).all():
        raise InputError(f"features: wanted finite values of shape (n, d), got {values.shape}")
    centred = values - values.mean(axis=0)
    if values.shape[1] > values.shape[0]:
        level, left = np.linalg.eigh(centred @ centred.T)
        scores = left[:, ::-1] * np.sqrt(np.maximum(level[::-1], 0))
        axes = centred.T @ left[:, ::-1]
    else:
        axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
        scores = centred @ axes
    kept = max(1, min(count, len(values) - 1, values.shape[1]))
    sign = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    found: NDArray[np.float64] = scores[:, :kept] * np.where(sign == 0, 1, sign)[:kept]
    return found


def embed(
    features: ArrayLike,
    *,
    components: int = 50,
    perplexity: float = 30.0,
    seed: int = 0,
    iterations: int = 500,
    jobs: int = 1,
) -> NDArray[np.float64]:
    """Place images on a map so that those with similar features are neighbours.

    Principal components first, then t-SNE by openTSNE (P. G. Poličar, M. Stražar and B. Zupan,
    J. Stat. Softw. 109 (2024), doi:10.18637/jss.v109.i03), started from the first two components.
    Distances between clusters, their sizes and densities mean nothing.

    Parameters
    ----------
    features : array-like of shape (n, d)
        At least 5 images.
    components : int
    perplexity : float
        Neighbours that count; lowered to (n - 1) / 3 for few images.
    seed : int
    iterations : int
        After the 250 of early exaggeration.
    jobs : int
        Threads.

    Returns
    -------
    places : ndarray of shape (n, 2)

    Raises
    ------
    MissingDependencyError
        If openTSNE is not installed.
    """
    reduced = principal_components(features, components)
    n = len(reduced)
    if n < 5:
        raise InputError(f"a map wants at least 5 images, got {n}")
    try:
        from openTSNE import TSNE
        from openTSNE.initialization import rescale
    except ImportError as error:
        raise MissingDependencyError(
            "maps of features need openTSNE; pip install 'micrographia[train]' brings it"
        ) from error
    start = np.zeros((n, 2))
    start[:, : min(2, reduced.shape[1])] = reduced[:, :2]
    rng = np.random.default_rng(seed)
    start += rng.normal(0, 1e-4 * (start.std() or 1.0), start.shape)
    exact = n < 1000
    made: Any = TSNE(
        perplexity=min(perplexity, (n - 1) / 3),
        initialization=rescale(start),
        n_iter=iterations,
        n_jobs=jobs,
        random_state=seed,
        neighbors="exact" if exact or n < _MOST else "auto",
        negative_gradient_method="bh" if n < _MOST else "fft",
    ).fit(reduced)
    return np.asarray(made, np.float64)
