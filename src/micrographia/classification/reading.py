"""An image file as a model of whole images is to see it: bars away, colours where it wants them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.calibration import CalibrationSettings, calibrate
from micrographia.classification.cropping import covered, cut
from micrographia.io import TO_GREY, read, read_colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.bundles import Card
    from micrographia.micrograph import Micrograph

__all__ = ["SeenImage", "read_image"]


@dataclasses.dataclass(frozen=True, eq=False)
class SeenImage:
    """A micrograph as it is classified.

    Parameters
    ----------
    micrograph : Micrograph
        With its pixel size where the model wants one.
    colours : ndarray of shape (rows, cols, 3) or None
        Red, green and blue, where the model looks at colours and the file has them.
    warnings : tuple of str
    """

    micrograph: Micrograph
    colours: NDArray[Any] | None = None
    warnings: tuple[str, ...] = ()


def read_image(
    card: Card,
    path: str | Path,
    *,
    name: str | None = None,
    frame: int | None = None,
    signal: int | str | None = None,
    calibration: CalibrationSettings | None = None,
    stated_nm: float | None = None,
    crop_bars: bool = True,
) -> SeenImage:
    """Read an image for a model.

    With data bars and scale bars is done what the card says, as in the training, unless the model
    is for particles: the picture of one particle has no bars.

    Parameters
    ----------
    card : Card
        Of the model.
    path : path
    name : str, optional
        Of the image; its file's otherwise.
    frame : int, optional
        Of a stack, counted from 0.
    signal : int or str, optional
        Which of several images in a file.
    calibration : CalibrationSettings, optional
        Where pixel size and bars are found.
    stated_nm : float, optional [nm]
        Pixel size that a list of images states; it counts where the file states none or another.
    crop_bars : bool
        Whether bars are taken away where the card says so; they are kept otherwise.

    Returns
    -------
    image : SeenImage

    Raises
    ------
    InputError
        If the file cannot be read, or is little but bars.
    """
    micrograph = read(path, frame=frame, signal=signal)
    if name is not None:
        micrograph = dataclasses.replace(micrograph, name=name)
    asked = calibration or CalibrationSettings()
    size = micrograph.pixel_size
    if stated_nm is not None and (size is None or not np.isclose(size.mean, stated_nm, rtol=1e-6)):
        asked = asked.model_copy(update={"pixel_size": f"{float(stated_nm)!r} nm"})
    if card.task == "particle-classification":
        return SeenImage(micrograph, None, tuple(micrograph.warnings))
    colours = None
    if card.input.channels == 3:
        colours = read_colours(path, frame=frame, signal=signal)
    seen = [text for text in micrograph.warnings if colours is None or text != TO_GREY]
    scale_matters = card.input.pixel_size_nm is not None
    if not scale_matters and asked.read_bar == "auto":
        # reading the bar's text takes longer than all else, and nothing would come of it
        asked = asked.model_copy(update={"read_bar": "never"})
    found = calibrate(micrograph, asked)
    notes = (*seen, *(found.warnings if scale_matters else ()))
    how = card.input.bars
    if crop_bars and how != "keep" and found.excluded.any():
        unread = found.excluded if asked.read_bar == "never" else None
        excluded = covered(micrograph, calibration, unread=unread)
        if colours is not None:
            colours = cut(colours, excluded, how, micrograph.name)
        micrograph = micrograph.with_pixels(cut(micrograph.pixels, excluded, how, micrograph.name))
    return SeenImage(micrograph.with_pixel_size(found.pixel_size), colours, notes)
