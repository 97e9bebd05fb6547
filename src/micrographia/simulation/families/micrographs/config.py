"""What can be asked of a simulated micrograph."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from micrographia.settings import Settings

__all__ = ["BodyName", "Config", "Layout", "Mode"]

Mode = Literal["tem", "bf", "haadf", "sem"]
Layout = Literal[
    "sparse", "touching", "packed", "lattice", "overlapping", "aggregate", "supported", "standing"
]
BodyName = Literal[
    "sphere", "ellipsoid", "triangle", "square", "rectangle", "rhombus", "pentagon", "hexagon",
    "star", "dumbbell", "trimer", "irregular", "faceted", "shell", "rod", "wire",
    "cube", "octahedron", "cuboctahedron", "truncated-octahedron", "icosahedron", "dodecahedron",
    "decahedron", "tetrahedron", "bipyramid",
]  # fmt: skip

Range = tuple[float, float]

_RANGES = ("diameter_px", "nm_per_px", "spread", "fractal_dimension", "prefactor", "own_blur",
           "support_mass", "brightness_spread")  # fmt: skip

DENSEST: dict[str, float] = {
    "sparse": 0.40, "touching": 0.75, "packed": 0.85, "lattice": 0.90, "overlapping": 1.5,
    "aggregate": 0.9, "supported": 0.40, "standing": 0.35,
}  # fmt: skip
"""Greatest sum of projected areas over the area of the field that each layout can be asked for.

