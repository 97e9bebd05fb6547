"""What vendors and programs add to images: the table of dialects, one small reader each.

A dialect tells by the tags whether it is meant, and turns them into a `Calibration`. The first that
gives a pixel size wins; order matters, since a vendor's tags survive where ImageJ or OME programs
save an image again, and then the later program knows best what it wrote.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from micrographia.io._dialects._calibration import Calibration, Dialect
from micrographia.io._dialects._fei import FEI, VELOX
from micrographia.io._dialects._gatan import GATAN
from micrographia.io._dialects._imagej import IMAGEJ
from micrographia.io._dialects._jeol import JEOL_SIGHTX
from micrographia.io._dialects._ome import OME
from micrographia.io._dialects._resolution import resolution_remark
from micrographia.io._dialects._sidecars import sidecar
from micrographia.io._dialects._sis import OLYMPUS_SIS
from micrographia.io._dialects._tescan import TESCAN
from micrographia.io._dialects._tvips import TVIPS
from micrographia.io._dialects._zeiss import ZEISS

if TYPE_CHECKING:
    import tifffile

__all__ = ["DIALECTS", "Calibration", "Dialect", "calibrate", "sidecar"]

DIALECTS: tuple[Dialect, ...] = (
    OME,
    FEI,
    VELOX,
    ZEISS,
    TESCAN,
    TVIPS,
    OLYMPUS_SIS,
    JEOL_SIGHTX,
    GATAN,
    IMAGEJ,
)
"""Dialects of TIFF, in the order in which they are tried."""


def calibrate(tif: tifffile.TiffFile, page: tifffile.TiffPage, path: Path) -> Calibration:
    """What the tags of a TIFF, or the text file beside it, say of the pixel size.

    Parameters
    ----------
    tif : TiffFile
    page : TiffPage
        The first page of the image.
    path : Path
        The file, beside which a vendor's text file may lie.

    Returns
    -------
    calibration : Calibration
        Without a pixel size where nothing gives one; its warnings say why where there is a reason.
    """
    found = Calibration("")
    for dialect in DIALECTS:
        if not dialect.speaks(tif, page):
            continue
        try:
            said = dialect.read(tif, page)
        except Exception as error:  # noqa: BLE001 - damaged vendor tags; the image is still good
            said = Calibration(dialect.name)
            said.warnings.append(
                f"the {dialect.name} tags are damaged and give no pixel size "
                f"({type(error).__name__}: {error})"[:300]
            )
        found = said.over(found)
        if found.unit:
            return found
    beside = sidecar(path, (page.imagelength, page.imagewidth))
    if beside is not None:
        found = beside.over(found)
    if not found.unit:
        found.warnings.extend(resolution_remark(page))
    return found
