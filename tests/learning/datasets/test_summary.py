"""A summary counts classes and groups, shows pictures, and says what a person should doubt."""

import json

import cv2
import numpy as np
import pytest

from micrographia.learning import DatasetSettings, open_dataset
from micrographia.learning.datasets import summarize_dataset, write_summary
from micrographia.learning.datasets._sheet import choose_examples


@pytest.fixture
def dataset(tmp_path):
    rng = np.random.default_rng(0)
    for label, count in (("rods & <tips>", 24), ("wires", 2)):
        for index in range(count):
            path = tmp_path / "set" / label / f"a{index // 4}_{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), rng.integers(0, 256, (20, 30), np.uint8))
    return open_dataset(tmp_path / "set", DatasetSettings(group_pattern=r"(.+/a\d+)_"))


def test_images_and_groups_of_every_class_are_counted(dataset):
    summary = summarize_dataset(dataset)
    assert summary["classes"] == [
        {"name": "rods & <tips>", "images": 24, "groups": 6, "largest_group": 4},
        {"name": "wires", "images": 2, "groups": 1, "largest_group": 2},
    ]
    assert summary["sizes"] == {"20 × 30": 26}
    assert json.loads(json.dumps(summary)) == summary


def test_what_makes_figures_doubtful_is_said(dataset):
    notes = " ".join(summarize_dataset(dataset)["notes"])
    assert "wires: fewer than a tenth" in notes
    assert "wires: more than half of the images lie in one group" in notes
    assert "fewer than five groups in: wires (1)" in notes


def test_examples_come_from_different_groups_first(dataset):
    rows = choose_examples(dataset, 6)["rods & <tips>"]
    assert len(set(dataset.groups[rows])) == 6


def test_the_page_needs_nothing_else_and_escapes_names(dataset, tmp_path):
    page = write_summary(dataset, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert "rods &amp; &lt;tips&gt;" in text
    assert "<tips>" not in text
    assert text.count("data:image/png;base64,") == 2
    assert "http" not in text.replace("http-equiv", "")
    sheet = cv2.imread(str(tmp_path / "out/contact.png"), 0)
    assert sheet.shape[0] == 2 * 150
    again = open_dataset(tmp_path / "out/manifest.csv", DatasetSettings(near_duplicates="ignore"))
    assert again.groups.tolist() == dataset.groups.tolist()
    assert again.y.tolist() == dataset.y.tolist()
