"""Images that were resized or cropped after their pixel size was written down."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micrographia.micrograph import Micrograph

__all__ = ["check_shape"]

_SAME = 0.01  # relative difference of the two factors of a true resize
_FOOTER = 0.2  # share of the rows that a data bar adds or that cropping it takes


def check_shape(image: Micrograph) -> tuple[Micrograph, list[str]]:
    """Correct or refuse a pixel size that was written for another number of pixels.

    Where rows and columns changed by the same factor, the image was resized, and the pixel size is
    corrected by that factor. Where the columns are as tagged and only rows differ, a data bar was
    added or cut off, and nothing changes. All else is a crop or a distortion of which nothing is
    known: the pixel size is refused.

    Parameters
    ----------
    image : Micrograph
        With ``metadata["tagged_shape"]`` where the file names it.

    Returns
    -------
    image : Micrograph
    warnings : list of str
    """
    tagged = image.metadata.get("tagged_shape")
    size = image.pixel_size
    if size is None or size.origin != "metadata" or tagged is None:
        return image, []
    rows, cols = (float(value) for value in tagged)
    if not (rows > 0 and cols > 0):
        return image, []
    down, along = rows / image.shape[0], cols / image.shape[1]
    if along == 1.0 and abs(down - 1) <= _FOOTER:
        return image, []
    shapes = f"{rows:.0f} × {cols:.0f} pixels but the image has {image.shape[0]} × {image.shape[1]}"
    even = abs(down / along - 1) <= _SAME
    with_bar = not even and along != 1.0 and abs(down / along - 1) <= _FOOTER and _whole(along)
    if even or with_bar:
        corrected = dataclasses.replace(size, row=size.row * along, col=size.col * along)
        note = (
            f"the pixel size was written for {shapes}: the image was resized, and the pixel size "
            f"is corrected from {size.mean:.5g} to {corrected.mean:.5g} nm"
        )
        return image.with_pixel_size(corrected), [note]
    note = (
        f"the pixel size of {size.mean:.5g} nm was written for {shapes}: the image was cropped or "
        "distorted, so the value is not used; give the pixel size if it still holds (--pixel-size)"
    )
    return image.with_pixel_size(None), [note]


def _whole(factor: float) -> bool:
    """Whether a factor is 2, 3, 4 … or one of their inverses: binning or enlargement."""
    larger = max(factor, 1 / factor)
    return larger > 1.5 and abs(larger - round(larger)) < 0.02
