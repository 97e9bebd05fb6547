"""Images a second of every simulation family, written to disk with their truth.

    python benchmarks/simulation_speed.py [FAMILY ...] [--workers 2] [--images N]

A row for each family and size: images a second of a whole run (start of the processes included),
images a second once the processes are warm (from the times of the images themselves), processor
time an image (start of the processes included), and the largest memory of one process. Where the
machine does other things too, the processor time is the figure to go by.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from micrographia.simulation import load_family, simulate_many

CASES: list[tuple[str, dict[str, object], int, float]] = [
    ("outlines", {"size": 128}, 3000, 300.0),
    ("polyhedra", {"size": 128}, 3000, 300.0),
    ("micrographs", {"size": 256}, 200, 20.0),
    ("micrographs", {"size": 1024}, 40, 4.0),
    ("carbon", {"size": 256}, 200, 20.0),
    ("carbon", {"size": 1024}, 40, 0.0),
    ("sem", {"size": 256}, 200, 20.0),
]
"""Family, settings, images, images a second wanted (0: none stated)."""


WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
"""A run of one chunk is made in this process, others by processes that it starts."""


def _processor_time() -> float:
    """Seconds that this process and those that it started and saw end have computed."""
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, WHO))


def measure(family: str, values: dict[str, object], images: int, workers: int) -> str:
    """One run in a fresh folder; gives a row of the table."""
    config = load_family(family).Config.parse(values)
    moments: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        before = _processor_time()
        start = time.perf_counter()
        simulate_many(
            family, images, 0, Path(folder) / "run", config, workers=workers,
            progress=lambda done, total: moments.append((time.perf_counter(), done)),
        )  # fmt: skip
        wall = time.perf_counter() - start
    spent = _processor_time() - before
    half = next(k for k, (_, done) in enumerate(moments) if done >= images // 2)
    last = next(k for k, (_, done) in enumerate(moments) if done >= images)
    warm = (moments[last][1] - moments[half][1]) / (moments[last][0] - moments[half][0])
    memory = max(resource.getrusage(who).ru_maxrss for who in WHO) / 1024
    return f"{images / wall:.0f} | {warm:.0f} | {1e3 * spent / images:.1f} | {memory:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--images", type=int, help="instead of the table's numbers")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one is not None:  # in a process of its own, so that memory is this case's
        family, values, images, _ = CASES[chosen.one]
        print(measure(family, values, chosen.images or images, chosen.workers))
        return
    print("family | size | images/s | warm images/s | CPU ms/image | MiB | wanted images/s")
    for number, (family, values, images, wanted) in enumerate(CASES):
        if chosen.families and family not in chosen.families:
            continue
        command = [sys.executable, __file__, "--one", str(number), "--workers", str(chosen.workers)]
        command += ["--images", str(chosen.images or images)]
        row = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        print(f"{family} | {values.get('size', '')} | {row} | {wanted:g}", flush=True)


if __name__ == "__main__":
    main()
