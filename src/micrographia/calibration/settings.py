"""The settings of the calibration stage."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, field_validator, model_validator

from micrographia.errors import CalibrationError
from micrographia.settings import Settings
from micrographia.units import parse_length

__all__ = ["CalibrationSettings"]


class CalibrationSettings(Settings):
    """Where the pixel size may come from, and what is kept out of the analysis.

    Examples
    --------
    >>> CalibrationSettings(pixel_size="0.21 nm").read_bar
    'auto'
    """

    pixel_size: str | None = Field(
        default=None,
        description='Edge of one pixel with its unit, such as "0.21 nm"; overrides all else.',
    )
    scale_bar: str | None = Field(
        default=None,
        description='Length of the scale bar with its unit, such as "50 nm"; its pixels are found.',
    )
    read_bar: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Read the text of the scale bar: auto only where the file gives no pixel size.",
    )
    check: bool = Field(
        default=False, description="Read the scale bar to check a pixel size that the file gives."
    )
    footer: Literal["auto", "none"] | NonNegativeInt = Field(
        default="auto",
        description="Data bar at the bottom: found, none, or its height [px].",
    )
    uncertainty: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description="Relative standard uncertainty of the scale, where it is known better.",
    )

    @field_validator("pixel_size", "scale_bar")
    @classmethod
    def _is_length(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                parse_length(value)
            except CalibrationError as error:
                raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        if self.pixel_size is not None and self.scale_bar is not None:
            raise ValueError(
                "pixel_size and scale_bar both set the scale; give one of them "
                "(set check to compare a pixel size with the bar)"
            )
        return self
