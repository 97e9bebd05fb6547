"""Scale bars drawn over simulated micrographs, with their truth."""

import dataclasses
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

TEXTURES = ("noise", "particles", "fringes", "wires", "spheres")
STYLES = ("plain", "ticks", "bracket", "boxed", "strip", "outlined", "graduated", "split")
BAD = ("no bar", "no text", "text only", "two bars", "cut bar", "wires only", "fringes only")
FONTS = [
    path
    for path in sorted(Path(matplotlib.get_data_path(), "fonts", "ttf").glob("*.ttf"))
    if path.stem.startswith(("DejaVuSans", "DejaVuSerif", "STIXGeneral"))
    and not path.stem.endswith(("Display", "Math"))
] + sorted(Path("/usr/share/fonts/truetype").glob("*/*Sans*.ttf"))
LENGTHS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 300, 400, 500)


@dataclasses.dataclass(frozen=True)
class Example:
    """An image with the length that its bar states [nm] and its true extent [px]."""

    pixels: np.ndarray[Any, np.dtype[np.uint8]]
    length_nm: float | None
    bar_px: float | None
    kind: str


def make(seed: int, style: str | None = None) -> Example:
    """One image with one bar; the seed decides all that is not given."""
    rng = np.random.default_rng(seed)
    style = style or str(rng.choice(STYLES))
    texture = str(rng.choice(TEXTURES))
    rows = int(rng.choice([512, 640, 768, 1024]))
    cols = int(rows * rng.choice([1.0, 1.25, 4 / 3]))
    ground = draw_texture(rng, texture, rows, cols)
    pixels, length, extent = draw_bar(rng, ground, style)
    return Example(spoil(rng, pixels), length, extent, f"{style} on {texture}")


def make_bad(seed: int, kind: str) -> Example:
    """One image of which no scale can be read."""
    rng = np.random.default_rng(seed)
    texture = {"wires only": "wires", "fringes only": "fringes"}.get(kind)
    ground = draw_texture(rng, texture or str(rng.choice(TEXTURES)), 640, 800)
    if kind == "no text":
        pixels, _, _ = draw_bar(rng, ground, "plain", text="")
    elif kind == "text only":
        pixels, _, _ = draw_bar(rng, ground, "plain", bar=False)
    elif kind == "two bars":
        pixels, length, extent = draw_bar(rng, ground, "plain", corner=0)
        for _ in range(20):
            pixels_2, length_2, extent_2 = draw_bar(rng, pixels, "plain", corner=3)
            if abs(length / extent / (length_2 / extent_2) - 1) > 0.1:
                pixels = pixels_2
                break
    elif kind == "cut bar":
        state = rng.bit_generator.state
        bare, _, _ = draw_bar(rng, ground, "plain", corner=0, bar=False)
        rng.bit_generator.state = state
        pixels, _, extent = draw_bar(rng, ground, "plain", corner=0)
        first = int(np.flatnonzero((pixels != bare).any(axis=0))[0])
        cut = first + int(rng.uniform(0.2, 0.8) * extent)
        pixels = pixels[:, cut:]
    else:
        pixels = ground.round().clip(0, 255).astype(np.uint8)
    return Example(spoil(rng, pixels), None, None, kind)


