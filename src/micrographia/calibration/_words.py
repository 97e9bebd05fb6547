"""Words that the text detector tore apart: a number and its unit joined again."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._ocr import Line, read_line
from micrographia.calibration._parse import parse_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["complete", "join_words"]

_NUMBER = re.compile(r"[\dOoIl|]+(?:[.,][\dOoIl|]+)?")
_UNIT = re.compile(r"nm|[µμu]m|mm|Å")
_GAP = 1.0  # heights of the text between two words of one line
_REACH = 4.0  # heights of the text that a number before its unit may take


def join_words(lines: Sequence[Line]) -> list[Line]:
    """Join neighbours on a row, where a number or a unit stands alone among them.

    The whole row is joined, so that a working distance keeps the word before it.

    Parameters
    ----------
    lines : sequence of Line

    Returns
    -------
    lines : list of Line

    Examples
    --------
    >>> words = [Line("200", 0.9, 5, 10, 15, 30), Line("nm", 0.8, 6, 35, 16, 50)]
    >>> join_words(words)[0].text
    '200 nm'
    """
    chains: list[list[Line]] = []
    for line in sorted(lines, key=lambda item: item.left):
        home = next((chain for chain in chains if _follows(chain[-1], line)), None)
        if home is None:
            chains.append([line])
        else:
            home.append(line)
    joined: list[Line] = []
    for chain in chains:
        torn = any(_NUMBER.fullmatch(word.text) or _UNIT.fullmatch(word.text) for word in chain)
        joined += [_whole(chain)] if torn and len(chain) > 1 else chain
    return joined


def _follows(before: Line, line: Line) -> bool:
    shared = min(before.bottom, line.bottom) - max(before.top, line.top)
    height = min(before.height, line.height)
    gap = line.left - before.right
    return shared > 0.6 * height and -0.6 * height <= gap <= _GAP * height


def _whole(chain: Sequence[Line]) -> Line:
    return Line(
        " ".join(word.text for word in chain),
        min(word.confidence for word in chain),
        min(word.top for word in chain),
        chain[0].left,
        max(word.bottom for word in chain),
        chain[-1].right,
    )


def complete(part: NDArray[np.uint8], line: Line) -> Line:
    """Read what stands before a unit alone, where the detector overlooked its number.

    Parameters
    ----------
    part : ndarray of shape (rows, cols), uint8
        The picture that the line lies in.
    line : Line

    Returns
    -------
    line : Line
        With the number, or as it was where none was read.
    """
    if not _UNIT.fullmatch(line.text):
        return line
    box = line.box()
    left = max(int(line.left - _REACH * line.height), 0)
    wide = part[max(box.top, 0) : box.bottom, left : box.right + 2]
    if wide.size == 0:
        return line
    text, confidence = read_line(np.ascontiguousarray(wide))
    if not any(token.alone for token in parse_line(text)):
        return line
    return dataclasses.replace(line, text=text, confidence=confidence, left=float(left))
