"""The one place where other libraries' errors, warnings and log lines become ours."""

import logging
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from micrographia.errors import (
    CorruptFileError,
    InputError,
    MicrographiaError,
    MissingDependencyError,
    TooLargeError,
)

__all__ = ["boundary"]

_MOST_LINES = 5
_LOGGERS = ("rsciio", "tifffile", "PIL", "h5py", "dask")


class _Collector(logging.Handler):
    """Gathers what RosettaSciIO says, for the thread that it says it to."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        lines = getattr(self.heard, "lines", None)
        if lines is not None and record.name.startswith("rsciio") and len(lines) < _MOST_LINES:
            lines.append(record.getMessage().strip())


class _Silence:
    """Warnings and log lines of the readers kept from the terminal while any thread reads.

    Filters and handlers belong to the process: the first reader in changes them, the last one out
    puts them back.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.depth = 0
        self.collector = _Collector()
        self.undo = ExitStack()

    def __enter__(self) -> list[str]:
        with self.lock:
            if self.depth == 0:
                self._begin()
            self.depth += 1
        lines: list[str] = []
        self.collector.heard.lines = lines
        return lines

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.depth -= 1
            if self.depth == 0:
                self.undo.close()

    def _begin(self) -> None:
        self.undo.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            self.undo.callback(setattr, logger, "handlers", logger.handlers)
            self.undo.callback(setattr, logger, "propagate", logger.propagate)
            logger.handlers, logger.propagate = [self.collector], False


_silence = _Silence()


@contextmanager
def boundary(path: Path, what: str = "read") -> Iterator[list[str]]:
    """Run a reader; whatever goes wrong inside comes out as one of our errors.

    Parameters
    ----------
    path : Path
        The file, for the message.
    what : str
        What was being done with it.

    Yields
    ------
    lines : list of str
        What RosettaSciIO logged as warnings, filled while the reader runs.

    Raises
    ------
    CorruptFileError
        For any unexpected error of a reader, with that error as its cause.
    TooLargeError
        If memory ran out.
    MissingDependencyError
        If a library behind the reader is missing.
    InputError
        If the system refused the file.
    """
    try:
        with _silence as lines:
            try:
                yield lines
            except Exception as error:
                traceback.clear_frames(error.__traceback__)  # closes what a reader left open
                raise
    except MicrographiaError:
        raise
    except FileNotFoundError as error:
        if path.exists():
            raise CorruptFileError(f"{path.name}: a part of it is missing: {error}") from error
        raise InputError(f"{path}: there is no such file; check the name and the folder") from error
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read it; change its access rights") from error
    except ImportError as error:
        raise MissingDependencyError(
            f"{path.name}: its reader cannot be loaded ({error}); install micrographia again with "
            "all it needs"
        ) from error
    except MemoryError as error:
        raise TooLargeError(f"{path.name}: not enough memory to {what} it: {error}") from error
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        raise CorruptFileError(
            f"{path.name}: the file could not be {what}; it seems damaged or truncated ({detail}). "
            "Copy or export it again"
        ) from error
