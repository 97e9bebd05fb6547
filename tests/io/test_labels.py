"""Labels, masks, ROIs and regions: what is written is read, pixel for pixel."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import roifile
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from micrographia.errors import CorruptFileError, InputError, OutputError, UnsupportedFileError
from micrographia.io import (
    Region,
    parse_region,
    read,
    read_labels,
    read_mask,
    write_labels,
    write_rois,
)
from micrographia.io._polygons import fill, outlines
from micrographia.micrograph import PixelSize

LABELS = np.array(
    [
        [0, 1, 1, 0, 0, 0],
        [1, 1, 1, 0, 2, 0],
        [0, 1, 0, 0, 0, 2],
        [0, 0, 3, 3, 3, 0],
        [0, 0, 3, 0, 3, 0],
        [4, 0, 3, 3, 3, 0],
        [4, 4, 0, 0, 0, 4],
    ],
    np.int32,
)  # 2 touches itself at a corner, 3 has a hole, 4 has two parts

small_labels = hnp.arrays(
    np.int32,
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    elements=st.integers(0, 4),
)


class TestLabelImages:
    @given(labels=small_labels)
    def test_what_is_written_is_read(self, tmp_path_factory, labels: np.ndarray) -> None:
        path = tmp_path_factory.mktemp("labels") / "labels.tif"
        write_labels(path, labels)
        np.testing.assert_array_equal(read_labels(path, labels.shape), labels)

    @pytest.mark.parametrize(
        ("highest", "dtype"), [(65535, "uint16"), (65536, "float32"), (2**24, "float32")]
    )
    def test_imagej_s_types_hold_every_id(self, tmp_path: Path, highest: int, dtype: str) -> None:
        labels = np.array([[0, 1, highest]])
        write_labels(tmp_path / "a.tif", labels)
        assert tifffile.imread(tmp_path / "a.tif").dtype == dtype
        np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), labels)

    def test_imagej_finds_pixel_size_and_unit(self, tmp_path: Path) -> None:
        write_labels(tmp_path / "a.tif", LABELS, PixelSize(0.123456789, 7.654321, "user"))
        with tifffile.TiffFile(tmp_path / "a.tif") as tif:
            page = tif.pages[0]
            assert tif.is_imagej
            assert tif.imagej_metadata["unit"] == "nm"
            assert page.tags["ResolutionUnit"].value == 1
            x, y = page.tags["XResolution"].value, page.tags["YResolution"].value
            # LZW and deflate without a predictor are what ImageJ decodes
            assert page.compression in (1, 5, 8)
            assert page.predictor == 1
        assert x[1] / x[0] == pytest.approx(7.654321, rel=1e-8)
        assert y[1] / y[0] == pytest.approx(0.123456789, rel=1e-8)

    def test_our_own_reader_finds_them_too(self, tmp_path: Path) -> None:
        write_labels(tmp_path / "a.tif", LABELS, PixelSize(0.5, 0.25, "metadata"))
        size = read(tmp_path / "a.tif").pixel_size
        assert size is not None
        assert (size.row, size.col) == pytest.approx((0.5, 0.25), rel=1e-8)

    @pytest.mark.parametrize(
        "labels",
        [np.zeros((2, 2, 2), int), np.zeros((2, 2)), np.array([[-1]]), np.array([[2**24 + 1]])],
        ids=["3-D", "float", "negative", "too high"],
    )
    def test_what_is_no_label_image_is_not_written(
        self, tmp_path: Path, labels: np.ndarray
    ) -> None:
        with pytest.raises(InputError, match="labels"):
            write_labels(tmp_path / "a.tif", labels)

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        for write in (write_labels, write_rois):
            with pytest.raises(OutputError, match="could not be written"):
                write(tmp_path / "nowhere" / "a.tif", LABELS)

    @pytest.mark.parametrize("suffix", ["png", "tif"])
    def test_colour_tables_do_not_change_labels(self, tmp_path: Path, suffix: str) -> None:
        image = Image.fromarray(LABELS.astype(np.uint8)).convert("L")
        image = Image.frombytes("P", image.size, image.tobytes())
        image.putpalette([255, 0, 9] * 200 + [1, 2, 3] * 56)
        image.save(tmp_path / f"a.{suffix}")
        np.testing.assert_array_equal(read_labels(tmp_path / f"a.{suffix}"), LABELS)

    def test_another_shape_is_refused(self, tmp_path: Path) -> None:
        write_labels(tmp_path / "a.tif", LABELS)
        with pytest.raises(InputError, match=r"7 × 6 \(rows × cols\) pixels, the micrograph 6 × 7"):
            read_labels(tmp_path / "a.tif", (6, 7))

    @pytest.mark.parametrize(
        ("values", "match"),
        [([[0, 1.5]], "fractions"), ([[0, np.nan]], "NaN"), ([[0, -1]], "between 0 and")],
        ids=["fraction", "nan", "negative"],
    )
    def test_what_is_no_label_is_refused(self, tmp_path: Path, values, match: str) -> None:
        tifffile.imwrite(tmp_path / "a.tif", np.array(values, np.float32))
        with pytest.raises(InputError, match=match):
            read_labels(tmp_path / "a.tif")

    def test_a_coloured_picture_is_no_label_image(self, tmp_path: Path) -> None:
        Image.fromarray(np.array([[[1, 2, 3], [0, 0, 0]]], np.uint8)).save(tmp_path / "a.png")
        with pytest.raises(InputError, match="a colour picture"):
            read_labels(tmp_path / "a.png")

    @pytest.mark.parametrize("value", [1, 255])
    def test_a_binary_mask_is_refused_or_numbered_when_asked(
        self, tmp_path: Path, value: int
    ) -> None:
        mask = np.array([[0, 0, 1, 0], [1, 0, 0, 1], [1, 0, 1, 0]], np.uint8) * value
        Image.fromarray(mask).save(tmp_path / "a.png")
        with pytest.raises(InputError, match="binary mask, not labels"):
            read_labels(tmp_path / "a.png")
        expected = [[0, 0, 1, 0], [2, 0, 0, 1], [2, 0, 1, 0]]
        np.testing.assert_array_equal(read_labels(tmp_path / "a.png", binary=True), expected)

    def test_one_particle_alone_is_a_label(self, tmp_path: Path) -> None:
        Image.fromarray(np.array([[0, 1, 1]], np.uint8)).save(tmp_path / "a.png")
        np.testing.assert_array_equal(read_labels(tmp_path / "a.png"), [[0, 1, 1]])


class TestMasks:
    @pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
    def test_all_that_is_not_0_is_inside(self, tmp_path: Path, suffix: str) -> None:
        Image.fromarray(np.array([[0, 1], [255, 0]], np.uint8)).save(tmp_path / f"a.{suffix}")
        mask = read_mask(tmp_path / f"a.{suffix}", (2, 2))
        np.testing.assert_array_equal(mask, [[False, True], [True, False]])

    def test_the_shape_must_be_the_micrograph_s(self, tmp_path: Path) -> None:
        Image.fromarray(np.ones((2, 3), np.uint8)).save(tmp_path / "a.png")
        with pytest.raises(InputError, match="wanted the same"):
            read_mask(tmp_path / "a.png", (3, 2))

    def test_rois_make_a_mask(self, tmp_path: Path) -> None:
        write_rois(tmp_path / "a.zip", LABELS)
        np.testing.assert_array_equal(read_mask(tmp_path / "a.zip", LABELS.shape), LABELS > 0)


class TestPolygons:
    @given(labels=small_labels)
    def test_outlines_enclose_exactly_their_pixels(self, labels: np.ndarray) -> None:
        found = dict(outlines(labels))
        assert sorted(found) == [label for label in np.unique(labels) if label]
        for label, loops in found.items():
            np.testing.assert_array_equal(fill(loops, labels.shape), labels == label)

    @given(labels=small_labels)
    def test_the_signed_area_of_the_outlines_is_the_number_of_pixels(
        self, labels: np.ndarray
    ) -> None:
        for label, loops in outlines(labels):
            area = sum(
                np.sum(a[:, 1] * np.roll(a[:, 0], -1) - np.roll(a[:, 1], -1) * a[:, 0]) / 2
                for a in loops
            )
            assert area == np.count_nonzero(labels == label)

    def test_a_hole_and_a_corner(self) -> None:
        loops = dict(outlines(LABELS))
        assert [len(loops[k]) for k in (1, 2, 3, 4)] == [1, 1, 2, 2]

    @given(
        centre=st.tuples(st.floats(2, 18), st.floats(2, 18)),
        radius=st.floats(0.8, 15),
        corners=st.integers(3, 12),
        turn=st.floats(0, 6),
    )
    def test_pixels_whose_centre_is_inside_a_convex_polygon(
        self, centre: tuple[float, float], radius: float, corners: int, turn: float
    ) -> None:
        angle = turn + np.linspace(0, 2 * np.pi, corners, endpoint=False)
        loop = np.array(centre) + radius * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        row, col = np.mgrid[:20, :20] + 0.5
        inside = np.ones((20, 20), bool)
        margin = np.full((20, 20), np.inf)
        for (r0, c0), (r1, c1) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
            side = (r1 - r0) * (col - c0) - (c1 - c0) * (row - r0)
            inside &= side <= 0
            margin = np.minimum(margin, abs(side))
        clear = margin > 1e-9
        np.testing.assert_array_equal(fill([loop], (20, 20))[clear], inside[clear])


class TestROIs:
    @given(labels=small_labels)
    def test_what_is_written_is_read(self, tmp_path_factory, labels: np.ndarray) -> None:
        path = tmp_path_factory.mktemp("rois") / "rois.zip"
        write_rois(path, labels)
        if labels.any():
            np.testing.assert_array_equal(read_labels(path, labels.shape), labels)
        else:
            with pytest.raises(InputError, match="holds 0 ImageJ regions"):
                read_labels(path, labels.shape)

    def test_names_are_ids_and_simple_outlines_are_traced(self, tmp_path: Path) -> None:
        write_rois(tmp_path / "a.zip", LABELS)
        rois = roifile.roiread(tmp_path / "a.zip")
        assert [roi.name for roi in rois] == ["1", "2", "3", "4"]
        kinds = [roi.roitype for roi in rois]
        assert kinds == [roifile.ROI_TYPE.TRACED] * 2 + [roifile.ROI_TYPE.RECT] * 2
        assert [roi.composite for roi in rois] == [False, False, True, True]
        assert (rois[0].left, rois[0].top, rois[0].right, rois[0].bottom) == (0, 0, 3, 3)

    def test_the_same_labels_give_the_same_bytes(self, tmp_path: Path) -> None:
        write_rois(tmp_path / "a.zip", LABELS)
        write_rois(tmp_path / "b.zip", LABELS)
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()

    def test_particles_far_from_the_origin_stay_exact(self, tmp_path: Path) -> None:
        labels = np.zeros((3, 40_000), np.int32)
        labels[1, 39_990:39_995] = 1
        labels[0:2, 30_000] = 2
        write_rois(tmp_path / "a.zip", labels)
        np.testing.assert_array_equal(read_labels(tmp_path / "a.zip", labels.shape), labels)

    @staticmethod
    def roi(tmp_path: Path, kind: str, **values) -> Path:
        roi = roifile.ImagejRoi()
        roi.roitype = roifile.ROI_TYPE[kind]
        roi.left, roi.top, roi.right, roi.bottom = 2, 1, 8, 5
        roi.name = "mine"
        for name, value in values.items():
            setattr(roi, name, value)
        (tmp_path / "a.roi").write_bytes(roi.tobytes())
        return tmp_path / "a.roi"

    def test_a_rectangle(self, tmp_path: Path) -> None:
        labels = read_labels(self.roi(tmp_path, "RECT"), (10, 10))
        expected = np.zeros((10, 10))
        expected[1:5, 2:8] = 1
        np.testing.assert_array_equal(labels, expected)

    def test_an_oval_is_the_ellipse_of_its_box(self, tmp_path: Path) -> None:
        labels = read_labels(self.roi(tmp_path, "OVAL"), (10, 10))
        row, col = np.mgrid[:10, :10] + 0.5
        np.testing.assert_array_equal(labels, ((row - 3) / 2) ** 2 + ((col - 5) / 3) ** 2 < 1)

    def test_a_drawn_polygon_with_fractions(self, tmp_path: Path) -> None:
        roi = roifile.ImagejRoi.frompoints(np.array([[0.2, 0.2], [4.4, 0.2], [0.2, 4.4]]))
        (tmp_path / "a.roi").write_bytes(roi.tobytes())
        row, col = np.mgrid[:6, :6] + 0.5
        inside = (row - 0.2) + (col - 0.2) < 4.2
        np.testing.assert_array_equal(read_labels(tmp_path / "a.roi", (6, 6)), inside)

    @pytest.mark.parametrize(
        ("subtype", "ratio", "area"),
        [("ELLIPSE", 0.5, np.pi * 20 * 10), ("ROTATED_RECT", 12.0, 40 * 12)],
    )
    def test_an_ellipse_and_a_turned_rectangle(
        self, tmp_path: Path, subtype: str, ratio: float, area: float
    ) -> None:
        style, head, arc = struct.unpack(">BBh", struct.pack(">f", ratio))
        path = self.roi(
            tmp_path, "FREEHAND", subtype=roifile.ROI_SUBTYPE[subtype], version=227,
            x1=30 - 16.0, y1=30 - 12.0, x2=30 + 16.0, y2=30 + 12.0,
            arrow_style_or_aspect_ratio=style, arrow_head_size=head, rounded_rect_arc_size=arc,
            integer_coordinates=np.zeros((3, 2), np.int32), n_coordinates=3,
        )  # fmt: skip
        labels = read_labels(path, (60, 60))
        assert np.count_nonzero(labels) == pytest.approx(area, rel=0.03)
        assert labels[30, 30] == 1

    def test_lines_and_points_have_no_area(self, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedFileError, match="type LINE, which encloses no area"):
            read_labels(self.roi(tmp_path, "LINE"), (10, 10))

    def test_a_region_of_another_image_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"'mine' covers no pixel of an image of 1 × 2"):
            read_labels(self.roi(tmp_path, "RECT"), (1, 2))

    def test_the_shape_is_needed(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="give its shape"):
            read_labels(self.roi(tmp_path, "RECT"))

    def test_hidden_regions_are_told(self, tmp_path: Path) -> None:
        content = self.roi(tmp_path, "RECT").read_bytes()
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("x.roi", content)
            archive.writestr("y.roi", content)
        with pytest.raises(InputError, match="of 2 regions 1 are hidden"):
            read_labels(tmp_path / "a.zip", (10, 10))

    @pytest.mark.parametrize("suffix", ["roi", "zip"])
    @pytest.mark.parametrize("content", [b"", b"Iout", b"nonsense" * 20, b"PK\x03\x04" + bytes(90)])
    def test_damage_is_told(self, tmp_path: Path, suffix: str, content: bytes) -> None:
        (tmp_path / f"a.{suffix}").write_bytes(content)
        with pytest.raises(CorruptFileError, match=rf"^a\.{suffix}"):
            read_labels(tmp_path / f"a.{suffix}", (9, 9))

    def test_a_thousand_particles_come_back_as_they_went(self, tmp_path: Path) -> None:
        row, col = np.mgrid[:1024, :1024]
        inside = (row % 32 - 16) ** 2 + (col % 32 - 16) ** 2 < 150
        labels = np.where(inside, row // 32 * 32 + col // 32 + 1, 0).astype(np.int32)
        write_rois(tmp_path / "a.zip", labels)
        np.testing.assert_array_equal(read_labels(tmp_path / "a.zip", labels.shape), labels)


class TestRegions:
    def test_a_rectangle_leaves_out_its_last_row_and_column(self) -> None:
        mask = parse_region("1,2,3,5").mask((6, 6))
        expected = np.zeros((6, 6), bool)
        expected[1:3, 2:5] = True
        np.testing.assert_array_equal(mask, expected)

    def test_a_polygon_takes_pixels_whose_centre_is_inside(self) -> None:
        mask = parse_region("0,0 0,4 4,0").mask((4, 4))
        row, col = np.mgrid[:4, :4]
        np.testing.assert_array_equal(mask, row + col < 3)

    def test_the_whole_image_is_a_region(self) -> None:
        assert parse_region("0,0,4,6").mask((4, 6)).all()

    def test_a_file_is_a_region(self, tmp_path: Path) -> None:
        Image.fromarray(np.array([[0, 9]], np.uint8)).save(tmp_path / "roi 1.png")
        region = parse_region(str(tmp_path / "roi 1.png"))
        np.testing.assert_array_equal(region.mask((1, 2)), [[False, True]])

    @pytest.mark.parametrize(
        "text",
        ["", "1,2,3", "1,2 3,4", "a,b,c,d", "1,2,3,x", "nowhere.png", "1,2 3,4 5", "1;2;3;4"],
    )
    def test_what_is_no_region_shows_the_three_forms(self, text: str) -> None:
        with pytest.raises(InputError, match=r"row0,col0,row1,col1.*polygon.*mask image"):
            parse_region(text)

    @pytest.mark.parametrize("text", ["3,0,1,5", "1,5,2,5"])
    def test_an_empty_rectangle_is_refused(self, text: str) -> None:
        with pytest.raises(InputError, match="is empty"):
            parse_region(text)

    @pytest.mark.parametrize("text", ["0,0,7,3", "-1,0,3,3", "0,0 0,9 3,3"])
    def test_a_region_beyond_the_image_is_refused(self, text: str) -> None:
        with pytest.raises(InputError, match=r"beyond the image of 6 × 6"):
            parse_region(text).mask((6, 6))

    def test_a_region_between_the_pixels_holds_none(self) -> None:
        with pytest.raises(InputError, match="holds no pixel"):
            parse_region("0.6,0.6,0.9,0.9").mask((6, 6))

    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=8))
    def test_what_a_region_prints_is_read_back(self, points: list[tuple[int, int]]) -> None:
        region = Region("polygon", tuple((float(r), float(c)) for r, c in points))
        assert parse_region(str(region)) == region


def test_regions_of_particles_over_each_other_overlap(tmp_path):
    import roifile

    from micrographia._patches import Patch

    labels = np.zeros((30, 40), np.int32)
    labels[5:15, 5:15], labels[5:15, 15:20] = 1, 2
    write_rois(tmp_path / "rois.zip", labels, {2: Patch(5, 10, np.ones((10, 10), bool))})
    regions = {roi.name: roi for roi in roifile.roiread(tmp_path / "rois.zip")}
    assert (regions["1"].left, regions["1"].right) == (5, 15)
    assert (regions["2"].left, regions["2"].right) == (10, 20)
