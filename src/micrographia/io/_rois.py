"""ImageJ ROIs: particles as polygons along their pixels' edges, and back to the same pixels."""

from __future__ import annotations

import math
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import CorruptFileError, InputError, OutputError, UnsupportedFileError
from micrographia.io._boundary import boundary
from micrographia.io._polygons import fill, outlines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from micrographia._patches import Patch

__all__ = ["read_rois", "write_rois"]

_MAX_MEMBERS = 1_000_000
_MAX_BYTES = 1 << 28
_MOVE, _LINE, _CLOSE = 0.0, 1.0, 4.0  # segments of java.awt.geom.PathIterator
_MAX_INTEGER = 32767  # larger coordinates are written as floats


def write_rois(
    path: str | os.PathLike[str],
    labels: NDArray[np.integer],
    wholes: Mapping[int, Patch] | None = None,
) -> None:
    """Write every particle as a region of an ImageJ ROI set, named by its id.

    Regions run along the pixels' edges, so that ImageJ, and `read_labels`, find the same pixels in
    them. A particle of one outline becomes a traced polygon, one with holes or several parts a
    composite.

    Parameters
    ----------
    path : str or path
        Ends in ``.zip``.
    labels : ndarray of shape (rows, cols), integer
        0 is background.
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others; their regions then overlap.

    Raises
    ------
    InputError
        If the labels are no two-dimensional array of whole numbers.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from micrographia.io import read_labels
    >>> path = tempfile.mkdtemp() + "/rois.zip"
    >>> write_rois(path, np.array([[0, 1], [2, 2]]))
    >>> read_labels(path, (2, 2))
    array([[0, 1],
           [2, 2]], dtype=int32)
    """
    array = np.asarray(labels)
    if array.ndim != 2 or array.dtype.kind not in "ui":
        raise InputError(
            f"labels are a two-dimensional array of integers, got {array.dtype} of shape "
            f"{array.shape}"
        )
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for label, loops in outlines(array):
                if wholes and label in wholes:
                    loops = _whole(wholes[label])
                entry = zipfile.ZipInfo(f"{label}.roi", (1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, _encoded(str(label), loops), zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise OutputError(
            f"{path}: the ROIs could not be written ({error.strerror or error}); choose a folder "
            "that exists, is writable and has space"
        ) from error


def _whole(patch: Patch) -> list[NDArray[np.int64]]:
    [(_, loops)] = outlines(patch.mask.astype(np.uint8))
    return [loop + np.array([patch.row, patch.col]) for loop in loops]


def _encoded(name: str, loops: list[NDArray[np.int64]]) -> bytes:
    import roifile

    roi = roifile.ImagejRoi()
    roi.name = name
    corners = np.concatenate(loops)[:, ::-1]
    (roi.left, roi.top), (roi.right, roi.bottom) = (
        [int(edge) for edge in corners.min(axis=0)],
        [int(edge) for edge in corners.max(axis=0)],
    )
    if len(loops) == 1 and corners.max() <= _MAX_INTEGER:
        roi.roitype = roifile.ROI_TYPE.TRACED
        roi.integer_coordinates = (corners - (roi.left, roi.top)).astype(np.int32)
        roi.n_coordinates = len(corners)
    else:
        roi.roitype = roifile.ROI_TYPE.RECT
        roi.multi_coordinates = np.concatenate([_path(loop[:, ::-1]) for loop in loops])
        roi.shape_roi_size = len(roi.multi_coordinates)
    return bytes(roi.tobytes())


def _path(points: NDArray[np.int64]) -> NDArray[np.float32]:
    """One closed loop as segments: move, lines, close."""
    segments = np.empty((len(points), 3), np.float32)
    segments[:, 0], segments[0, 0], segments[:, 1:] = _LINE, _MOVE, points
    return np.append(segments.ravel(), np.float32(_CLOSE))


def read_rois(path: Path, shape: tuple[int, int] | None) -> NDArray[np.int32]:
    """Labels of an ImageJ ROI or ROI set, for an image of a shape.

    Parameters
    ----------
    path : Path
        A ``.roi`` or ``.zip`` file.
    shape : tuple of int
        (rows, cols).

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        A pixel in several regions belongs to the last.

    Raises
    ------
    InputError
        If no shape was given, a region covers no pixel of it, or nothing of one is left.
    UnsupportedFileError
        If there is a region without an area: a line, an angle, points, text.
    CorruptFileError
        If the file is damaged.
    """
    if shape is None:
        raise InputError(
            f"{path.name}: ImageJ regions do not know the size of their image; give its shape "
            "(rows, cols)"
        )
    with boundary(path):
        rois = _decoded(path)
        labels, painted = np.zeros(shape, np.int32), 0
        for roi, number in zip(rois, _numbers(rois), strict=True):
            mask, place = _area(roi, shape, path.name)
            labels[place][mask] = number
            painted += int(np.count_nonzero(mask))
    overlap = painted != np.count_nonzero(labels)
    left = len(np.unique(labels[labels > 0])) if overlap else len(rois)
    if left != len(rois):
        raise InputError(
            f"{path.name}: of {len(rois)} regions {len(rois) - left} are hidden under others or "
            "have the same number; a pixel can belong to one particle only: remove them"
        )
    return labels


def _decoded(path: Path) -> list[Any]:
    import roifile

    if path.stat().st_size == 0:
        raise CorruptFileError(f"{path.name}: the file is empty (0 bytes)")
    if path.suffix.lower() != ".zip":
        return [roifile.ImagejRoi.frombytes(path.read_bytes())]
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if one.filename.lower().endswith(".roi")]
        if not members or len(members) > _MAX_MEMBERS:
            raise InputError(
                f"{path.name}: the zip file holds {len(members)} ImageJ regions (.roi)"
            )
        if sum(one.file_size for one in members) > _MAX_BYTES:
            raise InputError(f"{path.name}: its regions unpack to more than {_MAX_BYTES:,} bytes")
        rois = []
        for member in members:
            roi = roifile.ImagejRoi.frombytes(archive.read(member))
            roi.name = roi.name or Path(member.filename).stem
            rois.append(roi)
    return rois


def _numbers(rois: list[Any]) -> list[int]:
    """The regions' names where they are different whole numbers, else 1, 2, 3 ..."""
    names = [str(roi.name or "") for roi in rois]
    given = [int(name) for name in names if name.isdecimal() and 0 < int(name) < 2**31]
    if len(set(given)) == len(rois):
        return given
    return list(range(1, len(rois) + 1))


def _area(
    roi: Any, shape: tuple[int, int], name: str
) -> tuple[NDArray[np.bool_], tuple[slice, slice]]:
    """The pixels of one region, as a mask of the part of the image that it spans."""
    loops = [np.asarray(loop, float)[:, ::-1] for loop in _loops(roi, name)]
    corners = np.concatenate(loops)
    if not np.isfinite(corners).all():
        raise CorruptFileError(f"{name}: region {roi.name!r} has corners that are no numbers")
    low = np.clip(np.floor(corners.min(axis=0)), 0, shape).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), 0, shape).astype(int)
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    mask = fill([loop - low for loop in loops], size) if min(size) > 0 else np.zeros(size, bool)
    if not mask.any():
        raise InputError(
            f"{name}: region {roi.name!r} covers no pixel of an image of {shape[0]} × {shape[1]} "
            "(rows × cols); it belongs to another image or is too small"
        )
    return mask, (slice(low[0], high[0]), slice(low[1], high[1]))


