"""Files fetched whole: resumed where they broke off, verified before they count."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

from micrographia._files import ensure_folder
from micrographia.errors import DownloadError, MissingDependencyError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

    from micrographia.learning.datasets.public._record import RemoteFile

__all__ = ["Downloader"]

_TIMEOUT = (15.0, 60.0)  # s to connect, s between bytes
_CHUNK = 1 << 16  # what is lost at most when a connection breaks
_FAILURES = 5  # in a row without a byte
_MOST_JSON = 16 << 20
_GONE = (401, 403, 404, 410)


class Downloader:
    """Fetches files over HTTP.

    Parameters
    ----------
    wait : float [s]
        Before the second attempt; doubled before each further one.

    Raises
    ------
    MissingDependencyError
        If requests is not installed.
    """

    def __init__(self, wait: float = 1.0) -> None:
        try:
            import requests
        except ImportError as error:
            raise MissingDependencyError(
                "fetching public sets needs the package requests: pip install requests"
            ) from error
        from micrographia import __version__

        self._trouble = (requests.RequestException, OSError)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"micrographia/{__version__}"
        self._session.headers["Accept-Encoding"] = "identity"  # sizes and ranges count raw bytes
        self._wait = wait

    def json(self, url: str) -> Any:
        """Fetch a JSON document of at most 16 MiB.

        Raises
        ------
        DownloadError
            If it does not come or is none.
        """
        said = ""
        for attempt in range(_FAILURES):
            self._pause(attempt)
            try:
                with self._session.get(url, timeout=_TIMEOUT, stream=True) as answer:
                    if answer.status_code in _GONE:
                        said = f"HTTP {answer.status_code}"
                        break
                    answer.raise_for_status()
                    content = answer.raw.read(_MOST_JSON + 1)
                    if len(content) > _MOST_JSON:
                        raise DownloadError(f"{url}: more than {_MOST_JSON} bytes for a record")
            except self._trouble as error:
                if isinstance(error, DownloadError):
                    raise
                said = str(error)
                continue
            import json

            try:
                return json.loads(content)
            except ValueError as error:
                raise DownloadError(
                    f"{url}: the answer is no JSON ({error}); look at this address in a browser"
                ) from error
        raise DownloadError(
            f"{url}: no answer that can be used ({said}); check the connection and its proxy, or "
            "try again later"
        )

    def fetch(
        self,
        file: RemoteFile,
        path: Path,
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """Fetch a file unless it is there, going on where an earlier attempt broke off.

        Parameters
        ----------
        file : RemoteFile
        path : Path
            To write; `path` with `.part` holds what has come so far.
        progress : callable, optional
            Called with the bytes that are there and their total.

        Returns
        -------
        path : Path
            Whole, and of the stated checksum.

        Raises
        ------
        DownloadError
            If it does not come, or what comes is not what the repository states.
        OutputError
            If it cannot be written.
        """
        ensure_folder(path.parent)
        if path.is_file() and path.stat().st_size == file.size and _digest(path, file) is None:
            return path
        part = path.with_name(path.name + ".part")
        resumed = part.is_file() and part.stat().st_size > 0
        problem = self._attempt(file, part, progress)
        if problem and resumed:  # the beginning may be of another version
            problem = self._attempt(file, part, progress)
        if problem:
            raise DownloadError(
                f"{file.name}: {problem}; what came was removed. Try again; if it stays so, the "
                "file at the repository has changed or is damaged on its way"
            )
        part.replace(path)
        return path

    def _attempt(
        self, file: RemoteFile, part: Path, progress: Callable[[int, int], None] | None
    ) -> str | None:
        """Fetch into the part and verify it; what is wrong with it, after removing it."""
        self._complete(file, part, progress)
        problem = _digest(part, file)
        if problem:
            part.unlink()
        return problem

    def _complete(
        self, file: RemoteFile, part: Path, progress: Callable[[int, int], None] | None
    ) -> None:
        failures, said = 0, ""
        while (have := part.stat().st_size if part.is_file() else 0) != file.size or not have:
            if have > file.size:
                part.unlink()
                continue
            if failures == _FAILURES:
                raise DownloadError(
                    f"{file.name}: broke off after {have:,} of {file.size:,} bytes ({said}); call "
                    "again to go on from there"
                )
            self._pause(failures)
            try:
                self._receive(file, part, have, progress)
            except OutputError:
                raise
            except self._trouble as error:
                if isinstance(error, DownloadError):
                    raise
                said = str(error)
            else:
                said = "the server sent less than it stated"
            if file.size == 0 and part.is_file():
                return
            now = part.stat().st_size if part.is_file() else 0
            failures = 0 if now > have else failures + 1

    def _receive(
        self,
        file: RemoteFile,
        part: Path,
        have: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        asked = {"Range": f"bytes={have}-"} if have else {}
        with self._session.get(file.url, headers=asked, timeout=_TIMEOUT, stream=True) as answer:
            if answer.status_code in _GONE:
                raise DownloadError(
                    f"{file.name}: the repository answers HTTP {answer.status_code} at {file.url}; "
                    "the set may have moved or been closed: look at the page of its DOI"
                )
            answer.raise_for_status()
            went_on = have and answer.status_code == 206 and _starts_at(answer, have)
            try:
                with part.open("ab" if went_on else "wb") as stream:
                    done = have if went_on else 0
                    for chunk in answer.iter_content(_CHUNK):
                        done += len(chunk)
                        if done > file.size:
                            break
                        _write(stream, chunk, part)
                        if progress is not None:
                            progress(done, file.size)
            except IsADirectoryError as error:
                raise OutputError(f"{part}: its name is taken by a folder") from error

    def _pause(self, failures: int) -> None:
        if failures:
            time.sleep(min(self._wait * 2 ** (failures - 1), 30.0))


def _write(stream: Any, chunk: bytes, part: Path) -> None:
    try:
        stream.write(chunk)
    except OSError as error:
        raise OutputError(
            f"{part}: could not be written ({error.strerror or error}); free some space and call "
            "again to go on"
        ) from error


def _starts_at(answer: requests.Response, have: int) -> bool:
    return answer.headers.get("Content-Range", "").replace(" ", "").startswith(f"bytes{have}-")


def _digest(path: Path, file: RemoteFile) -> str | None:
    """What is wrong with a file that has come; None where nothing is."""
    if path.stat().st_size != file.size:
        return f"{path.stat().st_size:,} bytes came, {file.size:,} were stated"
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, file.algorithm).hexdigest()
    if digest == file.digest:
        return None
    return f"its {file.algorithm} is {digest}, the repository states {file.digest}"
