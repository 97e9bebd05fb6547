"""Groups: what must never lie on both sides of a split."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.learning.datasets.settings import DatasetSettings

__all__ = ["join_groups"]


def join_groups(
    table: pd.DataFrame, settings: DatasetSettings, pairs: NDArray[np.integer] | None = None
) -> list[str]:
    """Join all that belongs together for any reason into one group.

    Parameters
    ----------
    table : DataFrame
        With `path` and `group` (empty: none is stated).
    settings : DatasetSettings
    pairs : ndarray of shape (k, 2), integer, optional
        Rows that are duplicates.

    Returns
    -------
    groups : list of str
        The stated group of the first of its images that has one, else the path of the first.
    """
    n = len(table)
    edges = [_chains(table["group"].to_numpy(dtype=str))]
    if settings.group_pattern is not None:
        pattern = re.compile(settings.group_pattern)
        edges.append(_chains(np.array([_named(pattern, path) for path in table["path"]], str)))
    if pairs is not None:
        edges.append(np.asarray(pairs, np.int64).reshape(-1, 2))
    first, second = np.concatenate(edges).T
    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    names: dict[int, str] = {}
    for own, stated in zip(component.tolist(), table["group"], strict=True):
        if stated:
            names.setdefault(own, stated)
    for own, path in zip(component.tolist(), table["path"], strict=True):
        names.setdefault(own, path)
    return [names[own] for own in component.tolist()]


def _chains(names: NDArray[np.str_]) -> NDArray[np.int64]:
    """Pairs of successive rows of one name; rows without a name are alone."""
    rows = np.flatnonzero(names != "")
    order = rows[np.argsort(names[rows], kind="stable")]
    same = names[order[1:]] == names[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1).astype(np.int64)


def _named(pattern: re.Pattern[str], path: str) -> str:
    found = pattern.search(path)
    return (found.group(1) or "") if found else ""
