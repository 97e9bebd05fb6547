"""Particles parted from their neighbours or hidden by them."""

import numpy as np
import pytest

from micrographia.learning.shapes._contacts import among_neighbours
from micrographia.simulation import _picture as picture
from micrographia.simulation.families.outlines import _contours as contours

FIELD = (80, 80)


def disc():
    return contours.ellipse(1.0) * 30 + 39.5


def found(seeds, label="circle"):
    for seed in seeds:
        contact = among_neighbours(disc(), label, FIELD, np.random.default_rng(seed))
        if contact is not None:
            yield contact


def test_most_of_the_particle_stays_its_own():
    share = picture.cover(disc()).on(FIELD) >= 0.5
    for contact in found(range(20)):
        assert (contact.own & share).sum() >= 0.72 * share.sum()
        assert (contact.together[share] >= 0.5).all()


def test_neighbours_cut_something_off_and_cover_more_than_the_particle():
    share = picture.cover(disc()).on(FIELD) >= 0.5
    cut = [(share & ~contact.own).sum() / share.sum() for contact in found(range(20))]
    assert max(cut) > 0.05
    assert any(((contact.together >= 0.5) & ~share).any() for contact in found(range(5)))


@pytest.mark.parametrize("label", ["square", "star"])
def test_outlines_known_by_their_corners_lose_little(label):
    share = picture.cover(disc()).on(FIELD) >= 0.5
    for contact in found(range(20), label):
        assert (contact.own & share).sum() >= 0.92 * share.sum()
