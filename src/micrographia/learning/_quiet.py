"""Words of other libraries kept from a person's terminal."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

__all__ = ["quiet_loggers"]


@contextlib.contextmanager
def quiet_loggers(*names: str, level: int = logging.ERROR) -> Iterator[None]:
    """Let loggers say nothing below a level for a while.

    Parameters
    ----------
    *names : str
        Of the loggers.
    level : int
        Of `logging`.

    Examples
    --------
    >>> import logging
    >>> with quiet_loggers("some.library"):
    ...     logging.getLogger("some.library").warning("buy more")
    """
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, earlier in zip(loggers, before, strict=True):
            logger.setLevel(earlier)
