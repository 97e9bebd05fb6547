"""The one place where other libraries' errors, warnings and log lines become ours."""

import logging
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from micrographia.errors import (
    CorruptFileError,
    InputError,
    MicrographiaError,
    MissingDependencyError,
    TooLargeError,
)

__all__ = ["boundary"]

_LOGGERS = ("rsciio", "tifffile", "PIL", "h5py", "dask")


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("rsciio") and len(self.lines) < 5:
            self.lines.append(record.getMessage().strip())


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Keep the readers' warnings and log lines from the terminal; yield what RosettaSciIO said."""
    collector = _Collector()
    states = []
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        states.append((logger, logger.handlers, logger.propagate))
        logger.handlers, logger.propagate = [collector], False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield collector.lines
    finally:
        for logger, handlers, propagate in states:
            logger.handlers, logger.propagate = handlers, propagate


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
        with _quiet() as lines:
            try:
                yield lines
            except Exception as error:
                traceback.clear_frames(error.__traceback__)  # closes what a reader left open
                raise
    except MicrographiaError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the name and the folder") from error
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read it; change its access rights") from error
    except ImportError as error:
        raise MissingDependencyError(
            f"{path.name}: its reader cannot be loaded ({error}); install micrographia again with all "
            "it needs"
        ) from error
    except MemoryError as error:
        raise TooLargeError(f"{path.name}: not enough memory to {what} it: {error}") from error
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        raise CorruptFileError(
            f"{path.name}: the file could not be {what}; it seems damaged or truncated ({detail}). "
            "Copy or export it again"
        ) from error
