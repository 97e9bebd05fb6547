"""A second and a third look at a text, each with another picture of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.calibration._ocr import read_line
from micrographia.calibration._parse import Token, parse_line
from micrographia.calibration._types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._match import Label
    from micrographia.calibration._types import Bar

__all__ = ["verified"]

_HEIGHT = 48  # px, the height that the recogniser works at
_LARGEST_PIXEL = 2e5  # nm
_WEAK = 0.55  # confidence below which a reading does not count


def verified(grey: NDArray[np.float32], label: Label, bar: Bar | None = None) -> float | None:
    """How sure a length is after reading its line again with wider margins and inverted.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    label : Label
    bar : Bar or None
        Kept out of the picture, as its end looks like a 1.

    Returns
    -------
    confidence : float or None
        The mean over the readings that agree, at least two; None where a reading that counts says
        another length, or no second one says the same.
    """
    agreeing = [label.line.confidence]
    part = _stretched(grey[_window(label, bar, grey.shape).slices()])
    for picture in (part, 255 - part):
        text, confidence = read_line(picture)
        found = [token for token in parse_line(text) if token.kind == label.token.kind]
        if any(_same(token, label.token) for token in found):
            agreeing.append(confidence)
        elif confidence >= _WEAK and any(_is_scale(token, bar) for token in found):
            return None
    return float(np.mean(agreeing)) if len(agreeing) >= 2 else None


def _is_scale(token: Token, bar: Bar | None) -> bool:
    """Whether a length can be the bar's at all: no electron micrograph has larger pixels."""
    return bar is None or token.length_nm / bar.length_px <= _LARGEST_PIXEL


def _same(one: Token, other: Token) -> bool:
    return abs(one.length_nm / other.length_nm - 1) < 1e-6


def _window(label: Label, bar: Bar | None, shape: tuple[int, ...]) -> Box:
    """The line with margins, cut where the bar begins."""
    line = label.line
    more_rows, more_cols = 0.12 * line.height, 0.4 * line.height
    top, bottom = line.top - more_rows, line.bottom + more_rows
    left, right = line.left - more_cols, line.right + more_cols
    if bar is not None:
        row, column = label.middle
        if bar.hole is not None:
            left, right = max(left, bar.hole[0] + 2), min(right, bar.hole[1] - 2)
        elif column > bar.stop:
            left = max(left, bar.stop + 2)
        elif column < bar.start:
            right = min(right, bar.start - 2)
        elif row < bar.box.top:
            bottom = min(bottom, max(bar.box.top - 1, line.bottom - 0.25 * line.height))
        else:
            top = max(top, min(bar.box.bottom + 1, line.top + 0.25 * line.height))
    return Box(
        max(int(np.floor(top)), 0),
        max(int(np.floor(left)), 0),
        min(int(np.ceil(bottom)), shape[0]),
        min(int(np.ceil(right)), shape[1]),
    )


def _stretched(part: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = np.percentile(part, [1, 99])
    scaled = np.clip((part - low) * (255 / max(high - low, 1.0)), 0, 255).astype(np.uint8)
    factor = _HEIGHT / max(scaled.shape[0], 1)
    mode = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(scaled, None, fx=factor, fy=factor, interpolation=mode), np.uint8)
