"""Labels → Particles: one row a particle, the unit in every column's name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._patches import spread_out
from micrographia.errors import InputError, SettingsError
from micrographia.measurement._background import ring_means
from micrographia.measurement._border import counting_weights, find_contact, frame_of
from micrographia.measurement._extent import ferets, perimeters
from micrographia.measurement._fibre import skeleton_sizes
from micrographia.measurement._hull import enclosed_centres, outer_polygons
from micrographia.measurement._moments import Moments, pixel_sums
from micrographia.measurement._outline import trace
from micrographia.measurement.columns import COLUMNS
from micrographia.measurement.settings import MeasurementSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.measurement._outline import Boxes
    from micrographia.micrograph import PixelSize

    Floats = NDArray[np.float64]

__all__ = ["measure"]

_LENGTHS = (
    "perimeter",
    "ecd",
    "feret_min",
    "feret_max",
    "ellipse_major",
    "ellipse_minor",
    "skeleton_length",
    "skeleton_width",
)
_ALONG_PATH = 0.75
_OF_THE_LABEL = ("id", "mean_intensity", "background_intensity", "contrast")


@dataclasses.dataclass(frozen=True)
class _Objects:
    """Labels that occur, with their boxes, the edges of a pixel as parts of the mean edge, and the
    ids that the table shows where they are others than the labels."""

    labels: NDArray[np.integer[Any]]
    ids: NDArray[np.int64]
    boxes: Boxes
    scale: tuple[float, float]
    names: NDArray[np.int64] | None = None


def measure(
    labels: NDArray[np.integer[Any]],
    pixels: NDArray[Any] | None = None,
    pixel_size: PixelSize | None = None,
    settings: MeasurementSettings | None = None,
    valid: NDArray[np.bool_] | None = None,
    wholes: Mapping[int, Patch] | None = None,
) -> pd.DataFrame:
    """Measure every particle of a label image.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
        0 is background; particle k covers the pixels equal to k. Ids may have gaps.
    pixels : ndarray of shape (rows, cols), optional
        Intensities as recorded; without them the columns of intensity are empty (NaN).
    pixel_size : PixelSize, optional
        Without it there are no columns in nm.
    settings : MeasurementSettings, optional
    valid : ndarray of shape (rows, cols), bool, optional
        True where particles may be; its border counts as the border of the image.
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others: place, size and shape are those of
        all, intensities those of the pixels that the label has.

    Returns
    -------
    particles : pandas.DataFrame
        A row a particle in order of id. `COLUMNS` defines every column. With pixels that are not
        square all lengths have their true geometry; columns in px are then in units of the mean
        edge, which is that of the square pixel of the same area.

    Raises
    ------
    InputError
        If labels are not a two-dimensional array of non-negative integers, or shapes differ.
    SettingsError
        If a size limit is in nm and there is no pixel size.

    Examples
    --------
    >>> labels = np.zeros((10, 10), np.int32)
    >>> labels[2:6, 3:8] = 1
    >>> measure(labels)[["id", "area_px", "feret_min_px", "feret_max_px", "counted"]].round(2)
       id  area_px  feret_min_px  feret_max_px  counted
    0   1       20           4.0           6.4     True
    """
    import pandas as pd

    settings = settings or MeasurementSettings()
    labels = _checked(labels, pixels, valid)
    if pixel_size is None and (settings.min_ecd_nm or settings.max_ecd_nm):
        raise SettingsError(
            "the size limits min_ecd_nm and max_ecd_nm need a pixel size, and this image has none; "
            "give the pixel size, or limits in pixels (min_ecd_px, max_ecd_px)"
        )
    scale = (1.0, 1.0)
    if pixel_size is not None and pixel_size.row != pixel_size.col:
        scale = (pixel_size.row / pixel_size.mean, pixel_size.col / pixel_size.mean)
    found = _find(labels, scale)
    values = _describe(found, pixels, settings, valid)
    values["overlapped"] = np.isin(values["id"], list(wholes or ()))
    if wholes:
        _describe_wholes(values, wholes, settings, scale)
    if pixel_size is not None:
        values["area_nm2"] = values["area_px"] * (pixel_size.row * pixel_size.col)
        for name in _LENGTHS:
            values[f"{name}_nm"] = values[f"{name}_px"] * pixel_size.mean
    values |= _count(found, values, settings, valid)
    return pd.DataFrame({c.name: values[c.name] for c in COLUMNS if c.name in values})


def _checked(
    labels: NDArray[Any], pixels: NDArray[Any] | None, valid: NDArray[Any] | None
) -> NDArray[np.integer[Any]]:
    labels = np.asarray(labels)
    if labels.ndim != 2 or labels.dtype.kind not in "iu":
        raise InputError(
            "labels must be integers of shape (rows, cols), got "
            f"{labels.dtype} of shape {labels.shape}"
            + ("; label a mask's connected components first" if labels.dtype.kind == "b" else "")
        )
    for name, other in (("pixels", pixels), ("valid", valid)):
        if other is not None and np.shape(other) != labels.shape:
            raise InputError(
                f"{name} must have the shape of the labels, {labels.shape}, got {np.shape(other)}"
            )
    if labels.size and labels.dtype.kind == "i" and labels.min() < 0:
        raise InputError(f"labels must not be negative, got {labels.min()}; 0 is background")
    return labels


def _find(labels: NDArray[np.integer[Any]], scale: tuple[float, float]) -> _Objects:
    """Which labels occur, and where; numbered anew while measuring where ids have large gaps."""
    from scipy.ndimage import find_objects

    largest = int(labels.max(initial=0))
    if largest > labels.size:
        names, compact = np.unique(labels, return_inverse=True)
        if names[0] != 0:
            names, compact = np.append(0, names), compact + 1
        inner = _find(compact.reshape(labels.shape).astype(np.int32), scale)
        return dataclasses.replace(inner, names=names[inner.ids])
    found = find_objects(labels.astype(np.int32, copy=False)) if largest else []
    present = [k for k, box in enumerate(found) if box is not None]
    ids = np.array(present, np.int64) + 1
    return _Objects(labels, ids, [found[k] for k in present], scale)


def _describe(
    found: _Objects,
    pixels: NDArray[Any] | None,
    settings: MeasurementSettings,
    valid: NDArray[np.bool_] | None,
) -> dict[str, Any]:
    """Everything but counting, lengths in px."""
    ids, boxes = found.ids, found.boxes
    sums = pixel_sums(found.labels, int(ids.max(initial=0)), pixels)
    outlines = trace(found.labels, ids, boxes)
    polygons, sides = outer_polygons(outlines.hulls)
    area = sums.area[ids]
    perimeter, convex = perimeters(outlines, polygons, len(ids), found.scale)
    smallest, largest = ferets(polygons, sides, found.scale)
    major, minor, orientation = _ellipse(sums, ids, found.scale)
    light = np.full(len(ids), np.nan) if sums.intensity is None else sums.intensity[ids]
    around = np.full(len(ids), np.nan)
    if pixels is not None:
        ring = (settings.ring_gap_px, settings.ring_width_px)
        around = ring_means(found.labels, pixels, ids, boxes, *ring, valid)
    with np.errstate(divide="ignore", invalid="ignore"):
        contrast = np.where(around > 0, (light - around) / around, np.nan)
    circularity = np.minimum(np.sqrt(4 * np.pi * area) / perimeter, 1.0)
    values = {
        "id": found.names if found.names is not None else ids,
        "row_px": sums.row[ids],
        "col_px": sums.col[ids],
        "area_px": area,
        "perimeter_px": perimeter,
        "ecd_px": np.sqrt(4 * area / np.pi),
        "feret_min_px": smallest,
        "feret_max_px": largest,
        "aspect_ratio": smallest / largest,
        "ellipse_major_px": major,
        "ellipse_minor_px": minor,
        "orientation_deg": orientation,
        "circularity": circularity,
        "circularity_imagej": circularity**2,
        "aspect_ratio_imagej": major / minor,
        "roundness": np.minimum(4 * area / (np.pi * largest**2), 1.0),
        "roundness_imagej": minor / major,
        "solidity": area / enclosed_centres(outlines.hulls),
        "convexity": np.minimum(convex / perimeter, 1.0),
        "extent": np.minimum(area / (smallest * largest), 1.0),
        "mean_intensity": light,
        "background_intensity": around,
        "contrast": contrast,
    }
    return values | _fibres(found, values, settings.fibre_ratio)


def _describe_wholes(
    values: dict[str, Any],
    wholes: Mapping[int, Patch],
    settings: MeasurementSettings,
    scale: tuple[float, float],
) -> None:
    """Put sizes and shapes of whole particles in place of those of their labels."""
    there = set(values["id"].tolist())
    patches = {number: patch for number, patch in wholes.items() if number in there}
    if not patches:
        return
    sheet, rows, cols = spread_out(patches)
    whole = _describe(_find(sheet, scale), None, settings, None)
    whole["row_px"] = whole["row_px"] - rows
    whole["col_px"] = whole["col_px"] - cols
    place = np.searchsorted(values["id"], list(patches))
    for name, column in whole.items():
        if name not in _OF_THE_LABEL:
            values[name] = np.array(values[name])
            values[name][place] = column


def _ellipse(
    sums: Moments, ids: NDArray[np.int64], scale: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """Axes of the Legendre ellipse, and its direction.

    The moments of the pixel centres estimate those of the particle without bias; the twelfth
    that a pixel's own extent would add is only the least that can be told apart.
    """
    rr = sums.row_row[ids] * scale[0] ** 2
    cc = sums.col_col[ids] * scale[1] ** 2
    rc = sums.row_col[ids] * scale[0] * scale[1]
    middle, spread = (rr + cc) / 2, np.hypot((rr - cc) / 2, rc)
    major = 4 * np.sqrt(np.maximum(middle + spread, 1 / 12))
    minor = 4 * np.sqrt(np.maximum(middle - spread, 1 / 12))
    orientation = np.degrees(0.5 * np.arctan2(-2 * rc, cc - rr)) % 180
    return major, minor, np.where(orientation >= 180, 0.0, orientation)


def _fibres(found: _Objects, values: dict[str, Any], ratio: float) -> dict[str, Any]:
    """Length and width along the skeleton, of what may be longer than `ratio` to 1.

    A curled fibre has Feret diameters like a disc's, so candidates are chosen by the sides of the
    rectangle of the same area and perimeter (geodesic length and thickness of ISO 9276-6).
    """
    half = values["perimeter_px"] / 2
    root = np.sqrt(np.clip(half**2 - 4 * values["area_px"], 0, None))
    slim = (half + root) > ratio * (half - root)
    straight = values["feret_max_px"] > ratio * values["feret_min_px"]
    chosen = np.flatnonzero(slim | straight)
    sizes = np.full((len(half), 3), np.nan)
    boxes = [found.boxes[k] for k in chosen]
    sizes[chosen] = skeleton_sizes(found.labels, found.ids[chosen], boxes, found.scale)
    length, width, along_path = sizes.T
    with np.errstate(invalid="ignore"):
        fibre = straight | ((length > ratio * width) & (along_path >= _ALONG_PATH))
    return {
        "skeleton_length_px": np.where(fibre, length, np.nan),
        "skeleton_width_px": np.where(fibre, width, np.nan),
        "is_fibre": fibre,
    }


def _count(
    found: _Objects,
    values: dict[str, Any],
    settings: MeasurementSettings,
    valid: NDArray[np.bool_] | None,
) -> dict[str, Any]:
    """Border contact, whether a particle is counted, and its weight."""
    contact = find_contact(found.labels, found.ids, found.boxes, valid)
    frame = frame_of((found.labels.shape[0], found.labels.shape[1]), valid)
    by_rule = {"all": np.zeros_like(contact.any), "two-edges": contact.far}
    border = by_rule.get(settings.rule, contact.any)
    small = np.zeros_like(border)
    large = np.zeros_like(border)
    for unit in ("px", "nm"):
        low = getattr(settings, f"min_ecd_{unit}")
        high = getattr(settings, f"max_ecd_{unit}")
        small |= values[f"ecd_{unit}"] < low if low else False
        large |= values[f"ecd_{unit}"] > high if high else False
    reason = np.select([border, small, large], ["border", "too small", "too large"], "")
    counted = reason == ""
    weights = counting_weights(found.boxes, frame, settings.rule)
    return {
        "touches_border": contact.any,
        "counted": counted,
        "reason": reason.astype(object),
        "weight": np.where(counted, weights, 0.0),
    }
