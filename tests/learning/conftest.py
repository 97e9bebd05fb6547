"""Small images that a method learns in seconds."""

import numpy as np
import pytest

from micrographia.learning.settings import TrainingSettings


def draw(count, seed=0, size=24):
    """Noise with a disk, a square or a bar in it: images and names of classes."""
    random = np.random.default_rng(seed)
    names = np.array(["bar", "disk", "square"])
    images = random.integers(0, 70, (count, size, size)).astype(np.uint8)
    y, x = np.mgrid[0:size, 0:size]
    labels = names[np.arange(count) % 3]
    for image, label in zip(images, labels, strict=True):
        row, col = random.integers(9, size - 9, 2)
        away = np.abs(y - row), np.abs(x - col)
        mask = {
            "bar": (away[0] < 2) & (away[1] < 9),
            "disk": away[0] ** 2 + away[1] ** 2 < 30,
            "square": (away[0] < 7) & (away[1] < 7),
        }[label]
        image[mask] += 140
    return images, labels


@pytest.fixture(scope="session")
def shapes():
    """90 images of three classes."""
    return draw(90)


@pytest.fixture(scope="session")
def fresh_shapes():
    """60 further ones."""
    return draw(60, seed=1)


@pytest.fixture(scope="session")
def brief():
    """A training of a second or two."""
    return TrainingSettings(epochs=10, batch_size=16, learning_rate=5e-3, accelerator="cpu")
