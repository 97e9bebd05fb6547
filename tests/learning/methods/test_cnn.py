"""A network learns shapes, says how sure it is, and becomes a bundle that answers alike."""

import numpy as np
import pytest

from micrographia.bundles import load_bundle
from micrographia.classification import ood_score, probabilities
from micrographia.errors import InputError
from micrographia.learning.methods import METHODS


@pytest.fixture(scope="module")
def fitted(shapes, brief):
    return METHODS["cnn"](stack="tiny", training=brief).fit(*shapes)


def test_it_tells_shapes_that_it_has_not_seen(fitted, fresh_shapes):
    assert fitted.score(*fresh_shapes) >= 0.9


def test_probabilities_sum_to_one_and_name_the_class_that_is_predicted(fitted, fresh_shapes):
    found = fitted.predict_proba(fresh_shapes[0])
    np.testing.assert_allclose(found.sum(1), 1)
    np.testing.assert_array_equal(fitted.classes_[found.argmax(1)], fitted.predict(fresh_shapes[0]))


@pytest.mark.parametrize(("factor", "level"), [(3.7, 11), (1e-4, -2)])
def test_a_linear_change_of_grey_levels_changes_nothing(fitted, fresh_shapes, factor, level):
    images = fresh_shapes[0].astype(np.float32)
    np.testing.assert_allclose(
        fitted.decision_function(images * factor + level),
        fitted.decision_function(images),
        atol=2e-3,
    )


def test_a_constant_image_has_an_answer(fitted):
    assert np.isfinite(fitted.predict_proba(np.full((1, 24, 24), 7))).all()


def test_the_bundle_answers_as_torch_does(fitted, fresh_shapes, tmp_path):
    bundle = load_bundle(fitted.to_bundle(tmp_path / "made", name="shapes"))
    answers = bundle.run(fresh_shapes[0][:, None].astype(np.float32))
    np.testing.assert_allclose(
        answers["logits"], fitted.decision_function(fresh_shapes[0]), atol=1e-4
    )
    np.testing.assert_allclose(answers["features"], fitted.features(fresh_shapes[0]), atol=1e-4)
    assert answers["maps"].mean((2, 3)) == pytest.approx(answers["logits"], abs=1e-4)
    assert bundle.card.classes == ("bar", "disk", "square")
    assert bundle.card.temperature == fitted.calibration_.temperature
    assert bundle.card.ood == fitted.calibration_.ood
    assert bundle.card.ood.method == "relative"
    np.testing.assert_allclose(
        ood_score(answers["features"], bundle.arrays, bundle.card.ood),
        fitted.calibration_.strangeness(fitted.features(fresh_shapes[0])),
        rtol=1e-2,
    )


def test_doubt_is_of_the_probabilities_that_are_answered(fitted, fresh_shapes):
    arrays = fitted.calibration_.arrays
    logits = fitted.features(fresh_shapes[0]) @ arrays["ood_weight"].T + arrays["ood_bias"]
    np.testing.assert_allclose(
        probabilities(logits), fitted.predict_proba(fresh_shapes[0]), atol=1e-4
    )


def test_images_of_another_size_are_refused_with_the_wanted_one(fitted):
    with pytest.raises(InputError, match=r"\(n, 24, 24\) as in training"):
        fitted.predict(np.zeros((1, 32, 32)))


def test_a_stack_that_is_not_known_is_named_with_those_that_are(shapes):
    with pytest.raises(InputError, match=r"'huge'.*small, tiny"):
        METHODS["cnn"](stack="huge").fit(*shapes)


def test_images_too_small_for_a_stack_are_refused():
    images = np.random.default_rng(0).random((12, 6, 6))
    with pytest.raises(InputError, match="6 x 6 px are too small"):
        METHODS["cnn"](stack="ngo2024-polyhedra").fit(images, np.arange(12) % 2)
