"""Every format gives the pixels, the pixel size and the words that the file holds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from micrographia.errors import AmbiguousSignalError, InputError, UnsupportedFileError
from micrographia.io import FORMATS, IMAGE_SUFFIXES, list_signals, read, read_colours
from micrographia.io._pixels import LUMINANCE

Make = Callable[..., Path]

CALIBRATED = {"dm3", "dm4", "ser", "mrc", "hspy", "zspy", "emd", "tif", "tiff"}
LOSSLESS = [*sorted(CALIBRATED), "npy", "png", "bmp", "gif", "pgm"]


def picture(rows: int = 24, cols: int = 36) -> np.ndarray:
    row, col = np.mgrid[:rows, :cols]
    return (2 * row + col).astype(np.uint8)


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_pixels_come_back_as_they_were_written(make: Make, suffix: str) -> None:
    image = read(make(f"gold.{suffix}", picture()))
    np.testing.assert_array_equal(image.pixels, picture())
    assert image.name == "gold"
    assert image.metadata["frame"] == 0


@pytest.mark.parametrize("suffix", sorted(CALIBRATED))
def test_the_pixel_size_comes_back_with_its_origin(make: Make, suffix: str) -> None:
    size = read(make(f"gold.{suffix}", picture(), 0.37)).pixel_size
    assert size is not None
    assert (size.row, size.col) == pytest.approx((0.37, 0.37), rel=1e-6)
    assert size.origin == "metadata"


@pytest.mark.parametrize("suffix", sorted({*LOSSLESS, "jpg", "webp"} - CALIBRATED))
def test_formats_without_a_scale_give_no_pixel_size(make: Make, suffix: str) -> None:
    assert read(make(f"gold.{suffix}", picture())).pixel_size is None


@pytest.mark.parametrize(
    "dtype",
    ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64", ">u2", ">f4"],
)
def test_a_tiff_keeps_type_and_values_in_native_byte_order(tmp_path: Path, dtype: str) -> None:
    stored = (np.arange(12).reshape(3, 4) * 9).astype(dtype)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stored, byteorder=">" if dtype[0] == ">" else "<")
    pixels = read(path).pixels
    np.testing.assert_array_equal(pixels, stored)
    assert pixels.dtype == np.dtype(dtype).newbyteorder("=")
    assert pixels.dtype.isnative


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_a_bilevel_image_becomes_0_and_1(tmp_path: Path, suffix: str) -> None:
    mask = np.eye(8, dtype=bool)
    path = tmp_path / f"mask.{suffix}"
    if suffix == "tif":
        tifffile.imwrite(path, mask, photometric="minisblack")
    else:
        Image.fromarray(mask).save(path)
    pixels = read(path).pixels
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, np.eye(8))


def test_16_bit_grey_is_not_rescaled(tmp_path: Path) -> None:
    stored = np.array([[0, 1000], [4095, 60000]], np.uint16)
    Image.fromarray(stored).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read(tmp_path / "a.png").pixels, stored)


def test_16_bit_colour_keeps_its_16_bits(tmp_path: Path) -> None:
    import imagecodecs

    stored = np.repeat(np.array([[1000, 60001]], np.uint16)[..., None], 3, axis=2)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(stored))
    np.testing.assert_array_equal(read(tmp_path / "a.png").pixels, [[1000, 60001]])


def test_grey_stored_as_colour_stays_exactly_what_it_was(tmp_path: Path) -> None:
    Image.fromarray(np.repeat(picture()[..., None], 3, axis=2)).save(tmp_path / "a.png")
    image = read(tmp_path / "a.png")
    np.testing.assert_array_equal(image.pixels, picture())
    assert image.warnings == ()


def test_colour_becomes_luminance_and_says_so(tmp_path: Path) -> None:
    colours = np.array([[[200, 0, 0], [0, 200, 0], [0, 0, 200], [7, 7, 7]]], np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    image = read(tmp_path / "a.png")
    expected = [round(200 * weight) for weight in LUMINANCE]
    np.testing.assert_array_equal(image.pixels, [[*expected, 7]])
    assert "colour" in image.warnings[0]


def test_transparency_is_dropped_with_a_warning(tmp_path: Path) -> None:
    pixels = np.array([[[9, 9, 9, 255], [9, 9, 9, 0]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    image = read(tmp_path / "a.png")
    np.testing.assert_array_equal(image.pixels, [[9, 9]])
    assert any("transparency" in warning for warning in image.warnings)


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif"])
def test_a_palette_is_looked_up(tmp_path: Path, suffix: str) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([10, 10, 10, 255, 0, 0, 250, 250, 250])
    image.putdata([2, 1, 0])
    image.save(tmp_path / f"a.{suffix}")
    np.testing.assert_array_equal(read(tmp_path / f"a.{suffix}").pixels, [[250, 76, 10]])


def test_white_as_zero_is_inverted_and_said(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 250]], np.uint8), photometric="miniswhite")
    image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.pixels, [[255, 5]])
    assert "inverted" in image.warnings[0]


def test_an_exif_orientation_is_not_applied_but_said(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(picture(4, 6)).save(tmp_path / "a.jpg", exif=exif)
    image = read(tmp_path / "a.jpg")
    assert image.shape == (4, 6)
    assert "orientation (6) was not applied" in image.warnings[0]


def test_not_finite_pixels_are_kept_and_counted(tmp_path: Path) -> None:
    stored = np.array([[1.0, np.nan, np.inf]], np.float32)
    tifffile.imwrite(tmp_path / "a.tif", stored)
    image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.pixels, stored)
    assert "2 of 3 pixels are not finite" in image.warnings[0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1)])
@pytest.mark.parametrize("suffix", ["tif", "png", "mrc", "dm3"])
def test_images_of_odd_shapes_are_read(make: Make, shape: tuple[int, int], suffix: str) -> None:
    assert read(make(f"a.{suffix}", np.ones(shape, np.uint8))).shape == shape


@pytest.mark.parametrize("name", ["Gold 20 nm (neu).tif", "µm größe 金.png", "a.b.c.dm3"])
def test_names_may_hold_anything(make: Make, name: str) -> None:
    assert read(make(name, picture())).name == Path(name).stem


@pytest.mark.parametrize("suffix", ["dm3", "dm4", "ser", "mrc", "hspy", "emd", "npy", "tif", "png"])
def test_pixels_stay_when_the_file_changes(make: Make, suffix: str) -> None:
    path = make(f"a.{suffix}", picture())
    image = read(path)
    with path.open("r+b") as stream:
        stream.write(bytes(path.stat().st_size))
    np.testing.assert_array_equal(image.pixels, picture())


def test_the_content_decides_and_a_wrong_name_is_said(make: Make, tmp_path: Path) -> None:
    wrong = make("a.png", picture()).rename(tmp_path / "b.tif")
    image = read(wrong)
    np.testing.assert_array_equal(image.pixels, picture())
    assert "b.tif is named as TIFF but is a PNG file" in image.warnings[0]


def test_a_zipped_zarr_store_is_read(make: Make, tmp_path: Path) -> None:
    import zipfile

    folder = make("a.zspy", picture())
    with zipfile.ZipFile(tmp_path / "b.zspy", "w") as archive:
        for one in folder.rglob("*"):
            if one.is_file():
                archive.write(one, one.relative_to(folder))
    image = read(tmp_path / "b.zspy")
    np.testing.assert_array_equal(image.pixels, picture())
    assert image.warnings == ()


def test_a_gzipped_tiff_is_read(make: Make, tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.tif.gz"
    path.write_bytes(gzip.compress(make("a.tif", picture(), 0.25).read_bytes()))
    image = read(path)
    np.testing.assert_array_equal(image.pixels, picture())
    assert image.name == "a"
    assert image.pixel_size is not None
    assert image.pixel_size.col == pytest.approx(0.25)


class TestStacks:
    """Frames are counted from 0 and never chosen silently."""

    @pytest.fixture(params=["contiguous", "compressed", "imagej", "colour", "bigtiff"])
    def stack(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        frames = np.stack([picture(6, 8) + k for k in range(4)])
        path = tmp_path / "movie.tif"
        options = {
            "contiguous": {"photometric": "minisblack"},
            "compressed": {"photometric": "minisblack", "compression": "zlib"},
            "imagej": {"imagej": True, "metadata": {"axes": "TYX"}},
            "colour": {"photometric": "rgb"},
            "bigtiff": {"photometric": "minisblack", "bigtiff": True, "byteorder": ">"},
        }[request.param]
        if request.param == "colour":
            frames = np.repeat(frames[..., None], 3, axis=3)
        tifffile.imwrite(path, frames, **options)
        return path

    @pytest.mark.parametrize("frame", range(4))
    def test_the_frame_asked_for_is_read(self, stack: Path, frame: int) -> None:
        image = read(stack, frame=frame)
        np.testing.assert_array_equal(image.pixels, picture(6, 8) + frame)
        assert image.metadata["frame"] == frame

    def test_without_a_choice_the_choices_are_told(self, stack: Path) -> None:
        with pytest.raises(AmbiguousSignalError, match=r"stack of 4 frames.*--frame 0 to"):
            read(stack)

    @pytest.mark.parametrize("frame", [-1, 4])
    def test_a_frame_that_is_not_there_is_refused(self, stack: Path, frame: int) -> None:
        with pytest.raises(InputError, match=rf"no frame {frame}; wanted 0 to 3"):
            read(stack, frame=frame)

    def test_the_list_says_how_many(self, stack: Path) -> None:
        (info,) = list_signals(stack)
        assert (info.kind, info.frames, info.shape) == ("stack", 4, (4, 6, 8))

    def test_a_single_frame_needs_no_choice(self, tmp_path: Path) -> None:
        tifffile.imwrite(tmp_path / "a.tif", picture()[None], photometric="minisblack")
        assert read(tmp_path / "a.tif").shape == (24, 36)

    def test_one_frame_of_a_long_movie_costs_one_frame(self, tmp_path: Path) -> None:
        import tracemalloc

        tifffile.imwrite(tmp_path / "a.tif", np.zeros((64, 512, 512), np.uint8))
        read(tmp_path / "a.tif", frame=0)
        tracemalloc.start()
        read(tmp_path / "a.tif", frame=63)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 * 512 * 512

    @pytest.mark.parametrize("suffix", ["mrc", "hspy", "npy"])
    def test_frames_of_other_formats(self, tmp_path: Path, suffix: str) -> None:
        frames = np.stack([picture(6, 8).astype(np.float32) + k for k in range(3)])
        path = tmp_path / f"a.{suffix}"
        if suffix == "mrc":
            import mrcfile

            with mrcfile.new(path, frames) as file:
                file.set_image_stack()
        elif suffix == "hspy":
            import h5py

            _write_hspy(h5py.File(path, "w"), {"movie": frames})
        else:
            np.save(path, frames)
        np.testing.assert_array_equal(read(path, frame=2).pixels, frames[2])


def _write_hspy(file, signals: dict[str, np.ndarray], units: dict[str, str] | None = None) -> None:
    """HyperSpy's HDF5 layout: a group for each signal, its axes as groups of attributes."""
    with file:
        file.attrs.update({"file_format": "HyperSpy", "file_format_version": "3.3"})
        for title, data in signals.items():
            group = file.create_group(f"Experiments/{title}")
            group["data"] = data
            unit = (units or {}).get(title, "nm")
            for k, size in enumerate(data.shape):
                axis = group.create_group(f"axis-{k}")
                axis.attrs.update(
                    {"name": "zyx"[-data.ndim :][k], "size": size, "scale": 0.5, "offset": 0.0,
                     "units": unit, "navigate": k < data.ndim - 2, "_type": "UniformDataAxis"}
                )  # fmt: skip
            for name in ("metadata", "original_metadata"):
                group.create_group(name)
            group.create_group("metadata/General").attrs["title"] = title


