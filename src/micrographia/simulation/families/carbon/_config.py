"""Settings of the family `carbon`, and what its classes are."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from micrographia.settings import Settings

__all__ = ["CLASSES", "FIBROUS", "NM_PER_PX", "WIDTH_PX", "ClassName", "Config", "SupportName"]

ClassName = Literal["Cl", "Fi", "Ma", "MS", "GS", "SP", "HDP", "PR", "O"]
SupportName = Literal["film", "holey", "lacey"]
Range = tuple[float, float]

CLASSES: dict[ClassName, str] = {
    "Cl": "cluster of loosely packed fibres",
    "Fi": "single fibre, more than three times as long as wide",
    "Ma": "condensed matrix with embedded fibres",
    "MS": "oversized body with fibres at its surface",
    "GS": "overlapping sheets of graphene",
    "SP": "fractal aggregate of soot spherules",
    "HDP": "mineral or metal particles of high density",
    "PR": "porous residue of polymer",
    "O": "others: what belongs to no class",
}
"""Luo, Holm & Wang 2021, doi:10.1039/D0NA00634C; O is what a model of the other eight never saw."""

FIBROUS: tuple[ClassName, ...] = ("Cl", "Fi", "Ma", "MS")

NM_PER_PX: dict[ClassName, Range] = {
    "Cl": (0.5, 10.0), "Fi": (0.1, 8.0), "Ma": (1.0, 15.0), "MS": (0.4, 12.0), "GS": (0.4, 10.0),
    "SP": (0.4, 6.0), "HDP": (0.4, 12.0), "PR": (1.0, 20.0), "O": (0.4, 12.0),
}  # fmt: skip
"""Usual pixel sizes: from walls that are seen to the whole of a large particle [nm]."""

WIDTH_PX: dict[ClassName, Range] = {
    "Cl": (1.6, 16.0), "Fi": (2.5, 48.0), "Ma": (1.4, 6.0), "MS": (1.6, 18.0), "SP": (5.0, 60.0),
}  # fmt: skip
"""Least and largest width of fibres and spherules in a field of 256 px; the largest grows with it
[px]."""

Share = Annotated[float, Field(ge=0, le=1)]


class Config(Settings):
    """Bright-field TEM images of airborne carbon; ranges are drawn from for each specimen."""

    size: int = Field(256, ge=64, le=2048, description="Rows and columns of an image [px].")
    classes: tuple[ClassName, ...] = Field(
        ("Cl", "Fi", "Ma", "MS", "GS", "SP", "HDP", "PR"),
        min_length=1,
        description="Classes to draw from, each as likely as the others: "
        + "; ".join(f"{name} {text}" for name, text in CLASSES.items())
        + ". Leave O to tests of what a model says to strangers.",
    )
    images_per_specimen: int = Field(
        1,
        ge=1,
        le=1000,
        description="Images that follow one another and show one specimen: class, pixel size, "
        "widths, support and optics are the same, and so is their group.",
    )
    nm_per_px: Range | None = Field(
        None, description="Pixel size, from and to [nm]; None: as usual for the class."
    )
    fibre_nm: Range = Field(
        (4.0, 200.0), description="Diameter of tubes and fibres, from and to [nm]."
    )
    channel: tuple[Share, Share] = Field(
        (0.15, 0.6), description="Channel of hollow fibres as a share of the diameter, from and to."
    )
    primary_nm: Range = Field(
        (18.0, 45.0), description="Mean diameter of soot spherules, from and to [nm]."
    )
    primaries: tuple[int, int] = Field(
        (15, 220), description="Spherules of an aggregate, from and to."
    )
    fractal_dimension: Range = Field(
        (1.7, 1.9), description="Fractal dimension of soot (1.4 to 2.4)."
    )
    prefactor: Range = Field((1.15, 1.4), description="Fractal prefactor of soot (0.8 to 2).")
    supports: tuple[SupportName, ...] = Field(
        ("film", "film", "film", "holey", "lacey"),
        min_length=1,
        description="Supports to draw from; a name given twice is twice as likely.",
    )
    degradation: float = Field(
        1.0, ge=0, le=2, description="Strength of noise, blur and artefacts; 0: a perfect camera."
    )
    bar: Share = Field(0.1, description="Share of images with a scale bar drawn in.")
    bits: Literal[8, 16] = Field(8, description="Bits a pixel.")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.size, self.size

    def width_px(self, name: ClassName) -> Range:
        """Least and largest width of fibres or spherules in this field [px]."""
        low, high = WIDTH_PX[name]
        return low, max(high * self.size / 256, 1.25 * low)

    def scales(self, name: ClassName) -> Range:
        """Pixel sizes at which a class can be shown as asked [nm]; empty if low > high."""
        low, high = self.nm_per_px or NM_PER_PX[name]
        if name not in WIDTH_PX:
            return low, high
        widths = self.primary_nm if name == "SP" else self.fibre_nm
        least, most = self.width_px(name)
        return max(low, widths[0] / most), min(high, widths[1] / least)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for name in (
            "nm_per_px", "fibre_nm", "channel", "primary_nm", "primaries", "fractal_dimension",
            "prefactor",
        ):  # fmt: skip
            limits = getattr(self, name)
            if limits is not None and not limits[0] <= limits[1]:
                raise ValueError(f"{name} goes from a smaller to a larger number, got {limits}")
        for name, low, high in (
            ("nm_per_px", 0.02, 100.0), ("fibre_nm", 1.5, 1000.0), ("primary_nm", 2.0, 500.0),
            ("primaries", 2, 400), ("fractal_dimension", 1.4, 2.4), ("prefactor", 0.8, 2.0),
            ("channel", 0.0, 0.9),
        ):  # fmt: skip
            limits = getattr(self, name)
            if limits is not None and not low <= limits[0] <= limits[1] <= high:
                raise ValueError(f"{name} wants values from {low:g} to {high:g}, got {limits}")
        for name in self.classes:
            self._check_scale(name)
        return self

    def _check_scale(self, name: ClassName) -> None:
        low, high = self.scales(name)
        if low <= high:
            return
        what, widths = ("spherules", self.primary_nm) if name == "SP" else ("fibres", self.fibre_nm)
        least, most = self.width_px(name)
        asked, would = self.nm_per_px or NM_PER_PX[name], (widths[0] / most, widths[1] / least)
        raise ValueError(
            f"class {name}: {what} of {widths[0]:g} to {widths[1]:g} nm cannot be shown at "
            f"{asked[0]:g} to {asked[1]:g} nm/px in {self.size} px, where they must be {least:g} "
            f"to {most:g} px wide; nm_per_px from {would[0]:.3g} to {would[1]:.3g} would do"
        )
