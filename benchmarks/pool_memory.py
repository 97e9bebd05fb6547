"""Peak memory of pooling the particles of many images into one table.

    python benchmarks/pool_memory.py

Each image has 500 particles of 45 columns. Every number of images is pooled in a process of its
own; printed are the peak resident memory, the part of it above that of an idle process, and the
time. Memory is flat if the second number does not grow with the images.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNTS = (1, 10, 100, 1000)
ROWS, COLUMNS = 500, 45


def pool(count: int) -> None:
    """Pool `count` images and print what it took."""
    import numpy as np
    import pandas as pd

    from micrographia.batch._plan import PlannedImage
    from micrographia.batch._pool import pool_particles

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        images = [PlannedImage(i, out / f"{i}.tif", f"image {i}", "gold") for i in range(count)]
        numbers = np.random.default_rng(0).normal(size=(ROWS, COLUMNS))
        table = pd.DataFrame(numbers, columns=[f"column{i}_nm" for i in range(COLUMNS)])
        first = out / images[0].name / "particles.parquet"
        for image in images:
            (out / image.name).mkdir()
        table.to_parquet(first)
        for image in images[1:]:
            os.link(first, out / image.name / "particles.parquet")
        pool_particles(out, images[:1])
        before = peak()
        start = time.perf_counter()
        pool_particles(out, images)
        seconds = time.perf_counter() - start
        print(
            f"{count:6d} images: {peak():5.0f} MB, {peak() - before:5.0f} MB more, {seconds:.1f} s"
        )


def peak() -> float:
    """Peak resident memory of this process [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        pool(int(sys.argv[1]))
    else:
        for count in COUNTS:
            subprocess.run([sys.executable, __file__, str(count)], check=True)
