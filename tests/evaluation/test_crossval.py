"""Cross-validation: every image judged by a model that has not seen it, and stops survived."""

import dataclasses

import numpy as np
import pytest

from micrographia.errors import InputError, OutputError
from micrographia.evaluation.crossval import Strangers, cross_validate


def test_every_image_is_judged_once_by_a_model_that_has_not_seen_it(images, folds):
    seen = []

    class Memory:
        """Is sure of what it was shown."""

        def fit(self, X, y):
            self.known = {image.tobytes(): name for image, name in zip(X, y, strict=True)}
            self.classes_ = np.unique(y)

        def predict_proba(self, X):
            seen.extend(image.tobytes() in self.known for image in X)
            return np.full((len(X), 3), 1 / 3)

    found = cross_validate(images, Memory, folds, name="memory")
    assert len(seen) == 60
    assert not any(seen)
    np.testing.assert_array_equal(found.images, images.names)
    np.testing.assert_array_equal(found.truth, images.truth)
    assert set(found.folds) == set(range(5))


def test_a_method_that_can_learn_does_and_is_given_the_groups(images, folds, nearest_mean):
    made = []

    def make():
        made.append(nearest_mean())
        return made[-1]

    found = cross_validate(images, make, folds, name="nearest mean")
    assert found.right.mean() > 0.6
    assert found.features.shape == (60, 8)
    np.testing.assert_array_equal(made[0].groups_, images.groups[folds[0][0]])


def test_columns_follow_the_names_of_the_classes_not_their_order(images, folds, nearest_mean):
    found = cross_validate(images, nearest_mean, folds, name="a")
    order = [2, 0, 1]
    renamed = dataclasses.replace(
        images,
        classes=tuple(images.classes[k] for k in order),
        truth=np.argsort(order)[images.truth],
    )
    other = cross_validate(renamed, nearest_mean, folds, name="a")
    np.testing.assert_allclose(other.probabilities, found.probabilities[:, order])


def test_a_stopped_run_goes_on_and_ends_as_an_unstopped_one(images, folds, nearest_mean, tmp_path):
    whole = cross_validate(images, nearest_mean, folds, name="a")
    nearest_mean.fits = 0
    with pytest.raises(KeyboardInterrupt):
        cross_validate(images, lambda: nearest_mean(3), folds, name="a", folder=tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == [
        "fold-0.npz", "fold-1.npz", "fold-2.npz"
    ]  # fmt: skip
    nearest_mean.fits = 0
    told = []
    found = cross_validate(
        images, nearest_mean, folds, name="a", folder=tmp_path, progress=told.append
    )
    assert nearest_mean.fits == 2
    assert [one.reused for one in told] == [True] * 3 + [False] * 2
    assert told[-1].seconds_left == 0
    np.testing.assert_array_equal(found.probabilities, whole.probabilities)
    np.testing.assert_array_equal(found.features, whole.features)


def test_a_damaged_fold_is_computed_again(images, folds, nearest_mean, tmp_path):
    first = cross_validate(images, nearest_mean, folds, name="a", folder=tmp_path)
    (tmp_path / "fold-1.npz").write_bytes(b"half a f")
    again = cross_validate(images, nearest_mean, folds, name="a", folder=tmp_path)
    np.testing.assert_array_equal(first.probabilities, again.probabilities)


def test_folds_of_another_plan_are_not_taken(images, folds, nearest_mean, tmp_path):
    cross_validate(images, nearest_mean, folds, name="a", folder=tmp_path, identity={"seed": 0})
    with pytest.raises(OutputError, match="folds of another evaluation"):
        cross_validate(images, nearest_mean, folds, name="a", folder=tmp_path, identity={"seed": 1})


def test_strangers_are_shown_to_every_model(images, folds, nearest_mean):
    strangers = Strangers(np.zeros((4, 8, 8)), np.array(list("abcd")), np.array(list("aabb")))
    found = cross_validate(images, nearest_mean, folds, name="a", strangers=strangers)
    assert len(found.strangers) == 20
    assert set(found.strangers["fold"]) == set(range(5))


def test_several_labels_are_learned_as_indicators(images, folds):
    class Prior:
        """Answers how often each label held."""

        def fit(self, X, y):
            assert y.shape == (len(X), 3)
            self.share = y.mean(axis=0)

        def predict_proba(self, X):
            return np.tile(self.share, (len(X), 1))

    truth = np.eye(3, dtype=int)[images.truth]
    several = dataclasses.replace(images, truth=truth, multi_label=True)
    found = cross_validate(several, Prior, folds, name="prior")
    np.testing.assert_allclose(found.probabilities, 1 / 3, atol=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: [], "at least one fold"),
        (lambda f: [*f, f[0]], "tested in more than one fold"),
        (lambda f: [(np.arange(60), f[0][1])], "both learned from and tested on"),
        (lambda f: [(f[0][0], np.array([], int))], "wanted images to learn from and to test on"),
        (lambda f: [(f[0][0], np.array([99]))], "there are only 60 images"),
    ],
)
def test_folds_that_leak_or_say_nothing_are_refused(images, folds, nearest_mean, change, message):
    with pytest.raises(InputError, match=message):
        cross_validate(images, nearest_mean, change(folds), name="a")


def test_scikit_learns_own_estimators_will_do(images, folds):
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    def make():
        flat = FunctionTransformer(lambda images: images.reshape(len(images), -1))
        return make_pipeline(flat, StandardScaler(), LogisticRegression(C=0.01))

    assert cross_validate(images, make, folds, name="logistic").right.mean() > 0.6
