"""PNG, JPEG, BMP, GIF, WebP, JPEG 2000 and PNM through Pillow; 16-bit colour by imagecodecs."""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from micrographia.errors import CorruptFileError, UnsupportedFileError
from micrographia.io._limits import MAX_DEFLATE_RATIO, check_bytes, check_pixels
from micrographia.io._pixels import palette_to_grey
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


def signals(path: Path, kind: Format, stack: ExitStack, max_pixels: int) -> list[Signal]:
    """What the file holds: one image, or the frames of an animation."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # our own limit is below
    stack.callback(setattr, Image, "MAX_IMAGE_PIXELS", limit)
    content = io.BytesIO(path.read_bytes())  # a read beyond its end allocates nothing
    image = stack.enter_context(Image.open(content, formats=[_NAMES[kind.name]]))
    cols, rows = image.size
    check_pixels((rows, cols), max_pixels, path.name)
    if kind.name == "PNG":
        _check_png(path, image)
    wide = _png_depth(path) == 16 and image.mode not in _DTYPES if kind.name == "PNG" else False
    dtype = np.dtype("uint16" if wide else _DTYPES.get(image.mode, "uint8"))
    frames = int(getattr(image, "n_frames", 1))
    axes: tuple[Axis, ...] = (Axis("y", rows), Axis("x", cols))
    if frames > 1:
        axes = (Axis("frame", frames), *axes)
    return [
        Signal(
            title="",
            shape=tuple(axis.size for axis in axes),
            dtype=dtype,
            axes=axes,
            load=lambda frame: _load_wide(path) if wide else _load(image, frame),
            stored=lambda frame: _load_wide(path) if wide else _stored(image, frame),
            kind="stack" if frames > 1 else "image",
            frames=frames,
            metadata={"reader": "imagecodecs" if wide else "Pillow", "original": _info(image)},
            warnings=_remarks(image),
        )
    ]


def _stored(image: Image.Image, frame: int) -> NDArray[Any]:
    if frame:
        image.seek(frame)
    image.load()
    return np.asarray(image)


def _load(image: Image.Image, frame: int) -> NDArray[Any]:
    if frame:
        image.seek(frame)
    image.load()
    if image.mode in ("P", "PA"):
        bands = image.getpalette("RGB") or []
        palette = np.array(bands, np.uint8).reshape(-1, 3)
        if not len(palette):
            raise CorruptFileError("the image has palette indices but no palette")
        indices = np.asarray(image.getchannel(0) if image.mode == "PA" else image)
        return palette_to_grey(indices, palette)
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        image = image.convert("RGB")
    array = np.asarray(image)
    if array.ndim not in (2, 3):
        raise UnsupportedFileError(f"an image of mode {image.mode!r} cannot be read")
    return array


def _load_wide(path: Path) -> NDArray[Any]:
    """A PNG of 16-bit colours, of which Pillow would keep 8 bits."""
    import imagecodecs

    return np.asarray(imagecodecs.png_decode(path.read_bytes()))


def _png_depth(path: Path) -> int:
    with path.open("rb") as stream:
        return stream.read(25)[-1]


def _check_png(path: Path, image: Image.Image) -> None:
    """A PNG cannot hold more than deflate lets its bytes stand for."""
    cols, rows = image.size
    bits = _png_depth(path) * _SAMPLES.get(image.mode, 1)
    check_bytes(rows * ((cols * bits + 7) // 8), path.stat().st_size, path.name, MAX_DEFLATE_RATIO)


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
