"""TVIPS EM-MENU (tag 37706): a binary record with the pixel size in nanometres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrographia.io._dialects._calibration import Calibration, Dialect, number
from micrographia.io._dialects._resolution import resolution

if TYPE_CHECKING:
    import tifffile

__all__ = ["TVIPS"]


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    tags = tif.tvips_metadata or {}
    found = Calibration("TVIPS", original={"tvips": tags}, metadata={"instrument_type": "TEM"})
    rows, cols = number(tags.get("ImageSizeY")), number(tags.get("ImageSizeX"))
    if rows and cols:
        found.metadata["tagged_shape"] = (int(rows), int(cols))
    power = number(tags.get("TemMagnification"))
    if power:
        found.metadata["magnification"] = power
    row, col = number(tags.get("PixelSizeY")), number(tags.get("PixelSizeX"))
    if row and col:
        found.row, found.col, found.unit = row, col, "nm"
    else:  # version 1 of the record has none: EM-MENU writes it as the TIFF's resolution
        sizes = resolution(page)
        if sizes:
            (found.row, found.col), found.unit = sizes, "nm"
    return found


TVIPS = Dialect("TVIPS", lambda tif, page: bool(page.is_tvips), _read)
