"""Scale bars of real micrographs, read from the pixels alone.

Run ``python benchmarks/scale_real.py DATA [--out RESULTS.json]``, where DATA is the folder that
holds ``scalebar_truth.csv`` and the images that it names (columns file, length_nm, bar_px,
nm_per_px; at least a length, or a scale). Tags of the files are not used. Right means within 2 %
or within 1 px of the bar's length, whichever is wider; a row that states a length only is right
where that length was read. Averages are over the images of a folder, then over folders.
"""

import argparse
import csv
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from micrographia import Micrograph, read
from micrographia.calibration import Calibration, CalibrationSettings, calibrate


def judge(row: dict[str, str], found: Calibration) -> tuple[str, str]:
    """Right, wrong or not read, with a line that says why."""
    readings = [item for item in found.evidence if item.nm_per_px is not None]
    if found.pixel_size is None:
        return "not read", f"evidence {[item.text for item in readings]}"
    value = found.pixel_size.mean
    if row["nm_per_px"]:
        truth = float(row["nm_per_px"])
        length = float(row["bar_px"] or 0)
        if not length and row["length_nm"]:
            length = float(row["length_nm"]) / truth
        allowed = max(0.02, 1 / length if length else 0.0)
        off = abs(value / truth - 1)
        return ("right" if off <= allowed else "wrong"), f"{value:.5g} for {truth:.5g} nm/px"
    wanted = float(row["length_nm"])
    length = found.bar.length_px if found.bar else float("nan")
    read_length = value * length
    right = abs(read_length / wanted - 1) < 0.02
    return ("right" if right else "wrong"), f"{found.text!r} for {row['text']!r}"


def main() -> None:
    """Measure, print the table and the cases that are not right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with (options.data / "scalebar_truth.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    results: list[dict[str, Any]] = []
    for row in rows:
        image = read(options.data / row["file"])
        bare = Micrograph(image.pixels, name=image.name)
        start = time.perf_counter()
        found = calibrate(bare, CalibrationSettings(read_bar="always"))
        seconds = time.perf_counter() - start
        verdict, why = judge(row, found)
        results.append({"file": row["file"], "verdict": verdict, "why": why, "s": seconds})
    print(f"{'folder':44}{'n':>5}{'right':>8}{'wrong':>8}{'not read':>10}{'s':>7}")
    folders: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        folders[result["file"].split("/")[0]].append(result)
    shares = []
    for name, group in folders.items():
        share = [
            np.mean([result["verdict"] == verdict for result in group])
            for verdict in ("right", "wrong", "not read")
        ]
        shares.append(share)
        seconds = float(np.median([result["s"] for result in group]))
        columns = "".join(
            f"{value:{width}.1%}" for value, width in zip(share, (8, 8, 10), strict=True)
        )
        print(f"{name:44}{len(group):5}{columns}{seconds:7.2f}")
    mean = np.mean(shares, axis=0)
    print(f"{'mean over folders':44}{len(results):5}{mean[0]:8.1%}{mean[1]:8.1%}{mean[2]:10.1%}")
    for result in results:
        if result["verdict"] != "right":
            print(f"{result['verdict']:9} {result['file']}: {result['why']}")
    if options.out:
        options.out.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
