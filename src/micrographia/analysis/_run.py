"""The way of one micrograph through the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.analysis._named import name_all
from micrographia.analysis._result import Result
from micrographia.analysis._settings import AnalysisSettings
from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.calibration import Calibration
    from micrographia.micrograph import Micrograph
    from micrographia.segmentation import Segmentation

__all__ = ["analyze", "measure_labels"]


def analyze(
    micrograph: Micrograph,
    settings: AnalysisSettings | None = None,
    *,
    keep_stages: bool = False,
) -> Result:
    """Find, measure and summarise the particles of a micrograph.

    Parameters
    ----------
    micrograph : Micrograph
    settings : AnalysisSettings, optional
        Defaults find polarity, scale and method by themselves.
    keep_stages : bool
        Keep the picture of every segmentation stage in ``result.stages``.

    Returns
    -------
    result : Result
        An image without particles gives an empty table and a warning, not an error.

    Raises
    ------
    InputError
        If a region does not fit the image, or nothing of the image is left to analyse.

    Examples
    --------
    >>> from micrographia import Micrograph, PixelSize
    >>> from micrographia.simulation.phantoms import draw, scatter
    >>> phantom = draw(scatter(["disc"], np.full(12, 24.0), (256, 256)), (256, 256), blur=1)
    >>> result = analyze(Micrograph(phantom.pixels, PixelSize(0.5, 0.5, "user")))
    >>> len(result.particles), round(float(result.particles.ecd_nm.mean()), 1)
    (12, 12.0)
    """
    from micrographia.calibration import calibrate
    from micrographia.segmentation import segment

    settings = settings or AnalysisSettings()
    calibration = calibrate(micrograph, settings.calibration)
    valid = _valid(micrograph, calibration, settings)
    stages: dict[str, NDArray[Any]] = {}
    record: Callable[[str, NDArray[Any]], None] | None = None
    if keep_stages:

        def keep(name: str, array: NDArray[Any]) -> None:
            stages[name] = np.array(array)

        record = keep
    segmentation = segment(micrograph.pixels, settings.segmentation, valid=valid, record=record)
    return _measured(
        micrograph, segmentation.labels, valid, calibration, segmentation, settings, stages
    )


def measure_labels(
    micrograph: Micrograph,
    labels: NDArray[np.integer],
    settings: AnalysisSettings | None = None,
) -> Result:
    """Measure particles that were found or corrected elsewhere.

    Parameters
    ----------
    micrograph : Micrograph
    labels : ndarray of shape (rows, cols), integer
        0 is background; every other number is a particle, and stays its id.
    settings : AnalysisSettings, optional
        Those of the segmentation have no effect.

    Returns
    -------
    result : Result

    Raises
    ------
    InputError
        If the labels do not have the micrograph's shape or are not integers.

    Examples
    --------
    >>> from micrographia import Micrograph
    >>> image = np.zeros((8, 8), np.uint8)
    >>> labels = np.zeros((8, 8), int)
    >>> labels[2:6, 2:6] = 5
    >>> measure_labels(Micrograph(image), labels).particles[["id", "area_px"]].values.tolist()
    [[5, 16]]
    """
    from micrographia.calibration import calibrate

    labels = np.asarray(labels)
    if labels.shape != micrograph.shape:
        raise InputError(
            f"{micrograph.name}: labels have shape {labels.shape}, the image {micrograph.shape}; "
            "wanted a label image of the same rows and columns"
        )
    if labels.dtype.kind not in "ui":
        raise InputError(
            f"{micrograph.name}: labels must be integers (0 background, k particle k), "
            f"got {labels.dtype}"
        )
    settings = settings or AnalysisSettings()
    calibration = calibrate(micrograph, settings.calibration)
    valid = _valid(micrograph, calibration, settings)
    return _measured(micrograph, labels.astype(np.int32), valid, calibration, None, settings, {})


def _valid(
    micrograph: Micrograph, calibration: Calibration, settings: AnalysisSettings
) -> NDArray[np.bool_] | None:
    """Where particles may be: inside the region, outside footer, bar and excluded areas."""
    from micrographia.io import parse_region

    valid = None
    if calibration.excluded is not None and calibration.excluded.any():
        valid = ~calibration.excluded
    if settings.region is not None:
        inside = parse_region(settings.region).mask(micrograph.shape)
        valid = inside if valid is None else valid & inside
    for text in settings.exclude:
        outside = ~parse_region(text).mask(micrograph.shape)
        valid = outside if valid is None else valid & outside
    if valid is not None and not valid.any():
        raise InputError(
            f"{micrograph.name}: region and excluded areas leave no pixel to analyse; "
            "make the region larger or exclude less"
        )
    return valid


def _measured(
    micrograph: Micrograph,
    labels: NDArray[np.int32],
    valid: NDArray[np.bool_] | None,
    calibration: Calibration,
    segmentation: Segmentation | None,
    settings: AnalysisSettings,
    stages: dict[str, NDArray[Any]],
) -> Result:
    from micrographia.measurement import measure, summarize

    particles = measure(
        labels, micrograph.pixels, calibration.pixel_size, settings.measurement, valid,
        None if segmentation is None else segmentation.wholes,
    )  # fmt: skip
    named = name_all(micrograph, labels, particles, segmentation, settings)
    summary = summarize(particles, calibration.pixel_size, settings.measurement)
    found = segmentation.warnings if segmentation else ()
    return Result(
        micrograph=micrograph.with_pixel_size(calibration.pixel_size),
        labels=labels,
        particles=named.particles,
        summary=summary,
        calibration=calibration,
        segmentation=segmentation,
        settings=settings,
        warnings=(*micrograph.warnings, *calibration.warnings, *found),
        stages=stages,
        models=named.models,
        classes=named.classes(calibration.pixel_size, settings.measurement),
    )
