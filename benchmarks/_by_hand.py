"""What a model calls the particles of PMD-2324 whose outlines a hand has named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from micrographia import AnalysisSettings, analyze, read


def named_by_hand(
    data: Path, settings: AnalysisSettings, column: str
) -> Iterator[tuple[str, str | None]]:
    """The hand's name of each particle, and the model's; None where it was not found (IoU 0.5)."""
    for path in sorted((data / "PMD-2324").glob("*/truth.json")):
        shapes = json.loads(path.read_text(encoding="utf-8")).get("shapes", {})
        if not shapes:
            continue
        truth = np.asarray(Image.open(path.with_name("labels.png")))
        result = analyze(read(path.with_name("image.png")), settings)
        names = dict(zip(result.particles["id"], result.particles[column], strict=True))
        for number, shape in shapes.items():
            mask = truth == int(number)
            under = np.bincount(result.labels[mask], minlength=1)
            under[0] = 0
            best = int(under.argmax())
            found = best and under[best] / (mask | (result.labels == best)).sum() >= 0.5
            yield shape, names[best] if found else None
