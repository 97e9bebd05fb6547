"""A training that is killed and goes on ends where one that was left alone does."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from micrographia.errors import InputError
from micrographia.learning import _train
from micrographia.learning._task import rate_factor
from micrographia.learning.augmentation import AugmentationSettings
from micrographia.learning.methods import METHODS
from micrographia.learning.settings import TrainingSettings

VARIED = AugmentationSettings(rotation_deg=30, reflect=True, noise=0.05, blur_px=1)


class Stopped(Exception):
    """Stands for a kill."""


def stop_at(step):
    def progress(done, total, note):
        if done == step:
            raise Stopped

    return progress


def weights(method):
    return {name: value.numpy() for name, value in method.network_.state_dict().items()}


def assert_same(one, other):
    for name, value in weights(one).items():
        np.testing.assert_allclose(weights(other)[name], value, rtol=1e-6, atol=1e-6, err_msg=name)


@pytest.fixture(scope="module")
def method(brief):
    # three batches an epoch of 38 images; dropout and momentum have a state of their own
    training = brief.model_copy(
        update={"epochs": 4, "batch_size": 13, "learning_rate": 1e-3, "warmup_epochs": 1.5}
    )
    return METHODS["cnn"]("ngo2024-first", training=training, augmentation=VARIED)


@pytest.fixture(scope="module")
def few(shapes):
    return shapes[0][:45], shapes[1][:45]


@pytest.fixture(scope="module")
def uninterrupted(method, few):
    from sklearn.base import clone

    return clone(method).fit(*few)


@pytest.mark.parametrize("step", [1, 3, 5, 8, 12])
def test_stopped_at_any_step_it_goes_on_to_the_same_end(step, method, few, uninterrupted, tmp_path):
    from sklearn.base import clone

    with pytest.raises(Stopped):
        clone(method).fit(*few, folder=tmp_path, progress=stop_at(step))
    torch.rand(step)  # what else uses random numbers does not matter
    resumed = clone(method).fit(*few, folder=tmp_path, resume=True)
    assert_same(resumed, uninterrupted)
    assert resumed.history_ == uninterrupted.history_


def test_a_finished_training_is_read_again_without_training(method, few, uninterrupted, tmp_path):
    from sklearn.base import clone

    clone(method).fit(*few, folder=tmp_path)
    again = clone(method).fit(*few, folder=tmp_path, resume=True, progress=stop_at(1))
    assert_same(again, uninterrupted)


@pytest.mark.slow
def test_a_killed_process_leaves_what_the_next_one_goes_on_from(tmp_path):
    script = tmp_path / "fit.py"
    script.write_text(
        textwrap.dedent("""
        import os, signal, sys
        import numpy as np
        from micrographia.learning.methods import METHODS
        from micrographia.learning.settings import TrainingSettings

        random = np.random.default_rng(0)
        images, labels = random.random((40, 24, 24)), np.arange(40) % 2
        images[labels == 1, 6:12] += 1
        folder, kill_at = sys.argv[1], int(sys.argv[2])

        def progress(done, total, note):
            if done == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        training = TrainingSettings(epochs=4, batch_size=12, accelerator="cpu")
        method = METHODS["cnn"]("tiny", training=training)
        method.fit(images, labels, folder=folder, resume=True, progress=progress)
        np.save(folder + "/end.npy", method.decision_function(images))
    """)
    )

    def run(folder, kill_at):
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(script), str(tmp_path / folder), str(kill_at)]
        return subprocess.run(command, check=False, env=environment, timeout=600).returncode

    assert run("whole", 0) == 0
    assert run("killed", 5) == -signal.SIGKILL  # in the middle of the second epoch
    assert run("killed", 0) == 0
    np.testing.assert_allclose(
        np.load(tmp_path / "killed/end.npy"), np.load(tmp_path / "whole/end.npy"), atol=1e-6
    )


def test_other_images_are_not_gone_on_with(method, few, tmp_path):
    from sklearn.base import clone

    with pytest.raises(Stopped):
        clone(method).fit(*few, folder=tmp_path, progress=stop_at(5))
    with pytest.raises(InputError, match="begun with other images or settings"):
        clone(method).fit(few[0] + 1, few[1], folder=tmp_path, resume=True)


@pytest.mark.parametrize(
    ("accelerator", "asked", "known", "expected"),
    [
        ("cpu", "bf16-mixed", False, "32-true"),
        ("cpu", "bf16-mixed", True, "bf16-mixed"),
        ("cpu", "32-true", True, "32-true"),
        ("gpu", "bf16-mixed", False, "bf16-mixed"),
    ],
)
def test_bfloat16_is_left_where_the_processor_is_slow_with_it(
    monkeypatch, accelerator, asked, known, expected
):
    monkeypatch.setattr(_train, "knows_bfloat16", lambda: known)
    assert (
        _train._arithmetic(TrainingSettings(precision=asked, accelerator=accelerator)) == expected
    )


def test_it_stops_when_nothing_is_gained_and_keeps_the_best(few, brief):
    training = brief.model_copy(
        update={"epochs": 40, "patience": 2, "learning_rate": 0.05, "optimizer": "sgd"}
    )
    method = METHODS["cnn"]("tiny", training=training).fit(*few)
    losses = [row["val_loss"] for row in method.history_]
    assert len(losses) < 40
    assert min(losses) == losses[-3]


def test_the_log_has_a_row_an_epoch(method, few, uninterrupted, tmp_path):
    from sklearn.base import clone

    clone(method).fit(*few, folder=tmp_path)
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,learning_rate,train_loss,train_accuracy,val_loss")
    assert len(rows) == 1 + len(uninterrupted.history_)


def test_the_rate_falls_by_steps_as_published():
    settings = TrainingSettings(schedule="step", step_epochs=20, step_factor=0.62)
    assert [round(rate_factor(settings, e), 4) for e in (0, 19.9, 20, 40, 79)] == [
        1.0, 1.0, 0.62, 0.3844, 0.2383,
    ]  # fmt: skip


def test_the_cosine_starts_at_one_and_ends_at_zero():
    settings = TrainingSettings(epochs=10, warmup_epochs=2)
    assert rate_factor(settings, 1) == 0.5
    assert rate_factor(settings, 2) == 1
    assert rate_factor(settings, 10) == pytest.approx(0)


@pytest.mark.slow
def test_helpers_that_prepare_batches_change_nothing(method, few, uninterrupted, tmp_path):
    from sklearn.base import clone

    helped = clone(method).set_params(training=method.training.model_copy(update={"workers": 2}))
    with pytest.raises(Stopped):
        clone(helped).fit(*few, folder=tmp_path, progress=stop_at(5))
    assert_same(clone(helped).fit(*few, folder=tmp_path, resume=True), uninterrupted)


@pytest.mark.slow
def test_two_processes_share_the_work(few, brief):
    training = brief.model_copy(
        update={"devices": 2, "strategy": "ddp_spawn", "epochs": 2, "accelerator": "cpu"}
    )
    method = METHODS["cnn"]("tiny", training=training).fit(*few)
    assert len(method.history_) == 2
    assert np.isfinite(method.predict_proba(few[0])).all()


def test_several_labels_an_image_are_learned(shapes, brief):
    images, labels = shapes
    both = np.maximum(images[labels == "disk"], images[labels == "bar"])
    X = np.concatenate([images, both])
    y = np.concatenate([
        np.stack([labels == "bar", labels == "disk"], 1),
        np.ones((len(both), 2), bool),
    ]).astype(int)  # fmt: skip
    method = METHODS["cnn"]("tiny", training=brief, class_names=("bar", "disk")).fit(X, y)
    assert (method.predict(X) == y).mean() > 0.8
    found = method.predict_proba(X)
    assert found.shape == (len(X), 2)
    assert found.sum(1).max() > 1.2  # no softmax


def test_without_validation_the_last_epoch_is_kept(few, brief):
    training = brief.model_copy(update={"validation": 0.0, "epochs": 2})
    method = METHODS["cnn"]("tiny", training=training).fit(*few)
    assert method.calibration_.held == 0
    assert method.calibration_.temperature == 1
