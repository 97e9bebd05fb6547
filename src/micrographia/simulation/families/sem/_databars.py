"""Data bars below the picture in the styles of the common makers, with an exact scale bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from micrographia.simulation.families.micrographs._bars import _FONTS, _font, _length

if TYPE_CHECKING:
    from PIL import ImageDraw

    from micrographia.simulation.families.micrographs._bars import Overlay

__all__ = ["STYLES", "draw_data_bar"]

STYLES = ("zeiss", "jeol", "fei", "hitachi", "tescan", "plain")

_HIGH = {"zeiss": (0.07, 0.1), "jeol": (0.05, 0.075), "fei": (0.055, 0.075),
         "hitachi": (0.06, 0.085), "tescan": (0.1, 0.14), "plain": (0.05, 0.09)}  # fmt: skip
"""Height of each style's strip over that of the picture."""


class _Strip(NamedTuple):
    """A strip that is drawn: pen, its size, how the bar is written, ink, numbers."""

    pen: ImageDraw.ImageDraw
    cols: int
    rows: int
    width: float
    text: str
    ink: int
    paper: int
    font: str
    random: np.random.Generator

    def write(self, text: str, col: float, row: float, size: float) -> float:
        """Write a text whose upper left corner is given; returns where it ends."""
        font = _font(self.font, max(round(size), 6))
        box = font.getbbox(text)
        self.pen.text((col - box[0], row - box[1]), text, fill=self.ink, font=font)
        return float(col + box[2] - box[0])

    def long(self, text: str, size: float) -> float:
        """Width of a text."""
        box = _font(self.font, max(round(size), 6)).getbbox(text)
        return float(box[2] - box[0])

    def bar(self, left: float, row: float, thick: float, ends: float = 0.0) -> list[float]:
        """Draw the bar, with upright ends of a height; returns its box (row, col, row, col)."""
        first, last = round(left), round(left) + round(self.width) - 1
        top = round(row)
        self.pen.rectangle((first, top, last, top + max(round(thick), 1) - 1), fill=self.ink)
        if ends:
            wide = max(round(thick), 1)
            for col in (first, last - wide + 1):
                self.pen.rectangle((col, round(row - ends / 2), col + wide - 1,
                                    round(row + ends / 2)), fill=self.ink)  # fmt: skip
        return [top, first, top + max(round(thick), 1), last + 1]


