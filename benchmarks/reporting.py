"""Time and size of pictures and report on synthetic scenes.

    python benchmarks/reporting.py                 # overlay, histogram, montage at 2048 × 2048
    python benchmarks/reporting.py --side 8192 --particles 16000
    python benchmarks/reporting.py --images 200    # a report of so many images

Times are the median of five, one OpenCV thread; the memory is the peak of the process.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from micrographia.micrograph import Micrograph, PixelSize
from micrographia.reporting import (
    ImageReport,
    RunReport,
    draw_histogram,
    draw_montage,
    draw_overlay,
    histogram_svg,
    save_png,
    write_report,
)


def scene(side: int, count: int) -> tuple[Micrograph, np.ndarray, pd.DataFrame]:
    """Ellipses on a noisy ground, one in seven left out."""
    rng = np.random.default_rng(0)
    across = int(np.ceil(np.sqrt(count)))
    step = side / across
    labels = np.zeros((side, side), np.int32)
    for k in range(count):
        centre = int((k % across + 0.5) * step), int((k // across + 0.5) * step)
        axes = rng.uniform(0.2, 0.48, 2) * step
        cv2.ellipse(
            labels, centre, axes.astype(int).tolist(), rng.uniform(0, 180), 0, 360, k + 1, -1
        )
    pixels = np.empty((side, side), np.uint8)
    for row in range(side):
        line = rng.normal(160, 12, side) - 70 * (labels[row] > 0)
        pixels[row] = line.clip(0, 255).astype(np.uint8)
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    table = pd.DataFrame({"id": np.arange(1, count + 1), "ecd_px": np.sqrt(4 * areas / np.pi)})
    table["ecd_nm"] = table["ecd_px"] * 0.21
    table["counted"] = rng.random(count) > 1 / 7
    table["reason"] = np.where(table["counted"], "", "border")
    return Micrograph(pixels, PixelSize(0.21, 0.21, "user", 0.01)), labels, table


def median_time(action: Callable[[], object]) -> float:
    """Seconds, the median of five after one run that warms up."""
    times = []
    action()
    for _ in range(5):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--particles", type=int, default=1000)
    parser.add_argument("--images", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    image, labels, table = scene(options.side, options.particles)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        picture = draw_overlay(image, labels, table)
        save_png(folder / "overlay.png", picture)
        if options.images:
            svg = histogram_svg(table, None)
            reports = [
                ImageReport(f"image {k}", thumbnail=folder / "overlay.png", histogram=svg)
                for k in range(options.images)
            ]
            start = time.perf_counter()
            page = write_report(folder, RunReport(reports, particles=table))
            print(f"report of {options.images} images: {time.perf_counter() - start:.1f} s, "
                  f"{page.stat().st_size / 1e6:.1f} MB")  # fmt: skip
        else:
            for what, action in {
                "overlay": lambda: draw_overlay(image, labels, table),
                "PNG of it": lambda: save_png(folder / "overlay.png", picture),
                "montage": lambda: draw_montage(image, labels, table),
                "histogram": lambda: draw_histogram(table, None, folder / "histogram.png"),
            }.items():
                print(f"{what:10} {median_time(action):.3f} s")
    print(f"peak RSS   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
