"""A miniature of the training: from a seed to a bundle."""

import numpy as np
import pytest

pytest.importorskip("torch")

from micrographia.bundles import load_bundle
from micrographia.learning.particles import TrainSettings, _images, train
from micrographia.learning.particles._batches import Pool, Stage, make_batch
from micrographia.learning.particles._train import fit
from micrographia.learning.particles._whole_settings import WholeSettings

SMALL = TrainSettings(
    cycles=(4,), batch=2, size=64, image_size=96, widths=(8, 8, 16), stages=(Stage(3, 4),),
    half=False, warm_up=2, wholes=None,
)  # fmt: skip
WHOLES = SMALL.model_copy(
    update={"wholes": WholeSettings(steps=2, batch=2, size=64, images=4, image_seed=5)}
)


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


def test_hard_pieces_are_enlarged_up_to_four_times():
    from micrographia.learning.particles._batches import _piece

    source = np.tile(np.arange(128, dtype=np.uint8), (3, 128, 1))

    def widths(hard):
        """Columns of the source in each piece, told by the ramp in its layer of depths."""
        random = np.random.default_rng(0)
        pieces = [_piece(source, 64, random, hard)[0] for _ in range(80)]
        assert all(np.isfinite(piece).all() for piece in pieces)
        return [255 * np.ptp(piece[2]) + 1 for piece in pieces]

    assert min(widths(False)) > 64 / 1.75
    assert 64 / 4.3 < min(widths(True)) < 64 / 3


def test_added_noise_is_as_strong_as_the_contrast_at_most():
    from micrographia.learning.particles._batches import noisy

    picture = np.tile(np.linspace(0, 200, 128, dtype=np.float32), (128, 1))
    random = np.random.default_rng(0)
    added = [(noisy(picture, random) - picture).std() / picture.std() for _ in range(20)]
    assert 0.25 < min(added) < max(added) < 1.35


def test_a_later_stage_waits_for_its_step(tmp_path):
    stages = (Stage(1, 640), Stage(2, 6400, begin=50, share=0.5))
    assert [stages[1].ready(step) for step in (50, 82, 5000)] == [20, 22, 100]
    assert stages[0].ready(0) == 10


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_images, "SHARD", 4)
        patch.setattr("micrographia.learning.particles._batches.SHARD", 4)
        patch.setattr("micrographia.learning.particles._whole_images.SHARD", 4)
        return run(tmp_path_factory.mktemp("trained") / "run", folder, WHOLES)


@pytest.mark.slow
def test_training_gives_a_bundle_that_proves_itself(trained):
    bundle = load_bundle(trained)
    bundle.verify()
    assert bundle.card.name == "particles"
    assert bundle.card.input.multiple_of == 8
    answers = bundle.run(np.random.default_rng(0).random((2, 1, 40, 56), np.float32))
    for name in ("foreground", "distance", "contact"):
        assert answers.pop(name).shape == (2, 1, 40, 56)
    channels = {name: value.shape[1] for name, value in answers.items()}
    assert channels == {"depth": 1, "over": 1, "centre": 2, "rays": 24}
    assert {value.shape[2:] for value in answers.values()} == {(10, 14)}


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


@pytest.mark.slow
def test_the_bundle_has_the_mean_of_the_weights_put_aside(folder, few, tmp_path):
    import torch

    settings = SMALL.model_copy(update={"mean_of": (2, 4)})
    bundle = load_bundle(run(tmp_path / "run", folder, settings))
    two, four = (
        torch.load(tmp_path / "run" / f"weights-{step}.pt", weights_only=True) for step in (2, 4)
    )
    last = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["averaged"]
    assert all(torch.equal(four[name], last[name]) for name in last)
    assert any(not torch.equal(four[name], two[name]) for name in last)
    bundle.verify()


def test_the_rate_rises_stays_and_falls():
    settings = TrainSettings(cycles=(1000,), rate=1.0, warm_up=10, fall=0.3)
    rates = [settings.rate_at(step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[500] == 1.0
    assert rates[-1] < 0.01


def test_views_tell_nothing_of_brightness_and_contrast_and_turn_with_the_sign():
    import torch

    from micrographia.learning.particles._network import views

    random = np.random.default_rng(0)
    image = torch.from_numpy(random.random((1, 1, 64, 96), np.float32))
    mean, spread = image.mean().view(1, 1, 1, 1), image.std().view(1, 1, 1, 1)
    plain = views(image, mean, spread)
    assert plain.shape == (1, 3, 64, 96)
    assert plain.abs().max() <= 4
    torch.testing.assert_close(
        views(7 + 30 * image, 7 + 30 * mean, 30 * spread), plain, atol=1e-3, rtol=1e-3
    )
    torch.testing.assert_close(views(-image, -mean, spread), -plain, atol=1e-4, rtol=1e-4)


def test_the_second_view_shows_a_faint_particle_on_a_slope():
    import torch

    from micrographia.learning.particles._network import views

    rows, cols = np.mgrid[:128, :128]
    inside = np.hypot(rows - 64, cols - 64) < 6
    slope = torch.from_numpy((rows + 2.0 * inside).astype(np.float32))[None, None]
    mean, spread = slope.mean().view(1, 1, 1, 1), slope.std().view(1, 1, 1, 1)
    first, second, third = views(slope, mean, spread)[0].numpy()
    around = (np.hypot(rows - 64, cols - 64) < 12) & ~inside
    rise = [view[inside].mean() - view[around].mean() for view in (first, second, third)]
    assert rise[1] > 4 * rise[0]
    assert rise[2] > 4 * rise[0]
