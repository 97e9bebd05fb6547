"""Vendor formats through RosettaSciIO, after a look at their headers.

Signals are opened lazily where the reader allows it, so that one frame of a stack, or one image
beside a spectrum image, costs no more than itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import UnsupportedFileError
from micrographia.io._dialects._calibration import magnification
from micrographia.io._headers import check_mrc, check_npy, check_ser
from micrographia.io._limits import MAX_DEFLATE_RATIO, check_bytes
from micrographia.io._signals import Axis, Kind, Signal, kind_of_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.io._table import Format

__all__ = ["signals"]

_LAZY = {"digitalmicrograph", "emd", "tia", "mrc", "hspy", "zspy", "numpy", "tvips", "blockfile"}
_LAZY |= {"semper", "ripple", "quantumdetector", "nexus"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "emd": {"select_type": "images"},
    "bruker": {"select_type": "image"},
    "jeol": {"read_em_image": True},
}
_HDF5 = {"emd", "hspy", "nexus"}
_ELSEWHERE = {"ripple", "tia"}  # the pixels lie in another file
_MAX_RATIO = 4 * MAX_DEFLATE_RATIO  # of zstandard and blosc on constant images


def signals(path: Path, kind: Format, stack: ExitStack, max_pixels: int) -> list[Signal]:
    """The signals that RosettaSciIO finds in a file."""
    plugin = kind.plugin or ""
    plugin, options = _prepared(path, plugin, max_pixels)
    reader = import_module(f"rsciio.{plugin}").file_reader
    if plugin in _LAZY:
        options.setdefault("lazy", True)
    source, number = _tia_source(path) if plugin == "tia" else (path, None)
    entries = _opened(reader, source, options)
    if number is not None and number < len(entries):
        entries = [entries[number]]
    elif number is not None:
        entries = _opened(reader, path, options)
    if plugin == "mrc":
        entries = [_unsqueezed(entry, check_mrc(path, max_pixels)[1]) for entry in entries]
    found = [_signal(entry, plugin) for entry in entries if np.ndim(entry["data"]) > 0]
    if plugin not in _ELSEWHERE:
        held = _held(path)
        for signal in found:
            if signal.frames:
                size = math.prod(axis.size for axis in signal.image_axes)
                check_bytes(size * signal.dtype.itemsize, held, path.name, _MAX_RATIO)
    if not found:
        raise UnsupportedFileError(
            f"{path.name}: the file holds no image"
            + (" (no .ser file lies beside it)" if path.suffix.lower() == ".emi" else "")
        )
    return found


def _held(path: Path) -> int:
    """Bytes of a file, or of all files in a folder (zarr)."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size


def _opened(reader: Callable[..., Any], path: Path, options: dict[str, Any]) -> list[Any]:
    try:
        return list(reader(str(path), **options))
    except (ValueError, NotImplementedError) as error:
        if not any(word in str(error).lower() for word in ("lazy", "chunks=")):
            raise
    # RGB of DigitalMicrograph, or an HDF5 dataset without chunks
    return list(reader(str(path), **{**options, "lazy": False}))


def _unsqueezed(entry: dict[str, Any], shape: tuple[int, int, int]) -> dict[str, Any]:
    """An MRC of one row or one column with the axes back that RosettaSciIO drops."""
    if 1 not in shape[1:] or math.prod(shape) != math.prod(entry["data"].shape):
        return entry
    return {**entry, "data": np.asarray(entry["data"]).reshape(shape), "axes": []}


def _prepared(path: Path, plugin: str, max_pixels: int) -> tuple[str, dict[str, Any]]:
    """Look at the header; tell the reader to use and its options."""
    options: dict[str, Any] = {}
    if plugin == "digitalmicrograph":
        from micrographia.io._dm_tree import check_dm

        check_dm(path)
    elif plugin == "mrc":
        options["endianness"], _ = check_mrc(path, max_pixels)
    elif plugin == "numpy":
        check_npy(path, max_pixels)
    elif plugin == "tia":
        for one in [path] if path.suffix.lower() == ".ser" else _series_of(path):
            check_ser(one, max_pixels)
    elif plugin == "zspy":
        # RosettaSciIO would open it for writing where it reads lazily
        options.update({"mode": "r"} if path.is_dir() else {"lazy": False})
    elif plugin in _HDF5:
        from micrographia.io._hdf5 import check_hdf5

        plugin = check_hdf5(path, plugin)
    return plugin, {**options, **_OPTIONS.get(plugin, {})}


def _series_of(emi: Path) -> list[Path]:
    return sorted(p for p in emi.parent.glob("*.ser") if p.stem[:-2] == emi.stem)


