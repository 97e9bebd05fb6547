"""A miniature of the training: from a seed to a bundle."""

import numpy as np
import pytest

pytest.importorskip("torch")

from micrographia.bundles import load_bundle
from micrographia.learning.particles import TrainSettings, _images, train
from micrographia.learning.particles._batches import Pool, Stage, make_batch
from micrographia.learning.particles._train import fit

SMALL = TrainSettings(
    steps=4, batch=2, size=64, image_size=96, widths=(8, 8, 16), stages=(Stage(3, 4),), half=False,
    warm_up=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("particles")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_images, "SHARD", 4)
        _images.make_images(folder / "images", 4, 3, 96)
    return folder


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(_images, "SHARD", 4)
    monkeypatch.setattr("micrographia.learning.particles._batches.SHARD", 4)


def run(folder, images, settings=SMALL, **more):
    folder.mkdir(exist_ok=True)
    (folder / "images").symlink_to(images / "images")
    return train(folder, settings, **more)


def test_a_batch_depends_on_seed_and_step_alone(folder, few):
    pool = Pool(folder / "images", SMALL.stages)
    once, again = (make_batch(pool, 1, 9, 3, 64) for _ in range(2))
    for a, b in zip(once, again, strict=True):
        assert np.array_equal(a, b)
    assert once.images.shape == (3, 1, 64, 64)
    assert 0 <= once.distance.min() <= once.distance.max() <= 1
    assert not np.array_equal(once.images, make_batch(pool, 1, 10, 3, 64).images)


def test_a_later_stage_waits_for_its_step(tmp_path):
    stages = (Stage(1, 640), Stage(2, 6400, begin=50, share=0.5))
    assert [stages[1].ready(step) for step in (50, 82, 5000)] == [20, 22, 100]
    assert stages[0].ready(0) == 10


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_images, "SHARD", 4)
        patch.setattr("micrographia.learning.particles._batches.SHARD", 4)
        return run(tmp_path_factory.mktemp("trained") / "run", folder)


@pytest.mark.slow
def test_training_gives_a_bundle_that_proves_itself(trained):
    bundle = load_bundle(trained)
    bundle.verify()
    assert bundle.card.name == "particles"
    assert bundle.card.input.multiple_of == 8
    answers = bundle.run(np.random.default_rng(0).random((2, 1, 40, 56), np.float32))
    for name in ("foreground", "distance", "contact"):
        assert answers.pop(name).shape == (2, 1, 40, 56)
    assert not answers


@pytest.mark.slow
def test_the_answer_does_not_depend_on_brightness_and_contrast(trained):
    bundle = load_bundle(trained)
    image = np.random.default_rng(1).random((1, 1, 64, 64), np.float32)
    one, other = bundle.run(image), bundle.run(900 + 50 * image)
    np.testing.assert_allclose(one["distance"], other["distance"], atol=1e-3)


@pytest.mark.slow
def test_training_that_was_stopped_ends_where_it_would_have(folder, few, trained, tmp_path):
    import torch

    half = run(tmp_path / "parts", folder, until=2)
    assert half.name == "checkpoint.pt"
    fit(half.parent, SMALL, None, lambda _: None)
    whole = trained.parent / "checkpoint.pt"
    one, other = (torch.load(path, weights_only=True)["averaged"] for path in (whole, half))
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=1e-4, atol=1e-5)


def test_the_rate_rises_stays_and_falls():
    settings = TrainSettings(steps=1000, rate=1.0, warm_up=10, fall=0.3)
    rates = [settings.rate_at(step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[500] == 1.0
    assert rates[-1] < 0.01
