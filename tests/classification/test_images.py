"""Whole micrographs are classified."""

import numpy as np
import pytest

from micrographia.bundles import InputCard, OodCard
from micrographia.classification import classify_images
from micrographia.errors import BundleError, InputError, SettingsError
from micrographia.micrograph import Micrograph, PixelSize


def grey(level, shape=(30, 40), **more):
    return Micrograph(np.full(shape, level), **more)


def test_each_image_gets_its_class(make_bundle):
    bundle = make_bundle(classes=("dark", "middle", "bright"))
    found = classify_images(bundle, [grey(0.9), grey(0.5, (8, 8)), grey(0.1, (300, 200))])
    assert [one.label for one in found] == ["bright", "middle", "dark"]
    assert {one.verdict for one in found} == {"known"}
    assert sum(found[0].probabilities.values()) == pytest.approx(1)
    assert found[0].probability == found[0].probabilities["bright"]


def test_images_of_any_size_need_not_share_it(make_bundle):
    bundle = make_bundle(input=InputCard(resize="none"))
    found = classify_images(bundle, [grey(0.9), grey(0.1, (5, 7)), grey(0.9, (5, 7))])
    assert [one.label for one in found] == ["bright", "dark", "bright"]


def test_a_threshold_decides_what_is_unknown(make_bundle):
    bundle = make_bundle()
    [near] = classify_images(bundle, [grey(0.52)])
    assert (near.label, near.verdict) == ("bright", "unknown")
    [near] = classify_images(bundle, [grey(0.52)], threshold=0.5)
    assert near.verdict == "known"


def test_an_image_such_as_was_never_learned_from_is_unlike(make_bundle):
    bundle = make_bundle(
        ood=OodCard(method="mahalanobis", threshold=0.2),
        arrays={
            "ood_mean": np.array([[0.2, 0.0], [0.8, 0.0]]),
            "ood_precision": np.eye(2),
        },
    )
    known, stranger = classify_images(bundle, [grey(0.9), grey(2.0)])
    assert (known.verdict, stranger.verdict) == ("known", "unlike")
    assert stranger.ood_score == pytest.approx(1.2, abs=1e-5)
    assert stranger.probability > 0.99


def test_several_labels_are_joined(make_bundle):
    bundle = make_bundle(classes=("a", "b", "c"), multi_label=True, temperature=100.0)
    [found] = classify_images(bundle, [grey(0.9)])
    assert found.label == "+".join(found.labels)
    assert set(found.labels) == {k for k, p in found.probabilities.items() if p >= 0.5}


def test_a_model_for_a_scale_warns_refuses_or_resamples(make_bundle):
    sized = grey(0.9, (80, 80), pixel_size=PixelSize(1.0, 1.0, "user"))
    for outside in ("warn", "resample"):
        card = InputCard(rows=8, cols=8, pixel_size_nm=(1.0, 2.0), outside=outside)
        [found] = classify_images(make_bundle(outside, input=card), [sized])
        assert "would see this image at 10 nm/px" in found.warnings[0]
        assert found.label == "bright"
    card = InputCard(rows=8, cols=8, pixel_size_nm=(1.0, 2.0), outside="refuse")
    bundle = make_bundle("refuse", input=card)
    with pytest.raises(InputError, match="take another model"):
        classify_images(bundle, [sized])
    [found] = classify_images(bundle, [grey(0.9)])
    assert "has no pixel size" in found.warnings[0]


def test_a_model_for_bright_particles_sees_dark_ones_inverted(make_bundle):
    rows, cols = np.indices((64, 64))
    particle = np.hypot(rows - 30, cols - 33) < 9
    card = InputCard(rows=64, cols=64, polarity="bright")
    bundle = make_bundle(input=card)
    for image in (particle.astype(float), 1.0 - particle):
        [found] = classify_images(bundle, [Micrograph(image)])
        assert found.label == "dark"  # a bright particle on dark ground


def test_a_threshold_that_is_no_probability_is_refused(make_bundle):
    with pytest.raises(SettingsError, match="a probability from 0 to 1, got 80"):
        classify_images(make_bundle(), [grey(0.5)], threshold=80)


def test_a_card_that_wants_features_that_the_model_lacks_says_so(make_bundle):
    bundle = make_bundle(ood=OodCard(method="neighbours", threshold=1.0))
    with pytest.raises(BundleError, match="ood_features"):
        classify_images(bundle, [grey(0.5)])


def test_a_model_of_three_channels_looks_at_colours(make_bundle):
    blue = np.zeros((30, 40, 3))
    blue[..., 2] = 1.0  # of luminance 0.114, while the mean of its channels is a third
    micrograph = grey(0.114)
    bundle = make_bundle(classes=("a", "b", "c"), input=InputCard(rows=8, cols=8, channels=3))
    [alone] = classify_images(bundle, [micrograph])
    [seen] = classify_images(bundle, [micrograph], colours=[blue])
    assert (alone.label, seen.probabilities["b"] > alone.probabilities["b"]) == ("a", True)
    [same] = classify_images(bundle, [micrograph], colours=[None])
    assert same == alone
    one = make_bundle("one", classes=("a", "b", "c"))
    assert classify_images(one, [micrograph], colours=[blue]) == classify_images(one, [micrograph])
