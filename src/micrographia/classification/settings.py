"""Which models name the particles of an analysis."""

from pydantic import Field

from micrographia.settings import Settings

__all__ = ["NONE", "ClassificationSettings"]

NONE = "none"
"""Stands for no bundle: the model is left out."""


class ClassificationSettings(Settings):
    """Settings of the classification stage."""

    built_in: bool = Field(
        default=True,
        description="Name particles with the built-in models, as far as they are installed.",
    )
    models: dict[str, str] = Field(
        default={},
        description=(
            "Bundles that stand in for models, by the model's name, such as outline = 'my-shapes': "
            "the name of a bundle or the path of its folder or zip; 'none' leaves a model out. "
            "Models that are not named here are the built-in ones, where they are there."
        ),
    )
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="An answer with a lower probability is 'unknown'; each model's own otherwise.",
    )
