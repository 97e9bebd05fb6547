"""Settings of measurement and statistics."""

from typing import Literal, Self

from pydantic import Field, model_validator

from micrographia.settings import Settings

__all__ = ["CountingRule", "MeasurementSettings"]

CountingRule = Literal["all", "exclude-border", "two-edges", "miles-lantuejoul"]


class MeasurementSettings(Settings):
    """What is counted, how it is weighted, and how sure the statistics have to be.

    Examples
    --------
    >>> MeasurementSettings(rule="all", min_ecd_nm=2.0).confidence
    0.95
    """

    rule: CountingRule = Field(
        default="miles-lantuejoul",
        description="Counting rule at the border: 'all', 'exclude-border', 'two-edges' (those on "
        "the bottom or right edge left out) or 'miles-lantuejoul' (those on the border left out, "
        "the others weighted by how easily one of their size is cut)",
    )
    min_ecd_nm: float | None = Field(
        default=None,
        gt=0,
        description="Particles of a smaller equivalent diameter are not counted [nm]",
    )
    max_ecd_nm: float | None = Field(
        default=None,
        gt=0,
        description="Particles of a larger equivalent diameter are not counted [nm]",
    )
    min_ecd_px: float | None = Field(
        default=None,
        gt=0,
        description="Particles of a smaller equivalent diameter are not counted [px]",
    )
    max_ecd_px: float | None = Field(
        default=None,
        gt=0,
        description="Particles of a larger equivalent diameter are not counted [px]",
    )
    fibre_ratio: float = Field(
        default=3.0, gt=1, description="A fibre is longer than this many times its width"
    )
    ring_gap_px: float = Field(
        default=2.0,
        ge=0,
        description="Pixels left out between a particle and its background ring [px]",
    )
    ring_width_px: float = Field(
        default=4.0, gt=0, description="Width of the ring that tells the local background [px]"
    )
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="Level of every interval")
    draws: int = Field(
        default=2000, ge=200, le=100_000, description="Bootstrap draws behind the intervals"
    )
    seed: int = Field(default=0, ge=0, description="Seed of the bootstrap")
    families_max: int = Field(
        default=3, ge=1, le=6, description="Most size families that a mixture may have"
    )
    boundary_px: float = Field(
        default=0.3,
        ge=0,
        description="Standard uncertainty of where an outline lies; a diameter takes it twice [px]",
    )
    precision: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Wanted half-width of the interval of mean and median, relative to them",
    )

    @model_validator(mode="after")
    def _limits_leave_room(self) -> Self:
        for unit in ("nm", "px"):
            low = getattr(self, f"min_ecd_{unit}")
            high = getattr(self, f"max_ecd_{unit}")
            if low is not None and high is not None and low >= high:
                raise ValueError(
                    f"min_ecd_{unit} must be below max_ecd_{unit}, got {low} and {high}"
                )
        return self
