from functools import cache
from pathlib import Path

import numpy as np
import pytest

from micrographia.simulation.examples import EXAMPLES, make, write

made = cache(make)
SHIPPED = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_labels_agree_with_the_outlines_that_were_drawn(example):
    _, labels, outlines = made(example)
    areas = np.bincount(labels.ravel(), minlength=len(outlines) + 1)[1:]
    covered = sum(outline.area for outline in outlines)
    assert areas.sum() == pytest.approx(covered, rel=0.01)
    assert (areas > 0).all()


def test_sizes_follow_the_median_that_was_asked_for():
    spheres = EXAMPLES[0]
    lengths = [outline.length for outline in made(spheres)[2]]
    assert np.median(lengths) == pytest.approx(spheres.median, rel=0.06)


def test_a_drawn_bar_has_the_length_that_its_text_says():
    rods = next(example for example in EXAMPLES if example.name == "gold-rods")
    pixels, _, _ = made(rods)
    row = pixels[768 - 22]
    assert (row[20:240] == 255).sum() == round(rods.bar / rods.pixel_size)


def test_the_shipped_files_are_what_the_generator_writes(tmp_path):
    write(tmp_path)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    for path in files:
        if path.suffix == ".csv":
            text = (SHIPPED / path).read_text(encoding="utf-8")
            assert text == (tmp_path / path).read_text(encoding="utf-8")
    assert {str(path) for path in files} <= {
        str(path.relative_to(SHIPPED)) for path in SHIPPED.rglob("*.*")
    }
