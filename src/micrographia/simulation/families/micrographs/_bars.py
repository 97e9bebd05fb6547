"""Scale bars in the picture and data bars below it, in the common styles, with their places."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import ImageDraw, ImageFont

__all__ = ["Overlay", "draw_bar", "draw_footer"]

Box = tuple[int, int, int, int]

_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSansMono.ttf",
          "DejaVuSerif.ttf", "DejaVuSans-BoldOblique.ttf", "")  # fmt: skip


class Overlay:
    """A picture with what was written on it.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), uint8 or uint16
        Changed in place by the functions of this module.

    Attributes
    ----------
    covered : ndarray of shape (rows, cols), bool
        True where the picture is hidden.
    truth : dict
        Length, place and text of the bar; place of the footer. Boxes are (first row, first col,
        end row, end col), ends not included.
    """

    def __init__(self, grey: NDArray[Any]) -> None:
        self.grey = grey
        self.covered = np.zeros(grey.shape, bool)
        self.truth: dict[str, Any] = {}
        self._full = 255 if grey.dtype == np.uint8 else 65535

    def blend(
        self, layer: NDArray[np.uint8], opaque: NDArray[np.uint8], place: tuple[int, int]
    ) -> None:
        """Lay a small picture over the image where `opaque` is above 0."""
        rows, cols = layer.shape
        part = (slice(place[0], place[0] + rows), slice(place[1], place[1] + cols))
        share = opaque.astype(np.float32) / 255
        ink = layer.astype(np.float32) / 255 * self._full
        here = self.grey[part]
        here[...] = (here * (1 - share) + ink * share + 0.5).astype(here.dtype)
        self.covered[part] |= opaque > 0


@functools.lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    if not name:
        return ImageFont.load_default(size=size)
    from matplotlib import get_data_path

    return ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / name, size)


def _font_with(name: str, size: int, text: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font, or another one where it has no µ, as Pillow's own does not."""
    return _font(name or (_FONTS[0] if "µ" in text else name), size)


def _length(width_nm: float, share: float) -> tuple[float, str]:
    """The round length nearest to `share` of the field's width, and how it is written."""
    wanted = math.log10(max(width_nm * share, 1e-6))
    decade = math.floor(wanted)
    steps = [(1, 0.0), (2, 0.301), (5, 0.699), (10, 1.0)]
    factor = min(steps, key=lambda one: abs(one[1] - (wanted - decade)))[0]
    length = factor * 10.0**decade
    if length >= 1000:
        return length, f"{length / 1000:g} µm"
    return length, f"{length:g} nm"


