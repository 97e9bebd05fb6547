"""Time to read a 2048 x 2048 image: python benchmarks/reading_speed.py

Each format is read once to warm up, then five times; the median is printed.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

import micrographia as mg


def write(folder):
    """The same noise in each format."""
    random = np.random.default_rng(0)
    noise = random.normal(120, 20, (2048, 2048)).clip(0, 255).astype(np.uint8)
    tifffile.imwrite(folder / "plain.tif", noise)
    tifffile.imwrite(folder / "deflate.tif", noise, compression="zlib")
    Image.fromarray(noise).save(folder / "image.png")
    Image.fromarray(noise).save(folder / "image.jpg", quality=92)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        for path in sorted(folder.iterdir()):
            mg.read(path)
            times = []
            for _ in range(5):
                start = time.perf_counter()
                mg.read(path)
                times.append(time.perf_counter() - start)
            print(f"{path.name:12s} {statistics.median(times):.3f} s")


if __name__ == "__main__":
    main()