def draw_texture(rng: np.random.Generator, name: str, rows: int, cols: int) -> np.ndarray[Any, Any]:
    """A picture that looks like a micrograph from afar."""
    level = rng.uniform(60, 190)
    image = np.full((rows, cols), level, np.float32)
    image += cv2.resize(rng.normal(0, rng.uniform(2, 12), (5, 6)).astype(np.float32), (cols, rows))
    if name == "fringes":
        y, x = np.mgrid[:rows, :cols].astype(np.float32)
        angle = rng.choice([0.0, rng.uniform(0, np.pi), np.pi / 2])
        wave = 2 * np.pi / rng.uniform(5, 24) * (x * np.cos(angle) + y * np.sin(angle))
        image += rng.uniform(8, 35) * np.sin(wave)
    elif name in ("particles", "spheres"):
        depth = rng.uniform(40, 110) * (1 if name == "spheres" else -1)
        size = rng.uniform(6, 45)
        layer = np.zeros_like(image)
        for _ in range(int(rows * cols / size**2 / rng.uniform(8, 30))):
            centre = int(rng.integers(cols)), int(rng.integers(rows))
            radius = max(2, int(size * rng.lognormal(0, 0.2) / 2))
            if rng.random() < 0.3:
                box = cv2.RotatedRect(centre, (radius * 2.5, radius * 1.4), rng.uniform(0, 180))
                cv2.fillConvexPoly(layer, box.points().astype(np.int32), float(depth))
            else:
                cv2.circle(layer, centre, radius, float(depth * rng.uniform(0.6, 1)), -1)
        image += cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.8, 2.5))
    elif name == "wires":
        layer = np.zeros_like(image)
        for _ in range(int(rng.integers(15, 80))):
            x, y = rng.uniform(0, cols), rng.uniform(0, rows)
            angle = rng.choice([rng.uniform(0, np.pi), rng.normal(0, 0.02)])
            half = rng.uniform(20, 200)
            ends = [
                (int(x + side * half * np.cos(angle)), int(y + side * half * np.sin(angle)))
                for side in (-1, 1)
            ]
            cv2.line(layer, ends[0], ends[1], float(rng.uniform(50, 120)), int(rng.integers(2, 8)))
        image += cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.7, 1.8))
    noise = rng.normal(0, rng.uniform(3, 28), (rows, cols)).astype(np.float32)
    return image + cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.3, 1.0))


def write_length(rng: np.random.Generator, length: float) -> str:
    """A length [nm] as programs print it."""
    large = length >= 1000 or (length >= 100 and rng.random() < 0.25)
    value = length / 1000 if large else length
    unit = str(rng.choice(["µm", "μm", "um"], p=[0.6, 0.25, 0.15])) if large else "nm"
    number = f"{value:g}"
    if "." not in number and rng.random() < 0.15:
        number += str(rng.choice([".0", ".00"]))
    if rng.random() < 0.06:
        number = number.replace(".", ",")
    return number + str(rng.choice(["", " ", " "])) + unit


