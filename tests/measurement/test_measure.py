"""Known values by hand, other programs as second witnesses, and properties of `measure`."""

import io

import cv2
import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import label, regionprops_table

from micrographia.errors import InputError
from micrographia.measurement import COLUMNS, measure
from micrographia.micrograph import PixelSize

REQUIRED = [
    *("id", "row_px", "col_px", "area_px", "ecd_px", "feret_min_px", "feret_max_px"),
    *("aspect_ratio", "circularity", "solidity", "touches_border", "counted", "reason"),
]
REQUIRED_NM = ["area_nm2", "ecd_nm", "feret_min_nm", "feret_max_nm"]


def rectangle(rows=10, cols=10, field=(40, 60), at=(7, 11)):
    labels = np.zeros(field, np.int32)
    labels[at[0] : at[0] + rows, at[1] : at[1] + cols] = 1
    return labels


def blobs(seed=0, shape=(200, 220), threshold=0.25):
    noise = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 4)
    return label(smooth > threshold * smooth.max()).astype(np.int32)


masks = hnp.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def test_a_square_of_ten_pixels_has_the_sizes_of_a_square():
    row = measure(rectangle()).iloc[0]
    assert (row.area_px, row.row_px, row.col_px) == (100, 11.5, 15.5)
    expected = {
        "feret_min_px": 10,
        "feret_max_px": 10 * np.sqrt(2),
        "perimeter_px": 40,
        "ecd_px": np.sqrt(400 / np.pi),
        "aspect_ratio": np.sqrt(0.5),
        "circularity": np.sqrt(np.pi) / 2,
        "circularity_imagej": np.pi / 4,
        "roundness": 2 / np.pi,
        "solidity": 1,
        "convexity": 1,
        "extent": np.sqrt(0.5),
        "aspect_ratio_imagej": 1,
        "roundness_imagej": 1,
    }
    npt.assert_allclose(row[list(expected)].astype(float), list(expected.values()), rtol=1e-9)


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
@pytest.mark.parametrize("cols", [1, 2, 5, 30])
def test_upright_rectangles_have_their_sides(rows, cols):
    row = measure(rectangle(rows, cols)).iloc[0]
    expected = [min(rows, cols), np.hypot(rows, cols), 2 * (rows + cols)]
    found = row[["feret_min_px", "feret_max_px", "perimeter_px"]].astype(float)
    npt.assert_allclose(found, expected, rtol=1e-9)


def test_a_diagonal_line_of_pixels_has_the_area_of_its_pixels():
    row = measure(np.eye(9, dtype=np.int32)).iloc[0]
    assert row.feret_min_px == pytest.approx(np.sqrt(0.5))
    assert row.area_px == 9
    assert row.orientation_deg == pytest.approx(135)


def test_the_required_columns_are_there_and_nanometres_only_with_a_pixel_size():
    table = measure(rectangle())
    assert set(REQUIRED) <= set(table)
    assert not [name for name in table if "nm" in name.split("_")]
    calibrated = measure(rectangle(), pixel_size=PixelSize(0.5, 0.5, "user"))
    assert set(REQUIRED + REQUIRED_NM) <= set(calibrated)
    assert list(calibrated) == [column.name for column in COLUMNS]
    assert calibrated.area_nm2[0] == 25
    assert calibrated.feret_min_nm[0] == pytest.approx(5)


def test_areas_centroids_and_ellipses_agree_with_scikit_image():
    labels = blobs()
    ours = measure(labels)
    names = ("area", "centroid", "axis_major_length", "axis_minor_length", "orientation")
    theirs = pd.DataFrame(regionprops_table(labels, properties=names))
    npt.assert_array_equal(ours.area_px, theirs.area)
    npt.assert_allclose(ours.row_px, theirs["centroid-0"])
    npt.assert_allclose(ours.col_px, theirs["centroid-1"])
    large = ours.area_px > 50
    # Versions of scikit-image differ in the pixel's own moment, 1/12, which ours leave out.
    added = theirs.axis_major_length**2 - ours.ellipse_major_px**2
    assert np.allclose(added[large], 0, atol=1e-6) or np.allclose(added[large], 16 / 12, atol=1e-6)
    minor = theirs.axis_minor_length**2 - ours.ellipse_minor_px**2
    npt.assert_allclose(minor[large], added[large], atol=1e-6)
    # Theirs is the angle from the row axis; axes have no sense of direction.
    turned = np.degrees(theirs.orientation) + 90
    apart = (ours.orientation_deg - turned + 90) % 180 - 90
    npt.assert_allclose(apart[large], 0, atol=1e-6)


