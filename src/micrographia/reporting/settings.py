"""What the pictures and the report look like; none of it changes a measured number."""

from typing import Literal

from pydantic import Field

from micrographia.settings import Settings

__all__ = ["ReportingSettings"]


class ReportingSettings(Settings):
    """Settings of the reporting stage."""

    overlay_side: int = Field(
        default=4096,
        ge=256,
        description="Longest side of the overlay picture [px]; larger ones shrink.",
    )
    overlay_ids: bool = Field(
        default=True, description="Write each particle's id into the overlay where it fits."
    )
    colour_by: str = Field(
        default="auto",
        description=(
            "Model whose classes colour the particles, such as 'outline'; 'auto': the first that "
            "named them; 'none': all counted particles in one colour."
        ),
    )
    rois: bool = Field(
        default=True, description="Write the outlines as ImageJ regions of interest too."
    )
    contrast_clip: float = Field(
        default=0.2,
        ge=0,
        lt=50,
        description="Share of the darkest and of the brightest pixels that pictures may clip [%].",
    )
    montage_count: int = Field(
        default=64, ge=1, le=400, description="How many particles the montage shows at most."
    )
    montage_order: Literal["descending", "ascending"] = Field(
        default="descending", description="Order of the particles in the montage, by size."
    )
    report_images: int = Field(
        default=300,
        ge=0,
        description="How many images get a picture in the report; all are in its table.",
    )
