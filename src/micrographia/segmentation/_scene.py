"""What a method gets and what it gives back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.preprocessing._base import Record, StepBase
    from micrographia.preprocessing._polarity import Polarity
    from micrographia.segmentation._wholes import Whole
    from micrographia.segmentation.settings import SegmentationSettings

__all__ = ["Found", "Scene", "Segmentation"]


def _ignore(name: str, array: NDArray[Any], /) -> None:
    """Take no picture."""


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """An image made ready for any method.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
        Finite, between 0 and 1; pixels that are not valid hold the median of the others.
    settings : SegmentationSettings
    valid : ndarray of shape (rows, cols), bool, or None
        True where particles may be; None for everywhere.
    record : callable
        ``record(name, array)`` takes the picture of a stage.
    warnings : list of str
        A method appends what a person should know.
    """

    image: NDArray[np.float32]
    settings: SegmentationSettings
    valid: NDArray[np.bool_] | None = None
    record: Record = _ignore
    warnings: list[str] = dataclasses.field(default_factory=list)

    @property
    def recorded(self) -> bool:
        """Whether anyone takes the pictures, so that those made for them alone are worth making."""
        return self.record is not _ignore


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """What a method found.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
        0 is background; any numbering, gaps allowed.
    polarity : {"dark", "bright"}
        Of the particles.
    steps : tuple of steps
        The preprocessing that ran.
    background : float or None
        Level of the background in the scene's image with particles bright, where the method
        knows it.
    least_contrast : float
        Particles that stand out less from their surroundings may be left out.
    smooth : ndarray of shape (rows, cols), float32, or None
        The lightly smoothed image, particles bright, to place the outlines in.
    certainty : ndarray of shape (count + 1,), float32, or None
        How sure the method is of each label, 0 to 1, background first.
    wholes : dict of int to Whole
        Whole outlines of the labels that lie over or under others.
    """

    labels: NDArray[np.int32]
    polarity: Polarity
    steps: tuple[StepBase, ...] = ()
    background: float | None = None
    least_contrast: float = 0.0
    smooth: NDArray[np.float32] | None = None
    certainty: NDArray[np.float32] | None = None
    wholes: Mapping[int, Whole] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, eq=False)
class Segmentation:
    """Labelled particles and how they were found.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
        0 is background; particle k covers the pixels equal to k. Ids are consecutive from 1, in
        reading order of each particle's first pixel; every particle is 4-connected.
    method : str
        The one that ran.
    polarity : {"dark", "bright"}
        Whether the particles are darker or brighter than what is around them.
    steps : tuple of steps
        The preprocessing that ran.
    warnings : tuple of str
        Sentences for a person.
    certainty : ndarray of shape (count + 1,), float32, or None
        How sure the method is of each particle, 0 to 1; entry k belongs to particle k, entry 0 to
        none. None where the method does not say.
    wholes : dict of int to Patch
        All pixels inside the image of the particles that lie over or under others; `labels` gives
        those that several share to one of them.
    """

    labels: NDArray[np.int32]
    method: str
    polarity: Polarity
    steps: tuple[StepBase, ...] = ()
    warnings: tuple[str, ...] = ()
    certainty: NDArray[np.float32] | None = None
    wholes: Mapping[int, Patch] = dataclasses.field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of particles."""
        return int(self.labels.max(initial=0))