class TestSeveralSignals:
    """The image is chosen where that is clear, else the choices are listed."""

    def write(self, path: Path, units: dict[str, str] | None = None, **signals: np.ndarray) -> Path:
        import h5py

        _write_hspy(h5py.File(path, "w"), signals, units)
        return path

    def test_two_images_are_listed_by_number_and_title(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "a.hspy", BF=picture(4, 5), HAADF=picture(4, 5) + 1)
        with pytest.raises(AmbiguousSignalError, match=r"--signal.*0: BF \(image.*1: HAADF"):
            read(path)

    @pytest.mark.parametrize("wanted", [1, "1", "HAADF", "haadf"], ids=repr)
    def test_a_signal_is_chosen_by_number_or_title(self, tmp_path: Path, wanted: int | str) -> None:
        path = self.write(tmp_path / "a.hspy", BF=picture(4, 5), HAADF=picture(4, 5) + 1)
        image = read(path, signal=wanted)
        np.testing.assert_array_equal(image.pixels, picture(4, 5) + 1)
        assert (image.metadata["title"], image.metadata["signal"]) == ("HAADF", 1)

    @pytest.mark.parametrize("wanted", [2, -1, "EELS"])
    def test_a_signal_that_is_not_there_is_refused(self, tmp_path: Path, wanted: int | str) -> None:
        path = self.write(tmp_path / "a.hspy", BF=picture(4, 5), HAADF=picture(4, 5))
        with pytest.raises(InputError, match=r"there is no signal .*0: BF"):
            read(path, signal=wanted)

    def test_the_one_image_beside_others_is_taken_and_that_is_said(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path / "a.hspy", {"FFT": "1/nm"}, FFT=picture(4, 5), TEM=picture(6, 7)
        )
        image = read(path)
        assert image.shape == (6, 7)
        assert "of 2 signals in the file one was taken, 1: TEM" in image.warnings[0]

    def test_a_diffraction_pattern_has_no_pixel_size(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "a.hspy", {"SAED": "1/nm"}, SAED=picture(4, 5))
        image = read(path)
        assert image.pixel_size is None
        assert "diffraction pattern" in image.warnings[0]
        assert image.metadata["axes"][0] == {"name": "y", "size": 4, "scale": 0.5, "unit": "1/nm"}
        assert list_signals(path)[0].kind == "diffraction"

    def test_a_spectrum_is_refused_as_one(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "a.hspy", {"EDS": "keV"}, EDS=np.arange(9.0))
        with pytest.raises(UnsupportedFileError, match="spectrum"):
            read(path)

    def test_complex_numbers_are_refused_with_the_reason(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "a.hspy", wave=picture(4, 5) * 1j)
        with pytest.raises(UnsupportedFileError, match=r"complex numbers.*export"):
            read(path)

    def test_a_calibrated_image_wins_over_its_uncalibrated_picture(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif"
        with tifffile.TiffWriter(path) as tif:
            tif.write(np.zeros((4, 5, 3), np.uint8), photometric="rgb")
            tags = [(65003, "s", 0, "nm", True), (65004, "s", 0, "nm", True),
                    (65009, "d", 1, 0.5, True), (65010, "d", 1, 0.5, True)]  # fmt: skip
            tif.write(picture(4, 5).astype(np.uint16), extratags=tags)
        image = read(path)
        assert image.pixels.dtype == np.uint16
        assert "the only one with a pixel size was taken" in image.warnings[0]


def test_thumbnails_are_no_second_image(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        tif.write(picture())
        tif.write(picture(6, 9), subfiletype=1)
    assert read(tmp_path / "a.tif").shape == (24, 36)


class TestTable:
    def test_every_suffix_stands_for_one_format(self) -> None:
        suffixes = [suffix for row in FORMATS for suffix in row.suffixes]
        assert len(set(suffixes)) == len(suffixes)
        assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in suffixes)

    def test_folders_are_searched_for_the_everyday_formats(self) -> None:
        assert {".tif", ".png", ".jpg", ".dm3", ".dm4", ".emd", ".ser", ".mrc"} <= {*IMAGE_SUFFIXES}
        assert not {".emi", ".txt", ".npy", ".h5"} & {*IMAGE_SUFFIXES}

    def test_every_reader_of_rosettasciio_that_is_named_exists(self) -> None:
        import rsciio

        known = {plugin["api"] for plugin in rsciio.IO_PLUGINS}
        assert {f"rsciio.{row.plugin}" for row in FORMATS if row.plugin} <= known

    def test_every_format_is_documented(self) -> None:
        text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
        missing = [s for row in FORMATS for s in row.suffixes if f"`{s}`" not in text]
        assert missing == []


def _loaded_after(code: str) -> set[str]:
    names = "rsciio h5py dask scipy skimage cv2 pandas matplotlib imagecodecs PIL tifffile zarr"
    script = f"{code}\nimport sys; print(*[n for n in '{names}'.split() if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_table_is_read_without_any_reader() -> None:
    code = "from micrographia.io import FORMATS, IMAGE_SUFFIXES, read"
    assert _loaded_after(code) == set()


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_an_everyday_image_is_read_without_the_heavy_readers(make: Make, suffix: str) -> None:
    path = make(f"a.{suffix}", picture())
    loaded = _loaded_after(f"from micrographia.io import read; read({str(path)!r})")
    assert loaded <= {"tifffile", "imagecodecs", "PIL"}


def colours(dtype: type = np.uint8) -> np.ndarray:
    levels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (6, 7, 3), endpoint=True)
    return levels.astype(dtype)


