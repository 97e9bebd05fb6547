"""Files in and out: micrographs, label images, ImageJ regions, regions of interest.

Every format is one row of `FORMATS`, which names the private module that reads it; the module is
imported when a file needs it, so that reading a PNG does not load the readers of vendor formats.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.io._labels import read_labels, read_mask, write_labels
    from micrographia.io._limits import MAX_PIXELS
    from micrographia.io._pixels import TO_GREY
    from micrographia.io._read import list_signals, read, read_colours
    from micrographia.io._regions import Region, parse_region
    from micrographia.io._rois import write_rois
    from micrographia.io._signals import SignalInfo
    from micrographia.io._state import content_hash, file_state
    from micrographia.io._table import FORMATS, IMAGE_SUFFIXES, Format

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "FORMATS": "micrographia.io._table",
        "IMAGE_SUFFIXES": "micrographia.io._table",
        "Format": "micrographia.io._table",
        "MAX_PIXELS": "micrographia.io._limits",
        "Region": "micrographia.io._regions",
        "SignalInfo": "micrographia.io._signals",
        "TO_GREY": "micrographia.io._pixels",
        "content_hash": "micrographia.io._state",
        "file_state": "micrographia.io._state",
        "list_signals": "micrographia.io._read",
        "parse_region": "micrographia.io._regions",
        "read": "micrographia.io._read",
        "read_colours": "micrographia.io._read",
        "read_labels": "micrographia.io._labels",
        "read_mask": "micrographia.io._labels",
        "write_labels": "micrographia.io._labels",
        "write_rois": "micrographia.io._rois",
    },
)

__all__ = [
    "FORMATS",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "TO_GREY",
    "Format",
    "Region",
    "SignalInfo",
    "content_hash",
    "file_state",
    "list_signals",
    "parse_region",
    "read",
    "read_colours",
    "read_labels",
    "read_mask",
    "write_labels",
    "write_rois",
]
