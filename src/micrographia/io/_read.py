"""Reading: what the file is, which of its images is meant, and the Micrograph made of it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia.errors import InputError
from micrographia.io._boundary import boundary
from micrographia.io._limits import MAX_PIXELS, check_pixels
from micrographia.io._plain import plain
from micrographia.io._signals import SignalInfo, choose, choose_frame, pixel_size
from micrographia.io._sniff import identify
from micrographia.micrograph import Micrograph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.io._signals import Signal
    from micrographia.io._table import Format

__all__ = ["list_signals", "read", "read_colours"]


def read(
    path: str | os.PathLike[str],
    *,
    frame: int | None = None,
    signal: int | str | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Micrograph:
    """Read one micrograph from a file.

    The content of the file decides what it is, not its name. Intensities stay as recorded; colours
    become luminance; an EXIF orientation is not applied. The pixel size is taken from the file's
    metadata where that gives a length with its unit.

    Parameters
    ----------
    path : str or path
        The file.
    frame : int, optional
        Which image of a stack, counted from 0. Needed only where there are several.
    signal : int or str, optional
        Which signal of a file that holds several: its number or its title. Needed only where the
        file does not make it clear; `list_signals` lists them.
    max_pixels : int
        Images of more pixels are refused before anything is allocated for them.

    Returns
    -------
    micrograph : Micrograph
        Its name is the file's stem; what a person should know of the reading is in its `warnings`.

    Raises
    ------
    UnsupportedFileError
        If no reader knows the file, or it holds no image.
    CorruptFileError
        If the file is empty, truncated or damaged.
    AmbiguousSignalError
        If it holds several images and nothing says which is meant.
    TooLargeError
        If it declares more than `max_pixels`.
    InputError
        If there is no such file, signal or frame.

    Examples
    --------
    >>> import tempfile, numpy as np, tifffile
    >>> folder = tempfile.mkdtemp()
    >>> tifffile.imwrite(f"{folder}/gold.tif", np.zeros((4, 6), np.uint16))
    >>> read(f"{folder}/gold.tif")
    <Micrograph 'gold' (4, 6) uint16, no pixel size>
    """
    path = _checked(path)
    with boundary(path) as lines, ExitStack() as stack:
        kind, warnings = identify(path)
        signals = _signals(path, kind, stack, max_pixels)
        index, said = choose(signals, signal, path.name)
        chosen = signals[index]
        number = choose_frame(chosen, frame, path.name)
        return _micrograph(
            path, kind, chosen, (index, number), [*warnings, *said], lines, max_pixels
        )


def read_colours(
    path: str | os.PathLike[str],
    *,
    frame: int | None = None,
    signal: int | str | None = None,
    max_pixels: int = MAX_PIXELS,
) -> NDArray[Any] | None:
    """Read red, green and blue of a colour image.

    Parameters
    ----------
    path : str or path
        The file.
    frame, signal, max_pixels
        As in `read`.

    Returns
    -------
    colours : ndarray of shape (rows, cols, 3) or None
        As recorded, of any bit depth; entries of a palette are looked up, transparency is dropped.
        None where the file holds grey.

    Raises
    ------
    InputError
        As `read` does.

    Examples
    --------
    >>> import tempfile, numpy as np, tifffile
    >>> folder = tempfile.mkdtemp()
    >>> tifffile.imwrite(f"{folder}/map.tif", np.ones((4, 6, 3), np.uint16), photometric="rgb")
    >>> read_colours(f"{folder}/map.tif").shape
    (4, 6, 3)
    """
    from micrographia.io._pixels import to_colours

    path = _checked(path)
    with boundary(path), ExitStack() as stack:
        kind, _ = identify(path)
        signals = _signals(path, kind, stack, max_pixels)
        chosen = signals[choose(signals, signal, path.name)[0]]
        number = choose_frame(chosen, frame, path.name)
        row, col = chosen.image_axes
        check_pixels((row.size, col.size), max_pixels, path.name)
        return to_colours((chosen.colours or chosen.load)(number))


def list_signals(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> list[SignalInfo]:
    """List the images, stacks and spectra that a file holds, without reading their pixels.

    Parameters
    ----------
    path : str or path
        The file.
    max_pixels : int
        As in `read`.

    Returns
    -------
    signals : list of SignalInfo

    Raises
    ------
    InputError
        As `read` does for a file that cannot be opened.

    Examples
    --------
    >>> import tempfile, numpy as np, tifffile
    >>> folder = tempfile.mkdtemp()
    >>> tifffile.imwrite(f"{folder}/movie.tif", np.zeros((3, 4, 6), np.uint8), imagej=True)
    >>> [str(info) for info in list_signals(f"{folder}/movie.tif")]
    ['0: untitled (stack, 3 × 4 × 6 uint8, 3 frames)']
    """
    path = _checked(path)
    with boundary(path), ExitStack() as stack:
        kind, _ = identify(path)
        signals = _signals(path, kind, stack, max_pixels)
        return [signal.info(index) for index, signal in enumerate(signals)]


def read_stored(path: Path) -> tuple[NDArray[Any], dict[str, Any]]:
    """The pixels of the one image in a file as stored: palette indices, no inversion, no grey.

    Parameters
    ----------
    path : Path

    Returns
    -------
    stored : ndarray of shape (rows, cols) or (rows, cols, samples)
    metadata : dict
        As the format's reader gives it.

    Raises
    ------
    InputError
        As `read` does.
    """
    with boundary(path), ExitStack() as stack:
        kind, _ = identify(path)
        signals = _signals(path, kind, stack, MAX_PIXELS)
        chosen = signals[choose(signals, None, path.name)[0]]
        number = choose_frame(chosen, None, path.name)
        return (chosen.stored or chosen.load)(number), chosen.metadata


def _checked(path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"wanted the path of a file, got {type(path).__name__}")
    if "\x00" in os.fspath(path):
        raise InputError(f"{os.fspath(path)!r} is no path: it contains a null character")
    return Path(path)


def _signals(path: Path, kind: Format, stack: ExitStack, max_pixels: int) -> list[Signal]:
    module = import_module(f"micrographia.io.{kind.module}")
    found: list[Signal] = module.signals(path, kind, stack, max_pixels)
    return found


def _micrograph(
    path: Path,
    kind: Format,
    signal: Signal,
    place: tuple[int, int],
    warnings: list[str],
    logged: list[str],
    max_pixels: int,
) -> Micrograph:
    from micrographia.io._pixels import to_grey

    row, col = signal.image_axes
    check_pixels((row.size, col.size), max_pixels, path.name)
    pixels, said = to_grey(signal.load(place[1]))
    size, doubts = pixel_size(row, col)
    metadata: dict[str, Any] = {
        "format": kind.name,
        "reader": kind.plugin and f"rosettasciio.{kind.plugin}",
        "signal": place[0],
        "frame": place[1],
        "title": signal.title or None,
        "axes": [axis.as_dict() for axis in signal.axes],
        **signal.metadata,
    }
    metadata = {key: plain(value) for key, value in metadata.items() if value is not None}
    if "tagged_shape" in metadata:
        metadata["tagged_shape"] = tuple(metadata["tagged_shape"])
    return Micrograph(
        pixels=pixels,
        pixel_size=size,
        name=_stem(path),
        path=path,
        metadata=metadata,
        warnings=(*warnings, *signal.warnings, *doubts, *said, *logged),
    )


def _stem(path: Path) -> str:
    name = path.name
    if name.lower().endswith((".tif.gz", ".tiff.gz")):
        name = name[:-3]
    return Path(name).stem
