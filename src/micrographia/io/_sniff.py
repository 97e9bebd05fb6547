"""What a file is, told by its first bytes; its name decides only where the bytes do not."""

import gzip
import zlib
from pathlib import Path

from micrographia.errors import CorruptFileError, InputError, UnsupportedFileError
from micrographia.io._table import FORMATS, Format, format_named

__all__ = ["by_suffix", "identify"]

_HEAD = 4096

# Signature at an offset, and the row of the table it means. Longer ones first where they overlap.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"II\x97\x01", "TIA series"),
    (0, b"JK\x00\x02", "TIA"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (0, b"\x93NUMPY", "NumPy array"),
    (0, b"IMGBLO", "NanoMegas blockfile"),
    (0, b"MQ1,", "Quantum Detectors"),
    (0, b"\x00\x00\x00\x03", "DigitalMicrograph"),
    (0, b"\x00\x00\x00\x04", "DigitalMicrograph"),
    (208, b"MAP ", "MRC"),
)
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_NAMES = ("EMD", "HyperSpy", "HDF5", "Direct Electron HDF5", "NeXus")
_PILLOW_NAMES = ("PNG", "JPEG", "BMP", "GIF", "WebP", "JPEG 2000", "PNM")
# Signatures of a few bytes are believed only in a file that is named so.
_WEAK = ("DigitalMicrograph",)


def by_suffix(path: Path) -> Format | None:
    """The format that the file's name stands for.

    Examples
    --------
    >>> by_suffix(Path("a.TIF")).name, by_suffix(Path("a.tif.gz")).name, by_suffix(Path("a.xyz"))
    ('TIFF', 'gzipped TIFF', None)
    """
    name = path.name.lower()
    found = [(len(s), row) for row in FORMATS for s in row.suffixes if name.endswith(s)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _by_content(head: bytes, named: Format | None) -> Format | None:
    for offset in (0, 512, 1024, 2048):
        if head[offset : offset + 8] == _HDF5:
            return named if named and named.name in _HDF5_NAMES else format_named("HDF5")
    if head[:4] == b"PK\x03\x04" and named is not None and named.name == "HyperSpy zarr":
        return named
    if head[:2] == b"\x1f\x8b":
        return format_named("gzipped TIFF")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return format_named("WebP")
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in (
        12,
        16,
        40,
        52,
        56,
        64,
        108,
        124,
    ):
        return format_named("BMP")
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in b"\n\r\t ":
        return format_named("PNM")
    for offset, signature, name in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            if name in _WEAK and (named is None or named.name != name):
                continue
            return format_named(name)
    return None


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8")
    return all(sign.isprintable() or sign in "\r\n\t\f\ufeff" for sign in text)


def _check_gzip(path: Path) -> None:
    """A gzip file is read where a TIFF is in it."""
    try:
        with gzip.open(path) as stream:
            head = stream.read(4)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorruptFileError(f"{path.name}: the gzip file is damaged: {error}") from error
    if head not in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        raise UnsupportedFileError(
            f"{path.name}: a gzip file that holds no TIFF (it begins with {head!r}); unpack it and "
            "read what is inside"
        )


def identify(path: Path) -> tuple[Format, list[str]]:
    """Tell what a file is.

    Parameters
    ----------
    path : Path

    Returns
    -------
    format : Format
    warnings : list of str
        Says so where the name stands for another format than the content.

    Raises
    ------
    InputError
        If there is no such file, or it is a folder.
    CorruptFileError
        If the file is empty, or lacks the signature of the format that its name stands for.
    UnsupportedFileError
        If no reader knows it.
    """
    named = by_suffix(path)
    if path.is_dir():
        if named is not None and named.name == "HyperSpy zarr":
            return named, []
        raise InputError(f"{path}: this is a folder; wanted an image file")
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise CorruptFileError(f"{path.name}: the file is empty (0 bytes); copy or export it again")
    found = _by_content(head, named)
    if found is not None:
        if found.name == "gzipped TIFF":
            _check_gzip(path)
        return found, _mismatch(path, named, found)
    return _by_name(path, named, head), []


def _by_name(path: Path, named: Format | None, head: bytes) -> Format:
    """The format by the name alone, where the content did not tell."""
    begins = f"it begins with {head[:8]!r}"
    if named is None:
        known = " ".join(suffix for row in FORMATS for suffix in row.suffixes)
        raise UnsupportedFileError(
            f"{path.name}: no reader knows this file ({begins}, its name ends in "
            f"{path.suffix!r}); files that can be read end in {known}"
        )
    if _is_text(head):
        raise UnsupportedFileError(
            f"{path.name}: its name stands for {named.name}, but it holds text ({begins}); wanted "
            "the image file itself"
        )
    if named.signed:
        raise CorruptFileError(
            f"{path.name}: its name stands for {named.name}, but it does not begin as such a file "
            f"does ({begins}); it is damaged or is something else: copy or export it again"
        )
    return named


def _mismatch(path: Path, named: Format | None, found: Format) -> list[str]:
    same = named is None or named.module == found.module == "_tiff" or named.name == found.name
    if same or (named is not None and {named.name, found.name} <= {*_HDF5_NAMES}):
        return []
    return [f"{path.name} is named as {named.name if named else '?'} but is a {found.name} file"]
