"""What every step, binarisation and morphological operation looks like."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

from micrographia.errors import InputError
from micrographia.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BinarizerBase", "MorphologyBase", "Record", "StepBase", "check_image"]


class Record(Protocol):
    """Receives the picture of each stage."""

    def __call__(self, name: str, array: NDArray[np.generic], /) -> object:
        """Take one stage's picture."""


def check_image(image: NDArray[np.generic]) -> None:
    """Refuse what is not a non-empty two-dimensional image.

    Raises
    ------
    InputError
        If the shape is not (rows, cols) or there is no pixel.
    """
    if image.ndim != 2 or image.size == 0:
        raise InputError(
            f"an image has shape (rows, cols) and at least one pixel, got {image.shape}"
        )


class StepBase(Settings):
    """A step: grey image in, grey image of the same shape out."""

    @abstractmethod
    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the step.

        Parameters
        ----------
        image : ndarray of shape (rows, cols), float32
            Finite intensities of any range; left as it is.

        Returns
        -------
        result : ndarray of shape (rows, cols), float32
        """


class BinarizerBase(Settings):
    """A threshold: grey image with bright particles in, mask out."""

    @abstractmethod
    def apply(
        self, image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Tell particles from background.

        Parameters
        ----------
        image : ndarray of shape (rows, cols), float32
            Finite intensities in which the particles are brighter than what is around them.
        valid : ndarray of shape (rows, cols), bool, optional
            Pixels that count for the statistics; all of them by default.

        Returns
        -------
        mask : ndarray of shape (rows, cols), bool
            True on particles; a constant image has none.
        """


class MorphologyBase(Settings):
    """A morphological operation: mask in, mask of the same shape out."""

    @abstractmethod
    def apply(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Run the operation.

        Parameters
        ----------
        mask : ndarray of shape (rows, cols), bool
            True on particles; left as it is. Nothing is known outside the image, so its border
            neither erodes nor grows a particle.

        Returns
        -------
        result : ndarray of shape (rows, cols), bool
        """
