"""A vendor's metadata as plain nested dicts of bounded size."""

from collections.abc import Mapping
from typing import Any

__all__ = ["plain"]

_MAX_TEXT = 2000
_MAX_ITEMS = 32
_MAX_NODES = 5000
_MAX_DEPTH = 12


def plain(value: Any) -> Any:
    """Turn a reader's metadata into dicts, lists, text, numbers, booleans and None.

    Arrays and long lists become a short text that gives their size, long text is cut, and of more
    than 5,000 entries the rest is left out.

    Parameters
    ----------
    value : object

    Returns
    -------
    value : dict, list, str, int, float, bool or None

    Examples
    --------
    >>> import numpy as np
    >>> plain({"a": np.float32(0.5), "b": np.zeros((8, 8)), "c": (1, 2)})
    {'a': 0.5, 'b': '<array (8, 8) float64>', 'c': [1, 2]}
    """
    return _plain(value, 0, [_MAX_NODES])


def _plain(value: Any, depth: int, budget: list[int]) -> Any:
    budget[0] -= 1
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        value = value[:_MAX_TEXT].decode("latin-1")
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else value[:_MAX_TEXT] + " …"
    shape = getattr(value, "shape", None)
    if shape is not None and shape != ():
        size = 1
        for edge in shape:
            size *= int(edge)
        if size > _MAX_ITEMS or not hasattr(value, "tolist"):
            return f"<array {tuple(int(edge) for edge in shape)} {value.dtype}>"
        return _plain(value.tolist(), depth, budget)
    if hasattr(value, "item"):
        return _plain(value.item(), depth, budget)
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return _plain_mapping(value, depth, budget)
    if isinstance(value, list | tuple | set):
        if len(value) > _MAX_ITEMS:
            return f"<{len(value)} values>"
        return [_plain(item, depth + 1, budget) for item in value]
    return str(value)[:_MAX_TEXT]


def _plain_mapping(value: Mapping[Any, Any], depth: int, budget: list[int]) -> dict[str, Any]:
    result = {}
    for key, item in value.items():
        if budget[0] <= 0:
            result["…"] = "left out"
            break
        result[str(key)] = _plain(item, depth + 1, budget)
    return result
