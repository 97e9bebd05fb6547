"""Time and memory from file to saved result, beside the same job written with scikit-image.

    python benchmarks/speed.py [--sizes 1024 2048 4096 8192] [--runs 5]

Every run is a fresh process. Wall time is from its start to its end, imports and all; memory is
the peak resident set of the process. The image is a phantom (discs and ellipses, blur 1 px, noise)
with about 250 particles a million pixels: 1,000 particles at 2048 x 2048.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

from micrographia.simulation.phantoms import draw, scatter

HERE = Path(__file__).parent
SCALE = 0.5  # nm


def image(size, folder):
    """Write the phantom of one size; returns its path and the number of its particles."""
    tile, side = 1024, max(size // 1024, 1)
    lengths = np.random.default_rng(1).lognormal(np.log(33), 0.12, 250)
    outlines = scatter(["disc", "ellipse"], lengths, (tile, tile), aspect=1.3, seed=2)
    phantom = draw(outlines, (tile, tile), blur=1.0)
    pixels = np.tile(phantom.pixels, (side, side))
    random = np.random.default_rng(3)
    for rows in np.array_split(np.arange(len(pixels)), side):
        pixels[rows] += random.normal(0, 8, (len(rows), pixels.shape[1]))
    path = folder / f"phantom-{size}.tif"
    tifffile.imwrite(
        path,
        pixels.clip(0, 255).astype(np.uint8),
        imagej=True,
        resolution=(1 / SCALE, 1 / SCALE),
        metadata={"unit": "nm"},
    )
    return path, len(outlines) * side**2


def run(command):
    """Wall seconds and peak MB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{output.decode()}")
    return wall, usage.ru_maxrss / 1024


def report(name, figures):
    walls, memories = zip(*figures, strict=True)
    print(
        f"{name:34s} {statistics.median(walls):7.2f} s (min {min(walls):.2f}, max {max(walls):.2f})"
        f"  peak {max(memories):6.0f} MB"
    )
    return statistics.median(walls)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 2048, 4096, 8192])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-rival", action="store_true")
    options = parser.parse_args()
    python = sys.executable
    report("import micrographia", [run([python, "-c", "import micrographia"]) for _ in range(5)])
    report("python -c pass", [run([python, "-c", "pass"]) for _ in range(5)])
    report("micrographia --help", [run([python, "-m", "micrographia", "--help"]) for _ in range(5)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in options.sizes:
            path, count = image(size, folder)
            print(f"{size} x {size}, {count} particles")
            ours, theirs = [], []
            for number in range(options.runs if size <= 4096 else max(1, options.runs // 3)):
                out = folder / f"ours-{size}-{number}"
                ours.append(run([python, "-m", "micrographia", "analyze", path, "-o", out]))
                if not options.no_rival and size <= 4096:
                    rival = [python, HERE / "_plain_skimage.py", path, folder / "rival", SCALE]
                    theirs.append(run([*map(str, rival)]))
            mine = report("  micrographia analyze", ours)
            if theirs:
                other = report("  plain scikit-image", theirs)
                print(f"  ratio {mine / other:.2f}")


if __name__ == "__main__":
    main()
