"""Settings of the segmentation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from micrographia.preprocessing._kernels import KernelSize
from micrographia.preprocessing._tables import Binarizer, Morphology, Step
from micrographia.settings import Settings

__all__ = [
    "AutoSettings",
    "ErosionSettings",
    "ForegroundSettings",
    "HMaximaSettings",
    "MaximaSettings",
    "NetworkSettings",
    "NormalizedSettings",
    "SegmentationSettings",
]


class MaximaSettings(Settings):
    """Watershed from the local maxima of the distance map."""

    min_distance_px: float = Field(
        default=5.0, ge=1, description="smallest distance between two maxima [px]"
    )


class ForegroundSettings(Settings):
    """Watershed from the sure foreground."""

    fraction: float = Field(
        default=0.4,
        gt=0,
        lt=1,
        description="sure foreground: distance above this share of the image's largest",
    )


class NormalizedSettings(Settings):
    """Watershed from the sure foreground of a map normalised per connected component."""

    fraction: float = Field(
        default=0.4,
        gt=0,
        lt=1,
        description="sure foreground: distance above this share of the component's",
    )
    kernel_px: KernelSize = Field(
        default=3, ge=3, le=101, description="kernel of erosion and opening, odd [px]"
    )
    erosions: int = Field(default=1, ge=0, le=100, description="erosions before the distance map")
    openings: int = Field(default=1, ge=0, le=100, description="openings before the distance map")


class HMaximaSettings(Settings):
    """Watershed from the h-maxima of the distance map."""

    h_px: float = Field(
        default=1.0, ge=0, description="how far the map must fall between two particles [px]"
    )
    h_relative: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="the same as a share of the lower of both maxima; both hold",
    )


class ErosionSettings(Settings):
    """Ultimate erosion of convex sets."""

    convexity: float = Field(
        default=0.95,
        gt=0,
        le=1,
        description="convex: perimeter of the hull over perimeter above this",
    )
    concavity: float = Field(
        default=0.05, ge=0, lt=1, description="convex: 1 - area over area of the hull below this"
    )
    min_marker_px: int = Field(
        default=30, ge=1, description="a marker is not eroded below this area [px²]"
    )


class AutoSettings(Settings):
    """The method `auto`: when two parts of a patch are one particle."""

    solidity: float = Field(
        default=0.93,
        gt=0,
        le=1,
        description="joined where the union fills more than this share of its convex hull ...",
    )
    neck: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="... and the neck is wider than this share of the smaller part",
    )
    wide_neck: float = Field(
        default=0.9, ge=0, le=1, description="joined, too, where the neck is wider than this ..."
    )
    wide_solidity: float = Field(
        default=0.85, ge=0, le=1, description="... and the union fills this share of its hull"
    )
    edge: float = Field(
        default=0.06,
        gt=0,
        description="never joined over an edge steeper than this share of the height per px [1/px]",
    )
    wall: float = Field(
        default=0.15,
        gt=0,
        description="slope inside the mask that cuts it, as a share of the height per px [1/px]",
    )
    min_contrast: float = Field(
        default=0.15,
        ge=0,
        description="a particle's contrast to its surroundings, as a share of the image's",
    )


class NetworkSettings(Settings):
    """Of the method network."""

    bundle: str = Field(
        default="particles",
        description="name or folder of the model: a bundle for the task particle-segmentation",
    )
    foreground: float = Field(
        default=0.5, gt=0, lt=1, description="chance above which a pixel is inside a particle"
    )
    contact_share: float = Field(
        default=0.35, ge=0, description="share of the contact taken off the depth before parting"
    )
    rise: float = Field(
        default=0.12, ge=0, description="a heart stands out from the pass to a higher one by this"
    )
    weak_contact: float = Field(
        default=0.45, ge=0, le=1, description="parts with less contact between them are one"
    )
    pass_share: float = Field(
        default=0.55, ge=0, description="... where the pass is this high beside the lower heart"
    )
    min_certainty: float = Field(
        default=0.5, ge=0, le=1, description="particles found with less certainty are left out"
    )
    sure: float = Field(
        default=0.8,
        ge=0,
        le=1,
        description="particles found with more certainty need not stand out from the background's "
        "texture as the others must",
    )
    scale: float | None = Field(
        default=None,
        gt=0,
        le=8,
        description="enlargement at which the network looks; not given: chosen from the image",
    )
    turns: int = Field(
        default=4,
        ge=1,
        le=4,
        description="times the network is asked at each scale, the image turned by a further 90° "
        "and inverted each time; fewer are faster, but tell turned images apart more; where an "
        "image is larger than 2 megapixels, fewer are taken anyway",
    )
    wholes: bool = Field(
        default=True,
        description="tell particles that lie over each other apart by their whole outlines; their "
        "sizes and shapes are then those of the whole",
    )


class SegmentationSettings(Settings):
    """How particles are found.

    Examples
    --------
    >>> settings = SegmentationSettings.parse(
    ...     {"method": "watershed-foreground", "steps": ["median", {"name": "gaussian"}]}
    ... )
    >>> settings.foreground.fraction, [step.name for step in settings.steps]
    (0.4, ['median', 'gaussian'])
    """

    method: str = Field(default="network", description="name of the method, see METHODS")
    polarity: Literal["auto", "dark", "bright"] = Field(
        default="auto",
        description="whether particles are dark or bright; auto: found from the image",
    )
    steps: tuple[Step, ...] | None = Field(
        default=None, description="preprocessing in order; not given: the method's own"
    )
    threshold: Binarizer | None = Field(
        default=None,
        description="binarisation: otsu, sauvola or phansalkar; not given: the method's own",
    )
    morphology: tuple[Morphology, ...] | None = Field(
        default=None, description="operations on the mask in order; not given: the method's own"
    )
    min_area_px: float | None = Field(
        default=None,
        ge=0,
        description="smaller particles are left out [px²]; not given: the method's own",
    )
    fill_holes: bool = Field(default=True, description="whether holes in particles are filled")
    edge_level: float = Field(
        default=0.5,
        ge=0.05,
        le=0.95,
        description=(
            "Where outlines lie between the local background (0) and the particle (1). The half is "
            "right for bodies with steep edges or strong absorption; the soft edges of weakly "
            "absorbing spheres end lower, at about 0.25."
        ),
    )
    refine: bool | None = Field(
        default=None,
        description="place each outline at half height of the smoothed original; not given: "
        "yes for network, combined and auto, no for the others",
    )
    auto: AutoSettings = Field(default=AutoSettings(), description="of the method auto")
    maxima: MaximaSettings = Field(default=MaximaSettings(), description="of watershed-maxima")
    foreground: ForegroundSettings = Field(
        default=ForegroundSettings(), description="of watershed-foreground"
    )
    normalized: NormalizedSettings = Field(
        default=NormalizedSettings(), description="of watershed-normalized"
    )
    network: NetworkSettings = Field(default=NetworkSettings(), description="of network")
    h_maxima: HMaximaSettings = Field(default=HMaximaSettings(), description="of h-maxima")
    erosion: ErosionSettings = Field(default=ErosionSettings(), description="of ultimate-erosion")
