"""Plausibility of binary headers, looked at before a reader allocates what they declare."""

from __future__ import annotations

import math
import struct
from pathlib import Path

from micrographia.errors import CorruptFileError, UnsupportedFileError
from micrographia.io._limits import check_bytes, check_pixels

__all__ = ["check_mrc", "check_npy", "check_ser"]

_MRC_BITS = {0: 8, 1: 16, 2: 32, 3: 32, 4: 64, 6: 16, 12: 16, 101: 4}
_SER_BYTES = {1: 1, 2: 2, 3: 4, 4: 1, 5: 2, 6: 4, 7: 4, 8: 8, 9: 8, 10: 16}
_SER_IMAGES = 0x4122
_SER_32_BIT = 0x210


def check_mrc(path: Path, max_pixels: int) -> tuple[str, tuple[int, int, int]]:
    """Check an MRC header (Cheng et al. 2015, doi:10.1016/j.jsb.2015.04.002).

    Returns
    -------
    order : {"<", ">"}
        Byte order.
    shape : tuple of int
        Sections, rows, columns.

    Raises
    ------
    CorruptFileError
        If the mode is unknown, an edge is not positive, or the file is shorter than declared.
    TooLargeError
        If a section has more than `max_pixels`.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(1024)
    if len(head) < 1024:
        raise CorruptFileError(
            f"{path.name}: {size} bytes, but an MRC header has 1,024; the file is truncated"
        )
    order = ">" if head[212:214] in (b"\x11\x11", b"\x11\x14") else "<"
    cols, rows, sections, mode = struct.unpack(f"{order}4i", head[:16])
    extended = struct.unpack(f"{order}i", head[92:96])[0]
    if mode not in _MRC_BITS or extended < 0 or sections < 1:
        raise CorruptFileError(
            f"{path.name}: no MRC header: mode {mode}, {sections} sections, {extended} bytes of "
            "extended header; the file is damaged or something else"
        )
    check_pixels((rows, cols), max_pixels, path.name)
    declared = (cols * _MRC_BITS[mode] + 7) // 8 * rows * sections
    check_bytes(declared, size - 1024 - extended, path.name)
    return order, (sections, rows, cols)


def check_ser(path: Path, max_pixels: int) -> None:
    """Check that a TIA series has the elements its header promises.

    Raises
    ------
    CorruptFileError
        If an offset or an element lies beyond the end of the file.
    TooLargeError
        If an image has more than `max_pixels`.
    UnsupportedFileError
        If its elements are spectra.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(30)
        wide = len(head) == 30 and struct.unpack("<H", head[4:6])[0] > _SER_32_BIT
        head += stream.read(4) if wide else b""
        if len(head) < (34 if wide else 30):
            raise CorruptFileError(f"{path.name}: {size} bytes are no TIA series; it is truncated")
        kind, _, total, valid = struct.unpack("<4I", head[6:22])
        place, dimensions = struct.unpack("<QI" if wide else "<II", head[22:])
        if not 1 <= valid <= total or valid * (8 if wide else 4) > size or dimensions > 16:
            raise CorruptFileError(
                f"{path.name}: its header declares {valid} of {total} elements in {size:,} bytes; "
                "it is truncated or damaged: copy it again"
            )
        _check_dimensions(path, stream.read(65536), dimensions, total)
        if kind != _SER_IMAGES:
            raise UnsupportedFileError(f"{path.name}: it holds spectra, not images")
        stream.seek(place)
        table = stream.read(valid * (8 if wide else 4))
        offsets = struct.unpack(f"<{len(table) // (8 if wide else 4)}{'Q' if wide else 'I'}", table)
        for offset in offsets[:valid]:
            if offset + 50 > size:
                raise CorruptFileError(f"{path.name}: an image begins beyond the end of the file")
            stream.seek(offset + 40)
            number, cols, rows = struct.unpack("<HII", stream.read(10))
            if number not in _SER_BYTES:
                raise CorruptFileError(f"{path.name}: unknown type of pixels {number}")
            check_pixels((rows, cols), max_pixels, path.name)
            check_bytes(rows * cols * _SER_BYTES[number], size - offset - 50, path.name)


def _check_dimensions(path: Path, content: bytes, dimensions: int, total: int) -> None:
    """The sizes of the dimensions must multiply to no more than the number of elements."""
    place, product = 0, 1
    for _ in range(dimensions):
        if place + 28 > len(content):
            raise CorruptFileError(f"{path.name}: its header ends too soon; it is truncated")
        product *= max(struct.unpack_from("<I", content, place)[0], 1)
        place += 24
        for _ in range(2):
            length = (
                struct.unpack_from("<I", content, place)[0] if place + 4 <= len(content) else -1
            )
            if not 0 <= length <= len(content):
                raise CorruptFileError(f"{path.name}: its header holds a text of {length} bytes")
            place += 4 + length
    if product > max(total, 1):
        raise CorruptFileError(
            f"{path.name}: its dimensions hold {product} elements, but there are {total}; damaged"
        )


def check_npy(path: Path, max_pixels: int) -> None:
    """Check that a NumPy file holds the numbers that its header declares, and no Python objects."""
    from numpy.lib import format as npy

    size = path.stat().st_size
    with path.open("rb") as stream:
        version = npy.read_magic(stream)
        length = int.from_bytes(stream.read(2 if version == (1, 0) else 4), "little")
        if length > size:
            raise CorruptFileError(f"{path.name}: its header should have {length:,} bytes")
        stream.seek(8)
        reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = reader(stream)
        start = stream.tell()
    if dtype.hasobject:
        raise UnsupportedFileError(f"{path.name}: it holds Python objects, not an image")
    check_pixels(shape[-2:] or (1,), max_pixels, path.name)
    check_bytes(math.prod(shape) * dtype.itemsize, size - start, path.name)
