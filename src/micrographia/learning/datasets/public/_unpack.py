"""Archives of strangers unpacked: images only, below one folder, of bounded size."""

from __future__ import annotations

import contextlib
import stat
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from micrographia._files import ensure_folder
from micrographia.errors import CorruptFileError, InputError, OutputError, TooLargeError
from micrographia.io import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SUFFIXES", "unpack_images"]

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
"""How names of archives end."""

_MOST_FILES = 1_000_000
_MOST_RATIO = 200  # bytes that come out of one byte of the archive
_LEAST_ALLOWED = 64 << 20
_CHUNK = 1 << 20

Member = tuple[str, int, "IO[bytes]"]


def unpack_images(archive: Path, folder: Path) -> list[tuple[str, Path]]:
    """Unpack the images of an archive.

    Nothing of the archive but the bytes of regular files is used: names are made anew, links,
    devices, owners and permissions never reach the disk.

    Parameters
    ----------
    archive : Path
        tar (plain, gzip, bzip2, xz) or zip.
    folder : Path
        To write below; made.

    Returns
    -------
    images : list of (str, Path)
        Name in the archive and file, in the archive's order.

    Raises
    ------
    InputError
        If a name leaves the folder, or a member is a link or a device.
    TooLargeError
        If more comes out than 200 bytes for each byte of the archive.
    CorruptFileError
        If it is no archive, or damaged.
    OutputError
        If the images cannot be written.
    """
    ensure_folder(folder)
    left = max(_LEAST_ALLOWED, archive.stat().st_size * _MOST_RATIO)
    images: list[tuple[str, Path]] = []
    try:
        for name, size, stream in _members(archive):
            _check_name(name, archive)
            left -= size
            if left < 0 or len(images) >= _MOST_FILES:
                raise TooLargeError(
                    f"{archive.name}: unpacks to far more than an archive of images should; "
                    f"stopped at {name!r} after {len(images)} images, as it may be made to fill "
                    "the disk"
                )
            if not _is_image(name):
                continue
            path = folder / f"{len(images):06d}{_suffix(name)}"
            _copy(stream, path, size, archive)
            images.append((name, path))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError, OSError) as error:
        if isinstance(error, InputError | OutputError):
            raise
        raise CorruptFileError(
            f"{archive.name}: the archive cannot be unpacked ({error}); remove it and fetch it "
            "again"
        ) from error
    return images


def _members(archive: Path) -> Iterator[Member]:
    if archive.name.lower().endswith(".zip"):
        yield from _zip_members(archive)
    else:
        yield from _tar_members(archive)


def _tar_members(archive: Path) -> Iterator[Member]:
    with tarfile.open(archive, mode="r|*") as tar:
        for member in tar:
            if member.isdir():
                _check_name(member.name, archive)
                continue
            if not member.isreg():
                kind = "a link" if member.issym() or member.islnk() else "no regular file"
                raise _hostile(archive, member.name, kind)
            stream = tar.extractfile(member)
            if stream is not None:
                yield member.name, member.size, stream


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            mode = info.external_attr >> 16
            if stat.S_ISLNK(mode):
                raise _hostile(archive, info.filename, "a link")
            if info.flag_bits & 1:
                raise InputError(f"{archive.name}: {info.filename!r} is encrypted; unpack it first")
            if not info.is_dir():
                with packed.open(info) as stream:
                    yield info.filename, info.file_size, stream


def _check_name(name: str, archive: Path) -> None:
    parts = PurePosixPath(name.replace("\\", "/"))
    drive = len(name) > 1 and name[1] == ":"
    if parts.is_absolute() or ".." in parts.parts or drive or "\x00" in name:
        raise _hostile(archive, name, "a path out of the folder")


def _hostile(archive: Path, name: str, kind: str) -> InputError:
    return InputError(
        f"{archive.name}: member {name!r} is {kind}; such an archive is not unpacked, as it may "
        "write where it should not. Look at it with care, or leave it"
    )


def _is_image(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts if part != ".")
    return not hidden and name.lower().endswith(tuple(IMAGE_SUFFIXES))


def _suffix(name: str) -> str:
    lower = name.lower()
    return max((end for end in IMAGE_SUFFIXES if lower.endswith(end)), key=len)


def _copy(stream: IO[bytes], path: Path, size: int, archive: Path) -> None:
    """Copy at most as many bytes as the archive states."""
    left = size
    try:
        with path.open("wb") as target:
            while left and (chunk := stream.read(min(_CHUNK, left))):
                left -= len(chunk)
                _write(target, chunk, path)
    except OutputError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    if left:
        raise CorruptFileError(
            f"{archive.name}: ends within a member; remove it and fetch it again"
        )


def _write(target: IO[bytes], chunk: bytes, path: Path) -> None:
    try:
        target.write(chunk)
    except OSError as error:
        raise OutputError(
            f"{path}: could not be written ({error.strerror or error}); free some space and call "
            "again to go on"
        ) from error