Random sequential addition of discs jams at 0.547 (Feder 1980), the densest lattice of discs has
0.9069; what a layout reaches in practice lies below.
"""


class Config(Settings):
    """Settings of the family `micrographs`; ranges are drawn from for each image."""

    size: int = Field(256, ge=64, le=8192, description="Rows and columns of the image [px].")
    rows: int | None = Field(
        None, ge=64, le=8192, description="Rows, where they are not `size` [px]."
    )
    cols: int | None = Field(
        None, ge=64, le=8192, description="Columns, where they are not `size` [px]."
    )
    modes: tuple[Mode, ...] = Field(
        ("tem", "bf", "haadf", "sem"),
        min_length=1,
        description="Imaging modes: TEM, STEM bright field, STEM dark field (HAADF), SEM.",
    )
    layouts: tuple[Layout, ...] = Field(
        ("sparse", "touching", "packed", "lattice", "overlapping", "aggregate", "supported",
         "standing"),
        min_length=1,
        description="How particles lie; `standing` (wires on end) is drawn for SEM only.",
    )  # fmt: skip
    bodies: tuple[BodyName, ...] | None = Field(
        None, min_length=1, description="Outlines and bodies; None: those usual for the mode."
    )
    diameter_px: Range | None = Field(
        None,
        description="Range of the median equivalent diameter of an image [px]; None: as usual for "
        "the layout and the size of the field.",
    )
    median_nm: float | None = Field(
        None, gt=0, description="Median equivalent diameter of the main size family [nm]."
    )
    nm_per_px: Range | None = Field(
        None, description="Range of the pixel size [nm]; None: as usual for the mode."
    )
    spread: Range = Field(
        (1.02, 1.45), description="Range of the geometric standard deviation of the diameters."
    )
    second_family: float = Field(
        0.2, ge=0, le=1, description="Share of images with a second, smaller size family."
    )
    coverage: float | None = Field(
        None, gt=0, description="Sum of projected areas over the area of the field; None: drawn."
    )
    fractal_dimension: Range = Field(
        (1.7, 1.9), description="Range of the fractal dimension of aggregates (1.4 to 2.4)."
    )
    prefactor: Range = Field(
        (1.15, 1.4), description="Range of the fractal prefactor of aggregates (0.8 to 2)."
    )
    overlap: Range | None = Field(
        None,
        description="Range of the share of two radii by which spheres of an aggregate penetrate "
        "one another (0 to 0.6); None: as usual.",
    )
    own_blur: Range | None = Field(
        None,
        description="Range of the blur (standard deviation) of particles on a thick support, as a "
        "share of their median diameter; None: as usual.",
    )
    support_mass: Range | None = Field(
        None,
        description="Range of the mass of a thick support beside that of a particle; None: as "
        "usual.",
    )
    support_blur: float = Field(
        0.0,
        ge=0,
        le=4,
        description="Greatest blur (standard deviation) of a thick support, in median diameters.",
    )
    crescents: float = Field(
        0.0, ge=0, le=1, description="Share of SEM images with small curved marks on the ground."
    )
    brightness_spread: Range | None = Field(
        None,
        description="Range of the geometric standard deviation of the brightness of particles in "
        "SEM images (at least 1); None: as usual.",
    )
    saturated: Range | None = Field(
        None,
        description="Range of the share of the particles' area that is white throughout in SEM "
        "images (0 to 0.9); None: next to nothing.",
    )
    degradation: float = Field(
        1.0, ge=0, le=2, description="Strength of noise, blur and artefacts; 0: a perfect camera."
    )
    bar: float = Field(0.25, ge=0, le=1, description="Share of images with a scale bar drawn in.")
    footer: float = Field(
        0.08, ge=0, le=1, description="Share of SEM images with a data bar below the picture."
    )
    bits: Literal[8, 16] = Field(8, description="Bits a pixel.")
    min_snr: float = Field(
        3.5,
        ge=0,
        description="Particles whose signal to noise is below this are left out of truth.",
    )
    min_visible_px: int = Field(
        9, ge=1, description="Particles of which fewer pixels are seen are left out of truth [px]."
    )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.rows or self.size, self.cols or self.size

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for name in _RANGES:
            limits = getattr(self, name)
            if limits is not None and not 0 < limits[0] <= limits[1]:
                raise ValueError(f"{name} wants 0 < low <= high, got {limits}")
        rows, cols = self.shape
        largest = min(rows, cols) / 2
        if self.diameter_px is not None and (
            self.diameter_px[1] > largest or self.diameter_px[0] < 3
        ):
            raise ValueError(
                f"diameter_px {self.diameter_px} wants 3 px at least and, in a field of "
                f"{rows} x {cols} px, {largest:g} px at most"
            )
        if self.spread[0] < 1 or self.spread[1] > 2.5:
            raise ValueError(f"spread wants values from 1 to 2.5, got {self.spread}")
        if self.fractal_dimension[0] < 1.4 or self.fractal_dimension[1] > 2.4:
            raise ValueError(f"fractal_dimension wants 1.4 to 2.4, got {self.fractal_dimension}")
        if self.prefactor[0] < 0.8 or self.prefactor[1] > 2.0:
            raise ValueError(f"prefactor wants values from 0.8 to 2, got {self.prefactor}")
        if self.brightness_spread is not None and self.brightness_spread[0] < 1:
            raise ValueError(f"brightness_spread wants at least 1, got {self.brightness_spread}")
        if self.saturated is not None and not 0 <= self.saturated[0] <= self.saturated[1] <= 0.9:
            raise ValueError(f"saturated wants 0 <= low <= high <= 0.9, got {self.saturated}")
        if self.overlap is not None and not 0 <= self.overlap[0] <= self.overlap[1] <= 0.6:
            raise ValueError(f"overlap wants 0 <= low <= high <= 0.6, got {self.overlap}")
        if self.layouts == ("standing",) and "sem" not in self.modes:
            raise ValueError("the layout 'standing' is drawn for SEM only; add 'sem' to modes")
        self._check_scale()
        if self.coverage is not None:
            self._check_coverage(self.coverage)
        return self

    def _check_scale(self) -> None:
        """A median and a pixel size that are both asked for must give a size that fits."""
        if self.median_nm is None or self.nm_per_px is None:
            return
        limits = self.diameter_px or (4.0, min(self.shape) / 2)
        low, high = (self.median_nm / scale for scale in reversed(self.nm_per_px))
        if high < limits[0] or low > limits[1]:
            allowed = [self.median_nm / size for size in reversed(limits)]
            raise ValueError(
                f"median_nm {self.median_nm:g} at {self.nm_per_px} nm/px is {low:g} to {high:g} "
                f"px, outside diameter_px {limits}; nm_per_px from {allowed[0]:.3g} to "
                f"{allowed[1]:.3g} would fit"
            )

    def _check_coverage(self, coverage: float) -> None:
        for layout in self.layouts:
            if coverage > DENSEST[layout]:
                raise ValueError(
                    f"coverage {coverage:g} is impossible for the layout {layout!r}: at most "
                    f"{DENSEST[layout]:g}; layouts that allow it: "
                    f"{', '.join(k for k, v in DENSEST.items() if v >= coverage) or 'none'}"
                )

    def draw_diameter(self, low: float, high: float, share: float) -> float:
        """Median diameter [px] at `share` (0 to 1) of the logarithmic range within the limits."""
        if self.diameter_px is not None:
            low, high = max(low, self.diameter_px[0]), min(high, self.diameter_px[1])
            if low >= high:
                low, high = self.diameter_px
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
