"""Images are looked at once; a changed file again, and a damaged memory is as good as none."""

import os

import cv2
import numpy as np
import pytest

from micrographia.learning import open_dataset
from micrographia.learning.datasets import _scan


@pytest.fixture
def looked(tmp_path, monkeypatch):
    """The files that were looked at, with everything remembered at once."""
    seen = []

    def look(path, frame=None, look=_scan._look):
        seen.append(path.name)
        return look(path, frame)

    monkeypatch.setattr(_scan, "_look", look)
    monkeypatch.setattr(_scan, "_WORTH_KEEPING", -1.0)
    monkeypatch.setenv("MICROGRAPHIA_CACHE", str(tmp_path / "cache"))
    return seen


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a/1.png", "a/2.png", "b/3.png", "b/4.png"):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "set" / name), rng.integers(0, 256, (20, 24), np.uint8))
    return tmp_path / "set"


def test_images_are_looked_at_once(folders, looked):
    first = open_dataset(folders)
    assert looked == ["1.png", "2.png", "3.png", "4.png"]
    looked.clear()
    again = open_dataset(folders)
    assert looked == []
    assert again.table.equals(first.table)


def test_a_changed_image_is_looked_at_again(folders, looked):
    open_dataset(folders)
    looked.clear()
    cv2.imwrite(str(folders / "a/2.png"), np.zeros((9, 9), np.uint8))
    os.utime(folders / "a/2.png", (1, 1))
    assert open_dataset(folders).table["rows"].tolist() == [20, 9, 20, 20]
    assert looked == ["2.png"]


def test_a_damaged_memory_is_not_used(folders, looked, tmp_path):
    open_dataset(folders)
    looked.clear()
    (file,) = (tmp_path / "cache").rglob("*.npz")
    file.write_bytes(file.read_bytes()[:300])
    assert len(open_dataset(folders)) == 4
    assert len(looked) == 4
