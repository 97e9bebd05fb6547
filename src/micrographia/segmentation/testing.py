"""Checks that every segmentation method has to pass, ours or a plug-in's.

Subclass `SegmenterChecks` in a test module, name the method, and let pytest collect it::

    class TestMine(SegmenterChecks):
        method = "mine"          # registered in micrographia.segmentation.METHODS
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import MicrographiaError
from micrographia.segmentation._labels import areas_of, connected, in_reading_order
from micrographia.segmentation._segment import segment
from micrographia.segmentation.settings import SegmentationSettings

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from micrographia.segmentation._scene import Segmentation

__all__ = ["SegmenterChecks", "discs"]


class ContractError(MicrographiaError, AssertionError):
    """A segmentation method breaks the contract; the message says where."""


def require(holds: bool | np.bool_, message: str) -> None:
    """Raise where a check does not hold (also under ``python -O``).

    Raises
    ------
    ContractError
    """
    if not holds:
        raise ContractError(message)


def discs(
    shape: tuple[int, int] = (160, 200),
    centres: tuple[tuple[float, float], ...] = ((35, 40), (40, 120), (110, 60), (105, 150)),
    radius: float = 16.0,
) -> NDArray[np.float64]:
    """Bright discs of one size on a dark ground, 0 to 1, with edges one pixel wide.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    centres : tuple of (row, col) [px]
    radius : float [px]

    Returns
    -------
    image : ndarray of shape `shape`

    Examples
    --------
    >>> discs().shape, float(discs().max())
    ((160, 200), 1.0)
    """
    rows, cols = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    image = np.zeros(shape)
    for row, col in centres:
        inside = np.clip(radius + 0.5 - np.hypot(rows - row, cols - col), 0, 1)
        np.maximum(image, inside, out=image)
    return image


class SegmenterChecks:
    """What `micrographia.segmentation.segment` promises for any method."""

    method = "auto"
    options: dict[str, Any] = {}  # noqa: RUF012 - a subclass sets it whole

    def run(
        self,
        image: NDArray[Any],
        valid: NDArray[np.bool_] | None = None,
        **changes: Any,
    ) -> Segmentation:
        """Segment with the method under test."""
        settings = SegmentationSettings.parse({"method": self.method, **self.options, **changes})
        return segment(image, settings, valid)

    def noisy(self) -> NDArray[np.float64]:
        """Discs with a little noise."""
        return discs() * 100 + 50 + np.random.default_rng(1).normal(0, 2, discs().shape)

    def test_a_blank_image_has_no_particles(self) -> None:
        for value in (0, 7.5, 255):
            count = self.run(np.full((60, 80), value)).count
            require(count == 0, f"{count} particles in an image of {value} everywhere")

    def test_separate_discs_are_found_one_by_one(self) -> None:
        found = self.run(self.noisy())
        require(found.count == 4, f"4 discs, {found.count} particles found")
        require(found.polarity == "bright", "the discs are bright")

    def test_labels_are_int32_consecutive_and_in_reading_order(self) -> None:
        labels = self.run(self.noisy()).labels
        require(labels.dtype == np.int32, f"labels are {labels.dtype}, wanted int32")
        require(labels.shape == discs().shape, "labels have the image's shape")
        require(np.array_equal(labels, in_reading_order(labels)), "ids follow the first pixels")
        areas = areas_of(labels, int(labels.max()))
        require(bool((areas[1:] > 0).all()), "every id from 1 to the last occurs")

    def test_every_particle_is_connected(self) -> None:
        labels = self.run(self.noisy()).labels
        require(np.array_equal(labels, connected(labels)), "a label is in several pieces")

    def test_particles_keep_to_the_valid_area(self) -> None:
        valid = np.ones(discs().shape, bool)
        valid[:, 90:] = False
        labels = self.run(self.noisy(), valid).labels
        require(not labels[~valid].any(), "a label lies outside the valid area")
        require(int(labels.max()) == 2, f"2 discs lie in the valid area, got {labels.max()}")

    def test_nothing_is_found_where_nothing_is_valid(self) -> None:
        found = self.run(self.noisy(), np.zeros(discs().shape, bool))
        require(found.count == 0, f"{found.count} particles without a valid pixel")
        require(bool(found.warnings), "no warning that no pixel was left")

    def test_the_negative_has_the_same_labels_with_the_other_polarity(self) -> None:
        image = np.rint(self.noisy())
        bright = self.run(image, polarity="bright").labels
        dark = self.run(255 - image, polarity="dark").labels
        differing = np.count_nonzero(bright != dark)
        # A pixel on the threshold may fall to either side.
        require(differing <= 4, f"{differing} pixels differ in the negative")

    def test_it_gives_the_same_result_twice(self) -> None:
        one, two = self.run(self.noisy()).labels, self.run(self.noisy()).labels
        require(np.array_equal(one, two), "two runs differ")

    def test_the_scale_of_intensities_does_not_matter(self) -> None:
        image = np.rint(self.noisy())
        expected = self.run(image).labels
        for factor in (1e-12, 2.0**-8, 1e9):
            differing = np.count_nonzero(self.run(image * factor).labels != expected)
            require(differing <= 4, f"{differing} pixels differ at {factor:g} times the intensity")

    def test_integers_and_floats_give_the_same_labels(self) -> None:
        image = np.rint(self.noisy()).clip(0, 255)
        expected = self.run(image.astype(np.uint8)).labels
        for kind in (np.uint16, np.int32, np.float32, np.float64):
            differing = np.count_nonzero(self.run(image.astype(kind)).labels != expected)
            require(differing <= 4, f"{differing} pixels differ as {np.dtype(kind)}")

    def test_the_image_given_is_left_as_it_is(self) -> None:
        image = self.noisy()
        copy = image.copy()
        self.run(image)
        require(np.array_equal(image, copy), "the image was changed")

    def test_bad_pixels_are_left_out_with_a_warning(self) -> None:
        image = self.noisy()
        image[3, 3], image[40, 120], image[80, 10] = np.nan, np.inf, -np.inf
        found = self.run(image)
        require(found.count == 4, f"4 discs, {found.count} particles found beside 3 bad pixels")
        require(any("NaN" in warning for warning in found.warnings), "no warning of NaN")
        require(int(found.labels[40, 120]) == 0, "a bad pixel belongs to a particle")

    def test_tiny_and_odd_shapes_do_not_fail(self) -> None:
        random = np.random.default_rng(0)
        for shape in ((1, 1), (1, 5000), (5000, 1), (2, 2), (3, 7), (17, 1)):
            labels = self.run(random.normal(size=shape)).labels
            require(labels.shape == shape, f"labels of {labels.shape} for an image of {shape}")
