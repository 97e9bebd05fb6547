import cv2
import numpy as np
import pytest

from micrographia.errors import InputError, MissingDependencyError, OutputError
from micrographia.micrograph import Micrograph
from micrographia.reporting import ReportingSettings, _text, draw_montage, save_png, save_stage
from micrographia.reporting._canvas import fit, grey_picture, limits, nice_length, stretch
from micrographia.reporting._text import put_text, text_size


def read(path):
    return cv2.cvtColor(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR), 4)


def test_a_png_gives_back_the_picture_that_was_saved(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (20, 31, 3), np.uint8)
    path = save_png(tmp_path / "größe 名.png", picture)
    np.testing.assert_array_equal(read(path), picture)


def test_what_is_no_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"uint8 of shape \(rows, cols, 3\)"):
        save_png(tmp_path / "a.png", np.zeros((3, 3)))


def test_a_missing_folder_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="could not be written"):
        save_png(tmp_path / "none" / "a.png", np.zeros((3, 3), np.uint8))


def test_a_mask_stage_is_black_and_white(tmp_path):
    mask = np.eye(5, dtype=bool)
    picture = read(save_stage(tmp_path / "binary.png", "binary", mask))
    np.testing.assert_array_equal(picture[..., 0] == 255, mask)


def test_a_distance_stage_is_black_outside_and_coloured_inside(tmp_path):
    depth = np.zeros((9, 9), np.float32)
    depth[2:7, 2:7] = np.arange(25).reshape(5, 5) + 1
    picture = read(save_stage(tmp_path / "d.png", "distance", depth)).astype(int)
    assert picture[depth == 0].max() == 0
    assert np.ptp(picture[6, 6]) > 50


def test_a_label_stage_gives_neighbours_different_colours(tmp_path):
    labels = np.repeat(np.arange(12, dtype=np.int32), 3)[None]
    picture = read(save_stage(tmp_path / "labels.png", "labels", labels))[0, ::3].astype(int)
    assert picture[0].max() == 0
    assert np.abs(np.diff(picture[1:], axis=0)).max(axis=1).min() > 60


def test_seeds_are_widened_so_that_they_can_be_seen(tmp_path):
    seeds = np.zeros((41, 41), np.int32)
    seeds[20, 20] = 3
    picture = read(save_stage(tmp_path / "s.png", "seeds", seeds))
    assert 20 < (picture.max(axis=2) > 0).sum() < 60


def test_a_grey_stage_uses_the_whole_range(tmp_path):
    image = np.linspace(1000, 1200, 10000).reshape(100, 100)
    picture = read(save_stage(tmp_path / "g.png", "denoised", image))
    assert picture.min() == 0
    assert picture.max() == 255


def test_a_stack_is_no_stage():
    with pytest.raises(InputError, match=r"stage 'x': wanted an array \(rows, cols\)"):
        save_stage("x.png", "x", np.zeros((2, 2, 2)))


def test_stretching_does_not_depend_on_the_type():
    ramp = np.tile(np.arange(200), (50, 1))
    pictures = [stretch(ramp.astype(kind), 20, 180) for kind in "BHhiIlLfd"]
    for picture in pictures[1:]:
        assert np.abs(picture.astype(int) - pictures[0]).max() <= 1


def test_outliers_do_not_set_the_contrast():
    image = np.random.default_rng(0).normal(100, 5, (300, 300))
    image[0, 0], image[1, 1], image[2, 2] = 1e9, np.nan, -np.inf
    low, high = limits(image, 0.2)
    assert 80 < low < 90
    assert 110 < high < 120


def test_a_shrunk_picture_keeps_the_mean():
    image = np.random.default_rng(0).integers(0, 255, (600, 600), np.uint8)
    picture = grey_picture(image, fit(image.shape, 300), 0.0)
    assert picture.shape == (300, 300, 3)
    assert picture.mean() == pytest.approx(image.mean(), abs=2)


@pytest.mark.parametrize("longest", [1e-7, 0.049, 0.3, 1, 9.99, 10, 77, 5e8])
def test_nice_lengths_are_round_and_not_too_long(longest):
    found = nice_length(longest)
    assert found <= longest * (1 + 1e-9)
    assert found >= longest / 2.5 * (1 - 1e-9)


