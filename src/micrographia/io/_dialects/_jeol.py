"""JEOL SightX: an XML report in the image description, resolution tags of the camera's plane."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from micrographia.io._dialects._calibration import Calibration, Dialect, number
from micrographia.io._dialects._resolution import resolution

if TYPE_CHECKING:
    import tifffile

__all__ = ["JEOL_SIGHTX", "wavelength"]

_M_E, _E, _C, _H = 9.1093837015e-31, 1.602176634e-19, 299792458.0, 6.62607015e-34  # CODATA 2018


def wavelength(voltage: float) -> float:
    """Relativistic wavelength of electrons [nm] accelerated by a voltage [V].

    Examples
    --------
    >>> round(wavelength(200e3) * 1000, 4)  # pm
    2.5079
    """
    energy = _E * voltage
    momentum = math.sqrt(2 * _M_E * energy * (1 + energy / (2 * _M_E * _C**2)))
    return _H / momentum * 1e9


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    text = "".join(line.strip(" \r\n\t\x01\x00") for line in str(page.description).split("\n"))
    root = ET.fromstring(text)
    values = {
        "EosMode": root.findtext("Eos/EosMode"),
        **{node.tag: node.text for node in root.iterfind("ImageFormingSystem/*")},
        "AccelerationVoltage": root.findtext("ElectronGun/AccelerationVoltage"),
    }
    found = Calibration("JEOL SightX", original={"sightx": values})
    transmission = values["EosMode"] == "eosTEM"
    found.metadata["instrument_type"] = "TEM" if transmission else "STEM"
    camera = resolution(page)
    selected = number(values.get("SelectorValue"))
    if not (transmission and camera and selected):
        found.warnings.append(
            f"JEOL SightX wrote this image in the mode {values['EosMode']!r}, "
            f"{values.get('ModeString')!r}, for which the pixel size is not in the file"
        )
        return found
    if values.get("ModeString") == "DIFF":
        factor = {"mm": 1e6, "cm": 1e7, "m": 1e9}.get(str(values.get("SelectorUnitString")), 1e9)
        length = selected * factor * wavelength(float(values["AccelerationVoltage"] or "nan"))
        found.row, found.col, found.unit = camera[0] / length, camera[1] / length, "1/nm"
    else:
        found.metadata["magnification"] = selected
        found.row, found.col, found.unit = camera[0] / selected, camera[1] / selected, "nm"
    return found


JEOL_SIGHTX = Dialect(
    "JEOL SightX",
    lambda tif, page: (
        str(page.tags.valueof(271, default="")).startswith("JEOL")
        and "<TemReporter" in page.description
    ),
    _read,
)