def test_colours_are_read_as_recorded(tmp_path: Path) -> None:
    wide = colours(np.uint16)
    Image.fromarray(colours()).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "b.tif", wide, photometric="rgb", byteorder=">")
    (tmp_path / "c.png").write_bytes(imagecodecs.png_encode(wide))
    np.testing.assert_array_equal(read_colours(tmp_path / "a.png"), colours())
    for name in ("b.tif", "c.png"):
        found = read_colours(tmp_path / name)
        np.testing.assert_array_equal(found, wide)
        assert found is not None
        assert found.dtype == np.uint16


@pytest.mark.parametrize("suffix", ["png", "gif", "tif"])
def test_colours_of_a_palette_are_looked_up(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(colours()).convert("P", palette=Image.Palette.ADAPTIVE)
    image.save(tmp_path / f"a.{suffix}")
    np.testing.assert_array_equal(read_colours(tmp_path / f"a.{suffix}"), image.convert("RGB"))
    assert read(tmp_path / f"a.{suffix}").pixels.shape == (6, 7)


def test_transparency_is_no_colour_and_grey_has_none(tmp_path: Path) -> None:
    clear = np.dstack([colours(), np.full((6, 7), 9, np.uint8)])
    Image.fromarray(clear).save(tmp_path / "a.png")
    Image.fromarray(picture()).save(tmp_path / "b.png")
    np.testing.assert_array_equal(read_colours(tmp_path / "a.png"), colours())
    assert read_colours(tmp_path / "b.png") is None
