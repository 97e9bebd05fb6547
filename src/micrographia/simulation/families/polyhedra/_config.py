"""Settings of the family `polyhedra`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from micrographia.settings import Settings
from micrographia.simulation._single import check_one_particle
from micrographia.simulation.families.polyhedra._bodies import NAMES, BodyName

__all__ = ["BodyName", "Config", "Contrast"]

Contrast = Literal["shaded", "mass", "diffraction", "silhouette"]

_SMALLEST = 20.0
Share = Annotated[float, Field(ge=0, le=1)]


class Config(Settings):
    """One of eight convex bodies an image, by default in an orientation uniform over all."""

    size: int = Field(128, ge=48, le=1024, description="Rows and columns of an image [px].")
    classes: tuple[BodyName, ...] = Field(
        NAMES, min_length=1, description="Bodies to draw from, each as likely as the others."
    )
    contrasts: tuple[Contrast, ...] = Field(
        ("shaded", "mass", "diffraction", "silhouette"),
        min_length=1,
        description="Contrasts to draw from. shaded: facets as in SEM; mass: thickness as in TEM "
        "bright field or HAADF; diffraction: thickness fringes and a strength for each twin or "
        "facet; silhouette: two grey levels.",
    )
    extent: tuple[float, float] = Field(
        (0.5, 0.92),
        description="Diameter of the sphere through the sharp body's farthest corners, as a share "
        "of the field's edge, from and to.",
    )
    max_truncation: float = Field(
        0.15,
        ge=0,
        le=0.2,
        description="Largest share of an edge cut off at each of its ends, in steps of 0.05. At "
        "1/3 a TD is a truncated tetrahedron, an OH a truncated octahedron, an ICO a truncated "
        "icosahedron; at 1/2 a FCC_CUBE or an OH is a CUBO and a TD an OH; beyond 0.2 a body is "
        "counted as neither.",
    )
    max_rounding: float = Field(
        0.2,
        ge=0,
        le=0.3,
        description="Largest radius of the edges as a share of the inscribed sphere's radius, in "
        "steps of 0.05; at 1 every body is that sphere, beyond 0.3 a DODECA passes for one.",
    )
    lying: Share = Field(
        0.0,
        description="Share of the bodies that lie on a facet, large ones more often, tilted by "
        "about 2 degrees; the others are turned at random.",
    )
    find_alike: bool = Field(
        True, description="Look for other bodies that could have cast the same silhouette."
    )
    nm_per_px: tuple[float, float] = Field(
        (0.05, 2.0), description="Pixel size, from and to, uniform in its logarithm [nm]."
    )
    contrast: tuple[Share, Share] = Field(
        (0.25, 0.75), description="Body against background at its strongest, of full scale."
    )
    noise: tuple[Share, Share] = Field(
        (0.005, 0.08), description="Standard deviation of the noise, of full scale."
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        check_one_particle(self, "a body", _SMALLEST, " in every orientation")
        return self