def test_text_is_as_wide_as_it_says_and_is_cut_at_the_edge():
    image = np.zeros((40, 120, 3), np.uint8)
    put_text(image, "1234 µm", (20, 60), 14, (255, 255, 255))
    rows, cols = np.nonzero(image.max(axis=2) > 100)
    width = text_size("1234 µm", 14)[1]
    assert np.ptp(cols) == pytest.approx(width, abs=4)
    assert rows.mean() == pytest.approx(20, abs=2)
    put_text(image, "edge", (0, 119), 14, (255, 255, 255), (0, 0, 0))
    put_text(image, "far away", (400, 400), 14, (255, 255, 255), (0, 0, 0))


@pytest.mark.parametrize("size", [12, 15, 24, 60])
@pytest.mark.parametrize("letter", "µμÅåÄ²³±–σΩ×≥…jgQ|ƒ")
def test_signs_of_the_field_are_drawn_whole(letter, size):
    from PIL import Image, ImageDraw

    font = _text._font(size)
    assert bytes(font.getmask(letter)) != bytes(font.getmask("\u0378"))  # which no font has
    whole = Image.new("L", (5 * size, 5 * size), 0)
    place = (2 * size, 3 * size)
    ImageDraw.Draw(whole).text(place, letter, font=font, fill=255, anchor="ls")
    image = np.zeros((3 * size, 3 * size, 3), np.uint8)
    put_text(image, letter, (1.5 * size, 1.5 * size), size, (255, 255, 255))
    assert int(image[..., 0].sum()) == int(np.asarray(whole, np.int64).sum())


def test_a_letter_and_its_ring_are_one_letter():
    pictures = []
    for text in ("2 \u00c5", "2 A\u030a", "2 \u212b"):  # one sign, two signs, ångström sign
        image = np.zeros((40, 80, 3), np.uint8)
        put_text(image, text, (20, 40), 20, (255, 255, 255))
        pictures.append(image)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_capitals_are_centred_whatever_the_text_carries_above():
    for text in ("H", "HÅ"):
        image = np.zeros((80, 120, 3), np.uint8)
        put_text(image, text, (40, 60), 32, (255, 255, 255))
        cols = np.flatnonzero(image.any(axis=(0, 2)))
        rows = np.flatnonzero(image[:, cols[0] : cols[0] + 12].any(axis=(1, 2)))
        assert (rows[0] + rows[-1]) / 2 == pytest.approx(40, abs=1)


def test_without_the_font_the_error_says_where_it_comes_from(monkeypatch):
    monkeypatch.setattr(_text.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"DejaVuSans.ttf.*matplotlib"):
        _text._font_file.__wrapped__()


def test_the_montage_shows_the_largest_particle_first(scene):
    table = scene[2].assign(counted=True)
    picture = draw_montage(scene[0], scene[1], table)
    cells = [picture[6:156, 6 + 156 * k : 156 + 156 * k] for k in range(3)]
    dark = [(cell.mean(axis=2) < 40).mean() for cell in cells]
    assert dark[0] > 2 * dark[1]
    settings = ReportingSettings(montage_order="ascending")
    reverse = draw_montage(scene[0], scene[1], table, settings=settings)
    assert (reverse[6:156, 6:156].mean(axis=2) < 40).mean() < dark[0]


def test_the_montage_leaves_out_what_is_not_counted_and_keeps_to_its_number():
    labels = np.zeros((300, 300), np.int32)
    for k in range(100):
        r, c = 10 + k // 10 * 28, 10 + k % 10 * 28
        labels[r : r + 8 + k % 7, c : c + 8] = k + 1
    import pandas as pd

    table = pd.DataFrame({"id": range(1, 101), "ecd_px": np.bincount(labels.ravel())[1:] ** 0.5})
    table["counted"] = table["id"] % 2 == 0
    few = draw_montage(
        Micrograph(labels), labels, table, settings=ReportingSettings(montage_count=4)
    )
    many = draw_montage(Micrograph(labels), labels, table)
    assert few.shape[0] < many.shape[0]
    assert few.shape[1] == 3 * 156 + 6


def test_a_montage_of_nothing_is_a_small_sheet(empty_scene):
    assert draw_montage(*empty_scene).shape == (96, 450, 3)
