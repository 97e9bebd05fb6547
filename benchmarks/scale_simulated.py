"""Scale bars drawn over simulated micrographs: how many are read right, wrong, or not at all.

Run ``python benchmarks/scale_simulated.py [N] [--seed S] [--worst FOLDER]``. N images (2,000 by
default) carry one bar each; N/10 more carry none that could be read, and any answer there is
wrong. Right means within 2 % or within 1 px of the bar's length, whichever is wider.
"""

import argparse
import time
from collections import Counter
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


def main() -> None:
    """Measure and print the tables and the worst cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worst", type=Path, help="folder for pictures of what was not right")
    options = parser.parse_args()
    verdicts: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    errors, seconds, worst = [], [], []
    first = options.seed * 1_000_000
    for index in range(options.n + options.n // 10):
        if index < options.n:
            example = make(first + index)
        else:
            example = make_bad(first + index, BAD[index % len(BAD)])
        start = time.perf_counter()
        found = calibrate(Micrograph(example.pixels), CalibrationSettings(read_bar="always"))
        seconds.append(time.perf_counter() - start)
        verdict = judge(example, found)
        if example.bar_px is None:
            bad[example.kind, verdict] += 1
        else:
            verdicts[example.kind.split(" on ")[0], verdict] += 1
            verdicts["on " + example.kind.split(" on ")[1], verdict] += 1
            total[verdict] += 1
            if found.bar is not None and (found.pixel_size is not None or found.bar.score > 0.6):
                errors.append(abs(found.bar.length_px - example.bar_px))
        if verdict == "wrong" or (verdict == "not read" and example.bar_px is not None):
            said = [item.text for item in found.evidence]
            bar = None if found.bar is None else round(found.bar.length_px, 1)
            worst.append((verdict, first + index, example, said, bar))
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
    for verdict, seed, example, said, bar in sorted(worst, key=lambda case: case[0] != "wrong"):
        truth = f"{example.length_nm} nm over {example.bar_px} px"
        print(f"{verdict:9} seed {seed} {example.kind}: {truth}; bar {bar} px, said {said}")
        if options.worst is not None:
            options.worst.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(options.worst / f"{verdict}_{seed}.png"), example.pixels)


if __name__ == "__main__":
    main()
