"""Descriptors with PCA or LDA tell shapes without a network, and become a bundle."""

import numpy as np
import pytest

from micrographia.bundles import load_bundle
from micrographia.classification.descriptors import DESCRIPTORS, describe
from micrographia.errors import InputError
from micrographia.learning.methods import METHODS


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((4, 32, 40))


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_descriptors_are_finite_and_of_one_length(name, images):
    found = describe(np.concatenate([images, np.zeros((1, 32, 40))]), name)
    assert found.ndim == 2
    assert np.isfinite(found).all()


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_a_linear_change_of_grey_levels_changes_no_descriptor(name, images):
    np.testing.assert_allclose(
        describe(images * 500 - 30, name), describe(images, name), rtol=1e-3, atol=2e-3
    )


@pytest.mark.parametrize("name", ["lbp", "glcm", "moments", "gradients"])
def test_a_right_angle_leaves_what_does_not_depend_on_direction(name):
    y, x = np.mgrid[0:48, 0:48]
    image = ((np.abs(y - 24) < 10) & (np.abs(x - 20) < 6)) * 100.0 + np.sin(y / 3)
    turned = describe(np.rot90(image)[None], name)
    np.testing.assert_allclose(turned, describe(image[None], name), atol=0.12)


def test_a_descriptor_that_is_not_known_is_named_with_those_that_are(images):
    with pytest.raises(InputError, match=r"no descriptors 'hug'; there are hog, lbp"):
        describe(images, "hug+lbp")


@pytest.mark.parametrize(
    ("reduction", "centres"),
    [
        ("pca", 60),
        ("lda", 0),
        pytest.param("pca", 0, marks=pytest.mark.slow),
        pytest.param("none", 0, marks=pytest.mark.slow),
    ],
)
def test_it_tells_shapes_and_its_bundle_answers_alike(
    reduction, centres, shapes, fresh_shapes, tmp_path
):
    method = METHODS["classical"]("moments+lbp", reduction=reduction, centres=centres)
    method.fit(*shapes)
    assert method.score(*fresh_shapes) > 0.9
    bundle = load_bundle(method.to_bundle(tmp_path / "made", name="classical"))
    assert bundle.card.input.descriptors == "moments+lbp"
    found = bundle.run(describe(fresh_shapes[0], "moments+lbp"))["logits"]
    wanted = method.decision_function(fresh_shapes[0])
    np.testing.assert_allclose(found, wanted, atol=1e-3 * np.abs(wanted).max())
