"""Maps from a bundle alone."""

import subprocess
import sys

import numpy as np
import pytest

from micrographia.bundles import load_bundle
from micrographia.bundles.testing import save_brightness
from micrographia.errors import InputError
from micrographia.explanation.maps import activation_maps, occlusion_map


def test_the_map_of_a_class_is_bright_where_its_mark_is(spot_bundle, spots):
    images, places = spots
    maps = activation_maps(load_bundle(spot_bundle), images)
    assert maps.shape == (4, 2, 16, 16)
    for own, place in zip(maps, places, strict=True):
        peak = np.unravel_index(own[1].argmax(), own[1].shape)
        assert np.hypot(*np.subtract(peak, place)) < 3


def test_the_coarse_maps_mean_is_the_logit(spot_bundle, spots):
    found = load_bundle(spot_bundle).run(spots[0])
    np.testing.assert_allclose(found["maps"].mean(axis=(2, 3)), found["logits"], atol=1e-5)


def test_a_bundle_without_maps_says_what_to_take_instead(tmp_path):
    bundle = load_bundle(save_brightness(tmp_path / "brightness"))
    with pytest.raises(InputError, match="take the method 'occlusion'"):
        activation_maps(bundle, np.zeros((1, 1, 8, 8), np.float32))


def test_hiding_the_spot_costs_most(spot_bundle, spots):
    bundle = load_bundle(spot_bundle)
    images, places = spots
    for image, place in zip(images, places, strict=True):
        found = occlusion_map(lambda x: bundle.run(x)["logits"], image, window=0.2)
        peak = np.unravel_index(found[1].argmax(), found[1].shape)
        assert np.hypot(*np.subtract(peak, place)) < 3.5


def test_occlusion_of_a_sum_is_exact():
    image = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    found = occlusion_map(
        lambda x: x.sum(axis=(1, 2, 3))[:, None], image, window=1 / 6, stride=1, fill=0
    )
    np.testing.assert_allclose(found[0], image[0])


def test_every_pixel_is_covered_whatever_the_window():
    image = np.ones((1, 7, 10), np.float32)
    for window in (0.1, 0.3, 0.45, 1.0):
        found = occlusion_map(
            lambda x: x.sum(axis=(1, 2, 3))[:, None], image, window=window, stride=0.9, fill=0
        )
        assert (found > 0).all()


def test_an_image_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"\(channels, rows, cols\), got \(4, 4\)"):
        occlusion_map(lambda x: x, np.zeros((4, 4)))


def test_maps_of_bundles_load_no_torch():
    code = "import sys, micrographia.explanation.maps\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
