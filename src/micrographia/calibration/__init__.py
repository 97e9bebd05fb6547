"""Pixel size and where it comes from: metadata, the scale bar, a person; footers and bars found.

>>> from micrographia.calibration import calibrate, find_bars, find_footer
>>> callable(calibrate) and callable(find_bars) and callable(find_footer)
True
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.calibration._bars import find_bars
    from micrographia.calibration._calibrate import calibrate
    from micrographia.calibration._footer import find_footer, find_header
    from micrographia.calibration._read import read_bar
    from micrographia.calibration._table import scale_table
    from micrographia.calibration._types import (
        Bar,
        Box,
        Calibration,
        Evidence,
        ScaleReading,
        Verdict,
    )
    from micrographia.calibration.settings import CalibrationSettings

_BASE = "micrographia.calibration."

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Bar": _BASE + "_types",
        "Box": _BASE + "_types",
        "Calibration": _BASE + "_types",
        "CalibrationSettings": _BASE + "settings",
        "Evidence": _BASE + "_types",
        "ScaleReading": _BASE + "_types",
        "Verdict": _BASE + "_types",
        "calibrate": _BASE + "_calibrate",
        "find_bars": _BASE + "_bars",
        "find_footer": _BASE + "_footer",
        "find_header": _BASE + "_footer",
        "read_bar": _BASE + "_read",
        "scale_table": _BASE + "_table",
    },
)

__all__ = [
    "Bar",
    "Box",
    "Calibration",
    "CalibrationSettings",
    "Evidence",
    "ScaleReading",
    "Verdict",
    "calibrate",
    "find_bars",
    "find_footer",
    "find_header",
    "read_bar",
    "scale_table",
]
