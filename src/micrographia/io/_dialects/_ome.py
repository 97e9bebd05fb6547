"""OME-TIFF: the physical size in the OME-XML of the first page."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from micrographia.io._dialects._calibration import Calibration, Dialect, magnification, number

if TYPE_CHECKING:
    import tifffile

__all__ = ["OME"]

_DEFAULT_UNIT = "µm"  # OME schema 2016-06: PhysicalSizeXUnit, default


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    root = ET.fromstring(tif.ome_metadata or "")
    pixels = next((node for node in root.iter() if node.tag.endswith("}Pixels")), None)
    if pixels is None:
        return Calibration("OME")
    values = dict(pixels.attrib)
    found = Calibration("OME", original={"ome": values})
    cols, rows = number(values.get("SizeX")), number(values.get("SizeY"))
    if rows and cols:
        found.metadata["tagged_shape"] = (int(rows), int(cols))
    for node in root.iter():
        power = magnification(node.get("NominalMagnification"))
        if node.tag.endswith("}Objective") and power:
            found.metadata["magnification"] = power
    row, col = number(values.get("PhysicalSizeY")), number(values.get("PhysicalSizeX"))
    units = [values.get(f"PhysicalSize{axis}Unit", _DEFAULT_UNIT) for axis in "YX"]
    if row and col and units[0] == units[1]:
        found.row, found.col, found.unit = row, col, units[0]
    elif row or col:
        found.warnings.append(
            f"OME gives {values.get('PhysicalSizeY')} {units[0]} for rows and "
            f"{values.get('PhysicalSizeX')} {units[1]} for columns: not used"
        )
    return found


OME = Dialect("OME", lambda tif, page: bool(tif.is_ome), _read)
