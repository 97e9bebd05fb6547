"""What a picture shows of the microscope's bookkeeping taken away: data bar, scale bar, text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration import Calibration
    from micrographia.micrograph import Micrograph

__all__ = ["without_bars"]


def without_bars(micrograph: Micrograph, calibration: Calibration) -> Micrograph:
    """Crop data bars off and cover a scale bar with the texture above or below it.

    A model that learned from pictures with bars would tell microscopes apart, not specimens.

    Parameters
    ----------
    micrograph : Micrograph
    calibration : Calibration
        Of the same micrograph; says what to leave out.

    Returns
    -------
    micrograph : Micrograph
        With the calibration's pixel size; rows that hold nothing but bars are gone.

    Raises
    ------
    InputError
        If nothing is left.
    """
    excluded = calibration.excluded
    rows = np.flatnonzero(~excluded.all(axis=1))
    if not rows.size:
        raise InputError(
            f"{micrograph.name}: data bars leave nothing of the image; wanted some of the specimen "
            "in it; --keep-bars takes it as it is"
        )
    first, last = int(rows[0]), int(rows[-1]) + 1
    pixels = np.asarray(micrograph.pixels)[first:last]
    covered = _covered(pixels, excluded[first:last])
    return micrograph.with_pixels(covered).with_pixel_size(calibration.pixel_size)


def _covered(pixels: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[Any]:
    """Fill each excluded region with what lies beyond it, mirrored at its edge."""
    if not mask.any():
        return pixels
    from scipy.ndimage import find_objects, label

    result = pixels.copy()
    regions, _ = label(mask, np.ones((3, 3), int))
    for number, box in enumerate(find_objects(regions), 1):
        top, bottom = box[0].start, box[0].stop
        height = bottom - top
        above, below = top, pixels.shape[0] - bottom
        if max(above, below) == 0:
            continue
        if above >= min(height, below):
            steps = np.arange(height) % above
            source = result[top - 1 - steps][:, box[1]]
        else:
            steps = np.arange(height) % below
            source = result[bottom + steps][::-1, box[1]]
        where = regions[box] == number
        result[box][where] = source[where]
    return result
