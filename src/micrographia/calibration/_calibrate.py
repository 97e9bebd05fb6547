"""The pixel size of one micrograph, from every source that speaks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration import _evidence as sources
from micrographia.calibration._bars import bars_of
from micrographia.calibration._certain import is_drawn, likeliest
from micrographia.calibration._footer import footer_of, header_of
from micrographia.calibration._grey import to_grey
from micrographia.calibration._plate import plate_of
from micrographia.calibration._read import Page, read_page
from micrographia.calibration._rescaled import check_shape
from micrographia.calibration._types import Bar, Box, Calibration, Evidence, Verdict
from micrographia.calibration.settings import CalibrationSettings
from micrographia.micrograph import PixelSize
from micrographia.units import parse_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.micrograph import Micrograph

__all__ = ["calibrate"]

_SMALLEST = 64  # px, of the shorter side; a data bar with text would fill a smaller picture
_MARGIN = 3  # px around bar and text that are left out too


def calibrate(micrograph: Micrograph, settings: CalibrationSettings | None = None) -> Calibration:
    """Decide on the pixel size and say where it comes from.

    A size that a person gives comes first, then the length that a person gives for the scale bar,
    then the file's own calibration, then the scale bar or the width printed in the picture. All
    that speak are compared.

    Parameters
    ----------
    micrograph : Micrograph
    settings : CalibrationSettings, optional

    Returns
    -------
    calibration : Calibration

    Examples
    --------
    >>> from micrographia.micrograph import Micrograph
    >>> image = np.random.default_rng(0).normal(120, 20, (200, 300)).clip(0, 255).astype(np.uint8)
    >>> image[170:175, 30:130] = 255
    >>> found = calibrate(Micrograph(image), CalibrationSettings(scale_bar="50 nm"))
    >>> found.pixel_size.mean, found.pixel_size.origin, found.verdict
    (0.5, 'scale-bar', 'unchecked')
    """
    settings = settings or CalibrationSettings()
    micrograph, notes = check_shape(micrograph)
    grey = to_grey(micrograph.pixels)
    footer, header = _footer(grey, settings)
    given = _given(micrograph, settings)
    stated = sources.from_metadata(micrograph)
    look = settings.read_bar == "always" or settings.check
    look = look or (settings.read_bar == "auto" and not given and stated is None)
    look = look and settings.scale_bar is None
    bars = bars_of(grey)
    page = read_page(grey, footer, bars) if look else Page()
    warnings = [*notes, *page.warnings]
    asked = settings.scale_bar is not None
    bar = line = page.bar or likeliest(bars, asked)
    if bar is not None and not (page.text or asked or is_drawn(grey, bar, footer)):
        bar = None  # told of, but not left out: it may be the specimen's
    evidence = list(given)
    if settings.scale_bar is not None:
        if bar is None:
            warnings.append(
                f"no scale bar was found for the given length of {settings.scale_bar}; "
                "give the pixel size instead (--pixel-size)"
            )
        else:
            evidence.append(sources.from_bar_length(bar, parse_length(settings.scale_bar)))
    if stated is not None:
        evidence.append(stated)
    evidence += [sources.from_reading(reading) for reading in page.readings]
    rough = sources.from_magnification(micrograph)
    if rough is not None:
        evidence.append(rough)
    pixel_size, verdict, said = _decide(micrograph, settings, evidence)
    if pixel_size is None and line is not None and look and not page.warnings:
        warnings.append(_unread(line, bar is not None))
    return Calibration(
        pixel_size,
        verdict,
        tuple(evidence),
        bar,
        page.text,
        page.text_box,
        footer,
        _excluded(grey, footer, header, [bar, *page.boxes]),
        tuple(warnings + said),
    )


def _footer(
    grey: NDArray[np.float32], settings: CalibrationSettings
) -> tuple[int | None, int | None]:
    if settings.footer == "none":
        return None, None
    if settings.footer == "auto":
        if min(grey.shape) < _SMALLEST:
            return None, None
        return footer_of(grey), header_of(grey)
    height = min(int(settings.footer), grey.shape[0])
    return (grey.shape[0] - height if height else None), None


def _given(micrograph: Micrograph, settings: CalibrationSettings) -> list[Evidence]:
    if settings.pixel_size is None:
        return []
    return [
        Evidence(
            "user", parse_length(settings.pixel_size), settings.uncertainty, settings.pixel_size
        )
    ]


def _unread(bar: Bar, drawn: bool) -> str:
    place = f"of {bar.length_px:.1f} px at row {bar.box.top}, column {bar.box.left}"
    if drawn:
        return (
            f"a scale bar {place} was found, but its text could not be read with certainty; "
            'give its length (--scale-bar "50 nm")'
        )
    return (
        f"a line {place} may be a scale bar or a part of the specimen; no length could be read "
        'beside it, and it is not left out. If it is the bar, give its length (--scale-bar "50 nm")'
    )


def _decide(
    micrograph: Micrograph, settings: CalibrationSettings, evidence: list[Evidence]
) -> tuple[PixelSize | None, Verdict, list[str]]:
    spoken = [item for item in evidence if item.nm_per_px is not None]
    first = _leading(spoken)
    said = sources.conflicts(spoken)
    if first is None or first.nm_per_px is None:
        return None, "uncalibrated", []
    value = first.nm_per_px
    uncertainty = (
        settings.uncertainty if settings.uncertainty is not None else first.relative_uncertainty
    )
    measured = micrograph.pixel_size
    if first.source == "user":
        size = PixelSize(value, value, "user", uncertainty)
    elif first.source == "metadata" and measured is not None:
        size = dataclasses.replace(measured, relative_uncertainty=uncertainty)
    else:
        size = PixelSize(value, value, "scale-bar", uncertainty)
    said += sources.doubts(micrograph.with_pixel_size(size), value)
    verdict: Verdict = "unchecked"
    if sources.conflicts(spoken):
        verdict = "conflict"
    elif sum(item.source != "magnification" for item in spoken) > 1:
        verdict = "agreed"
    return size, verdict, said


def _leading(spoken: Sequence[Evidence]) -> Evidence | None:
    """The source that is believed: a person, the file, then the picture.

    Of what stands in the picture the most precise is taken where all agree, else the bar itself:
    it is resized with the image and survives cropping, which printed numbers do not.
    """
    for source in ("user", "metadata"):
        for item in spoken:
            if item.source == source:
                return item
    printed = [item for item in spoken if item.source not in ("magnification", "metadata")]
    if not printed:
        return None
    if sources.conflicts(printed):
        return next((item for item in printed if item.source == "scale-bar"), None)
    return min(printed, key=lambda item: item.relative_uncertainty or 1.0)


def _excluded(
    grey: NDArray[np.float32],
    footer: int | None,
    header: int | None,
    marks: Sequence[Bar | Box | None],
) -> NDArray[np.bool_]:
    """Footer, header, bar and texts, and the plate on which these lie."""
    shape = (grey.shape[0], grey.shape[1])
    excluded = np.zeros(shape, bool)
    if footer is not None:
        excluded[footer:] = True
    if header is not None:
        excluded[:header] = True
    boxes = [mark.box if isinstance(mark, Bar) else mark for mark in marks if mark is not None]
    drawn = [box for box in boxes if not excluded[box.slices()].all()]
    plate = plate_of(grey, drawn) if drawn else None
    for box in [*boxes, *([] if plate is None else [plate])]:
        excluded[box.grown(_MARGIN, shape).slices()] = True
    return excluded
