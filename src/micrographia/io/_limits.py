"""What a file may ask for before anything is allocated for it."""

import math
from collections.abc import Sequence

from micrographia.errors import CorruptFileError, TooLargeError

__all__ = ["MAX_DEFLATE_RATIO", "MAX_PIXELS", "check_bytes", "check_pixels"]

MAX_PIXELS = 2**30
"""Pixels that an image may have unless more are asked for: 32,768 × 32,768, about 1.07e9."""

MAX_DEFLATE_RATIO = 1032
"""Most bytes that one byte of a deflate stream can stand for (zlib's technical details)."""

_SLACK = 1 << 16


def check_pixels(shape: Sequence[int], max_pixels: int, name: str) -> None:
    """Refuse an image of more pixels than the limit, or of none.

    Parameters
    ----------
    shape : sequence of int
        (rows, cols) as the header declares them.
    max_pixels : int
        The limit.
    name : str
        What the message calls the file.

    Raises
    ------
    TooLargeError
        If the image has more pixels than the limit.
    CorruptFileError
        If an edge is zero or negative.

    Examples
    --------
    >>> check_pixels((2048, 2048), MAX_PIXELS, "a.tif")
    """
    if any(int(edge) < 1 for edge in shape):
        raise CorruptFileError(
            f"{name}: its header declares an image of {_times(shape)} pixels; wanted at least one "
            "pixel. The file is empty or damaged: export it again"
        )
    count = math.prod(int(edge) for edge in shape)
    if count > max_pixels:
        raise TooLargeError(
            f"{name}: its header declares {_times(shape)} = {count:,} pixels, more than the limit "
            f"of {max_pixels:,}; if the image really is that large, give a higher max_pixels"
        )


def check_bytes(declared: int, held: int, name: str, ratio: int = 1) -> None:
    """Refuse a header that declares more bytes than the file can hold.

    Parameters
    ----------
    declared : int
        Bytes of pixels that the header promises.
    held : int
        Bytes that the file has for them.
    name : str
        What the message calls the file.
    ratio : int
        Most bytes that one stored byte can stand for; 1 where nothing is compressed.

    Raises
    ------
    CorruptFileError
        If the promise cannot be kept.

    Examples
    --------
    >>> check_bytes(declared=1000, held=1000, name="a.mrc")
    """
    slack = 0 if ratio == 1 else _SLACK
    if declared > held * ratio + slack:
        raise CorruptFileError(
            f"{name}: its header declares {declared:,} bytes of pixels, the file holds {held:,}; "
            "it is truncated or damaged: copy or export it again"
        )


def _times(shape: Sequence[int]) -> str:
    return " × ".join(f"{int(edge):,}" for edge in shape)
