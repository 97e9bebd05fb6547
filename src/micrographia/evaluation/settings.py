"""How an evaluation is made and what it shows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from micrographia.settings import Settings

__all__ = ["EvaluationSettings"]


class EvaluationSettings(Settings):
    """Splits, intervals, bins and pictures of an evaluation."""

    folds: int = Field(
        default=5, ge=1, le=1000, description="folds of the cross-validation; 1: a held-out set"
    )
    held_out: float = Field(
        default=0.2, gt=0, lt=1, description="share of the images tested where folds is 1"
    )
    seed: int = Field(default=0, ge=0, description="of the splits, the bootstrap and the map")
    level: float = Field(default=0.95, gt=0, lt=1, description="confidence of every interval")
    bins: int = Field(default=15, ge=1, le=1000, description="bins of the calibration error")
    binning: Literal["width", "mass"] = Field(
        default="width",
        description="bins of the reliability diagram: equal width, or equal numbers of images",
    )
    unknown_threshold: float = Field(
        default=0.8, ge=0, le=1, description="answers of lower probability count as 'unknown'"
    )
    mistakes: int = Field(default=24, ge=0, le=500, description="worst mistakes that are shown")
    map: bool = Field(default=True, description="whether to draw the map of the features")
    perplexity: float = Field(
        default=30.0, gt=1, description="neighbours that count on the map of the features"
    )
    most_mapped: int = Field(
        default=3000, ge=5, description="at most so many images on the map, drawn by chance"
    )
