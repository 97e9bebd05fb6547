"""How maps of relevance are made."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from micrographia.settings import Settings

__all__ = ["ExplanationSettings"]


class ExplanationSettings(Settings):
    """Settings of all methods; each takes those that concern it."""

    steps: int = Field(
        default=64, ge=2, le=10_000, description="steps of integrated gradients along the path"
    )
    baseline: Literal["zero", "median", "blur"] = Field(
        default="median",
        description="what integrated gradients start from: zero, the image's median everywhere, "
        "or the image without its detail",
    )
    window: float = Field(
        default=0.125,
        gt=0,
        le=1,
        description="edge of the occluded square, as a share of the image",
    )
    stride: float = Field(
        default=0.5, gt=0, le=1, description="step of the square, as a share of its edge"
    )
    layer: str = Field(
        default="", description="layer of Grad-CAM; empty: the last with rows and columns"
    )
    maximise_steps: int = Field(
        default=256, ge=1, le=100_000, description="steps towards an input that a class likes best"
    )
    maximise_rate: float = Field(default=0.05, gt=0, description="length of these steps")
    smoothness: float = Field(
        default=0.01, ge=0, description="weight of the total variation, which keeps it smooth"
    )
    jitter: int = Field(default=4, ge=0, description="random shifts at every step [px]")
    seed: int = Field(default=0, ge=0, description="of shifts, start and random weights")