def draw_bar(overlay: Overlay, nm_per_px: float, random: np.random.Generator) -> bool:
    """Draw a scale bar with its text into a corner of the picture.

    Returns
    -------
    drawn : bool
        False where no round length would fit.
    """
    from PIL import Image, ImageDraw

    rows, cols = overlay.grey.shape
    length, text = _length(cols * nm_per_px, random.uniform(0.12, 0.3))
    pixels = length / nm_per_px
    if not 12 <= pixels <= 0.6 * cols:
        return False
    text = text.replace(" ", "") if random.random() < 0.2 else text
    height = int(np.clip(rows * random.uniform(0.025, 0.06), 9, 60))
    font = _font_with(_FONTS[int(random.integers(len(_FONTS)))], height, text)
    thick = max(int(height * random.uniform(0.12, 0.5)), 2)
    ends = bool(random.random() < 0.15)
    width, box = round(pixels), font.getbbox(text)
    wide, high = int(box[2] - box[0]), int(box[3] - box[1])
    gap, edge = max(height // 4, 2), max(height // 3, 3)
    beside = bool(random.random() < 0.1)
    full_width = (width + gap + wide if beside else max(width, wide)) + 2 * edge
    full_height = (max(thick, high) if beside else thick + gap + high) + 2 * edge
    if full_width > cols - 4 or full_height > rows // 2:
        return False
    layer = Image.new("L", (full_width, full_height), 0)
    opaque = Image.new("L", (full_width, full_height), 0)
    boxed = bool(random.random() < 0.25)
    black = bool(random.random() < 0.5)
    below = bool(random.random() < 0.35)
    if boxed:
        opaque.paste(255, (0, 0, full_width, full_height))
        layer.paste(255 if black else 0, (0, 0, full_width, full_height))
    left = edge if beside else (full_width - width) // 2
    top = edge if below else full_height - edge - thick
    if beside:
        top = (full_height - thick) // 2
    text_left = left + width + gap if beside else (full_width - wide) // 2
    text_top = edge if beside or not below else edge + thick + gap
    for canvas, ink in ((layer, 0 if black else 255), (opaque, 255)):
        pen = ImageDraw.Draw(canvas)
        _line(pen, left, top, width, thick, ends, ink)
        pen.text((text_left - box[0], text_top - box[1]), text, fill=ink, font=font)
    place = _corner((rows, cols), (full_height, full_width), random)
    overlay.blend(np.asarray(layer), np.asarray(opaque), place)
    overlay.truth |= {
        "bar_nm": length, "bar_px": width, "bar_text": text,
        "bar_box": [place[0] + top, place[1] + left,
                    place[0] + top + thick, place[1] + left + width],
        "bar_text_box": [place[0] + text_top, place[1] + text_left,
                         place[0] + text_top + high, place[1] + text_left + wide],
    }  # fmt: skip
    return True


def _line(
    pen: ImageDraw.ImageDraw, left: int, top: int, width: int, thick: int, ends: bool, ink: int
) -> None:
    """A solid bar, or a thin one with upright ends."""
    if not ends:
        pen.rectangle((left, top, left + width - 1, top + thick - 1), fill=ink)
        return
    middle = top + thick // 2
    pen.rectangle((left, middle, left + width - 1, middle), fill=ink)
    pen.rectangle((left, top, left, top + thick - 1), fill=ink)
    pen.rectangle((left + width - 1, top, left + width - 1, top + thick - 1), fill=ink)


def _corner(
    shape: tuple[int, int], size: tuple[int, int], random: np.random.Generator
) -> tuple[int, int]:
    """Upper left pixel of a box of `size` in one of the corners, mostly the lower ones."""
    spare = [max(n - m, 0) for n, m in zip(shape, size, strict=True)]
    edge = [min(int(random.uniform(0, 0.03) * n), s) for n, s in zip(shape, spare, strict=True)]
    row = spare[0] - edge[0] if random.random() < 0.85 else edge[0]
    col = spare[1] - edge[1] if random.random() < 0.5 else edge[1]
    return row, col


def draw_footer(overlay: Overlay, nm_per_px: float, random: np.random.Generator) -> bool:
    """Cover the lowest rows with a data bar: bar, magnification, voltage, detector.

    Returns
    -------
    drawn : bool
        False where the picture is too small for one.
    """
    from PIL import Image, ImageDraw

    rows, cols = overlay.grey.shape
    if rows < 128 or cols < 128:
        return False
    strip = int(rows * random.uniform(0.06, 0.11))
    length, text = _length(cols * nm_per_px, random.uniform(0.08, 0.2))
    pixels = length / nm_per_px
    if not 10 <= pixels <= 0.4 * cols:
        return False
    white = bool(random.random() < 0.15)
    paper, ink = (235, 0) if white else (int(random.choice([0, 0, 0, 30])), 255)
    lines = int(random.integers(1, 3))
    name, size = _FONTS[int(random.integers(len(_FONTS)))], max(int(strip / lines * 0.62), 7)
    font = _font_with(name, size, text)
    image = Image.new("L", (cols, strip), paper)
    pen = ImageDraw.Draw(image)
    width, thick = round(pixels), max(strip // 12, 2)
    left_side = bool(random.random() < 0.6)
    left = int(0.02 * cols) if left_side else int(0.98 * cols) - width
    box = font.getbbox(text)
    wide, high = int(box[2] - box[0]), int(box[3] - box[1])
    text_top, top = 1, min(high + 4, strip - thick - 1)
    text_left = min(max(left + (width - wide) // 2, 1), cols - wide - 1)
    _line(pen, left, top, width, thick, bool(random.random() < 0.5), ink)
    pen.text((text_left - box[0], text_top - box[1]), text, fill=ink, font=font)
    free = max(left + width, text_left + wide) + 8 if left_side else 4
    end = cols - 4 if left_side else min(left, text_left) - 8
    _entries(pen, (name, size), (free, end), strip / lines, lines, ink, random)
    overlay.grey[rows - strip :] = (
        np.asarray(image).astype(np.float32)
        / 255
        * (255 if overlay.grey.dtype == np.uint8 else 65535)
    ).astype(overlay.grey.dtype)
    overlay.covered[rows - strip :] = True
    first = rows - strip
    overlay.truth |= {
        "footer_box": [first, 0, rows, cols],
        "bar_nm": length, "bar_px": width, "bar_text": text,
        "bar_box": [first + top, left, first + top + thick, left + width],
        "bar_text_box": [first + text_top, text_left, first + text_top + high, text_left + wide],
    }  # fmt: skip
    return True


def _entries(
    pen: ImageDraw.ImageDraw, face: tuple[str, int], span: tuple[int, int],
    pitch: float, lines: int, ink: int, random: np.random.Generator,
) -> None:  # fmt: skip
    """Instrument settings as such bars show them, as many as fit; `face` is a font and its size."""
    words = [
        f"EHT = {random.uniform(1, 30):.2f} kV", f"WD = {random.uniform(1.5, 12):.1f} mm",
        f"Mag = {random.uniform(5, 250):.2f} K X", f"Signal A = {random.choice(['InLens', 'SE2'])}",
        f"{random.integers(1, 28)} {random.choice(['Jan', 'Oct'])} 20{random.integers(10, 26)}",
        f"x{random.integers(1, 300)},000", f"{random.choice(['SED', 'TLD', 'LEI', 'ETD'])}",
        f"spot {random.uniform(1, 6):.1f}", f"HFW {random.uniform(1, 50):.2f} µm",
    ]  # fmt: skip
    order = [words[int(k)] for k in random.permutation(len(words))]
    for line in range(lines):
        col = float(span[0])
        while order:
            font = _font_with(*face, order[-1])
            if col + font.getlength(order[-1]) >= span[1]:
                break
            entry = order.pop()
            pen.text((col, line * pitch + 1), entry, fill=ink, font=font)
            col += font.getlength(entry) + pitch * 0.8