def draw_bar(
    rng: np.random.Generator,
    ground: np.ndarray[Any, Any],
    style: str,
    text: str | None = None,
    bar: bool = True,
    corner: int | None = None,
) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], float, float]:
    """Draw a bar and its text; give the picture, the length [nm] and the true extent [px]."""
    rows, cols = ground.shape
    length = float(rng.choice(LENGTHS) * rng.choice([1, 1, 1000]))
    text = write_length(rng, length) if text is None else text
    size = int(rng.uniform(0.025, 0.07) * rows) + 4
    font = ImageFont.truetype(str(FONTS[rng.integers(len(FONTS))]), size)
    picture = Image.fromarray(ground.round().clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    left, top, right, bottom = pen.textbbox((0, 0), text or "0", font=font)
    width, height = int(right - left), int(bottom - top)
    extent = int(max(rng.uniform(0.06, 0.32) * cols, 24))
    if style == "split":
        extent = max(extent, int(2.2 * width))
    thick = int(np.clip(rng.integers(1, max(3, rows // 70)), 1, extent // 5))
    gap = int(rng.uniform(0.25, 0.9) * size) + 2
    margin = int(0.03 * cols) + 2
    beside = style in ("plain", "strip", "outlined") and rng.random() < 0.25
    block_w = extent + gap + width if beside else max(extent, width)
    block_h = max(height, thick) if beside else height + gap + thick
    if style in ("graduated", "bracket", "ticks"):
        block_h += 2 * max(4, thick * 3)
    corner = int(rng.integers(4)) if corner is None else corner
    x = margin if corner in (0, 1) else cols - margin - block_w
    y = rows - margin - block_h if corner in (0, 2) else margin
    if style == "strip":
        strip = block_h + 2 * int(0.4 * size)
        dark = bool(rng.random() < 0.8)
        tone, colour = (int(rng.choice([0, 0, 20, 51])), 255) if dark else (255, 0)
        pen.rectangle((0, rows - strip, cols, rows), fill=tone)
        y = rows - strip + int(0.4 * size)
        footer_text(rng, pen, font, (x, block_w), (y, cols), colour)
    elif style == "boxed":
        tone, colour = ((0, 255), (255, 0))[int(rng.integers(2))]
        pad = int(0.35 * size) + 2
        pen.rectangle((x - pad, y - pad, x + block_w + pad, y + block_h + pad), fill=tone)
    else:
        under = np.asarray(picture)[y : y + block_h, x : x + block_w]
        choices = [
            value
            for value in (0, 255, 255, 0, 76, 226, 30)
            if np.mean(np.abs(under.astype(float) - value) > 55) > 0.93
        ]
        colour = int(rng.choice(choices)) if choices else (255 if under.mean() < 140 else 0)
    below = bool(rng.random() < 0.25) and style not in ("split", "graduated") and not beside
    bar_x = x if beside else x + (block_w - extent) // 2
    if beside:
        bar_y, text_at = y + (block_h - thick) // 2, (x + extent + gap, y + (block_h - height) // 2)
    elif below:
        bar_y, text_at = y, (x + (block_w - width) // 2, y + thick + gap)
    else:
        bar_y, text_at = y + height + gap, (x + (block_w - width) // 2, y)
    true = float(extent)
    if style == "split":
        bar_y = y + height // 2 + height
        text_at = (x + (block_w - width) // 2, bar_y + thick // 2 - height // 2)
    if bar:
        true = draw_line(rng, pen, style, (bar_x, bar_y), (extent, thick, width + gap), colour)
    ring = {"stroke_width": 1, "stroke_fill": 255 - colour} if style == "outlined" else {}
    pen.text((text_at[0] - left, text_at[1] - top), text, fill=colour, font=font, **ring)
    return np.asarray(picture), length, true


def draw_line(
    rng: np.random.Generator,
    pen: ImageDraw.ImageDraw,
    style: str,
    place: tuple[int, int],
    size: tuple[int, int, int],
    colour: int,
) -> float:
    """Draw the bar itself; its true extent [px] is measured between the middles of its ticks."""
    (x, y), (extent, thick, hole) = place, size
    if style == "graduated":
        parts = 10
        step = max(extent // parts, 4)
        tall = max(6, thick * 2)
        for index in range(parts + 1):
            high = tall if index in (0, parts // 2, parts) else tall * 2 // 3
            pen.rectangle((x + index * step, y, x + index * step + 1, y + high), fill=colour)
        return float(parts * step)
    if style == "outlined":
        pen.rectangle((x - 1, y - 1, x + extent, y + thick), fill=255 - colour)
    if style == "split":
        thick = min(thick, 3)
        half = (extent - hole) // 2
        pen.rectangle((x, y, x + half - 1, y + thick - 1), fill=colour)
        pen.rectangle((x + extent - half, y, x + extent - 1, y + thick - 1), fill=colour)
    else:
        thick = min(thick, 4) if style in ("ticks", "bracket") else thick
        pen.rectangle((x, y, x + extent - 1, y + thick - 1), fill=colour)
    if style not in ("ticks", "bracket", "split"):
        return float(extent)
    tick = int(rng.integers(1, 4))
    up = max(3, 2 * thick)
    down = up if style != "bracket" else 0
    for left in (x, x + extent - tick):
        pen.rectangle((left, y - up, left + tick - 1, y + thick - 1 + down), fill=colour)
    return float(extent - tick)


def footer_text(
    rng: np.random.Generator,
    pen: ImageDraw.ImageDraw,
    font: Any,
    taken: tuple[int, int],
    place: tuple[int, int],
    colour: int,
) -> None:
    """Print what data bars say besides, where the bar leaves room."""
    words = [
        f"WD {rng.uniform(2, 15):.1f} mm",
        f"{rng.choice([5, 10, 15, 20])}.0 kV",
        f"x{rng.choice([10, 50, 100])}.0k",
        f"{rng.integers(1, 29):02d}/{rng.integers(1, 13):02d}/2024",
        "SE2",
    ]
    rng.shuffle(words)
    (x, width), (y, cols) = taken, place
    spans = [(int(0.02 * cols), x - 20), (x + width + 20, int(0.98 * cols))]
    for at, stop in spans:
        for word in words[: int(rng.integers(0, 4))]:
            need = int(pen.textlength(word, font=font))
            if at + need < stop:
                pen.text((at, y), word, fill=colour, font=font)
                at += need + int(0.05 * cols)


def spoil(
    rng: np.random.Generator, pixels: np.ndarray[Any, np.dtype[np.uint8]]
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Blur a little and compress as a JPEG, as figures in papers are; either, both, or neither."""
    fate = rng.random()
    if fate < 0.2:
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(0.4, 0.8)))
    if fate < 0.6:
        quality = int(rng.integers(60, 98))
        coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        pixels = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    return np.asarray(pixels, np.uint8)
