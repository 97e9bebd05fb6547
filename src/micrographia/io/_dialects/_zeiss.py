"""Zeiss SmartSEM (tag 34118): two sizes in its text, a third in its binary head."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from micrographia.errors import CalibrationError
from micrographia.io._dialects._calibration import Calibration, Dialect, magnification, number
from micrographia.units import convert, format_length

if TYPE_CHECKING:
    import tifffile

__all__ = ["ZEISS"]

_DISPLAY_COLS = 1024  # `Pixel Size` and the head are those of SmartSEM's display, not the image's
_HEAD_SCALE = 3  # place of the display's pixel size [m] in the binary head
_AGREE = 0.005  # the text is rounded to 4 digits


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    tags: dict[str, Any] = page.tags[34118].value
    found = Calibration(
        "Zeiss",
        original={"zeiss": {key: value for key, value in tags.items() if key}},
        metadata={"instrument_type": "SEM"},
    )
    stored = re.match(r"\s*(\d+)\s*\*\s*(\d+)", str(tags.get("dp_image_store", ("", ""))[1]))
    cols = int(page.imagewidth)
    if stored:
        found.metadata["tagged_shape"] = (int(stored[2]), int(stored[1]))
        cols = int(stored[1])
    power = magnification(tags.get("ap_mag", ("", ""))[1])
    if power:
        found.metadata["magnification"] = power
    width = _length(tags.get("ap_width"))
    if width:
        found.metadata["field_width_nm"] = width
    size = _pixel_size(tags, cols, width, found.warnings)
    if size:
        found.row, found.col, found.unit = size, size, "nm"
    return found


def _pixel_size(
    tags: dict[str, Any], cols: int, width: float | None, warnings: list[str]
) -> float | None:
    """The image's own pixel size [nm]: the display's, rescaled, checked against the text's."""
    head = tags.get("", ())
    display = number(head[_HEAD_SCALE]) if len(head) > _HEAD_SCALE else None
    shown = display * 1e9 if display else _length(tags.get("ap_pixel_size"))
    scaled = shown * _DISPLAY_COLS / cols if shown else None
    stated = _length(tags.get("ap_image_pixel_size"))
    if stated is None:
        return scaled or (width / cols if width else None)
    if scaled is None or abs(scaled / stated - 1) <= _AGREE:
        return scaled or stated
    warnings.append(
        f"the Zeiss tags contradict each other: image pixel size {format_length(stated, 4)} "
        f"(taken) against {format_length(scaled, 4)} from the display's pixel size"
    )
    return stated


def _length(tag: Any) -> float | None:
    """A tag such as ("Pixel Size", 5.825, "nm") in nanometres."""
    if not isinstance(tag, tuple) or len(tag) != 3:
        return None
    try:
        return number(convert(float(tag[1]), str(tag[2]), "nm"))
    except (CalibrationError, ValueError):
        return None


ZEISS = Dialect("Zeiss", lambda tif, page: 34118 in page.tags, _read)
