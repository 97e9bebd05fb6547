"""The counted particles of a table, in the unit that is known."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import InputError
from micrographia.measurement._bootstrap import effective_number
from micrographia.measurement._uncertainty import Scale

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.micrograph import PixelSize

    Floats = NDArray[np.float64]

__all__ = ["Sample", "take"]

LENGTHS = ("ecd", "feret_min", "feret_max")


@dataclasses.dataclass(frozen=True)
class Sample:
    """Counted particles.

    Parameters
    ----------
    values : dict of str to ndarray of shape (n,)
        ``ecd``, ``feret_min``, ``feret_max`` in the scale's unit, and ``aspect_ratio``.
    weights : ndarray of shape (n,)
    scale : Scale
    groups : ndarray of shape (n,), int, or None
        Number of the image of each particle, where there are several.
    left_out : dict of str to int
        How many particles are not counted, by reason.
    notes : tuple of str
    """

    values: dict[str, Floats]
    weights: Floats
    scale: Scale
    groups: NDArray[np.intp] | None
    left_out: dict[str, int]
    notes: tuple[str, ...]

    @property
    def count(self) -> int:
        """Counted particles."""
        return len(self.weights)

    @property
    def number(self) -> float:
        """Effective number of particles."""
        return effective_number(self.weights)


def take(particles: pd.DataFrame, pixel_size: PixelSize | None, image: str = "image") -> Sample:
    """Take the counted particles out of a table.

    Parameters
    ----------
    particles : pandas.DataFrame
        From `measure`, or several of them pooled.
    pixel_size : PixelSize or None
        Scale of the image; None for a pooled table, whose rows bring their own.
    image : str
        Column that names the image of each particle, where there is one.

    Raises
    ------
    InputError
        If a column that is needed is missing.
    """
    missing = {"ecd_px", "feret_min_px", "feret_max_px", "aspect_ratio", "counted"} - set(particles)
    if missing:
        raise InputError(
            f"the table lacks the columns {', '.join(sorted(missing))}; "
            "wanted a table that measure() made"
        )
    notes = []
    counted = particles["counted"].to_numpy(bool)
    left_out = {}
    if "reason" in particles:
        reasons = particles.loc[~counted, "reason"].value_counts(sort=False)
        left_out = {str(name): int(n) for name, n in sorted(reasons.items())}
    unit = "px"
    if "ecd_nm" in particles and particles.loc[counted, "ecd_nm"].notna().any():
        unit = "nm"
        known = particles["ecd_nm"].notna().to_numpy()
        lost = int((counted & ~known).sum())
        if lost:
            notes.append(f"{lost} counted particles have no size in nm and are left out here")
            left_out["no pixel size"] = lost
        counted = counted & known
    elif "ecd_nm" in particles and not counted.any():
        unit = "nm"
    table = particles.loc[counted]
    weights = np.ones(len(table))
    if "weight" in table:
        weights = table["weight"].to_numpy(np.float64)
    values = {name: table[f"{name}_{unit}"].to_numpy(np.float64) for name in LENGTHS}
    values["aspect_ratio"] = table["aspect_ratio"].to_numpy(np.float64)
    groups = None
    if image in table and table[image].nunique() > 1:
        groups = np.unique(table[image].astype(str).to_numpy(), return_inverse=True)[1]
    scale = Scale("px", 1.0, 0.0)
    if unit == "nm":
        pixel = np.ones(0) if table.empty else values["ecd"] / table["ecd_px"].to_numpy()
        edge = pixel_size.mean if pixel_size else float(np.median(pixel)) if len(pixel) else 1.0
        scale = Scale("nm", edge, pixel_size.relative_uncertainty if pixel_size else None)
    elif pixel_size is not None:
        notes.append("the table has no sizes in nm, so statistics are in pixels")
    return Sample(values, weights, scale, groups, left_out, tuple(notes))
