"""Scale bars drawn over simulated micrographs: how many are read right, wrong, or not at all.

Run ``python benchmarks/scale_simulated.py [N] [--seed S] [--jobs J] [--worst FOLDER]``. N images
(2,000 by default) carry one bar each; N/10 more carry none that could be read, and any answer there
is wrong. Right means within 2 % or within 1 px of the bar's length, whichever is wider.
"""

import argparse
import dataclasses
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from _bars import BAD, Example, make, make_bad
from micrographia import Micrograph
from micrographia.calibration import Calibration, CalibrationSettings, calibrate


def judge(example: Example, found: Calibration) -> str:
    """Right, wrong or not read."""
    if found.pixel_size is None:
        return "not read"
    if example.length_nm is None or example.bar_px is None:
        return "wrong"
    truth = example.length_nm / example.bar_px
    off = abs(found.pixel_size.mean / truth - 1)
    return "right" if off <= max(0.02, 1 / example.bar_px) else "wrong"


@dataclasses.dataclass(frozen=True)
class Case:
    """What came of one image."""

    seed: int
    kind: str
    truth: tuple[float | None, float | None]
    verdict: str
    said: list[str]
    bar: float | None
    likely: bool
    seconds: float


def run(seed: int, bad: str | None) -> Case:
    """Draw one image and read its scale."""
    example = make(seed) if bad is None else make_bad(seed, bad)
    start = time.perf_counter()
    found = calibrate(Micrograph(example.pixels), CalibrationSettings(read_bar="always"))
    seconds = time.perf_counter() - start
    bar = None if found.bar is None else found.bar.length_px
    likely = found.bar is not None and (found.pixel_size is not None or found.bar.score > 0.6)
    truth = (example.length_nm, example.bar_px)
    said = [item.text for item in found.evidence]
    return Case(seed, example.kind, truth, judge(example, found), said, bar, likely, seconds)


def run_all(n: int, seed: int, jobs: int) -> Iterator[Case]:
    """All images in order, by several processes where asked."""
    seeds = [seed * 1_000_000 + index for index in range(n + n // 10)]
    kinds = [None if index < n else BAD[index % len(BAD)] for index in range(len(seeds))]
    if jobs == 1:
        yield from map(run, seeds, kinds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run, seeds, kinds, chunksize=8)


def main() -> None:
    """Measure and print the tables and the worst cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes; times mean little above 1")
    parser.add_argument("--worst", type=Path, help="folder for pictures of what was not right")
    options = parser.parse_args()
    verdicts: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    errors, seconds, worst = [], [], []
    for case in run_all(options.n, options.seed, options.jobs):
        seconds.append(case.seconds)
        if len(seconds) % 200 == 0:
            print(f"{len(seconds)} images: {dict(total)}", file=sys.stderr, flush=True)
        if case.truth[1] is None:
            bad[case.kind, case.verdict] += 1
        else:
            style, texture = case.kind.split(" on ")
            verdicts[style, case.verdict] += 1
            verdicts["on " + texture, case.verdict] += 1
            total[case.verdict] += 1
            if case.bar is not None and case.likely:
                errors.append(abs(case.bar - case.truth[1]))
        if case.verdict == "wrong" or (case.verdict == "not read" and case.truth[1] is not None):
            worst.append(case)
    print(f"{'':16}{'right':>8}{'wrong':>8}{'not read':>10}")
    for kind in sorted({kind for kind, _ in verdicts}):
        row = [verdicts[kind, verdict] for verdict in ("right", "wrong", "not read")]
        print(f"{kind:16}" + "".join(f"{value / sum(row):9.1%}" for value in row))
    row = [total[verdict] for verdict in ("right", "wrong", "not read")]
    print(f"{f'all {sum(row)}':16}" + "".join(f"{value / sum(row):9.2%}" for value in row))
    print(f"bars found: {len(errors)}, within 1 px: {np.mean(np.array(errors) <= 1):.2%}")
    print(f"median time {np.median(seconds):.2f} s, 95 % below {np.percentile(seconds, 95):.2f} s")
    for kind in BAD:
        wrong = bad[kind, "wrong"]
        print(f"{kind:16} answered {wrong} of {wrong + bad[kind, 'not read']}")
    for case in sorted(worst, key=lambda case: case.verdict != "wrong"):
        truth = "{} nm over {} px".format(*case.truth)
        bar = None if case.bar is None else round(case.bar, 1)
        name = f"seed {case.seed} {case.kind}"
        print(f"{case.verdict:9} {name}: {truth}; bar {bar} px, said {case.said}")
        if options.worst is not None:
            options.worst.mkdir(parents=True, exist_ok=True)
            drawn = make(case.seed) if case.truth[1] else make_bad(case.seed, case.kind)
            path = options.worst / f"{case.verdict}_{case.seed}.png"
            cv2.imwrite(str(path), drawn.pixels)


if __name__ == "__main__":
    main()