def test_feret_diameters_lie_between_the_hulls_of_centres_and_of_corners():
    labels = blobs(3)
    ours = measure(labels)
    for row in ours[ours.area_px > 30].itertuples():
        points = np.argwhere(labels == row.id).astype(np.float32)
        turns = np.radians(np.arange(0, 180, 0.5))
        widths = np.ptp(points @ np.stack([np.cos(turns), np.sin(turns)]), axis=0)
        around = [points + np.float32([a, b]) for a in (-0.5, 0.5) for b in (-0.5, 0.5)]
        hull = cv2.convexHull(np.concatenate(around)).reshape(-1, 2)
        longest = np.linalg.norm(hull[:, None] - hull[None], axis=-1).max()
        assert row.feret_min_px >= widths.min() - 0.1
        # A sharp corner may be prolonged beyond its last pixel.
        assert row.feret_max_px <= longest + 1.5


def test_perimeters_of_rough_outlines_agree_with_scikit_image():
    labels = blobs(5)
    ours = measure(labels)
    theirs = regionprops_table(labels, properties=("perimeter_crofton", "area", "euler_number"))
    chosen = (theirs["area"] > 100) & (theirs["euler_number"] == 1) & ~ours.touches_border
    assert chosen.sum() >= 5
    ratio = ours.perimeter_px[chosen] / theirs["perimeter_crofton"][chosen]
    npt.assert_allclose(ratio, 1, atol=0.06)
    assert abs(ratio.mean() - 1) < 0.03


def test_a_hole_does_not_count_for_the_perimeter():
    labels = rectangle(12, 12)
    whole = measure(labels).perimeter_px[0]
    labels[12:15, 15:18] = 0
    assert measure(labels).perimeter_px[0] == whole


@given(mask=masks)
def test_a_particle_keeps_its_sizes_when_the_image_is_turned_or_mirrored(mask):
    mask = np.pad(mask, 1)
    columns = ["area_px", "perimeter_px", "feret_min_px", "feret_max_px", "solidity", "convexity"]
    first = measure(mask.astype(np.int32))[columns]
    for other in (mask.T, mask[::-1], np.rot90(mask)):
        npt.assert_allclose(measure(other.astype(np.int32))[columns], first, rtol=1e-6)


@given(mask=masks)
def test_ratios_are_at_most_one_and_sizes_are_in_order(mask):
    table = measure(mask.astype(np.int32))
    ratios = ["aspect_ratio", "circularity", "roundness", "solidity", "convexity", "extent"]
    assert (table[ratios] <= 1).all(axis=None)
    assert (table[ratios] > 0).all(axis=None)
    assert (table.feret_min_px <= table.feret_max_px + 1e-9).all()
    assert np.isfinite(table[["perimeter_px", "ecd_px", "ellipse_minor_px"]]).all(axis=None)


@given(mask=masks, edge=st.floats(0.01, 100))
def test_nanometres_are_pixels_times_the_pixel_size(mask, edge):
    table = measure(mask.astype(np.int32), pixel_size=PixelSize(edge, edge, "user"))
    for name in ("ecd", "feret_min", "feret_max", "perimeter", "ellipse_major"):
        npt.assert_allclose(table[f"{name}_nm"], table[f"{name}_px"] * edge)
    npt.assert_allclose(table.area_nm2, table.area_px * edge**2)


def test_pixels_that_are_not_square_are_measured_with_their_true_geometry():
    # 40 rows of 0.5 nm by 20 columns of 2 nm: 20 nm by 40 nm.
    size = PixelSize(0.5, 2.0, "metadata")
    row = measure(rectangle(40, 20, field=(60, 60)), pixel_size=size).iloc[0]
    assert row.feret_min_nm == pytest.approx(20)
    assert row.feret_max_nm == pytest.approx(np.hypot(20, 40))
    assert row.perimeter_nm == pytest.approx(120)
    assert row.area_nm2 == pytest.approx(800)
    assert row.ellipse_major_nm == pytest.approx(40 * 2 / np.sqrt(3), rel=2e-3)
    assert row.orientation_deg == pytest.approx(0)
    # The unit of px columns is the mean edge, here 1 nm.
    assert row.feret_min_px == pytest.approx(20)


def test_a_particle_measures_the_same_alone_and_in_a_crowd():
    labels = blobs(7)
    crowd = measure(labels).set_index("id")
    for one in crowd.index[:10]:
        alone = measure(np.where(labels == one, labels, 0)).set_index("id")
        pd.testing.assert_frame_equal(alone, crowd.loc[[one]], check_exact=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.uint32, ">i4"])
