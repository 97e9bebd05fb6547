"""PNG, JPEG, BMP, GIF, WebP, JPEG 2000 and PNM through Pillow; 16-bit colour by imagecodecs."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from micrographia.errors import CorruptFileError, UnsupportedFileError
from micrographia.io._dialects import Calibration, sidecar
from micrographia.io._limits import MAX_DEFLATE_RATIO, check_bytes, check_pixels
from micrographia.io._pixels import palette_to_colours, palette_to_grey
from micrographia.io._signals import Axis, Signal
from micrographia.io._table import Format

__all__ = ["signals"]

_NAMES = {
    "PNG": "PNG",
    "JPEG": "JPEG",
    "BMP": "BMP",
    "GIF": "GIF",
    "WebP": "WEBP",
    "JPEG 2000": "JPEG2000",
    "PNM": "PPM",
}
_DTYPES = {"1": "uint8", "I": "int32", "F": "float32", "I;16": "uint16", "I;16B": "uint16"}
_SAMPLES = {"LA": 2, "RGB": 3, "RGBA": 4, "RGBX": 4, "PA": 2, "CMYK": 4, "YCbCr": 3}
_ORIENTATION = 274
_MOST_PIXELS = 4096  # that one byte stands for; a JPEG without detail has up to 256
_TAIL = 1 << 16  # some programs append data after the end


def signals(path: Path, kind: Format, stack: ExitStack, max_pixels: int) -> list[Signal]:
    """What the file holds: one image, or the frames of an animation."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # our own limit is below
    stack.callback(setattr, Image, "MAX_IMAGE_PIXELS", limit)
    content = path.read_bytes()
    if kind.name == "PNG" and b"IEND" not in content[-_TAIL:]:
        raise CorruptFileError(f"{path.name}: the PNG has no end; it is truncated: copy it again")
    stream = io.BytesIO(content)  # a read beyond its end allocates nothing
    image = stack.enter_context(Image.open(stream, formats=[_NAMES[kind.name]]))
    cols, rows = image.size
    check_pixels((rows, cols), max_pixels, path.name)
    _check_size(path, image, kind)
    depth = _png_depth(path) if kind.name == "PNG" else 8
    wide = depth == 16 and image.mode not in _DTYPES
    dtype = np.dtype("uint16" if wide else _DTYPES.get(image.mode, "uint8"))
    frames = int(getattr(image, "n_frames", 1))
    found = sidecar(path, (rows, cols)) or Calibration("")
    axes: tuple[Axis, ...]
    axes = Axis("y", rows, found.row, found.unit), Axis("x", cols, found.col, found.unit)
    if frames > 1:
        axes = (Axis("frame", frames), *axes)
    return [
        Signal(
            title="",
            shape=tuple(axis.size for axis in axes),
            dtype=dtype,
            axes=axes,
            load=lambda frame: _load_wide(path) if wide else _load(image, frame, depth),
            stored=lambda frame: _load_wide(path) if wide else _stored(image, frame),
            colours=lambda frame: (
                _load_wide(path) if wide else _load(image, frame, depth, palette_to_colours)
            ),
            kind="stack" if frames > 1 else "image",
            frames=frames,
            metadata={
                "reader": "imagecodecs" if wide else "Pillow",
                **found.metadata,
                "original": {**_info(image), **found.original},
            },
            warnings=[*_remarks(image), *found.warnings],
        )
    ]


def _stored(image: Image.Image, frame: int) -> NDArray[Any]:
    if frame:
        image.seek(frame)
    image.load()
    return np.asarray(image)


def _load(
    image: Image.Image,
    frame: int,
    depth: int,
    look_up: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]] = palette_to_grey,
) -> NDArray[Any]:
    if frame:
        image.seek(frame)
    image.load()
    if image.mode in ("P", "PA"):
        bands = image.getpalette("RGB") or []
        palette = np.array(bands, np.uint8).reshape(-1, 3)
        if not len(palette):
            raise CorruptFileError("the image has palette indices but no palette")
        indices = np.asarray(image.getchannel(0) if image.mode == "PA" else image)
        return look_up(indices, palette)
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        image = image.convert("RGB")
    array = np.array(image) if depth in (2, 4) else np.asarray(image)
    if array.ndim not in (2, 3):
        raise UnsupportedFileError(f"an image of mode {image.mode!r} cannot be read")
    if depth in (2, 4) and image.mode == "L":
        array //= 255 // (2**depth - 1)  # Pillow stretches them to 8 bits
    return array


def _load_wide(path: Path) -> NDArray[Any]:
    """A PNG of 16-bit colours, of which Pillow would keep 8 bits."""
    import imagecodecs

    return np.asarray(imagecodecs.png_decode(path.read_bytes()))


def _png_depth(path: Path) -> int:
    with path.open("rb") as stream:
        return stream.read(25)[-1]


def _check_size(path: Path, image: Image.Image, kind: Format) -> None:
    """An image cannot have more pixels than its format packs into the file's bytes."""
    cols, rows = image.size
    if kind.name == "PNG":
        bits, ratio = _png_depth(path) * _SAMPLES.get(image.mode, 1), MAX_DEFLATE_RATIO
    else:
        bits, ratio = 8, _MOST_PIXELS
    check_bytes(rows * ((cols * bits + 7) // 8), path.stat().st_size, path.name, ratio)


def _info(image: Image.Image) -> dict[str, Any]:
    return {str(key): value for key, value in image.info.items() if key != "exif"}


def _remarks(image: Image.Image) -> list[str]:
    remarks = []
    orientation = image.getexif().get(_ORIENTATION, 1)
    if orientation != 1:
        remarks.append(
            f"the file's EXIF orientation ({orientation}) was not applied: rows and columns are as "
            "stored"
        )
    return remarks