def draw_data_bar(
    overlay: Overlay, nm_per_px: float, random: np.random.Generator, style: str | None = None
) -> bool:
    """Cover the lowest rows with a data bar.

    Parameters
    ----------
    overlay : Overlay
        Changed in place; `truth` then tells style, length, text and places.
    nm_per_px : float [nm]
    random : Generator
    style : str, optional
        One of `STYLES`; drawn where not given.

    Returns
    -------
    drawn : bool
        False where the picture is too small.
    """
    from PIL import Image, ImageDraw

    rows, cols = overlay.grey.shape
    if min(rows, cols) < 96:
        return False
    style = style or str(random.choice(STYLES))
    fine = max(int(random.integers(2, 5)) if random.random() < 0.75 else 1, -(-480 // cols))
    high = max(round(rows * random.uniform(*_HIGH[style])), 8)
    length, text = _length(cols * nm_per_px, random.uniform(0.1, 0.2))
    white = style in ("zeiss", "plain") and random.random() < 0.25
    paper, ink = (255, 0) if white else (int(random.choice([0, 0, 0, 20, 60])), 255)
    image = Image.new("L", (cols * fine, high * fine), paper)
    font = _FONTS[int(random.integers(len(_FONTS) - 1))]
    strip = _Strip(ImageDraw.Draw(image), cols * fine, high * fine, length / nm_per_px * fine,
                   text, ink, paper, font, random)  # fmt: skip
    box = globals()[f"_{style}"](strip)
    grey = np.asarray(image)
    if fine > 1:
        grey = cv2.resize(grey, (cols, high), interpolation=cv2.INTER_AREA)
    full = 255 if overlay.grey.dtype == np.uint8 else 65535
    first = rows - high
    overlay.grey[first:] = (grey.astype(np.float32) / 255 * full).astype(overlay.grey.dtype)
    overlay.covered[first:] = True
    overlay.truth |= {
        "bar_style": style, "bar_nm": length, "bar_text": text,
        "bar_px": round(strip.width) / fine, "footer_box": [first, 0, rows, cols],
        "bar_box": [first + box[0] / fine, box[1] / fine, first + box[2] / fine, box[3] / fine],
    }  # fmt: skip
    return True


def _words(random: np.random.Generator) -> dict[str, Any]:
    """Settings of a microscope, as numbers that go together in such bars."""
    return {
        "kv": float(random.choice([1, 2, 3, 5, 10, 15, 20, 30])),
        "wd": float(random.uniform(2, 15)),
        "mag": float(np.exp(random.uniform(np.log(0.2), np.log(300)))),
        "day": int(random.integers(1, 29)),
        "month": str(random.choice(["Jan", "Mar", "Jun", "Jul", "Sep", "Nov"])),
        "year": int(random.integers(2006, 2026)),
        "time": f"{random.integers(8, 20)}:{random.integers(10, 60)}:{random.integers(10, 60)}",
        "name": f"{random.choice(list('ABCDGKMNS'))}{random.integers(1, 99)}_"
        f"{random.integers(1, 60):02d}",
    }


def _row_of(strip: _Strip, words: list[str], left: float, end: float, row: float,
            size: float, gap: float) -> None:  # fmt: skip
    for word in words:
        if left + strip.long(word, size) > end:
            return
        left = strip.write(word, left, row, size) + gap


def _zeiss(strip: _Strip) -> list[float]:
    """Bar on the left under its length, two lines of settings in columns."""
    w, size = _words(strip.random), 0.32 * strip.rows
    left = 0.02 * strip.cols
    middle = left + max(strip.width, strip.long(strip.text, size)) / 2
    strip.write(strip.text, middle - strip.long(strip.text, size) / 2, 0.1 * strip.rows, size)
    box = strip.bar(middle - strip.width / 2, 0.72 * strip.rows, max(0.05 * strip.rows, 1),
                    0.24 * strip.rows if strip.random.random() < 0.7 else 0)  # fmt: skip
    col = max(2 * middle - left, box[3]) + 0.05 * strip.cols
    detector = str(strip.random.choice(["InLens", "SE2", "SE1", "QBSD"]))
    columns = [
        (f"EHT = {w['kv']:5.2f} kV", f"WD = {w['wd']:4.1f} mm"),
        (f"Signal A = {detector}", f"Mag = {w['mag']:.2f} K X"),
        (f"Date :{w['day']} {w['month']} {w['year']}", f"Time :{w['time']}"),
        (f"File Name = {w['name']}.tif", f"Photo No. = {strip.random.integers(1, 9999)}"),
    ]
    for above, below in columns:
        wide = max(strip.long(above, size), strip.long(below, size))
        if col + wide > 0.99 * strip.cols:
            break
        strip.write(above, col, 0.12 * strip.rows, size)
        strip.write(below, col, 0.56 * strip.rows, size)
        col += wide + 0.03 * strip.cols
    return box


def _jeol(strip: _Strip) -> list[float]:
    """One line of settings with the bar in it, under its length or beside it."""
    w, size = _words(strip.random), 0.5 * strip.rows
    left = strip.random.uniform(0.5, 0.62) * strip.cols
    top = 0.25 * strip.rows
    box = strip.bar(left, 0.42 * strip.rows, max(0.1 * strip.rows, 1), 0.3 * strip.rows)
    end = strip.write(strip.text, box[3] + 0.02 * strip.cols, top, size)
    words = [str(strip.random.choice(["SEI", "LEI", "SED", "COMPO"])), f"{w['kv']:.1f}kV",
             f"X{1000 * w['mag']:,.0f}"]  # fmt: skip
    _row_of(strip, words, 0.03 * strip.cols, left, top, size, 0.035 * strip.cols)
    more = [f"WD {w['wd']:.1f}mm", f"{w['day']}/{w['month']}/{w['year']}"]
    _row_of(strip, more, end + 0.04 * strip.cols, 0.99 * strip.cols, top, size, 0.03 * strip.cols)
    return box


def _fei(strip: _Strip) -> list[float]:
    """A table of two rows, the bar between upright ends on the right, its length in the middle."""
    w, size = _words(strip.random), 0.32 * strip.rows
    box = strip.bar(0.97 * strip.cols - strip.width, 0.28 * strip.rows,
                    max(0.04 * strip.rows, 1), 0.35 * strip.rows)  # fmt: skip
    wide = strip.long(strip.text, size)
    centre = (box[1] + box[3]) / 2
    apart = wide + 6 < 0.7 * strip.width
    row = 0.28 * strip.rows - 0.5 * size if apart else 0.52 * strip.rows
    if apart:
        strip.pen.rectangle((centre - wide / 2 - 3, 0, centre + wide / 2 + 3, 0.48 * strip.rows),
                            fill=strip.paper)  # fmt: skip
    strip.write(strip.text, centre - wide / 2, max(row, 1), size)
    cells = [("HV", f"{w['kv']:.2f} kV"), ("mag", f"{1000 * w['mag']:,.0f} x"),
             ("WD", f"{w['wd']:.1f} mm"), ("det", str(strip.random.choice(["ETD", "TLD", "CBS"]))),
             ("spot", f"{strip.random.uniform(1, 6):.1f}"), ("HFW", f"{207.2 / w['mag']:.1f} µm"),
             (f"{w['day']}/{w['month']}/{w['year']}", w["time"])]  # fmt: skip
    order = strip.random.permutation(len(cells))
    col = 0.02 * strip.cols
    for k in order:
        wide = max(strip.long(cells[k][0], size), strip.long(cells[k][1], size))
        if col + wide > min(box[1], centre - strip.long(strip.text, size) / 2) - 0.02 * strip.cols:
            break
        strip.write(cells[k][0], col, 0.1 * strip.rows, size)
        strip.write(cells[k][1], col, 0.56 * strip.rows, size)
        col += wide + 0.012 * strip.cols
        strip.pen.line((col, 0, col, strip.rows), fill=strip.ink, width=max(strip.rows // 40, 1))
        col += 0.012 * strip.cols
    return box


def _hitachi(strip: _Strip) -> list[float]:
    """Settings on the left; on the right eleven ticks over the length, which they span."""
    w, size = _words(strip.random), 0.46 * strip.rows
    left = 0.96 * strip.cols - strip.width
    first, last = round(left), round(left) + round(strip.width) - 1
    top, tall, wide = 0.14 * strip.rows, 0.2 * strip.rows, max(round(0.03 * strip.rows), 1)
    for k, col in enumerate(np.linspace(first, last - wide + 1, 11)):
        down = tall if k % 5 else 1.6 * tall
        col = round(float(col))
        strip.pen.rectangle((col, round(top), col + wide - 1, round(top + down)), fill=strip.ink)
    text = strip.text.replace(" ", "")
    strip.write(text, (first + last) / 2 - strip.long(text, size) / 2, 0.53 * strip.rows, size)
    words = [f"{w['kv']:.1f}kV", f"{w['wd']:.1f}mm", f"x{w['mag']:.1f}k",
             str(strip.random.choice(["SE(U)", "SE(M)", "SE(UL)", "YAGBSE"])),
             f"{w['day']}/{w['year']} {w['time'][:5]}"]  # fmt: skip
    _row_of(strip, words, 0.02 * strip.cols, first - 0.03 * strip.cols, 0.3 * strip.rows, size,
            0.02 * strip.cols)  # fmt: skip
    return [top, first, top + tall, last + 1]


def _tescan(strip: _Strip) -> list[float]:
    """Three rows of settings in framed cells, the bar in the middle, the maker on the right."""
    w, size = _words(strip.random), 0.2 * strip.rows
    middle = strip.random.uniform(0.58, 0.66) * strip.cols
    box = strip.bar(middle - strip.width / 2, 0.2 * strip.rows, max(0.03 * strip.rows, 1),
                    0.16 * strip.rows)  # fmt: skip
    strip.write(strip.text, middle - strip.long(strip.text, size) / 2, 0.36 * strip.rows, size)
    rows = [(f"SEM HV: {w['kv']:.1f} kV", f"WD: {w['wd']:.2f} mm"),
            (f"View field: {207 / w['mag']:.1f} µm", "Det: SE"),
            (f"SEM MAG: {w['mag']:.2f} kx", f"Date: {w['day']}/{w['year']}")]  # fmt: skip
    limit = min(box[1], middle - strip.long(strip.text, size) / 2) - 0.01 * strip.cols
    for k, words in enumerate(rows):
        row = (0.06 + 0.32 * k) * strip.rows
        _row_of(strip, list(words), 0.015 * strip.cols, limit, row, size, 0.05 * strip.cols)
        strip.pen.line((0, row - 0.03 * strip.rows, limit, row - 0.03 * strip.rows), fill=strip.ink)
    maker = str(strip.random.choice(["MIRA3", "VEGA3", "LYRA3"]))
    col = max(box[3], middle + strip.long(strip.text, size) / 2) + 0.04 * strip.cols
    _row_of(strip, [maker], col, strip.cols, 0.12 * strip.rows, 0.3 * strip.rows, 0)
    return box


def _plain(strip: _Strip) -> list[float]:
    """Just the bar and its length."""
    size = 0.55 * strip.rows
    box = strip.bar(0.03 * strip.cols, 0.4 * strip.rows, 0.2 * strip.rows)
    strip.write(strip.text, box[3] + 0.02 * strip.cols, 0.25 * strip.rows, size)
    return box
