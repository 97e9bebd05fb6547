"""Random streams derived from what they are for, so that no stream depends on another's use."""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["stream", "torch_seed"]


def _sequence(seed: int, purpose: str, *place: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), *place])


def stream(seed: int, purpose: str, *place: int) -> np.random.Generator:
    """Make the generator for one purpose at one place, such as an epoch and an item of it.

    Parameters
    ----------
    seed : int
        The seed of the whole training, at least 0.
    purpose : str
        What the numbers are for.
    *place : int
        Where they are used; each at least 0.

    Returns
    -------
    random : numpy.random.Generator

    Examples
    --------
    >>> a, b = stream(0, "augment", 3, 7), stream(0, "augment", 3, 7)
    >>> bool(a.random() == b.random() != stream(0, "augment", 3, 8).random())
    True
    """
    return np.random.default_rng(_sequence(seed, purpose, *place))


def torch_seed(seed: int, purpose: str, *place: int) -> int:
    """Make a seed for torch's own generator from the same ingredients as `stream`."""
    return int(_sequence(seed, purpose, *place).generate_state(1, np.uint64)[0] >> np.uint64(1))
