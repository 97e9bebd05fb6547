"""Family times class within it: the sum over all classes is one, and a bundle answers alike."""

import numpy as np
import pytest

from micrographia.bundles import load_bundle
from micrographia.errors import InputError
from micrographia.learning.methods import METHODS

BRANCHES = {"round": ["disk"], "straight": ["bar", "square"]}


def part():
    return METHODS["classical"](descriptors="moments", centres=0)


@pytest.fixture(scope="module")
def fitted(shapes):
    return METHODS["hierarchy"](part(), part(), BRANCHES).fit(*shapes)


def test_it_tells_shapes(fitted, fresh_shapes):
    assert fitted.score(*fresh_shapes) > 0.9


def test_probabilities_of_family_and_class_multiply(fitted, fresh_shapes):
    images = fresh_shapes[0]
    first = fitted.first_.predict_proba(images)
    within = fitted.branches_["straight"].predict_proba(images)
    found = np.exp(fitted.decision_function(images))
    np.testing.assert_allclose(found[:, 1], first[:, 0], atol=1e-5)
    np.testing.assert_allclose(found[:, [0, 2]], first[:, 1:] * within, atol=1e-5)


def test_its_bundle_is_one_model(fitted, fresh_shapes, tmp_path):
    from micrographia.classification.descriptors import describe

    bundle = load_bundle(fitted.to_bundle(tmp_path / "made", name="tree"))
    found = bundle.run(describe(fresh_shapes[0], "moments"))["logits"]
    np.testing.assert_allclose(found, fitted.decision_function(fresh_shapes[0]), atol=1e-3)


def test_a_class_without_a_family_is_named(shapes):
    with pytest.raises(InputError, match="no family has the class square"):
        METHODS["hierarchy"](part(), part(), {"a": ["disk"], "b": ["bar"]}).fit(*shapes)


def test_a_class_of_several_families_needs_to_be_told_apart(shapes):
    images, labels = shapes
    both = {"flat": ["disk", "bar"], "deep": ["disk", "square"]}
    method = METHODS["hierarchy"](part(), part(), both)
    with pytest.raises(InputError, match="disk occur in several families"):
        method.fit(images, labels)
    families = np.where(labels == "bar", "flat", np.where(labels == "square", "deep", "flat"))
    families[np.flatnonzero(labels == "disk")[::2]] = "deep"
    method.fit(images, labels, families=families)
    np.testing.assert_allclose(method.predict_proba(images).sum(1), 1)