def _tia_source(path: Path) -> tuple[Path, int | None]:
    """For a ``.ser`` the ``.emi`` beside it, which alone knows units and instrument, and its place.

    The units of a series are written nowhere but in the ``.emi``: there a diffraction pattern is
    told from an image.
    """
    if path.suffix != ".ser" or path.stem[-2:-1] != "_" or not path.stem[-1].isdigit():
        return path, None
    emi = path.with_name(f"{path.stem[:-2]}.emi")
    if not emi.is_file():
        return path, None
    series = _series_of(emi)
    return emi, series.index(path)


def _signal(entry: Mapping[str, Any], plugin: str) -> Signal:
    data = entry["data"]
    axes = _axes(entry, tuple(int(edge) for edge in data.shape))
    image, frame_axes = _image_axes(entry, axes)
    dtype = np.dtype(data.dtype)
    frames = math.prod(axes[k].size for k in frame_axes)
    kind: Kind
    if image is None:
        kind, frames = "spectrum", 0
    elif dtype.kind == "c":
        kind = "complex"
    else:
        kind = kind_of_axes(axes[image[0]], axes[image[1]])
        kind = "stack" if kind == "image" and frames > 1 else kind
    order = [k for k in frame_axes if axes[k].size > 1] + list(image or ())
    kept = tuple(axes[k] for k in order) if image else axes
    return Signal(
        title=str(entry.get("metadata", {}).get("General", {}).get("title") or ""),
        shape=tuple(axis.size for axis in kept),
        dtype=dtype,
        axes=kept,
        load=_loader(data, frame_axes),
        kind=kind,
        frames=frames,
        metadata={
            "reader": f"rosettasciio.{plugin}",
            **_instrument(entry),
            "original": entry.get("original_metadata", {}),
        },
    )


def _axes(entry: Mapping[str, Any], shape: tuple[int, ...]) -> tuple[Axis, ...]:
    given = list(entry.get("axes", ()))
    if len(given) != len(shape):
        given = [{} for _ in shape]
    return tuple(
        Axis(str(axis.get("name") or ""), size, _scale(axis.get("scale")), _unit(axis.get("units")))
        for axis, size in zip(given, shape, strict=True)
    )


def _scale(value: Any) -> float | None:
    return None if value is None else float(value)


def _unit(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value.strip() else None


def _image_axes(
    entry: Mapping[str, Any], axes: tuple[Axis, ...]
) -> tuple[tuple[int, int] | None, list[int]]:
    """Which axes are rows and columns, and which number the frames."""
    given = list(entry.get("axes", ()))
    if len(axes) < 2:
        return None, []
    inner = [k for k, axis in enumerate(given) if not axis.get("navigate", False)]
    if len(given) == len(axes) and len(inner) == 1:
        return None, []
    image = (inner[0], inner[1]) if len(inner) == 2 else (len(axes) - 2, len(axes) - 1)
    return image, [k for k in range(len(axes)) if k not in image]


def _loader(data: Any, frame_axes: list[int]) -> Callable[[int], NDArray[Any]]:
    shape = [int(data.shape[k]) for k in frame_axes]

    def load(frame: int) -> NDArray[Any]:
        place: list[Any] = [slice(None)] * len(data.shape)
        for k, index in zip(
            frame_axes, np.unravel_index(frame, shape) if shape else (), strict=True
        ):
            place[k] = int(index)
        part = data[tuple(place)]
        found = np.asarray(part.compute(scheduler="sync") if hasattr(part, "compute") else part)
        return found.copy() if _is_mapped(found) else found

    return load


def _is_mapped(array: Any) -> bool:
    """Whether the array's memory is that of a file, which may change or vanish."""
    while array is not None:
        if isinstance(array, np.memmap):
            return True
        array = getattr(array, "base", None)
    return False


def _instrument(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Instrument and magnification, out of the metadata and the reader's own mapping of them."""
    known: dict[str, Any] = {}
    for source, target in entry.get("mapping", {}).items():
        try:
            name, convert = target
            value = _at(entry.get("original_metadata", {}), source.split("."))
            if value is not None:
                known[name] = convert(value) if convert is not None else value
        except Exception:  # noqa: BLE001 - one odd entry must not cost the image
            continue
    flat = {**known, **_flat(entry.get("metadata", {}))}
    found: dict[str, Any] = {}
    for name, value in flat.items():
        instrument = name.split(".")[1] if name.startswith("Acquisition_instrument.") else ""
        if instrument in ("TEM", "SEM"):
            found.setdefault("instrument_type", instrument)
            if name.endswith(".acquisition_mode") and "STEM" in str(value).upper():
                found["instrument_type"] = "STEM"
            power = magnification(value) if name.endswith(".magnification") else None
            if power:
                found["magnification"] = power
    return found


def _at(tree: Any, keys: list[str]) -> Any:
    for key in keys:
        if not isinstance(tree, Mapping) or key not in tree:
            return None
        tree = tree[key]
    return tree


def _flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(tree, Mapping):
        return {prefix: tree}
    return {k: v for key, item in tree.items()
            for k, v in _flat(item, f"{prefix}.{key}" if prefix else str(key)).items()}  # fmt: skip
