"""Time of one image of 2,048 x 2,048 pixels with a scale bar, after the recogniser is loaded.

Run ``python benchmarks/scale_speed.py [FILE...]``: simulated images, one of each texture, or files
read from the pixels alone. Printed are the medians of five runs: wall time, which means something
on a machine that does nothing else only, and processor time over all threads.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np

from _bars import TEXTURES, draw_bar, draw_texture, spoil
from micrographia import Micrograph, read
from micrographia.calibration import CalibrationSettings, calibrate

SIDE, REPEATS = 2048, 5


def simulated(texture: str) -> Micrograph:
    """A large image with a plain bar."""
    rng = np.random.default_rng(TEXTURES.index(texture))
    pixels, _, _ = draw_bar(rng, draw_texture(rng, texture, SIDE, SIDE), "plain")
    return Micrograph(spoil(rng, pixels), name=f"simulated, {texture}")


def measure(image: Micrograph) -> tuple[float, float, str]:
    """Median wall and processor time [s], and what was read."""
    settings = CalibrationSettings(read_bar="always")
    found = calibrate(image, settings)  # loads the recogniser
    walls, works = [], []
    for _ in range(REPEATS):
        wall, work = time.perf_counter(), time.process_time()
        calibrate(image, settings)
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return statistics.median(walls), statistics.median(works), str(found.text)


def main() -> None:
    """Measure and print a line for each image."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="*")
    options = parser.parse_args()
    images = [read(path) for path in options.files]
    images = [Micrograph(image.pixels, name=image.name) for image in images]
    for image in images or map(simulated, TEXTURES):
        wall, work, text = measure(image)
        size = " x ".join(map(str, image.shape))
        print(f"{image.name:32} {size:>13}  {wall:5.2f} s  {work:5.2f} s of processor  {text}")


if __name__ == "__main__":
    main()
