"""Non-local means denoising."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import StepBase, check_image
from micrographia.preprocessing._noise import estimate_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Denoise"]


class Denoise(StepBase):
    """Fast non-local means (Buades, Coll and Morel 2011), as OpenCV does it.

    OpenCV's filter takes integers only. The image's range is mapped linearly onto 0 to 65,535 in
    16 bits (patch distances by the sum of absolute differences), or onto 0 to 255 in 8 bits
    (squared differences; a third faster, and coarser), filtered, and mapped back. The image
    given is left as it is, and measuring uses the recorded intensities, never this result.

    The filter's strength is a multiple of the noise's standard deviation, estimated from the
    image. An image without noise comes back unchanged.

    References
    ----------
    A. Buades, B. Coll, J.-M. Morel, "Non-local means denoising", Image Processing On Line 1 (2011)
    208-212, doi:10.5201/ipol.2011.bcm_nlm.

    Examples
    --------
    >>> noisy = np.random.default_rng(0).normal(0.5, 0.1, (64, 64)).astype(np.float32)
    >>> bool(Denoise().apply(noisy).std() < 0.5 * noisy.std())
    True
    """

    name: Literal["denoise"] = "denoise"
    strength: float = Field(
        default=1.0,
        gt=0,
        le=20,
        description="filter strength h in standard deviations of the noise",
    )
    bits: Literal[8, 16] = Field(
        default=16, description="bits that the image is mapped to for the filter"
    )
    patch_px: int = Field(
        default=5, ge=3, le=21, description="edge of the patches compared, odd [px]"
    )
    search_px: int = Field(
        default=13, ge=3, le=51, description="edge of the window searched, odd [px]"
    )

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Denoise the image."""
        check_image(image)
        low, high = float(image.min()), float(image.max())
        sigma = estimate_noise(image)
        if not (high > low and sigma > 0):
            return image.copy()
        import cv2

        top = 2**self.bits - 1
        scale = top / (high - low)
        kind = np.uint8 if self.bits == 8 else np.uint16
        mapped = np.rint((image - np.float32(low)) * np.float32(scale)).astype(kind)
        norm = cv2.NORM_L2 if self.bits == 8 else cv2.NORM_L1
        smooth = cv2.fastNlMeansDenoising(
            mapped,
            h=[float(self.strength * sigma * scale)],
            templateWindowSize=self.patch_px,
            searchWindowSize=self.search_px,
            normType=norm,
        )
        return np.asarray(smooth, np.float32) * np.float32(1 / scale) + np.float32(low)
