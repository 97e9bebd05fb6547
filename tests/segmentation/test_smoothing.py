"""How much outlines are smoothed."""

import numpy as np
import pytest

from micrographia.segmentation import segment
from micrographia.segmentation._smoothing import noise, smoothing_for


def disc(radius, noise=0.0, side=300):
    rows, cols = np.mgrid[:side, :side]
    inside = np.hypot(rows - side / 2, cols - side / 2) < radius
    rough = np.random.default_rng(0).normal(0, noise, inside.shape) if noise else 0
    return (inside + rough).astype(np.float32), inside.astype(np.int32)


def test_white_noise_falls_with_the_width_of_the_gaussian():
    image, labels = disc(50, noise=0.5)
    one, two = (noise(image, labels == 0, sigma) for sigma in (1.0, 2.0))
    # White noise under a Gaussian has the variance 1/(4 pi s^2); what is coarser than 4 s goes out.
    share = 1 - 2 * 2 / (1 + 1 + 16) + 1 / 17
    assert one == pytest.approx(0.5 * np.sqrt(share / (4 * np.pi)), rel=0.05)
    assert two == pytest.approx(one / 2, rel=0.08)


def test_noise_asks_for_more_but_never_for_more_than_the_particles_bear():
    assert smoothing_for(*disc(60)) == 1.0
    assert smoothing_for(*disc(60, noise=1.0)) > 2
    assert smoothing_for(*disc(10, noise=1.0)) <= 20 / 14 + 0.01


def test_without_particles_or_ground_nothing_is_asked_for():
    image, labels = disc(60, noise=1.0)
    assert smoothing_for(image, np.zeros_like(labels)) == 1.0
    assert smoothing_for(image, np.ones_like(labels)) == 1.0


def test_outlines_of_a_noisy_disc_are_smooth():
    from skimage.measure import perimeter_crofton

    image, inside = disc(60, noise=0.5)
    found = segment(image).labels == 1
    assert perimeter_crofton(found) == pytest.approx(2 * np.pi * 60, rel=0.03)
    assert found.sum() == pytest.approx(inside.sum(), rel=0.03)
