"""What a repository says of a set's files: names, addresses, sizes, checksums."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from micrographia.errors import DownloadError

if TYPE_CHECKING:
    from micrographia.learning.datasets.public._download import Downloader

__all__ = ["RemoteFile", "files_of", "read_record"]

_CHECKSUM = re.compile(r"(md5|sha1|sha256|sha512):([0-9a-fA-F]+)\Z")
_NAME = re.compile(r"[^/\\\x00-\x1f]+\Z")


@dataclasses.dataclass(frozen=True)
class RemoteFile:
    """One file of a set.

    Parameters
    ----------
    name : str
    url : str
    size : int [bytes]
    algorithm : {"md5", "sha1", "sha256", "sha512"}
    digest : str
        In lower case.
    """

    name: str
    url: str
    size: int
    algorithm: str
    digest: str


def read_record(downloader: Downloader, address: str) -> list[RemoteFile]:
    """Fetch a record and list its files.

    Parameters
    ----------
    downloader : Downloader
    address : str
        Of the record, which may be the JSON of B2SHARE, Zenodo or another Invenio.

    Returns
    -------
    files : list of RemoteFile
        By name.

    Raises
    ------
    DownloadError
        If it does not come, or does not describe files with sizes and checksums.
    """
    return files_of(downloader.json(address), address)


def files_of(record: Any, address: str) -> list[RemoteFile]:
    """List the files that a record describes.

    Parameters
    ----------
    record : object
        Parsed JSON: `files` is a list (B2SHARE 2, Zenodo) or holds `entries` (InvenioRDM).
    address : str
        Where it came from, for addresses that are missing or relative.

    Returns
    -------
    files : list of RemoteFile

    Raises
    ------
    DownloadError
        If there are no files, or one lacks a checksum or has a name that is no file name.
    """
    record = record if isinstance(record, dict) else {}
    listed = record.get("files", record.get("contents"))
    if isinstance(listed, dict):
        listed = listed.get("entries", [])
        listed = list(listed.values()) if isinstance(listed, dict) else listed
    if not isinstance(listed, list) or not listed:
        raise DownloadError(
            f"{address}: the record lists no files; the repository may have changed its layout, or "
            "the set may be closed: look at the page of its DOI"
        )
    files = [_file(entry, record, address) for entry in listed]
    return sorted(files, key=lambda file: file.name)


def _file(entry: Any, record: dict[str, Any], address: str) -> RemoteFile:
    entry = entry if isinstance(entry, dict) else {}
    name = str(entry.get("key") or entry.get("filename") or "")
    found = _CHECKSUM.match(str(entry.get("checksum", "")))
    size = entry.get("size", entry.get("filesize"))
    if not _NAME.match(name) or name in (".", "..") or found is None or not isinstance(size, int):
        raise DownloadError(
            f"{address}: a file of the record cannot be used: name {name!r}, size {size!r}, "
            f"checksum {entry.get('checksum')!r}; wanted a plain name, a size and a checksum such "
            "as md5:…, as nothing is kept that cannot be verified"
        )
    url = urljoin(address, _url(entry, record, name, address))
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"{address}: file {name!r} lies at {url!r}; wanted an http address")
    return RemoteFile(name, url, size, found.group(1), found.group(2).lower())


def _url(entry: dict[str, Any], record: dict[str, Any], name: str, address: str) -> str:
    own, links = entry.get("links") or {}, record.get("links") or {}
    for key in ("content", "download", "self"):
        if isinstance(own.get(key), str):
            return str(own[key])
    if isinstance(links.get("files"), str):
        content = "" if entry.get("bucket") else "/content"
        return f"{str(links['files']).rstrip('/')}/{quote(name)}{content}"
    if entry.get("bucket"):
        return f"/api/files/{quote(str(entry['bucket']))}/{quote(name)}"
    return f"{address.rstrip('/')}/files/{quote(name)}/content"
