"""Settings of the family `outlines`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from micrographia.settings import Settings
from micrographia.simulation._single import check_one_particle

__all__ = ["CLASSES", "ClassName", "Config", "Style"]

ClassName = Literal[
    "circle", "ellipse", "triangle", "square", "rectangle", "rhombus",
    "pentagon", "hexagon", "star", "dumbbell", "irregular",
]  # fmt: skip
Style = Literal["filled", "silhouette", "line"]

CLASSES: tuple[ClassName, ...] = (
    "circle", "ellipse", "triangle", "square", "rectangle", "rhombus",
    "pentagon", "hexagon", "star", "dumbbell", "irregular",
)  # fmt: skip

_SMALLEST = 14.0
Share = Annotated[float, Field(ge=0, le=1)]


class Config(Settings):
    """One flat outline an image: what may be drawn, how large, and how it looks."""

    size: int = Field(128, ge=32, le=1024, description="Rows and columns of an image [px].")
    classes: tuple[ClassName, ...] = Field(
        CLASSES, min_length=1, description="Classes to draw from, each as likely as the others."
    )
    styles: tuple[Style, ...] = Field(
        ("filled", "filled", "silhouette", "line"),
        min_length=1,
        description="Styles to draw from; a name given twice is twice as likely. filled: a "
        "particle in a micrograph; silhouette: two grey levels; line: a stroke drawn by hand.",
    )
    extent: tuple[float, float] = Field(
        (0.35, 0.9),
        description="Largest diameter of the outline as a share of the field's edge, from and to.",
    )
    max_aspect: float = Field(
        4.0, ge=1.4, le=10, description="Largest length over width of ellipses and rectangles."
    )
    max_rounding: Share = Field(
        1.0,
        description="Largest share of the edges that rounded corners may take; where rounding "
        "would make an outline round, less is taken.",
    )
    max_truncation: float = Field(
        0.2,
        ge=0,
        le=0.2,
        description="Largest share of an edge that is cut off at each of its ends. A triangle "
        "beyond 0.2 is a hexagon, a square beyond 0.2 an octagon.",
    )
    max_roughness: float = Field(
        0.015,
        ge=0,
        le=0.03,
        description="Largest standard deviation of the outline's roughness as a share of the "
        "equivalent circular diameter.",
    )
    nm_per_px: tuple[float, float] = Field(
        (0.1, 5.0), description="Pixel size, from and to, uniform in its logarithm [nm]."
    )
    contrast: tuple[Share, Share] = Field(
        (0.12, 0.8), description="Particle against background, filled style, of full scale."
    )
    noise: tuple[Share, Share] = Field(
        (0.005, 0.1), description="Standard deviation of the noise, filled style, of full scale."
    )
    neighbours: Share = Field(
        0.6,
        description="Share of images of the filled style in which other outlines of the class "
        "reach into the field from outside.",
    )
    polarity: Literal["dark", "bright", "both"] = Field(
        "both", description="Particles darker or brighter than the background."
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        check_one_particle(self, "an outline", _SMALLEST)
        return self
