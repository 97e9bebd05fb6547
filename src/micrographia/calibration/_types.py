"""What the calibration stage hands on: bars, readings, evidence and the verdict."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micrographia.micrograph import PixelSize

__all__ = ["Bar", "Box", "Calibration", "Evidence", "ScaleReading", "Source", "Verdict"]

Verdict = Literal["agreed", "unchecked", "conflict", "uncalibrated"]
Source = Literal[
    "user", "metadata", "scale-bar", "printed-width", "printed-pixel-size", "magnification"
]


@dataclasses.dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels, half open: rows top to bottom - 1, columns left to right - 1.

    Examples
    --------
    >>> Box(2, 3, 4, 10).width
    7
    """

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    def grown(self, margin: int, shape: tuple[int, int]) -> Box:
        """The rectangle with a margin on every side, cut to the image.

        Parameters
        ----------
        margin : int [px]
        shape : tuple of int, (rows, cols)
        """
        return Box(
            max(self.top - margin, 0),
            max(self.left - margin, 0),
            min(self.bottom + margin, shape[0]),
            min(self.right + margin, shape[1]),
        )

    def slices(self) -> tuple[slice, slice]:
        """The index that takes the rectangle out of an image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def meets(self, other: Box) -> bool:
        """Whether the two share a pixel."""
        return (
            self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )


@dataclasses.dataclass(frozen=True)
class Bar:
    """A candidate for the scale bar.

    Parameters
    ----------
    box : Box
        The rectangle that the bar covers, with its end ticks.
    start, stop : float [px]
        Its ends along the columns; column k covers k to k + 1, so that a bar of sharp edges over
        columns a to b has the ends a and b + 1.
    uncertainty_px : float [px]
        Standard uncertainty of the length.
    polarity : {"bright", "dark"}
        The bar against what surrounds it.
    style : {"plain", "ticks", "graduated", "split"}
    score : float
        How much it looks like a drawn bar, 0 to 1.
    hole : tuple of float or None [px]
        Columns of the gap for the text in a bar of two halves.
    level : float or None
        Grey level that it is drawn in, 0 to 255.
    rows : tuple of int or None
        First row of the line itself, without its ticks, and the row after its last.

    Examples
    --------
    >>> Bar(Box(90, 10, 94, 60), 10.0, 60.0, 0.1, "dark", "plain", 0.9).length_px
    50.0
    """

    box: Box
    start: float
    stop: float
    uncertainty_px: float
    polarity: Literal["bright", "dark"]
    style: Literal["plain", "ticks", "graduated", "split"]
    score: float
    hole: tuple[float, float] | None = None
    level: float | None = None
    rows: tuple[int, int] | None = None

    @property
    def length_px(self) -> float:
        """Distance between the ends [px]."""
        return self.stop - self.start

    @property
    def line(self) -> tuple[int, int]:
        """First row of the line and the row after its last; all of the box where not known."""
        return (self.box.top, self.box.bottom) if self.rows is None else self.rows


@dataclasses.dataclass(frozen=True)
class ScaleReading:
    """A scale bar, or a printed width, with the length that its text states.

    Parameters
    ----------
    source : {"scale-bar", "printed-width", "printed-pixel-size"}
    nm_per_px : float [nm/px]
    relative_uncertainty : float
        From both ends of the bar, or from the last printed digit.
    confidence : float
        0 to 1, from the recogniser's certainty and the bar's score.
    text : str
        As it was read.
    length_nm : float [nm]
        The length that the text states.
    text_box : Box
    bar : Bar or None
        None for a printed width or pixel size.
    """

    source: Literal["scale-bar", "printed-width", "printed-pixel-size"]
    nm_per_px: float
    relative_uncertainty: float
    confidence: float
    text: str
    length_nm: float
    text_box: Box
    bar: Bar | None = None


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What one source says about the pixel size.

    Parameters
    ----------
    source : str
        "user", "metadata", "scale-bar", "printed-width", "printed-pixel-size" or "magnification".
    nm_per_px : float or None
        None where the source was looked at and gave nothing (a bar whose text was not read).
    relative_uncertainty : float or None
    text : str
        What was found, for a person to read.

    Examples
    --------
    >>> Evidence("metadata", 0.21, 0.01, "0.21 nm").agrees(Evidence("scale-bar", 0.212, 0.003, ""))
    True
    """

    source: Source
    nm_per_px: float | None
    relative_uncertainty: float | None
    text: str

    def agrees(self, other: Evidence, coverage: float = 3.0) -> bool:
        """Whether two values differ by less than their uncertainties allow.

        Parameters
        ----------
        other : Evidence
        coverage : float
            How many combined standard uncertainties are allowed; 3 keeps 99.7 % of honest pairs.
        """
        if self.nm_per_px is None or other.nm_per_px is None:
            return True
        combined = math.hypot(self.relative_uncertainty or 0.01, other.relative_uncertainty or 0.01)
        return abs(math.log(self.nm_per_px / other.nm_per_px)) <= coverage * combined

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, eq=False)
class Calibration:
    """The pixel size to use, what speaks for and against it, and what to leave out.

    Parameters
    ----------
    pixel_size : PixelSize or None
        None means that no length in nm may be given.
    verdict : {"agreed", "unchecked", "conflict", "uncalibrated"}
        Several sources agree; only one spoke; they disagree; none spoke.
    evidence : tuple of Evidence
    bar : Bar or None
        The scale bar, also where its text was not read.
    text : str or None
        The bar's text, where it was read.
    text_box : Box or None
    footer : int or None
        First row of the data bar at the bottom.
    excluded : ndarray of shape (rows, cols), bool
        True where footer, bar or text lie: to be left out of segmentation.
    warnings : tuple of str
    """

    pixel_size: PixelSize | None
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    bar: Bar | None
    text: str | None
    text_box: Box | None
    footer: int | None
    excluded: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON, without the mask.

        Returns
        -------
        record : dict
        """
        return {
            "pixel_size": None if self.pixel_size is None else dataclasses.asdict(self.pixel_size),
            "verdict": self.verdict,
            "evidence": [item.to_dict() for item in self.evidence],
            "bar": None
            if self.bar is None
            else {**dataclasses.asdict(self.bar), "length_px": self.bar.length_px},
            "text": self.text,
            "text_box": None if self.text_box is None else dataclasses.asdict(self.text_box),
            "footer": self.footer,
            "warnings": list(self.warnings),
        }
