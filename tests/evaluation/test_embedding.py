"""Maps of features."""

import numpy as np
import pytest

from micrographia.errors import InputError
from micrographia.evaluation.embedding import embed, principal_components


@pytest.mark.parametrize("shape", [(40, 7), (12, 60)])
def test_components_equal_those_of_scikit_learn_up_to_sign(shape):
    decomposition = pytest.importorskip("sklearn.decomposition")
    features = np.random.default_rng(0).normal(size=shape)
    found = principal_components(features, 5)
    expected = decomposition.PCA(5, svd_solver="full").fit_transform(features)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-8)


def test_there_are_never_more_components_than_images_allow():
    assert principal_components(np.eye(4), 50).shape == (4, 3)


def test_kinds_that_differ_lie_apart_on_the_map_and_a_seed_repeats_it():
    pytest.importorskip("openTSNE")
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(0, 1, (40, 20)), rng.normal(8, 1, (40, 20))])
    places = embed(features, iterations=100)
    assert places.shape == (80, 2)
    middles = places[:40].mean(axis=0), places[40:].mean(axis=0)
    near = np.linalg.norm(places - middles[0], axis=1) < np.linalg.norm(places - middles[1], axis=1)
    assert near[:40].all()
    assert not near[40:].any()
    np.testing.assert_array_equal(places, embed(features, iterations=100))


def test_features_that_cannot_be_drawn_are_refused():
    with pytest.raises(InputError, match="finite values of shape"):
        principal_components([[np.nan]])
    with pytest.raises(InputError, match="at least 5 images, got 3"):
        embed(np.eye(3))
