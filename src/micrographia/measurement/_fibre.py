"""Length and width of elongated particles along their skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.measurement._outline import Boxes

__all__ = ["skeleton_sizes"]

_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def skeleton_sizes(
    labels: NDArray[np.integer[Any]],
    ids: NDArray[np.int64],
    boxes: Boxes,
    scale: tuple[float, float] = (1.0, 1.0),
) -> NDArray[np.float64]:
    """Length along the skeleton, and width across it, of the given particles.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
    ids : ndarray of shape (n,), int
    boxes : list of (slice, slice)
    scale : tuple of float, (row, col)
        Edge lengths of a pixel, in any unit; the results have it.

    Returns
    -------
    sizes : ndarray of shape (n, 3)
        Length of the longest path through the skeleton, prolonged to the outline at both ends;
        mean width, which is the area over this length; and the share of the whole skeleton that
        lies on the path (less than 1 for a branched particle).
    """
    sizes = np.full((len(ids), 3), np.nan)
    for k, (label, box) in enumerate(zip(ids.tolist(), boxes, strict=True)):
        sizes[k] = _measure_one(np.pad(labels[box] == label, 1), scale)
    return sizes


def _measure_one(mask: NDArray[np.bool_], scale: tuple[float, float]) -> tuple[float, float, float]:
    from scipy.ndimage import distance_transform_edt
    from scipy.sparse.csgraph import dijkstra
    from skimage.morphology import skeletonize

    # The method of Zhang and Suen eats up slanted lines two pixels wide; that of Lee does not.
    skeleton = skeletonize(mask, method="lee") > 0
    nodes = np.argwhere(skeleton)
    graph, total = _graph(skeleton, nodes, scale)
    one = dijkstra(graph, directed=False, indices=0)
    begin = int(np.argmax(np.where(np.isfinite(one), one, -1)))
    away, came_from = dijkstra(graph, directed=False, indices=begin, return_predecessors=True)
    end = int(np.argmax(np.where(np.isfinite(away), away, -1)))
    path = [end]
    while path[-1] != begin:
        path.append(int(came_from[path[-1]]))
    share = float(away[end] / total) if total > 0 else 1.0
    line = nodes[path] * np.asarray(scale)
    half = float(np.median(distance_transform_edt(mask, sampling=scale)[tuple(nodes[path].T)]))
    length = _length_to_tips(mask, _smooth(line), half, scale)
    return length, float(mask.sum()) * scale[0] * scale[1] / length, share


def _length_to_tips(
    mask: NDArray[np.bool_], line: NDArray[np.float64], half: float, scale: tuple[float, float]
) -> float:
    """Length of the middle line, prolonged straight to the outline.

    The last half-width at each end is left out first: there a skeleton forks towards the corners.
    """
    for _ in range(2):
        line = line[::-1]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        if along[-1] <= 2 * half:
            continue
        line = line[along >= half]
    ends = 0.0
    for chain in (line, line[::-1]):
        away = np.hypot(*(chain - chain[0]).T)
        back = chain[min(int(np.searchsorted(away, 2 * half)), len(chain) - 1)]
        ends += _ray(mask, chain[0], chain[0] - back, scale)
    return float(np.hypot(*np.diff(line, axis=0).T).sum()) + ends


def _ray(
    mask: NDArray[np.bool_],
    point: NDArray[np.float64],
    direction: NDArray[np.float64],
    scale: tuple[float, float],
) -> float:
    """Way from a point to where a straight line first leaves the mask."""
    size = float(np.hypot(*direction))
    fine = min(scale) / 16
    if size == 0:
        return min(scale) / 2
    reach = np.arange(0.0, float(np.hypot(*(np.array(mask.shape) * scale))), fine)
    at = np.rint((point + reach[:, None] * direction / size) / np.asarray(scale)).astype(np.intp)
    within = ((at >= 0) & (at < mask.shape)).all(1)
    inside = np.zeros(len(reach), bool)
    inside[within] = mask[tuple(at[within].T)]
    return float(reach[np.argmin(inside)])


def _graph(
    skeleton: NDArray[np.bool_], nodes: NDArray[np.intp], scale: tuple[float, float]
) -> tuple[Any, float]:
    """Neighbouring skeleton pixels joined by their distance, and the sum of all joints."""
    from scipy.sparse import coo_array

    number = np.full(skeleton.shape, -1)
    number[tuple(nodes.T)] = np.arange(len(nodes))
    a, b, far = [], [], []
    for step in _STEPS:
        other = number[nodes[:, 0] + step[0], nodes[:, 1] + step[1]]
        joined = other >= 0
        if step[0] and step[1]:
            # A diagonal beside a square corner would count the way twice.
            joined &= number[nodes[:, 0], nodes[:, 1] + step[1]] < 0
            joined &= number[nodes[:, 0] + step[0], nodes[:, 1]] < 0
        a.append(np.flatnonzero(joined))
        b.append(other[joined])
        far.append(np.full(int(joined.sum()), np.hypot(step[0] * scale[0], step[1] * scale[1])))
    weights = np.concatenate(far)
    joints = (np.concatenate(a), np.concatenate(b))
    graph = coo_array((weights, joints), shape=(len(nodes), len(nodes))).tocsr()
    return graph, float(weights.sum())


def _smooth(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A chain of pixel centres without its steps; the ends stay."""
    for _ in range(8):
        if len(line) > 2:
            inner = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
            line = np.concatenate([line[:1], inner, line[-1:]])
    return line
