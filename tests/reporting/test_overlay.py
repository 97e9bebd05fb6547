import cv2
import numpy as np
import pytest

from micrographia.errors import InputError
from micrographia.micrograph import Micrograph, PixelSize
from micrographia.reporting import ReportingSettings, draw_overlay
from micrographia.reporting._palette import COUNTED, ORANGE, group_particles


def near(picture, colour, reach=40):
    """Where a picture shows a colour."""
    return np.abs(picture.astype(int) - np.array(colour)).max(axis=2) < reach


def plain(scene, **options):
    settings = ReportingSettings(overlay_ids=False, **options)
    return draw_overlay(*scene, legend=False, scale_bar=False, settings=settings)


def circle_residue(mask, centre, radius):
    """Distance of the marked pixels from a circle."""
    rows, cols = np.nonzero(mask)
    return np.abs(np.hypot(rows - centre[0], cols - centre[1]) - radius)


def test_counted_particles_are_outlined_where_they_lie(scene):
    picture = plain(scene)  # enlarged twice, to 640 px and more
    assert picture.shape == (600, 800, 3)
    blue = near(picture, COUNTED)
    assert blue.sum() > 2 * np.pi * 2 * (30 + 50) * 0.5
    first = circle_residue(blue[:, :340], (160.5, 200.5), 60)
    assert first.max() < 4


def test_a_particle_left_out_has_a_broken_line_in_another_colour(scene):
    picture = plain(scene)
    orange = near(picture, ORANGE)
    assert orange.any()
    assert np.nonzero(orange)[1].min() > 700
    assert not near(picture, COUNTED)[:, 750:].any()
    whole = 2 * 25 * np.pi  # half of the outline, twice enlarged
    assert orange.sum() < 1.2 * whole


def test_the_original_pixels_stay_as_they_are(scene):
    before = scene[0].pixels.copy()
    draw_overlay(*scene)
    np.testing.assert_array_equal(scene[0].pixels, before)


def test_the_strip_is_under_the_image_and_moves_nothing(scene):
    bare = draw_overlay(*scene, legend=False, scale_bar=False)
    full = draw_overlay(*scene)
    np.testing.assert_array_equal(full[: bare.shape[0], : bare.shape[1]], bare)
    assert full.shape[0] > bare.shape[0] + 20


def bar_length(strip):
    """Longest run of light pixels in any row."""
    light = strip.min(axis=2) > 230
    best = 0
    for row in light:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        best = max(best, *(edges[1::2] - edges[::2]), 0) if edges.size else best
    return best


@pytest.mark.parametrize(
    ("edge", "length"),
    [(0.5, 20.0), (0.013, 1.0), (7.3, 500.0)],  # at most a fifth of the width of 400 px
)
def test_the_scale_bar_is_as_long_as_it_says(scene, edge, length):
    micrograph = scene[0].with_pixel_size(PixelSize(edge, edge, "user"))
    picture = draw_overlay(micrograph, *scene[1:])
    strip = picture[600:]
    assert bar_length(strip) == pytest.approx(length / edge * 2, abs=1)


def test_the_scale_bar_lies_along_the_columns_of_oblong_pixels(scene):
    micrograph = scene[0].with_pixel_size(PixelSize(2.0, 0.5, "user"))
    strip = draw_overlay(micrograph, *scene[1:])[600:]
    assert bar_length(strip) == pytest.approx(20 / 0.5 * 2, abs=1)


def test_without_a_pixel_size_there_is_no_bar(scene):
    strip = draw_overlay(scene[0].with_pixel_size(None), *scene[1:])[600:]
    assert bar_length(strip) < 40


def test_an_excluded_area_is_dimmed_and_the_rest_is_not(scene):
    excluded = np.zeros(scene[1].shape, bool)
    excluded[:, :50] = True
    bare = plain(scene)
    settings = ReportingSettings(overlay_ids=False)
    marked = draw_overlay(
        *scene, excluded=excluded, legend=False, scale_bar=False, settings=settings
    )
    assert np.abs(marked[:, :100].astype(int) - bare[:, :100]).mean() > 30
    np.testing.assert_array_equal(marked[:, 100:], bare[:, 100:])


