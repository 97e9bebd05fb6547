"""The training: images from the seed, steps that can be taken up again, a bundle at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from micrographia._files import ensure_folder, whole_file
from micrographia.learning.particles._batches import Batch, Pool, Stage, make_batch
from micrographia.learning.particles._images import make_images
from micrographia.learning.particles._whole_images import make_whole_images
from micrographia.learning.particles._whole_settings import WholeSettings
from micrographia.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from micrographia.learning.particles._network import Network
    from micrographia.learning.particles._running import Running
    from micrographia.learning.particles._whole_head import Together

__all__ = ["TrainSettings", "train"]


class TrainSettings(Settings):
    """Recipe of the model `particles`."""

    seed: int = Field(default=0, ge=0, description="Of the weights and the batches.")
    cycles: tuple[int, ...] = Field(
        default=(8300, 28000, 35500),
        min_length=1,
        description="Steps at which the learning rate has fallen to 0; it rises again after each "
        "but the last, which ends the training.",
    )
    batch: int = Field(default=8, ge=1, description="Pieces a step.")
    size: int = Field(default=192, ge=32, description="Rows and columns of a piece [px].")
    image_size: int = Field(default=256, ge=64, description="Rows and columns of an image [px].")
    stages: tuple[Stage, ...] = Field(
        default=(
            Stage(1, 6400),
            Stage(2, 2560, begin=2200, share=0.8),
            Stage(3, 1280, begin=6300, share=0.5),
            Stage(4, 3840, begin=11000, share=0.5),
        ),
        min_length=1,
        description="Images, and the step at which each set begins.",
    )
    rate: float = Field(
        default=2e-3, gt=0, description="Learning rate of AdamW after the warming up."
    )
    warm_up: int = Field(default=100, ge=1, description="Steps over which the rate rises.")
    fall: float = Field(
        default=0.5, ge=0, le=1, description="Last share of each cycle: the rate falls."
    )
    decay: float = Field(default=0.01, ge=0, description="Weight decay.")
    average: float = Field(
        default=0.998, ge=0, lt=1, description="Of the running mean of the weights."
    )
    mean_of: tuple[int, ...] = Field(
        default=(28000, 35500),
        description="Steps whose running means make the bundle's weights, together; those that "
        "are not reached do not count, and where none is, the last step's do.",
    )
    widths: tuple[int, ...] = Field(
        default=(32, 64, 96, 128, 192), min_length=2, description="Channels at each halving."
    )
    hard_from: int = Field(
        default=28000,
        ge=0,
        description="Step from which pieces are enlarged further and spoilt with more noise.",
    )
    contact_weight: float = Field(
        default=3.0, ge=0, description="Weight of pixels between particles."
    )
    half: bool | None = Field(
        default=None,
        description="Reckon in bfloat16; None: where the processor has instructions for it.",
    )
    save_every_s: float = Field(default=120, gt=0, description="Seconds between checkpoints.")
    wholes: WholeSettings | None = Field(
        default=WholeSettings(),
        description="Of the second part, which learns whole outlines; None leaves it out.",
    )

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.cycles[-1]

    def rate_at(self, step: int) -> float:
        """Learning rate: in each cycle up, level, down to 0 in a straight line.

        Examples
        --------
        >>> settings = TrainSettings(cycles=(1000, 3000), rate=1.0, warm_up=100, fall=0.5)
        >>> settings.rate_at(49), settings.rate_at(300), settings.rate_at(750)
        (0.5, 1.0, 0.5)
        >>> settings.rate_at(1049), settings.rate_at(1500), settings.rate_at(2500)
        (0.5, 1.0, 0.5)
        """
        end = next((end for end in self.cycles if step < end), self.steps)
        begin = max((before for before in self.cycles if before < end), default=0)
        up = min((step - begin + 1) / self.warm_up, 1.0)
        left = (end - step) / max(self.fall * (end - begin), 1)
        return self.rate * min(up, left, 1.0)


def train(
    folder: str | Path,
    settings: TrainSettings | None = None,
    *,
    until: int | None = None,
    report: Callable[[str], object] = lambda _: None,
) -> Path:
    """Train the model from its seed; what was done before in the same folder is kept.

    Parameters
    ----------
    folder : path
        For the images (`images`), checkpoints (`checkpoint.pt`) and the bundle (`particles`).
    settings : TrainSettings, optional
        The recipe of the built-in model if left out.
    until : int, optional
        Stop after this step, to go on later.
    report : callable
        Called with a sentence now and then.

    Returns
    -------
    bundle : Path
        The folder of the finished bundle; of the checkpoint where `until` ended it early.
    """
    from micrographia.learning.particles._export import export

    settings = settings or TrainSettings()
    folder = ensure_folder(Path(folder))
    for stage in settings.stages:
        make_images(folder / "images", stage.images, stage.seed, settings.image_size, report)
    if settings.wholes is not None:
        make_whole_images(
            folder / "images", settings.wholes.images, settings.wholes.image_seed,
            settings.image_size, report,
        )  # fmt: skip
    state = fit(folder, settings, until, report)
    if state.step < settings.steps:
        return folder / "checkpoint.pt"
    network: Network | Together = _mean_of(state, folder, settings)
    if settings.wholes is not None:
        network = _with_wholes(network, folder, settings, report)
    return export(network, folder / "particles", settings)


def _with_wholes(
    trunk: Network, folder: Path, settings: TrainSettings, report: Callable[[str], object]
) -> Together:
    """Network and head, after the second part of the training."""
    from micrographia.learning.particles._whole_head import Together
    from micrographia.learning.particles._whole_train import fit_wholes

    head = fit_wholes(
        trunk, folder, settings.wholes or WholeSettings(), seed=settings.seed, half=settings.half,
        save_every_s=settings.save_every_s, report=report,
    )  # fmt: skip
    return Together(trunk, head)


def _mean_of(state: Running[Network], folder: Path, settings: TrainSettings) -> Network:
    """The network with the mean of the weights that were put aside."""
    import torch

    files = [folder / f"weights-{step}.pt" for step in settings.mean_of if step <= settings.steps]
    if not files:
        return state.averaged
    parts = [torch.load(file, map_location="cpu", weights_only=True) for file in files]
    state.averaged.load_state_dict({
        name: sum(part[name] for part in parts) / len(parts)
        if value.dtype.is_floating_point else value
        for name, value in parts[-1].items()
    })  # fmt: skip
    return state.averaged


def begin(settings: TrainSettings) -> Running[Network]:
    """The network before its first step."""
    import torch

    from micrographia.learning._seeds import torch_seed
    from micrographia.learning.particles._network import Network
    from micrographia.learning.particles._running import Running

    torch.manual_seed(torch_seed(settings.seed, "particles weights"))
    return Running(Network(settings.widths), settings.rate, settings.decay)


def fit(
    folder: Path, settings: TrainSettings, until: int | None, report: Callable[[str], object]
) -> Running[Network]:
    """Take the steps that are left, with a checkpoint every few minutes."""
    import torch

    state = begin(settings)
    pool = Pool(folder / "images", settings.stages)

    def take() -> float:
        hard = state.step >= settings.hard_from
        batch = make_batch(pool, settings.seed, state.step, settings.batch, settings.size, hard)
        loss = _step(state, batch, settings)
        state.step += 1
        if state.step in settings.mean_of:
            with whole_file(folder / f"weights-{state.step}.pt") as temporary:
                torch.save(state.averaged.state_dict(), temporary)
        return loss

    end = min(settings.steps, settings.steps if until is None else until)
    state.go_on(end, folder / "checkpoint.pt", take, settings.save_every_s, report)
    (folder / "settings.json").write_text(json.dumps(settings.model_dump(mode="json"), indent=1))
    return state


def _step(state: Running[Network], batch: Batch, settings: TrainSettings) -> float:
    import torch

    from micrographia.learning.particles._network import views
    from micrographia.learning.particles._running import reckon_in_half

    tensors = [torch.from_numpy(part) for part in batch]
    images, levels, answers = tensors[0], tensors[1], tensors[2:]
    mean, spread = levels[:, 0].view(-1, 1, 1, 1), levels[:, 1].view(-1, 1, 1, 1)
    seen = views(images, mean, spread).to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=reckon_in_half(settings.half)):
        out = state.network.body(seen)
    loss = _loss(out.float(), answers, settings)
    return state.learn(loss, settings.rate_at(state.step), settings.average)


def _loss(out: torch.Tensor, answers: list[torch.Tensor], settings: TrainSettings) -> Any:
    """Foreground: cross entropy and Dice; distance: smooth L1; contact: weighted cross entropy."""
    import torch
    from torch.nn import functional as f

    foreground, distance, contact, weight = answers
    inside, deep, between = out[:, 0:1], out[:, 1:2], out[:, 2:3]
    total = weight.sum().clamp(min=1)
    cross = (
        weight * f.binary_cross_entropy_with_logits(inside, foreground, reduction="none")
    ).sum()
    chance = torch.sigmoid(inside) * weight
    both = (chance * foreground).sum(dim=(1, 2, 3))
    dice = 1 - (2 * both + 50) / ((chance + foreground * weight).sum(dim=(1, 2, 3)) + 50)
    near = weight * (0.3 + foreground)
    off = (near * f.smooth_l1_loss(deep, distance, beta=0.1, reduction="none")).sum()
    heavy = near * (1 + (settings.contact_weight - 1) * contact)
    meet = (heavy * f.binary_cross_entropy_with_logits(between, contact, reduction="none")).sum()
    return cross / total + 0.5 * dice.mean() + 6 * off / near.sum() + 0.7 * meet / heavy.sum()
