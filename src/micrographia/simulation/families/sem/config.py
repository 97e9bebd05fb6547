"""What can be asked of a simulated SEM image."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from micrographia.settings import Settings

__all__ = ["Category", "Config"]

Category = Literal[
    "Biological", "Fibres", "Films_Coated_Surface", "MEMS_devices_and_electrodes", "Nanowires",
    "Particles", "Patterned_surface", "Porous_Sponge", "Powder", "Tips",
]  # fmt: skip
"""The categories of NFFA-EUROPE (Aversa et al. 2018), named as its folders are."""

Range = tuple[float, float]


class Config(Settings):
    """Settings of the family `sem`; ranges are drawn from for each image."""

    size: int = Field(256, ge=64, le=4096, description="Rows and columns of the image [px].")
    rows: int | None = Field(
        None, ge=64, le=4096, description="Rows, where they are not `size` [px]."
    )
    cols: int | None = Field(
        None, ge=64, le=4096, description="Columns, where they are not `size` [px]."
    )
    classes: tuple[Category, ...] = Field(
        ("Biological", "Fibres", "Films_Coated_Surface", "MEMS_devices_and_electrodes",
         "Nanowires", "Particles", "Patterned_surface", "Porous_Sponge", "Powder", "Tips"),
        min_length=1,
        description="Categories that are drawn, each equally often.",
    )  # fmt: skip
    mixtures: float = Field(
        0.12,
        ge=0,
        le=1,
        description="Share of images that show two categories; both are in labels_all.",
    )
    feature_px: Range | None = Field(
        None,
        description="Range of the main length of the category [px]: diameter of pores, particles, "
        "wires, fibres, period of patterns, size of grains and cells, width of lines and tips; "
        "None: as usual for the category and the size of the field.",
    )
    nm_per_px: Range | None = Field(
        None, description="Range of the pixel size [nm]; None: as usual for the category."
    )
    tilt_deg: Range | None = Field(
        None, description="Range of the stage's tilt (0 to 65) [deg]; None: as usual."
    )
    tip_angle_deg: Range | None = Field(
        None, description="Range of the full angle of tips (5 to 120) [deg]; None: as usual."
    )
    degradation: float = Field(
        1.0,
        ge=0,
        le=2,
        description="Strength of noise, blur and artefacts; 0: a perfect microscope.",
    )
    data_bar: float = Field(
        0.35, ge=0, le=1, description="Share of images with a data bar below the picture."
    )
    bar: float = Field(
        0.08, ge=0, le=1, description="Share of the other images with a scale bar drawn in."
    )
    bits: Literal[8, 16] = Field(8, description="Bits a pixel.")
    min_visible_px: int = Field(
        9, ge=1, description="Particles of which fewer pixels are seen are left out of truth [px]."
    )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.rows or self.size, self.cols or self.size

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for name, (low, high) in {
            "feature_px": (2.0, min(self.shape) / 2),
            "nm_per_px": (0.05, 1e5),
            "tilt_deg": (0.0, 65.0),
            "tip_angle_deg": (5.0, 120.0),
        }.items():
            asked = getattr(self, name)
            if asked is not None and not low <= asked[0] <= asked[1] <= high:
                where = f" in a field of {self.shape[0]} x {self.shape[1]} px"
                raise ValueError(
                    f"{name} {asked} wants two values, low then high, from {low:g} to {high:g}"
                    f"{where if name == 'feature_px' else ''}"
                )
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("classes names one category twice; each is wanted once")
        if self.mixtures > 0 and not self._partners():
            raise ValueError(
                f"mixtures {self.mixtures:g} wants categories that can lie on each other; "
                f"{', '.join(self.classes)} cannot: set mixtures to 0, or add one of "
                "Particles, Powder, Nanowires, Fibres, Biological"
            )
        return self

    def _partners(self) -> bool:
        from micrographia.simulation.families.sem._catalogue import mixtures

        return bool(mixtures(self.classes))
