"""Training a network: an epoch at a time, each of them safe on disk, the best one kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from numpy.typing import NDArray

from micrographia._files import ensure_folder, write_text
from micrographia.errors import InputError
from micrographia.learning._batches import Batches, plain_batches
from micrographia.learning._networks import Network
from micrographia.learning._processor import knows_bfloat16
from micrographia.learning._quiet import quiet_loggers
from micrographia.learning._seeds import torch_seed
from micrographia.learning._task import Task
from micrographia.learning.augmentation import AugmentationSettings, balance
from micrographia.learning.settings import TrainingSettings

__all__ = ["Examples", "Progress", "seeded", "train_network"]

Progress = Callable[[int, int, str], None]
"""Called with batches done, batches in all (of all epochs) and a line about the last epoch."""

CHECKPOINT = "last.ckpt"


@dataclass(frozen=True)
class Examples:
    """What a network learns from.

    Parameters
    ----------
    images : ndarray of shape (n, rows, cols) or (n, rows, cols, 3)
    targets : ndarray of shape (n,) int64, or (n, classes) float32 for several labels an image
    learned, held : ndarray of int
        Indices to learn from, and those that choose the best epoch (may be empty).
    groups : array-like of shape (n,), optional
        Images that belong together.
    """

    images: NDArray[Any]
    targets: NDArray[Any]
    learned: NDArray[np.intp]
    held: NDArray[np.intp]
    groups: Any = None

    @property
    def multi_label(self) -> bool:
        """Whether an image can have several labels."""
        return self.targets.ndim == 2


@contextlib.contextmanager
def seeded(seed: int, purpose: str) -> Iterator[None]:
    """Torch's random numbers start from the seed inside, and go on as before outside."""
    with torch.random.fork_rng():
        torch.manual_seed(torch_seed(seed, purpose))
        yield


def train_network(
    network: Network,
    examples: Examples,
    settings: TrainingSettings,
    augmentation: AugmentationSettings,
    seed: int,
    *,
    folder: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    blocks: NDArray[np.intp] | None = None,
) -> list[dict[str, float]]:
    """Train a network in place; it ends with the weights of the best epoch.

    Parameters
    ----------
    network : Network
    examples : Examples
    settings : TrainingSettings
    augmentation : AugmentationSettings
    seed : int
        All random numbers follow from it.
    folder : Path, optional
        Where ``last.ckpt``, ``log.csv`` and ``log.json`` are written after each epoch.
    resume : bool
        Go on from ``last.ckpt`` if it is there.
    progress : callable, optional
        See `Progress`.
    blocks : ndarray of shape (classes,), optional
        Block of each class; every block has a softmax of its own.

    Returns
    -------
    history : list of dict
        A row an epoch: epoch, learning rate, losses and accuracies.

    Raises
    ------
    InputError
        If the checkpoint belongs to another training.
    """
    items = _items(examples, augmentation, seed)
    batches = Batches(
        examples.images, examples.targets, items, settings.batch_size, augmentation, seed
    )
    task = Task(
        network,
        settings,
        multi_label=examples.multi_label,
        class_weights=_class_weights(examples, settings),
        seed=seed,
        blocks=None if blocks is None else torch.as_tensor(blocks),
    )
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        keeper = _Keeper(
            ensure_folder(folder), settings, _fingerprint(examples, settings, augmentation, seed)
        )
        held = len(examples.held) > 0
        state = keeper.stored() if resume else None
        if state is None or not keeper.finished(state):
            batches.epoch = 0 if state is None else len(state["history"])
            stack.enter_context(seeded(seed, "training"))
            stack.enter_context(_quiet())
            network.to(memory_format=torch.channels_last)
            trainer = _trainer(settings, folder, [keeper, *_bar(progress, settings)], held=held)
            with _stoppable(folder):
                trainer.fit(
                    task,
                    torch.utils.data.DataLoader(
                        batches, batch_size=None, num_workers=settings.workers
                    ),
                    _held_batches(examples, settings) if held else None,
                    ckpt_path=None if state is None else str(folder / CHECKPOINT),
                )
            state = keeper.stored()
        if state is None:  # pragma: no cover
            raise InputError(f"{folder}: no checkpoint was written")
        network.load_state_dict(state["best"])
        network.to(memory_format=torch.contiguous_format).eval()
        return list(state["history"])


