"""Spheres, rods and uneven bodies in the contrasts of the polyhedra."""

import numpy as np
import pytest

from micrographia.learning.shapes._round import round_body
from micrographia.simulation.families.polyhedra import Config

CONFIG = Config(size=64)


@pytest.mark.parametrize("contrast", ["shaded", "mass", "diffraction", "silhouette"])
def test_every_contrast_shows_a_body_within_the_picture(contrast):
    random = np.random.default_rng(2)
    kinds = set()
    for _ in range(20):
        body = round_body(contrast, CONFIG, random)
        assert body.pixels.shape == (64, 64)
        assert body.pixels.dtype == np.uint8
        assert 0.01 < body.mask.mean() < 0.75
        assert not body.mask[[0, -1]].any()
        assert not body.mask[:, [0, -1]].any()
        kinds.add(body.kind)
    assert len(kinds) > 2


def test_the_middle_of_a_sphere_is_thicker_than_its_rim():
    random = np.random.default_rng(0)
    config = Config(size=96, noise=(0.005, 0.006), contrast=(0.6, 0.75))
    thicker = []
    for _ in range(60):
        body = round_body("mass", config, random)
        if body.kind == "sphere":
            rows, cols = np.nonzero(body.mask)
            away = np.hypot(rows - rows.mean(), cols - cols.mean())
            grey = body.pixels[rows, cols].astype(float)
            middle, rim = grey[away < away.max() / 3].mean(), grey[away > 0.8 * away.max()].mean()
            ground = body.pixels[~body.mask].mean()
            thicker.append(abs(middle - ground) > abs(rim - ground))
    assert len(thicker) > 10
    assert np.mean(thicker) > 0.9
