"""Binary morphology in OpenCV, shared by opening, closing and erosion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import AfterValidator

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KernelSize", "Shape", "morph"]

Shape = Literal["disk", "square"]


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError("a kernel must be odd, so that it does not shift particles")
    return value


KernelSize = Annotated[int, AfterValidator(_odd)]


def morph(
    mask: NDArray[np.bool_], operation: str, size: int, iterations: int, shape: Shape
) -> NDArray[np.bool_]:
    """Run a morphological operation on a mask.

    Parameters
    ----------
    mask : ndarray of shape (rows, cols), bool
    operation : {"erode", "open", "close"}
    size : int
        Edge or diameter of the kernel [px].
    iterations : int
        How often; opening erodes this often and then dilates as often.
    shape : {"disk", "square"}
        Of the kernel.

    Returns
    -------
    result : ndarray of shape (rows, cols), bool
    """
    import cv2

    code = {"erode": cv2.MORPH_ERODE, "open": cv2.MORPH_OPEN, "close": cv2.MORPH_CLOSE}[operation]
    form = cv2.MORPH_ELLIPSE if shape == "disk" else cv2.MORPH_RECT
    kernel = cv2.getStructuringElement(form, (size, size))
    bytes_ = mask.astype(np.uint8)
    result: NDArray[np.uint8] = cv2.morphologyEx(bytes_, code, kernel, iterations=iterations)
    return result.astype(bool)