def _loops(roi: Any, name: str) -> list[NDArray[Any]]:
    """Closed loops (x, y) of a region that has an area."""
    from roifile import ROI_SUBTYPE, ROI_TYPE

    if roi.roitype == ROI_TYPE.FREEHAND and roi.subtype == ROI_SUBTYPE.ELLIPSE:
        return [_ellipse((roi.x1, roi.y1), (roi.x2, roi.y2), roi.arrow_style_or_aspect_ratio, roi)]
    if roi.roitype == ROI_TYPE.FREEHAND and roi.subtype == ROI_SUBTYPE.ROTATED_RECT:
        return [_rotated(roi)]
    if roi.roitype == ROI_TYPE.OVAL:
        x, y, width, height = _box(roi)
        angle = np.linspace(0, 2 * math.pi, 720, endpoint=False)
        return [
            np.stack([x + width / 2 * (1 + np.cos(angle)), y + height / 2 * (1 + np.sin(angle))], 1)
        ]
    if roi.roitype == ROI_TYPE.RECT and not roi.composite:
        x, y, width, height = _box(roi)
        return [np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])]
    if roi.roitype in (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED) or roi.composite:
        loops = [np.asarray(loop) for loop in roi.coordinates(multi=True) if len(loop) > 2]
        if loops:
            return loops
    raise UnsupportedFileError(
        f"{name}: region {roi.name!r} is of the type {roi.roitype.name}, which encloses no area; "
        "remove it, or make it an area selection"
    )


def _box(roi: Any) -> tuple[float, float, float, float]:
    if roi.subpixelrect:
        return roi.xd, roi.yd, roi.widthd, roi.heightd
    return roi.left, roi.top, roi.right - roi.left, roi.bottom - roi.top


def _float_field(roi: Any) -> float:
    """The float that ImageJ stores over the bytes of arrow style, head size and arc size."""
    import struct

    packed = struct.pack(
        ">BBh", roi.arrow_style_or_aspect_ratio, roi.arrow_head_size, roi.rounded_rect_arc_size
    )
    return float(struct.unpack(">f", packed)[0])


def _ellipse(
    first: tuple[float, float], second: tuple[float, float], _: int, roi: Any
) -> NDArray[np.float64]:
    ends = np.array([first, second], float)
    centre, axis = ends.mean(axis=0), (ends[1] - ends[0]) / 2
    across = np.array([-axis[1], axis[0]]) * _float_field(roi)
    angle = np.linspace(0, 2 * math.pi, 720, endpoint=False)[:, None]
    return np.asarray(centre + np.cos(angle) * axis + np.sin(angle) * across)


def _rotated(roi: Any) -> NDArray[np.float64]:
    ends = np.array([(roi.x1, roi.y1), (roi.x2, roi.y2)], float)
    along = ends[1] - ends[0]
    length = math.hypot(*along) or 1.0
    across = np.array([-along[1], along[0]]) / length * _float_field(roi) / 2
    return np.array([ends[0] - across, ends[1] - across, ends[1] + across, ends[0] + across])
