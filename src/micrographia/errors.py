"""The error tree: what the reader of a message should do differently decides the class.

Every error that Micrographia raises on purpose is a `MicrographiaError`, and also the builtin that
a Python programmer would expect (`ValueError`, `OSError`, `ImportError`), so that neither kind of
caller has to know the other's tree. Messages say what was wrong, what was wanted and what to do.
"""

__all__ = [
    "AmbiguousSignalError",
    "BundleError",
    "CalibrationError",
    "CorruptFileError",
    "DownloadError",
    "InputError",
    "MicrographiaError",
    "MissingDependencyError",
    "OutputError",
    "SettingsError",
    "TooLargeError",
    "UnsupportedFileError",
]


class MicrographiaError(Exception):
    """Base of every error that Micrographia raises on purpose."""


class InputError(MicrographiaError, ValueError):
    """What was given cannot be used: wrong shape, type, range or content."""


class UnsupportedFileError(InputError):
    """No reader knows this file, or the file holds nothing that could be read as a micrograph."""


class CorruptFileError(InputError):
    """A reader knows the format, but this file is empty, truncated or damaged."""


class TooLargeError(InputError):
    """The file asks for more memory than the stated limit (a decompression bomb, perhaps)."""


class AmbiguousSignalError(InputError):
    """The file holds several images and nothing says which is meant; the message lists them."""


class CalibrationError(InputError):
    """A pixel size that cannot be: a reciprocal unit, a negative or non-finite length."""


class SettingsError(InputError):
    """A setting is unknown, of the wrong type, or out of range."""


class BundleError(InputError):
    """A model bundle is damaged, altered, too new, or no bundle at all."""


class OutputError(MicrographiaError, OSError):
    """Results could not be written: folder not writable, disk full, name taken by a file."""


class DownloadError(MicrographiaError, OSError):
    """Something asked for over the network did not come, came in part, or is not what it said."""


class MissingDependencyError(MicrographiaError, ImportError):
    """A part that is not installed is needed; the message says which extra brings it."""
