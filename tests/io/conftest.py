"""Small files of every format, made on the spot."""

import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def picture(rows: int = 24, cols: int = 36, dtype: str = "uint8") -> np.ndarray:
    """A gradient with a bright disc: no two rows or columns are alike."""
    row, col = np.mgrid[:rows, :cols]
    image = 2 * row + col + 60 * ((row - rows / 2) ** 2 + (col - cols / 3) ** 2 < 36)
    return image.astype(dtype)


# A DigitalMicrograph tag tree: a dict is a group, an int a long, a float a double, a str a string
# of 16-bit characters, an array data.

_DM_TYPES = {
    "int16": 2,
    "int32": 3,
    "uint16": 4,
    "uint32": 5,
    "float32": 6,
    "float64": 7,
    "uint8": 10,
}


def _dm_value(value: Any, word: str) -> bytes:
    if isinstance(value, np.ndarray):
        info = (20, _DM_TYPES[value.dtype.name], value.size)
        content = value.tobytes()
    elif isinstance(value, str):
        info = (20, 4, len(value))
        content = value.encode("utf-16-le")
    elif isinstance(value, float):
        info, content = (7,), struct.pack("<d", value)
    else:
        info, content = (3,), struct.pack("<i", value)
    head = b"%%%%" + struct.pack(f">{1 + len(info)}{word}", len(info), *info)
    return head + content


def _dm_group(tree: dict[str, Any], version: int, named: bool) -> bytes:
    word = "q" if version == 4 else "i"
    content = struct.pack(f">BB{word}", 1, 0, len(tree))
    for name, value in tree.items():
        encoded = b"" if name.startswith("#") else name.encode()
        kind = 20 if isinstance(value, dict) else 21
        inner = _dm_group(value, version, True) if kind == 20 else _dm_value(value, word)
        size = struct.pack(">q", len(inner)) if version == 4 else b""
        content += struct.pack(">BH", kind, len(encoded)) + encoded + size + inner
    return content


def dm_bytes(image: np.ndarray, scales: list[tuple[float, str]], version: int = 3) -> bytes:
    """A dm3 or dm4 file of one image; scales are those of columns, then rows."""
    codes = {"uint8": 6, "int16": 1, "uint16": 10, "int32": 7, "float32": 2, "float64": 12}
    calibrations = {
        f"#{k}": {"Origin": 0.0, "Scale": scale, "Units": unit}
        for k, (scale, unit) in enumerate(scales)
    }
    data = {
        "Calibrations": {"Dimension": calibrations, "DisplayCalibratedUnits": 1},
        "Data": image.ravel(),
        "DataType": codes[image.dtype.name],
        "Dimensions": {"#0": image.shape[1], "#1": image.shape[0]},
        "PixelDepth": image.itemsize,
    }
    tree = {"ImageList": {"#0": {"ImageData": data, "ImageTags": {}, "Name": "made"}}}
    body = _dm_group(tree, version, False)
    size = struct.pack(">q" if version == 4 else ">i", len(body))
    return struct.pack(">i", version) + size + struct.pack(">i", 1) + body + b"\x00" * 8


def ser_bytes(image: np.ndarray, scale: float) -> bytes:
    """A TIA series of one image, 32-bit offsets; the scale is in metres, or 1/m."""
    codes = {"uint8": 1, "uint16": 2, "int32": 6, "float32": 7}
    head = struct.pack("<HHHIIIIII", 0x4949, 0x197, 0x210, 0x4122, 0x4152, 1, 1, 0, 1)
    dimension = struct.pack("<Iddi", 1, 0.0, 1.0, 0) + struct.pack("<I", 6) + b"Number"
    dimension += struct.pack("<I", 0)
    head = head[:22] + struct.pack("<I", 30 + len(dimension)) + head[26:] + dimension
    place = len(head) + 8
    element = struct.pack("<ddiddi", 0.0, scale, 0, 0.0, scale, 0)
    element += struct.pack("<HII", codes[image.dtype.name], image.shape[1], image.shape[0])
    element += image[::-1].tobytes()
    tag = struct.pack("<HHI", 0x4152, 0, 0)
    return head + struct.pack("<II", place, place + len(element)) + element + tag


def signal_dict(image: np.ndarray, axes: list[tuple[str, float, str]]) -> dict[str, Any]:
    """What RosettaSciIO's writers take."""
    navigated = image.ndim - 2
    return {
        "data": image,
        "axes": [
            {
                "name": name,
                "size": image.shape[k],
                "scale": scale,
                "offset": 0.0,
                "units": unit,
                "navigate": k < navigated,
                "is_binned": False,
                "_type": "UniformDataAxis",
                "index_in_array": k,
            }
            for k, (name, scale, unit) in enumerate(axes)
        ],
        "metadata": {"General": {"title": "made"}, "Signal": {"signal_type": ""}},
        "original_metadata": {},
        "package_info": {"package": "hyperspy", "package_version": "2.0"},
        "learning_results": {},
        "tmp_parameters": {},
        "models": {},
        "attributes": {"ragged": False, "_lazy": False},
    }


def _write_zspy(path: Path, signal: dict[str, Any]) -> None:
    """HyperSpy's zarr layout, in zarr's format 2 as HyperSpy writes it."""
    import zarr

    store: Any = zarr.storage.LocalStore(path)
    root = zarr.open_group(store=store, mode="w", zarr_format=2)
    root.attrs.update({"file_format": "ZSpy", "file_format_version": "3.3"})
    group = root.create_group("Experiments").create_group("made")
    data = signal["data"]
    group.create_array("data", shape=data.shape, dtype=data.dtype, chunks=data.shape)[:] = data
    for k, axis in enumerate(signal["axes"]):
        group.create_group(f"axis-{k}").attrs.update(axis)
    for name in ("metadata", "original_metadata"):
        group.create_group(name)
    group["metadata"].create_group("General").attrs["title"] = "made"


def write(path: Path, image: np.ndarray, scale: float = 0.5) -> Path:
    """Write an image in the format that the suffix stands for, with `scale` nm a pixel."""
    suffix = path.suffix.lower()
    axes = [("y", scale, "nm"), ("x", scale, "nm")]
    if suffix in (".dm3", ".dm4"):
        path.write_bytes(dm_bytes(image, [(scale, "nm"), (scale, "nm")], int(suffix[-1])))
    elif suffix == ".ser":
        path.write_bytes(ser_bytes(image, scale * 1e-9))
    elif suffix == ".mrc":
        import mrcfile

        with mrcfile.new(path, image) as file:
            file.voxel_size = scale * 10
    elif suffix == ".zspy":
        _write_zspy(path, signal_dict(image, axes))
    elif suffix in (".hspy", ".emd"):
        from importlib import import_module

        writer = import_module(f"rsciio.{suffix[1:]}").file_writer
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            writer(str(path), signal_dict(image, axes))
    elif suffix == ".npy":
        np.save(path, image)
    elif suffix in (".tif", ".tiff"):
        import tifffile

        tifffile.imwrite(
            path, image, imagej=True, resolution=(1 / scale, 1 / scale), metadata={"unit": "nm"}
        )
    else:
        from PIL import Image

        Image.fromarray(image).save(path)
    return path


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write an image under a name into the test's folder."""

    def _make(name: str, image: np.ndarray | None = None, scale: float = 0.5) -> Path:
        return write(tmp_path / name, picture() if image is None else image, scale)

    return _make
