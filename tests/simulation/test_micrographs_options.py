"""Settings of the family `micrographs` that make the hard scenes."""

import numpy as np
import pytest

from micrographia.errors import SettingsError
from micrographia.simulation import simulate_one
from micrographia.simulation.families.micrographs import Config
from micrographia.simulation.families.micrographs._supports import crescents, softened, thick, wafer

SUPPORTED = {"modes": ("haadf",), "layouts": ("supported",), "size": 128, "bar": 0}


def sharpness(config: Config) -> float:
    """Mean steepest slope of images of a few particles."""
    slopes = []
    for index in range(3):
        pixels = simulate_one("micrographs", index, 5, config).pixels.astype(float)
        slopes.append(np.percentile(np.hypot(*np.gradient(pixels)), 99) / np.ptp(pixels))
    return float(np.mean(slopes))


def test_blurred_particles_on_blurred_supports_have_no_steep_edges():
    plain = Config(**SUPPORTED, degradation=0, diameter_px=(16, 20))
    soft = Config(**SUPPORTED, degradation=0, diameter_px=(16, 20), own_blur=(0.3, 0.3),
                  support_mass=(2, 2), support_blur=1.5)  # fmt: skip
    assert sharpness(soft) < 0.7 * sharpness(plain)


def test_spheres_of_an_aggregate_lie_deeper_in_one_another_the_more_overlap_is_asked_for():
    def spread(overlap: float) -> float:
        config = Config(modes=("tem",), layouts=("aggregate",), size=128, bar=0,
                        diameter_px=(20, 20), spread=(1.0, 1.0), overlap=(overlap, overlap),
                        coverage=0.3)  # fmt: skip
        sample = simulate_one("micrographs", 1, 2, config)
        places = np.array([(one.row, one.col) for one in sample.instances])
        far = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
        return float(np.sort(far, axis=1)[:, 1].mean())

    assert spread(0.5) < spread(0.0)


def test_crescents_change_the_ground_and_nothing_else():
    random = np.random.default_rng(3)
    ground = wafer((96, 96), random)
    marked = crescents(ground, 30.0, random)
    assert marked.kind == ground.kind
    assert 0.001 < np.mean(np.abs(marked.depth - ground.depth) > 0.02) < 0.5
    assert marked.depth.min() > 0


def test_a_softened_support_keeps_its_mass():
    support = thick((128, 128), 10.0, np.random.default_rng(1))
    soft = softened(support, 3.0)
    assert soft.depth.std() < support.depth.std()
    assert soft.depth.mean() == pytest.approx(support.depth.mean(), rel=0.05)
    assert softened(support, 0.1) is support


@pytest.mark.parametrize("overlap", [(-0.1, 0.2), (0.3, 0.2), (0.2, 0.7)])
def test_an_overlap_beyond_its_limits_is_refused(overlap):
    with pytest.raises((SettingsError, ValueError), match=r"overlap wants 0 <= low <= high <= 0.6"):
        Config(overlap=overlap)


def test_particles_are_white_in_the_share_that_was_asked_for():
    config = Config(modes=("sem",), layouts=("touching",), diameter_px=(40, 60), coverage=0.4,
                    degradation=0, saturated=(0.3, 0.3), bar=0, footer=0)  # fmt: skip
    sample = simulate_one("micrographs", 0, 1, config)
    inside = np.zeros(sample.pixels.shape, bool)
    for one in sample.instances:
        top, left, bottom, right = one.box
        inside[top:bottom, left:right] |= one.visible
    top = sample.pixels.max()
    assert np.mean(sample.pixels[inside] >= top - 1) == pytest.approx(0.3, abs=0.06)


def test_particles_differ_in_brightness_as_asked_for():
    def spread(value):
        wide = Config(modes=("sem",), layouts=("sparse",), diameter_px=(20, 24), coverage=0.2,
                      degradation=0, brightness_spread=(value, value), bar=0, footer=0)  # fmt: skip
        sample = simulate_one("micrographs", 0, 1, wide)
        means = [
            sample.pixels[one.box[0] : one.box[2], one.box[1] : one.box[3]][one.visible].mean()
            for one in sample.instances
        ]
        return np.std(np.log(means))

    assert spread(1.5) > 2 * spread(1.01)


@pytest.mark.parametrize("wanted", [{"brightness_spread": (0.5, 1.2)}, {"saturated": (0.2, 0.95)}])
def test_impossible_brightness_is_refused(wanted):
    with pytest.raises(ValueError, match=next(iter(wanted))):
        Config(**wanted)


def test_a_thick_support_that_is_hardly_in_the_picture_is_no_wall():
    for seed in range(60):
        support = thick((64, 64), 6.0, np.random.default_rng(seed))
        assert 0 < support.depth.max() <= 20.1
    sample = simulate_one("micrographs", 906, 0, Config(size=256))
    assert 60 < sample.pixels.mean() < 200
