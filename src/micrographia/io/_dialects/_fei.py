"""FEI and Thermo Fisher: the INI text of SEM and FIB microscopes, and the XML of Velox."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

from micrographia.io._dialects._calibration import Calibration, Dialect, number

if TYPE_CHECKING:
    import tifffile

__all__ = ["FEI", "VELOX"]

_XML_TAG = 34683


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    ini = tif.fei_metadata or {}
    found = Calibration("FEI", original={"fei": ini}, metadata={"instrument_type": "SEM"})
    image = _section(ini, "Image")
    shape = number(image.get("ResolutionY")), number(image.get("ResolutionX"))
    footer = number(_section(ini, "PrivateFei").get("DatabarHeight")) or 0
    if shape[0] and shape[1]:
        found.metadata["tagged_shape"] = (int(shape[0] + footer), int(shape[1]))
    if footer:
        found.metadata["footer_rows"] = int(footer)
    beam = _section(ini, str(_section(ini, "Beam").get("Beam", "EBeam")))
    scan = _section(ini, "Scan")
    own_scan = _section(ini, str(_section(ini, "Beam").get("Scan", "EScan")))
    for width, height in (
        (scan.get("PixelWidth"), scan.get("PixelHeight")),
        (own_scan.get("PixelWidth"), own_scan.get("PixelHeight")),
        (_per(beam.get("HFW"), shape[1]), _per(beam.get("VFW"), shape[0])),
        *_irbeam(ini, shape),
    ):
        if number(width) and number(height):
            found.row, found.col, found.unit = number(height), number(width), "m"
            break
    field = number(scan.get("HorFieldsize")) or number(beam.get("HFW"))
    if field:
        found.metadata["field_width_nm"] = field * 1e9
    if not found.unit:
        found.warnings.append("the FEI tags hold no pixel size and no field width")
    return found


def _irbeam(ini: dict[str, Any], shape: tuple[float | None, float | None]) -> list[tuple[Any, Any]]:
    beams = [_section(ini, name) for name in ("EBeam", "IBeam", "IRBeam")]
    return [(_per(b.get("HFW"), shape[1]), _per(b.get("VFW"), shape[0])) for b in beams]


def _section(ini: dict[str, Any], name: str) -> dict[str, Any]:
    section = ini.get(name, {})
    return section if isinstance(section, dict) else {}


def _per(field: Any, pixels: float | None) -> float | None:
    length = number(field)
    return length / pixels if length and pixels else None


def _velox(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    """XML of Velox (`BinaryResult/PixelSize`) and of TIA or Phenom (`pixelWidth`)."""
    text = page.tags[_XML_TAG].value
    root = ET.fromstring(text if isinstance(text, str) else bytes(text).rstrip(b"\x00"))
    found = Calibration("Thermo Fisher XML")
    nodes = {_local(node.tag): node for node in root.iter()}
    pairs = []
    if "PixelSize" in nodes:
        inner = {_local(node.tag): node for node in nodes["PixelSize"]}
        pairs.append((inner.get("Y"), inner.get("X")))
    pairs.append((nodes.get("pixelHeight"), nodes.get("pixelWidth")))
    for height, width in pairs:
        if height is None or width is None:
            continue
        row, col = number(height.text), number(width.text)
        units = height.get("unit"), width.get("unit")
        if row and col and units[0] and units[0] == units[1]:
            found.row, found.col, found.unit = row, col, units[0]
            break
    return found


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


FEI = Dialect("FEI", lambda tif, page: bool(page.is_fei) and _XML_TAG not in page.tags, _read)
VELOX = Dialect("Thermo Fisher XML", lambda tif, page: _XML_TAG in page.tags, _velox)
