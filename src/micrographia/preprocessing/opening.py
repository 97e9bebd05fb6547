"""Binary opening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from micrographia.preprocessing._base import MorphologyBase, check_image
from micrographia.preprocessing._kernels import KernelSize, Shape, morph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Opening"]


class Opening(MorphologyBase):
    """Erosion, then dilation: takes away what is narrower than the kernel.

    Examples
    --------
    >>> import numpy as np
    >>> mask = np.zeros((7, 9), bool); mask[2:5, 1:4] = True; mask[3, 4:8] = True
    >>> int(mask.sum()), int(Opening(shape="square").apply(mask).sum())
    (13, 9)
    """

    name: Literal["opening"] = "opening"
    kernel_px: KernelSize = Field(
        default=3, ge=3, le=101, description="edge or diameter of the kernel, odd [px]"
    )
    iterations: int = Field(default=1, ge=1, le=100, description="how often")
    shape: Shape = Field(default="disk", description="shape of the kernel: disk or square")

    def apply(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Run the operation."""
        check_image(mask)
        return morph(mask, "open", self.kernel_px, self.iterations, self.shape)
