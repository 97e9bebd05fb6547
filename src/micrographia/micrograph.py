"""The Micrograph: pixels as recorded, their size with its origin, and what the file said."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from micrographia.errors import CalibrationError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Micrograph", "Origin", "PixelSize"]

Origin = Literal["metadata", "scale-bar", "user"]


@dataclasses.dataclass(frozen=True)
class PixelSize:
    """Edge lengths of one pixel, with where they come from and how sure they are.

    Parameters
    ----------
    row, col : float [nm]
        Extent of a pixel down the rows and along the columns; equal for square pixels.
    origin : {"metadata", "scale-bar", "user"}
        What the value was taken from.
    relative_uncertainty : float or None
        Standard uncertainty of the scale divided by the scale; None where nothing is known of it.

    Raises
    ------
    CalibrationError
        If a length is not positive and finite, or the uncertainty is negative.

    Examples
    --------
    >>> PixelSize(0.2, 0.2, "user").mean
    0.2
    >>> PixelSize(0.1, 0.4, "metadata").mean
    0.2
    """

    row: float
    col: float
    origin: Origin
    relative_uncertainty: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("row", self.row), ("col", self.col)):
            if not (math.isfinite(value) and value > 0):
                raise CalibrationError(
                    f"pixel size along the {name}s must be positive and finite, got {value!r} nm"
                )
        uncertainty = self.relative_uncertainty
        if uncertainty is not None and not (math.isfinite(uncertainty) and uncertainty >= 0):
            raise CalibrationError(
                f"relative uncertainty must be at least 0 and finite, got {uncertainty!r}"
            )

    @property
    def mean(self) -> float:
        """Edge of the square pixel of the same area [nm]."""
        return self.row if self.row == self.col else math.sqrt(self.row * self.col)

    @property
    def is_square(self) -> bool:
        """Whether both edges agree to one part in a thousand."""
        return abs(self.row / self.col - 1) < 1e-3


@dataclasses.dataclass(frozen=True, eq=False)
class Micrograph:
    """One electron micrograph.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
        Intensities as recorded, never rescaled; integer or float. The array is made read-only.
    pixel_size : PixelSize or None
        None means that nothing is known: every length is then given in pixels.
    name : str
        How results call this image; the file's stem as a rule.
    path : Path or None
        The file it was read from.
    metadata : mapping
        What the file said besides: instrument, signal title, original axes, acquisition.
    warnings : tuple of str
        What a reader noticed and a person should know (an axis without a unit, say).

    Raises
    ------
    InputError
        If `pixels` is not a two-dimensional array of real numbers with at least one pixel.

    Examples
    --------
    >>> image = Micrograph(np.zeros((4, 6), np.uint8), PixelSize(0.5, 0.5, "user"))
    >>> image.shape, image.pixel_size.mean
    ((4, 6), 0.5)
    """

    pixels: NDArray[Any]
    pixel_size: PixelSize | None = None
    name: str = "image"
    path: Path | None = None
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        pixels = np.asarray(self.pixels)
        if pixels.ndim != 2:
            raise InputError(
                f"{self.name}: a micrograph has shape (rows, cols), got {pixels.shape}; "
                "choose one frame of a stack, or convert colours to grey first"
            )
        if pixels.size == 0:
            raise InputError(f"{self.name}: the image has no pixels, shape {pixels.shape}")
        if pixels.dtype.kind not in "uifb":
            raise InputError(
                f"{self.name}: pixels must be integers or floats, got {pixels.dtype}"
                + ("; take the modulus of a complex image" if pixels.dtype.kind == "c" else "")
            )
        view = pixels.view()
        view.flags.writeable = False
        object.__setattr__(self, "pixels", view)
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        object.__setattr__(self, "warnings", tuple(self.warnings))

    def __repr__(self) -> str:
        scale = (
            "no pixel size"
            if self.pixel_size is None
            else f"{self.pixel_size.mean:.4g} nm/px ({self.pixel_size.origin})"
        )
        return f"<Micrograph {self.name!r} {self.shape} {self.pixels.dtype}, {scale}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            Micrograph,
            (
                np.asarray(self.pixels),
                self.pixel_size,
                self.name,
                self.path,
                dict(self.metadata),
                self.warnings,
            ),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.pixels.shape
        return rows, cols

    def with_pixels(self, pixels: NDArray[Any]) -> Self:
        """The same micrograph with other intensities."""
        return dataclasses.replace(self, pixels=pixels)

    def with_pixel_size(self, pixel_size: PixelSize | None) -> Self:
        """The same micrograph with another pixel size."""
        return dataclasses.replace(self, pixel_size=pixel_size)

    def with_warnings(self, *warnings: str) -> Self:
        """The same micrograph with further warnings."""
        return dataclasses.replace(self, warnings=(*self.warnings, *warnings))
