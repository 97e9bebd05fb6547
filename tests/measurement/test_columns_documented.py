"""docs/columns.md says of every column and every key what the program means by it."""

import re
from pathlib import Path

import numpy as np
import pytest

from micrographia.measurement import COLUMNS, measure, summarize
from micrographia.micrograph import PixelSize

PAGE = (Path(__file__).parents[2] / "docs" / "columns.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<key>\w+)` \| (?P<rest>.*) \|$", re.MULTILINE)
# What is below these is named by the data.
OPEN = {"left_out", "bic"}


def entries(heading):
    part = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return {match["key"]: match["rest"] for match in ROW.finditer(part)}


def keys(value):
    """Every key of a nested dict."""
    if isinstance(value, list):
        return set().union(*map(keys, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    below = (keys(inner) for name, inner in value.items() if name not in OPEN)
    return set(value).union(*below)


def test_every_column_has_its_row_word_for_word():
    expected = {
        column.name: " | ".join([column.unit, column.definition, column.equation, column.source])
        for column in COLUMNS
    }
    assert entries("Particles") == expected


@pytest.mark.parametrize("count", [0, 60])
def test_every_key_of_the_summary_has_its_row(count):
    labels = np.zeros((200, 700), np.int32)
    rng = np.random.default_rng(0)
    for k in range(count):
        row, col = 20 + 60 * (k // 20), 20 + 33 * (k % 20)
        size = (6 if k % 2 else 18) + rng.integers(0, 4)
        labels[row : row + size, col : col + size] = k + 1
    size = PixelSize(0.5, 0.5, "user", 0.01)
    summary = summarize(measure(labels, pixel_size=size), size).to_dict()
    assert keys(summary) - set(entries("Summary")) == set()


def test_no_row_describes_a_key_that_does_not_exist():
    text = " ".join(path.read_text() for path in _sources())
    for key in entries("Summary"):
        assert f'"{key}"' in text or re.search(rf"\b{key}\b: ", text), key


def _sources():
    import micrographia.measurement as package

    return sorted(Path(package.__file__).parent.glob("*.py"))
