"""TESCAN (tag 50431): text of `key=value` lines after a small preview picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from micrographia.io._dialects._calibration import Calibration, Dialect, number, text_of

if TYPE_CHECKING:
    import tifffile

__all__ = ["TESCAN", "tescan_text"]

_LINE = re.compile(rb"([A-Za-z][A-Za-z0-9 ]{1,40})=([^\r\n\x00]{0,200})")


def tescan_text(content: bytes) -> Calibration:
    """The calibration in TESCAN's `key=value` lines, of the tag or of the file beside the image.

    Examples
    --------
    >>> tescan_text(b"PixelSizeX=4.5e-9\\nPixelSizeY=4.5e-9\\n").col
    4.5e-09
    """
    values = {text_of(k).strip(): text_of(v).strip() for k, v in _LINE.findall(content)}
    found = Calibration("TESCAN", original={"tescan": values}, metadata={"instrument_type": "SEM"})
    power = number(values.get("Magnification"))
    if power:
        found.metadata["magnification"] = power
    footer = number(values.get("ImageStripSize"))
    if footer:
        found.metadata["footer_rows"] = int(footer)
    width, height = number(values.get("PixelSizeX")), number(values.get("PixelSizeY"))
    if width:
        found.row, found.col, found.unit = height or width, width, "m"
    else:
        found.warnings.append("the TESCAN text holds no pixel size")
    return found


def _read(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    value = page.tags[50431].value
    return tescan_text(value.encode("latin-1") if isinstance(value, str) else bytes(value))


TESCAN = Dialect("TESCAN", lambda tif, page: 50431 in page.tags, _read)