def test_the_type_and_layout_of_the_labels_do_not_matter(dtype):
    labels = np.minimum(blobs(2), 200)
    pixels = np.arange(labels.size).reshape(labels.shape)
    expected = measure(labels, pixels)
    pd.testing.assert_frame_equal(measure(labels.astype(dtype), pixels), expected, check_exact=True)
    pd.testing.assert_frame_equal(
        measure(np.asfortranarray(labels), pixels), expected, check_exact=True
    )


def test_saved_and_reread_labels_give_identical_numbers():
    labels = blobs(4)
    file = io.BytesIO()
    tifffile.imwrite(file, labels.astype(np.uint16))
    file.seek(0)
    pd.testing.assert_frame_equal(measure(tifffile.imread(file)), measure(labels), check_exact=True)


def test_ids_may_have_gaps_however_large():
    labels = rectangle()
    labels[30:35, 40:45] = 7
    assert measure(labels).id.tolist() == [1, 7]
    far = np.where(labels == 7, 2_000_000_000, labels)
    pd.testing.assert_frame_equal(
        measure(far).drop(columns="id"), measure(labels).drop(columns="id"), check_exact=True
    )
    assert measure(far).id.tolist() == [1, 2_000_000_000]


def test_labels_without_background_have_a_row_each():
    labels = np.array([[4_000_000, 4_000_000], [5_000_000, 5_000_000]])
    assert measure(labels).id.tolist() == [4_000_000, 5_000_000]


def test_a_label_in_two_pieces_is_one_particle():
    labels = np.zeros((20, 40), np.int32)
    labels[5:10, 5:10] = labels[5:10, 25:30] = 1
    row = measure(labels).iloc[0]
    assert row.area_px == 50
    assert row.feret_max_px == pytest.approx(np.hypot(5, 25))
    assert row.perimeter_px == pytest.approx(2 * 20)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5, 5), (0, 0)])
def test_an_image_without_particles_gives_an_empty_table(shape):
    table = measure(np.zeros(shape, np.int32), pixel_size=PixelSize(1, 1, "user"))
    assert len(table) == 0
    assert set(REQUIRED + REQUIRED_NM) <= set(table)


def test_an_image_that_is_one_particle_is_measured():
    row = measure(np.ones((1, 5000), np.int32)).iloc[0]
    assert (row.feret_min_px, row.touches_border) == (1, True)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((3, 3, 3), np.int32), r"shape \(rows, cols\), got int32 of shape \(3, 3, 3\)"),
        (np.zeros((3, 3), bool), "connected components first"),
        (np.zeros((3, 3)), "labels must be integers"),
        (np.full((3, 3), -1), "must not be negative, got -1"),
    ],
)
def test_what_is_no_label_image_is_refused(labels, message):
    with pytest.raises(InputError, match=message):
        measure(labels)


def test_pixels_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"pixels must have the shape .*\(40, 60\), got \(3, 3\)"):
        measure(rectangle(), np.zeros((3, 3)))


def test_intensity_and_contrast_are_those_of_particle_and_ring():
    labels = rectangle()
    labels[7:17, 25:35] = 2
    pixels = np.where(labels == 1, 50.0, np.where(labels == 2, 400.0, 200.0))
    table = measure(labels, pixels)
    assert table.mean_intensity.tolist() == [50, 400]
    assert table.background_intensity.tolist() == [200, 200]
    assert table.contrast.tolist() == [-0.75, 1.0]


def test_intensities_that_are_not_finite_are_left_out():
    labels = rectangle()
    pixels = np.where(labels == 1, 3.0, 6.0)
    pixels[8, 12] = np.nan
    pixels[3, 15] = np.inf
    row = measure(labels, pixels).iloc[0]
    assert (row.mean_intensity, row.background_intensity) == (3, 6)


def test_without_a_background_there_is_no_contrast():
    pixels = np.ones((4, 4))
    row = measure(np.ones((4, 4), np.int32), pixels).iloc[0]
    assert row.mean_intensity == 1
    assert np.isnan(row.background_intensity)
    assert np.isnan(row.contrast)
    below = measure(rectangle(), rectangle() - 2.0).iloc[0]
    assert below.background_intensity == -2
    assert np.isnan(below.contrast)


def test_the_ring_keeps_to_the_valid_area():
    labels = rectangle()
    pixels = np.full(labels.shape, 10.0)
    pixels[17:] = 1000
    valid = np.ones(labels.shape, bool)
    valid[17:] = False
    assert measure(labels, pixels, valid=valid).background_intensity[0] == 10
