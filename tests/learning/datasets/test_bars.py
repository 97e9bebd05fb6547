"""Who trains on images with bars is told so, and the model says what it wants done with them."""

import numpy as np
import pytest
from PIL import Image

from micrographia.learning.datasets import DatasetSettings, open_dataset
from micrographia.learning.datasets._bars import bars_of, kept_bars_note


def picture(footer):
    pixels = np.random.default_rng(0).normal(120, 20, (200, 300)).clip(0, 255).astype(np.uint8)
    if footer:
        pixels[180:] = 0
        pixels[186:194, 20:280:4] = 255
    return pixels


@pytest.fixture
def labelled(tmp_path):
    """Makes eight images of two classes, of which so many have a data bar."""

    def make(barred, **settings):
        for k in range(8):
            folder = tmp_path / f"data-{barred}" / "ab"[k % 2]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.roll(picture(k < barred), 7 * k, axis=1)).save(folder / f"{k}.png")
        return open_dataset(tmp_path / f"data-{barred}", DatasetSettings(**settings))

    return make


def test_a_person_is_told_of_bars_that_a_model_would_learn_from(labelled):
    note = kept_bars_note(labelled(3))
    assert note is not None
    assert note.startswith("3 of 8 images looked at have a data bar or scale bar")
    assert "dataset.bars = 'fill'" in note


def test_nothing_is_said_where_bars_are_taken_away_or_hardly_occur(labelled):
    assert kept_bars_note(labelled(3, bars="crop")) is None
    assert kept_bars_note(labelled(1)) is None


@pytest.mark.parametrize(
    ("barred", "settings", "bars"),
    [
        (3, {}, "keep"),
        (0, {}, "fill"),
        (1, {}, "fill"),
        (3, {"bars": "crop"}, "crop"),
        (0, {"bars": "fill"}, "fill"),
    ],
)
def test_a_model_wants_bars_as_it_has_seen_them(labelled, barred, settings, bars):
    assert bars_of(labelled(barred, **settings)) == bars