class _Keeper(pl.Callback):
    """Writes checkpoint and log after each epoch; remembers the best weights; stops early."""

    state_key = "keeper"

    def __init__(self, folder: Path, settings: TrainingSettings, fingerprint: str) -> None:
        self.folder, self.settings, self.fingerprint = folder, settings, fingerprint
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Any] = {}
        self.lowest, self.stale = float("inf"), 0

    def state_dict(self) -> dict[str, Any]:
        return {
            "history": self.history,
            "best": self.best,
            "lowest": self.lowest,
            "stale": self.stale,
            "fingerprint": self.fingerprint,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history, self.best = list(state_dict["history"]), dict(state_dict["best"])
        self.lowest, self.stale = state_dict["lowest"], state_dict["stale"]

    def stored(self) -> dict[str, Any] | None:
        """This callback's part of the checkpoint in its folder, if there is one."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return None
        whole = torch.load(path, map_location="cpu", weights_only=True)
        state: dict[str, Any] = whole["callbacks"][self.state_key]
        if state["fingerprint"] != self.fingerprint:
            raise InputError(
                f"{path}: this training was begun with other images or settings; take the same "
                "ones to go on with it, or train into another folder"
            )
        return state

    def finished(self, state: dict[str, Any]) -> bool:
        """Whether nothing is left to train."""
        patience = self.settings.patience
        stopped = patience is not None and state["stale"] >= patience
        return stopped or len(state["history"]) >= self.settings.epochs

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        figures = {**pl_module.figures("train"), **pl_module.figures("val")}
        rate = max(group["lr"] for group in pl_module.optimizers().param_groups)
        self.history.append(
            {"epoch": float(trainer.current_epoch), "learning_rate": float(rate), **figures}
        )
        loss = figures.get("val_loss", -float(len(self.history)))  # without: the last epoch
        if loss < self.lowest or not self.best:
            self.lowest, self.stale = loss, 0
            weights = pl_module.network.state_dict()
            self.best = {name: value.detach().cpu().clone() for name, value in weights.items()}
        else:
            self.stale += 1
        if self.finished({"stale": self.stale, "history": self.history}):
            trainer.should_stop = True
        self._save(trainer)

    def _save(self, trainer: Any) -> None:
        path = self.folder / CHECKPOINT
        beside = path.with_suffix(".writing")
        trainer.save_checkpoint(beside)
        if trainer.is_global_zero:
            os.replace(beside, path)  # noqa: PTH105  - atomic, over what is there
            columns = list(self.history[0])
            rows = [",".join(f"{row[name]:.9g}" for name in columns) for row in self.history]
            write_text(self.folder / "log.csv", "\n".join([",".join(columns), *rows, ""]))
        trainer.strategy.barrier()


class _Bar(pl.Callback):
    """Tells how far a training is."""

    def __init__(self, progress: Progress, settings: TrainingSettings) -> None:
        self.progress, self.epochs, self.note = progress, settings.epochs, ""

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        each = int(trainer.num_training_batches)
        self.progress(
            trainer.current_epoch * each + batch_idx + 1, self.epochs * each, self._line(trainer)
        )

    def _line(self, trainer: Any) -> str:
        history = next(c.history for c in trainer.callbacks if isinstance(c, _Keeper))
        if not history:
            return "epoch 1"
        last = history[-1]
        accuracy = last.get("val_accuracy", last["train_accuracy"])
        return f"epoch {len(history) + 1}, accuracy {accuracy:.1%}"


def _bar(progress: Progress | None, settings: TrainingSettings) -> list[Any]:
    return [] if progress is None else [_Bar(progress, settings)]


def _trainer(settings: TrainingSettings, folder: Path, callbacks: list[Any], *, held: bool) -> Any:
    return pl.Trainer(
        max_epochs=settings.epochs,
        accelerator=settings.accelerator,
        devices=settings.devices,
        strategy=settings.strategy,
        precision=_arithmetic(settings),
        gradient_clip_val=settings.clip_gradient,
        callbacks=callbacks,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=None if held else 0,
        default_root_dir=folder,
    )


def _arithmetic(settings: TrainingSettings) -> Any:
    """The precision as set; 32 bit instead of bfloat16 on a processor that is slow with it."""
    on_gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    on_cpu = settings.accelerator == "cpu" or (settings.accelerator == "auto" and not on_gpu)
    slow = settings.precision == "bf16-mixed" and on_cpu and not knows_bfloat16()
    return "32-true" if slow else settings.precision


def _held_batches(examples: Examples, settings: TrainingSettings) -> Any:
    return plain_batches(examples.images, examples.targets, examples.held, settings.batch_size)


@contextlib.contextmanager
def _stoppable(folder: Path) -> Iterator[None]:
    """Ctrl-C is a KeyboardInterrupt again, where Lightning would end the program by itself."""
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if main else None
    try:
        yield
    except SystemExit as error:
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        raise KeyboardInterrupt(
            f"stopped; {folder} keeps the epochs that were finished, go on with --resume"
        ) from error
    finally:
        if main and handler is not None:
            signal.signal(signal.SIGINT, handler)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Lightning's advertisements and hints are not for the reader of a command's output."""
    with quiet_loggers("lightning.pytorch", "lightning.fabric"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(lightning|torch)\..*")
        yield


def _items(examples: Examples, augmentation: AugmentationSettings, seed: int) -> NDArray[np.intp]:
    """Index and turns of each training image of an epoch."""
    if augmentation.per_class is None:
        return np.stack([examples.learned, np.zeros_like(examples.learned)], axis=1)
    chosen, turns = balance(examples.targets[examples.learned], augmentation.per_class, seed)
    return np.stack([examples.learned[chosen], turns], axis=1)


def _class_weights(examples: Examples, settings: TrainingSettings) -> Any:
    if settings.class_weights == "none":
        return None
    targets = examples.targets[examples.learned]
    if examples.multi_label:
        share = targets.mean(0).clip(0.01, 0.99)
        return torch.tensor((1 - share) / share, dtype=torch.float32)
    counts = np.bincount(targets, minlength=int(examples.targets.max()) + 1).clip(1)
    return torch.tensor(len(targets) / (len(counts) * counts), dtype=torch.float32)


def _fingerprint(
    examples: Examples,
    settings: TrainingSettings,
    augmentation: AugmentationSettings,
    seed: int,
) -> str:
    """Hash of all that decides how a training goes on (not where or by how many it is run)."""
    place = {"accelerator", "devices", "strategy", "workers"}
    found = hashlib.sha256(
        json.dumps(
            [settings.model_dump(exclude=place), augmentation.model_dump(), seed], sort_keys=True
        ).encode()
    )
    for array in (examples.images, examples.targets, examples.learned, examples.held):
        found.update(str((array.shape, array.dtype)).encode())
        for start in range(0, len(array), 1024):
            found.update(array[start : start + 1024].tobytes())
    return found.hexdigest()
