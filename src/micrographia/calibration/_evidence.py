"""What each source says about the pixel size, and whether the sources can all be right."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from micrographia.calibration._types import Bar, Evidence, ScaleReading
from micrographia.units import format_length

if TYPE_CHECKING:
    from micrographia.micrograph import Micrograph

__all__ = [
    "METADATA_UNCERTAINTY",
    "conflicts",
    "doubts",
    "from_bar_length",
    "from_magnification",
    "from_metadata",
    "from_reading",
]

METADATA_UNCERTAINTY = 0.02  # a maker's magnification is calibrated to a few per cent as a rule
_MAGNIFICATION_UNCERTAINTY = 1.0  # display size unknown: only powers of ten can be told
_DISPLAY_WIDTH = 1.2e8  # nm; magnifications are meant for pictures about 12 cm wide (9 to 30 cm)

# nm/px that an instrument's images can have, with room on both sides
_POSSIBLE = {"TEM": (5e-4, 500.0), "STEM": (5e-4, 500.0), "SEM": (0.02, 2e5)}
_ANYWHERE = (5e-4, 2e5)


def from_metadata(image: Micrograph) -> Evidence | None:
    """The pixel size that the reader found in the file, corrected for nothing."""
    size = image.pixel_size
    if size is None:
        return None
    return Evidence(
        "metadata" if size.origin == "metadata" else size.origin,
        size.mean,
        size.relative_uncertainty
        if size.relative_uncertainty is not None
        else METADATA_UNCERTAINTY,
        f"{format_length(size.mean, 4)} per pixel",
    )


def from_bar_length(bar: Bar, length_nm: float) -> Evidence:
    """The scale of a bar whose length is known [nm]."""
    return Evidence(
        "scale-bar",
        length_nm / bar.length_px,
        bar.uncertainty_px / bar.length_px,
        f"{format_length(length_nm)} over {bar.length_px:.1f} px",
    )


def from_reading(reading: ScaleReading) -> Evidence:
    """What a text in the picture says."""
    what = "" if reading.bar is None else f" over {reading.bar.length_px:.1f} px"
    return Evidence(
        reading.source, reading.nm_per_px, reading.relative_uncertainty, f"{reading.text!r}{what}"
    )


def from_magnification(image: Micrograph) -> Evidence | None:
    """A rough pixel size from the magnification: right to a factor of about three.

    A magnification refers to a picture of some width, which the file does not name; 12 cm is the
    middle of what makers use (9 cm film to 30 cm screen).
    """
    value = image.metadata.get("magnification")
    if not isinstance(value, int | float) or not (math.isfinite(value) and value > 0):
        return None
    return Evidence(
        "magnification",
        _DISPLAY_WIDTH / float(value) / image.shape[1],
        _MAGNIFICATION_UNCERTAINTY,
        f"magnification {float(value):,.0f}",
    )


def conflicts(evidence: Sequence[Evidence]) -> list[str]:
    """A sentence for each pair of sources that cannot both be right."""
    spoken = [item for item in evidence if item.nm_per_px is not None]
    return [
        _disagreement(one, other)
        for one, other in itertools.combinations(spoken, 2)
        if not one.agrees(other)
    ]


def _disagreement(one: Evidence, other: Evidence) -> str:
    first, second = one.nm_per_px or 1.0, other.nm_per_px or 1.0
    factor = max(first / second, second / first)
    power = math.log10(factor)
    hint = ""
    if abs(power - round(power)) < 0.02 and round(power) >= 1:
        hint = f"; they differ by a factor of {10 ** round(power):,}: a unit may be wrong"
    elif factor > 1.05 and abs(factor - round(factor)) < 0.03:
        hint = f"; they differ by a factor of {round(factor)}: the image may have been rescaled"
    return (
        f"{one.source} says {first:.5g} nm/px ({one.text}) but {other.source} says "
        f"{second:.5g} nm/px ({other.text}), a factor of {factor:.3g}{hint}"
    )


def doubts(image: Micrograph, nm_per_px: float) -> list[str]:
    """Sentences on what makes a pixel size hard to believe by itself."""
    sentences = []
    kind = image.metadata.get("instrument_type")
    low, high = _POSSIBLE.get(str(kind), _ANYWHERE)
    if not low <= nm_per_px <= high:
        sentences.append(
            f"a pixel of {format_length(nm_per_px)} is outside what "
            f"{'a ' + str(kind) if kind in _POSSIBLE else 'an electron microscope'} takes "
            f"({format_length(low)} to {format_length(high)}): the unit may be wrong"
        )
    size = image.pixel_size
    if size is not None and not size.is_square:
        sentences.append(
            f"the pixels are not square: {size.row:.5g} nm down the rows, {size.col:.5g} nm along "
            "the columns; distances are measured with both"
        )
    return sentences
