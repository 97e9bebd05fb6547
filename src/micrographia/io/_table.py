"""The table of formats: what each is called, how its files end, which module reads it.

Reading this table imports no reader. `plugin` names RosettaSciIO's reader where it does the work.
"""

from dataclasses import dataclass

__all__ = ["FORMATS", "IMAGE_SUFFIXES", "Format", "format_named"]


@dataclass(frozen=True)
class Format:
    """One file format.

    Parameters
    ----------
    name : str
        What the format is called in messages and in ``metadata["format"]``.
    suffixes : tuple of str
        How its file names end, in lower case with the dot.
    module : str
        Private module of this package that reads it.
    plugin : str or None
        RosettaSciIO's reader behind the module, where there is one.
    searched : bool
        Whether a folder is searched for such files. False for files that accompany others
        (``.emi`` beside its ``.ser``) and for suffixes that mostly mean something else.
    signed : bool
        Whether every file of the format begins with its signature, so that a file without it
        cannot be one.

    Examples
    --------
    >>> Format("PNG", (".png",), "_pillow").name
    'PNG'
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    plugin: str | None = None
    searched: bool = True
    signed: bool = True


def _rosetta(name: str, plugin: str, *suffixes: str, signed: bool = False) -> Format:
    """A format that RosettaSciIO reads and that folders are not searched for."""
    return Format(name, suffixes, "_rosetta", plugin, searched=False, signed=signed)


FORMATS: tuple[Format, ...] = (
    Format("TIFF", (".tif", ".tiff"), "_tiff"),
    Format("gzipped TIFF", (".tif.gz", ".tiff.gz"), "_tiff"),
    Format("PNG", (".png",), "_pillow"),
    Format("JPEG", (".jpg", ".jpeg", ".jpe"), "_pillow"),
    Format("BMP", (".bmp", ".dib"), "_pillow"),
    Format("GIF", (".gif",), "_pillow", searched=False),
    Format("WebP", (".webp",), "_pillow", searched=False),
    Format("JPEG 2000", (".jp2", ".j2k"), "_pillow", searched=False),
    Format("PNM", (".pgm", ".ppm", ".pbm", ".pnm"), "_pillow", searched=False),
    Format("DigitalMicrograph", (".dm3", ".dm4"), "_rosetta", "digitalmicrograph"),
    Format("EMD", (".emd",), "_rosetta", "emd"),
    Format("TIA series", (".ser",), "_rosetta", "tia"),
    Format("TIA", (".emi",), "_rosetta", "tia", searched=False),
    Format("MRC", (".mrc", ".ali"), "_rosetta", "mrc", signed=False),
    Format("HyperSpy", (".hspy",), "_rosetta", "hspy"),
    Format("HyperSpy zarr", (".zspy",), "_rosetta", "zspy"),
    _rosetta("HDF5", "emd", ".h5", ".hdf5", signed=True),
    _rosetta("Direct Electron HDF5", "emd", ".de5", signed=True),
    _rosetta("NeXus", "nexus", ".nxs", signed=True),
    _rosetta("NumPy array", "numpy", ".npy", signed=True),
    _rosetta("TVIPS movie", "tvips", ".tvips"),
    _rosetta("NanoMegas blockfile", "blockfile", ".blo", signed=True),
    _rosetta("Semper", "semper", ".unf"),
    _rosetta("Ripple", "ripple", ".rpl"),
    _rosetta("Panta Rhei", "pantarhei", ".prz"),
    _rosetta("Bruker composite", "bruker", ".bcf"),
    _rosetta("JEOL Analysis Station", "jeol", ".asw"),
    _rosetta("Phenom element identification", "phenom", ".elid"),
    _rosetta("Digital Surf", "digitalsurf", ".sur", ".pro"),
    _rosetta("Quantum Detectors", "quantumdetector", ".mib", signed=True),
)
"""Every format that can be read, in the order in which a suffix is looked up."""

IMAGE_SUFFIXES: tuple[str, ...] = tuple(
    suffix for row in FORMATS if row.searched for suffix in row.suffixes
)
"""What a folder is searched for: ``name.lower().endswith(IMAGE_SUFFIXES)``."""


def format_named(name: str) -> Format:
    """The row of that name.

    Raises
    ------
    KeyError
        If there is none.

    Examples
    --------
    >>> format_named("MRC").plugin
    'mrc'
    """
    for row in FORMATS:
        if row.name == name:
            return row
    raise KeyError(name)
