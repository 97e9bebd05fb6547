"""Scale bars, printed widths and printed pixel sizes, read from the picture."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from micrographia.calibration._types import Bar, Box, ScaleReading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Page", "read_bar", "read_page"]


@dataclasses.dataclass(frozen=True)
class Page:
    """All that was read in a picture: what states a scale, and where text lies."""

    readings: tuple[ScaleReading, ...] = ()
    bar: Bar | None = None
    text: str | None = None
    text_box: Box | None = None
    boxes: tuple[Box, ...] = ()
    warnings: tuple[str, ...] = ()


def read_page(grey: NDArray[np.float32], footer: int | None) -> Page:
    """Read everything that states a scale."""
    return Page()


def read_bar(pixels: NDArray[Any]) -> ScaleReading | None:
    """Read the scale bar of a micrograph."""
    return None