def test_ids_stand_inside_large_particles_and_are_left_out_of_small_ones(scene):
    bare = plain(scene)
    with_ids = draw_overlay(*scene, legend=False, scale_bar=False)
    changed = np.abs(with_ids.astype(int) - bare).max(axis=2) > 60
    labels = cv2.resize(scene[1], changed.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert changed[labels == 1].any()
    assert changed[labels == 2].any()
    assert not changed[labels == 0].any()


def test_a_large_image_shrinks_and_a_tiny_one_grows():
    settings = ReportingSettings(overlay_side=512)
    for shape, wanted in [((1500, 900), (512, 307)), ((64, 50), (512, 400)), ((1, 5000), (1, 512))]:
        labels = np.ones(shape, np.int32)
        table = group_table(1)
        picture = draw_overlay(Micrograph(labels), labels, table, legend=False, settings=settings)
        assert picture.shape[:2] == wanted


def group_table(count):
    import pandas as pd

    return pd.DataFrame({"id": np.arange(1, count + 1), "counted": True, "reason": ""})


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((20, 30), np.nan),
        np.full((20, 30), np.inf, np.float32),
        np.zeros((20, 30), bool),
        np.full((20, 30), -5, np.int16),
        np.arange(600, dtype=np.uint64).reshape(20, 30) << 50,
        np.ones((1, 1), np.float32),
        np.ones((1, 3000), np.uint16),
        np.ones((3000, 1), np.uint16),
    ],
    ids=lambda a: f"{a.dtype}-{a.shape}",
)
def test_odd_images_are_drawn_without_complaint(pixels):
    labels = np.zeros(pixels.shape, np.int32)
    labels[0, 0] = 1
    picture = draw_overlay(Micrograph(pixels), labels, group_table(1))
    assert picture.dtype == np.uint8
    assert picture.shape[1] >= 360


def test_an_image_without_particles_is_drawn(empty_scene):
    picture = draw_overlay(*empty_scene)
    assert picture.shape[1] == 640


def test_ids_that_the_labels_lack_are_passed_over(scene):
    table = group_table(9)
    assert draw_overlay(scene[0], scene[1], table).shape[2] == 3


def test_labels_of_another_shape_are_refused(scene):
    with pytest.raises(InputError, match=r"labels must have the image's shape \(300, 400\)"):
        draw_overlay(scene[0], scene[1][:-1], scene[2])
    with pytest.raises(InputError, match="excluded must have"):
        draw_overlay(*scene, excluded=np.zeros((3, 3), bool))


def test_every_reason_has_its_own_colour_and_rare_ones_share_the_last():
    import pandas as pd

    reasons = ["", "border", "border", "too small", "too large", "a", "b", "c", "d"]
    table = pd.DataFrame(
        {"id": range(1, 10), "counted": [not text for text in reasons], "reason": reasons}
    )
    groups = group_particles(table)
    assert len(groups) == 6
    assert len({group.colour for group in groups}) == len(groups)
    assert sum(len(group.ids) for group in groups) == 9
    assert groups[0].text == "counted"
    assert groups[-1].text == "left out: other reasons"


def test_a_tiny_overlay_looks_as_it_did(scene, tmp_path):
    """Means of 10 × 10 px blocks of the picture, kept from a version that was looked at."""
    picture = draw_overlay(*scene)
    blocks = cv2.resize(picture, (16, 14), interpolation=cv2.INTER_AREA).mean(axis=2)
    golden = np.loadtxt(GOLDEN, delimiter=",")
    assert np.abs(blocks - golden).max() < 12


GOLDEN = __file__.replace("test_overlay.py", "overlay_blocks.csv")
