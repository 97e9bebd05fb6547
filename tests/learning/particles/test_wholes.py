"""Learning whole outlines: images, answers, a miniature of the training."""

import numpy as np
import pytest

pytest.importorskip("torch")

from micrographia.learning.particles._network import Network
from micrographia.learning.particles._whole_batches import (
    CELL,
    WholePool,
    _turned,
    answers_of,
    make_whole_batch,
)
from micrographia.learning.particles._whole_images import (
    RAYS,
    bent,
    drawn,
    make_whole_images,
    rays_of,
)
from micrographia.learning.particles._whole_settings import WholeSettings
from micrographia.learning.particles._whole_train import fit_wholes

SMALL = WholeSettings(steps=4, batch=2, size=64, images=4, image_seed=5, warm_up=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wholes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("micrographia.learning.particles._whole_images.SHARD", 4)
        make_whole_images(folder / "images", 4, 5, 96)
    return folder


def ellipse(shape=(80, 90), row=37, col=44, a=30, b=14, turn=0.5):
    rows, cols = np.indices(shape)
    y, x = rows - row, cols - col
    along, across = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
    return (along / a) ** 2 + (across / b) ** 2 <= 1


def test_rays_reach_the_outline():
    row, col, rays = rays_of(ellipse(a=30, b=14, turn=0))
    assert (row, col) == (37, 44)
    np.testing.assert_allclose(rays[[0, 6, 12, 18]], [30, 14, 30, 14], atol=0.5)


def test_the_centre_of_a_horseshoe_lies_inside():
    mask = np.zeros((60, 60), bool)
    mask[5:55, 5:55] = True
    mask[15:, 15:45] = False
    row, col, rays = rays_of(mask)
    assert mask[round(row), round(col)]
    assert rays.min() > 3


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_turned_table_is_the_table_of_the_turned_image(turns, mirrored):
    mask = np.zeros((90, 90), bool)
    mask[:80] = ellipse()
    table = np.float32([np.zeros(2 + RAYS), [*rays_of(mask)[:2], *rays_of(mask)[2]]])
    maps, turned = _turned(mask[None].astype(np.float32), table, turns, mirrored)
    row, col, rays = rays_of(maps[0] > 0)
    np.testing.assert_allclose(turned[1, :2], (row, col), atol=1e-4)
    np.testing.assert_allclose(turned[1, 2:], rays, atol=0.51)


def test_cells_name_the_centre_and_the_outline():
    label = ellipse((96, 96), 40, 50, 30, 20, 0).astype(np.int64)
    row, col, rays = rays_of(label > 0)
    table = np.float32([np.zeros(2 + RAYS), [row, col, *rays]])
    depth, over, centre, said, radius, inside = answers_of(label, np.zeros((96, 96), np.float32),
                                                           table)  # fmt: skip
    rows = np.arange(24)[:, None] * CELL + 1.5
    there = inside[0] > 0
    assert there.mean() == pytest.approx(label.mean(), abs=0.03)
    assert np.ptp((centre[0] + rows)[there]) < 1e-4
    assert (said[:, there] == rays[:, None]).all()
    assert depth[0, 10, 12] > 0.85
    assert not depth[0][~there].any()
    assert not over.any()
    assert radius[0][there] == pytest.approx(np.sqrt((rays**2).mean()))


def test_bent_particles_stay_where_they_are_and_lose_their_roundness():
    from micrographia.simulation.families.micrographs import Config, simulate

    config = Config(size=128, modes=("tem",), layouts=("overlapping",), bodies=("sphere",),
                    diameter_px=(24, 30))  # fmt: skip
    sample = simulate(config, np.random.default_rng(3), 0)
    other = bent(sample, np.random.default_rng(1))
    assert other.pixels.shape == sample.pixels.shape
    one, two = drawn(sample), drawn(other)
    assert (one.label > 0).sum() == pytest.approx((two.label > 0).sum(), rel=0.2)
    there = (one.table[:, 2] > 0) & (two.table[: len(one.table), 2] > 0)
    spread = [np.ptp(table[there, 2:], 1).mean() for table in (one.table, two.table)]
    assert spread[1] > 1.5 * spread[0]
    assert two.over.any()


def test_a_batch_depends_on_seed_and_step_alone(folder, monkeypatch):
    monkeypatch.setattr("micrographia.learning.particles._images.SHARD", 4)
    pool = WholePool(folder / "images", 5, 4)
    once, again = (make_whole_batch(pool, 1, 9, 2, 64) for _ in range(2))
    for a, b in zip(once, again, strict=True):
        assert np.array_equal(a, b)
    assert once.rays.shape == (2, RAYS, 16, 16)
    assert not np.array_equal(once.images, make_whole_batch(pool, 1, 10, 2, 64).images)


def test_a_training_taken_up_again_ends_the_same(folder, tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr("micrographia.learning.particles._images.SHARD", 4)
    torch.manual_seed(0)
    trunk = Network((8, 8, 16))
    before = {name: value.clone() for name, value in trunk.state_dict().items()}
    ends = []
    for name, parts in (("whole", (4,)), ("twice", (2, 4))):
        place = tmp_path / name
        place.mkdir()
        (place / "images").symlink_to(folder / "images")
        for steps in parts:
            settings = SMALL.model_copy(update={"steps": 4})
            stop = {"until": steps} if steps < 4 else {}
            head = _run(trunk, place, settings, **stop)
        ends.append(head.state_dict())
    for name in ends[0]:
        torch.testing.assert_close(ends[0][name], ends[1][name], rtol=0, atol=1e-6)
    for name, value in trunk.state_dict().items():
        assert torch.equal(before[name], value)


def _run(trunk, place, settings, until=None):
    """The training, killed after some steps where asked."""
    if until is None:
        return fit_wholes(trunk, place, settings, half=False)
    from micrographia.learning.particles import _whole_train

    step, taken = _whole_train._step, []

    def limited(*arguments):
        if len(taken) == until:
            raise KeyboardInterrupt
        taken.append(1)
        return step(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_whole_train, "_step", limited)
        with pytest.raises(KeyboardInterrupt):
            fit_wholes(trunk, place, settings, half=False, save_every_s=1e-9)
    return None
