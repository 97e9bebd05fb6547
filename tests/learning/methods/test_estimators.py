"""Every method behaves as a scikit-learn classifier, and says what it cannot take."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks as checks

from micrographia.errors import InputError
from micrographia.learning.methods import METHODS

QUICK = ("classical", "cnn", "finetune", "linear", "hierarchy")
API = (
    checks.check_estimator_cloneable,
    checks.check_estimator_repr,
    checks.check_no_attributes_set_in_init,
    checks.check_get_params_invariance,
    checks.check_set_params,
    checks.check_mixin_order,
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_valid_tag_types,
    checks.check_estimator_tags_renamed,
)


def make(name, brief):
    training = brief.model_copy(update={"epochs": 1})
    if name == "hierarchy":
        part = METHODS["classical"](descriptors="lbp", centres=0)
        return METHODS[name](part, part, {"a": ["bar", "disk", "x"], "b": ["square", "y", "z"]})
    settings = {
        "classical": {"descriptors": "lbp", "centres": 0},
        "cnn": {"stack": "tiny", "training": training},
        "finetune": {"backbone": "test_resnet", "weights": "random", "training": training},
        "linear": {"backbone": "test_resnet", "weights": "random"},
    }[name]
    return METHODS[name](**settings)


@pytest.fixture(params=QUICK)
def method(request, brief):
    return make(request.param, brief)


@pytest.fixture(scope="module", params=QUICK)
def fitted(request, brief, shapes):
    return make(request.param, brief).fit(shapes[0], shapes[1])


def test_the_table_has_these_methods():
    assert sorted(METHODS) == sorted(QUICK)


@pytest.mark.parametrize("check", API, ids=lambda check: check.__name__)
def test_the_checks_of_scikit_learn_pass(check, method):
    check(type(method).__name__, method)


def test_an_unfitted_method_says_so(method, shapes):
    with pytest.raises(NotFittedError):
        method.predict(shapes[0])


def test_fit_gives_itself_and_changes_neither_images_nor_parameters(method, shapes):
    images = shapes[0].copy()
    before = repr(method.get_params())
    assert method.fit(images, shapes[1]) is method
    np.testing.assert_array_equal(images, shapes[0])
    assert repr(method.get_params()) == before


def test_the_same_seed_gives_the_same_answers(fitted, shapes):
    again = clone(fitted).fit(*shapes)
    np.testing.assert_allclose(
        again.decision_function(shapes[0]), fitted.decision_function(shapes[0]), atol=1e-5
    )


def test_answers_do_not_depend_on_order_or_company(fitted, shapes):
    whole = fitted.decision_function(shapes[0])
    order = np.random.default_rng(0).permutation(len(whole))
    np.testing.assert_allclose(fitted.decision_function(shapes[0][order]), whole[order], atol=2e-3)
    np.testing.assert_allclose(fitted.decision_function(shapes[0][:1]), whole[:1], atol=2e-3)


def test_a_pickled_copy_answers_alike(fitted, shapes):
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(shapes[0]), fitted.predict_proba(shapes[0]))


def test_labels_may_be_numbers_with_names(method, shapes):
    numbers = np.searchsorted(["bar", "disk", "square"], shapes[1])
    method.set_params(class_names=("bar", "disk", "square")).fit(shapes[0], numbers)
    assert method.classes_.tolist() == [0, 1, 2]
    assert set(method.predict(shapes[0])) <= {0, 1, 2}


@pytest.mark.parametrize(
    ("images", "labels", "told"),
    [
        (np.zeros((4, 8)), list("aabb"), r"wanted shape \(n, rows, cols\)"),
        (np.zeros((0, 8, 8)), [], "got none"),
        (np.full((4, 8, 8), np.nan), list("aabb"), "NaN or infinite"),
        (np.zeros((4, 8, 8)), list("aab"), "one for each of 4 images"),
        (np.zeros((4, 8, 8)), list("aaaa"), "only one class"),
        (np.zeros((4, 8, 8, 2)), list("aabb"), r"got \(4, 8, 8, 2\)"),
        (np.array([["x"]]), ["a"], "wanted numbers"),
    ],
    ids=["shape", "none", "nan", "count", "class", "channels", "text"],
)
def test_what_cannot_be_learned_from_is_refused_in_words(method, images, labels, told):
    with pytest.raises(InputError, match=told):
        method.fit(images, labels)


def test_no_group_lies_on_both_sides_of_what_is_held_back():
    from micrographia.learning._labels import hold_back

    targets, groups = np.arange(60) % 3, np.arange(60) // 4
    learned, held = hold_back(targets, groups, 0.2, 0)
    assert not set(groups[learned]) & set(groups[held])
    assert 6 <= len(held) <= 18
    assert set(targets[learned]) == {0, 1, 2}
