"""What both trainings share: pictures, a network, figures on pictures never seen, a bundle."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from micrographia import __version__
from micrographia.bundles.card import Metric
from micrographia.learning.augmentation import AugmentationSettings
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.settings import TrainingSettings
from micrographia.learning.shapes._examples import chosen, joined
from micrographia.learning.shapes._network import ShapeCnn
from micrographia.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from micrographia.classification.crops import CropSettings
    from micrographia.learning.shapes._examples import Pictures

__all__ = [
    "LaterRound", "ShapeSettings", "doubted", "fitted", "metric", "shares_right", "write",
]  # fmt: skip

TEST_SEED = 1_000_003
"""Added to the seed for pictures that are tested on; their groups are never trained on."""


_LEAD = 2.0
"""A right answer whose logit leads the next by less is doubted."""

_FOLDERS = ("training", "training-second", "training-third")
"""Of the checkpoints of the rounds."""


class LaterRound(Settings):
    """What is learned after a former round, from its weights."""

    training: TrainingSettings = Field(description="How long, how fast.")


class ShapeSettings(Settings):
    """What both recipes have in common."""

    seed: int = Field(default=0, ge=0, description="Of the pictures, the weights and the batches.")
    pictures: int = Field(default=110_000, ge=16, description="Pictures to learn from.")
    test: int = Field(default=11_000, ge=8, description="Pictures to test on, of another seed.")
    stack: str = Field(default="small", description="The network.")
    side: int = Field(default=64, ge=16, le=256, description="Rows and columns of a picture [px].")
    averaged: Literal[1, 2, 4] = Field(
        default=1, description="Positions of a picture, evenly turned, whose mean is the answer."
    )
    training: TrainingSettings = Field(description="How long, how fast, in the first round.")
    second: LaterRound | None = Field(default=None, description="The second round, if any.")
    third: LaterRound | None = Field(default=None, description="The third round, if any.")

    @property
    def rounds(self) -> list[TrainingSettings]:
        """How long and how fast, of each round."""
        later = (one.training for one in (self.second, self.third) if one is not None)
        return [self.training, *later]


def training(epochs: int, learning_rate: float = 4e-3) -> TrainingSettings:
    """Say how both models are trained.

    Parameters
    ----------
    epochs : int
    learning_rate : float
        At its largest.

    Returns
    -------
    settings : TrainingSettings
    """
    return TrainingSettings(
        epochs=epochs, batch_size=128, learning_rate=learning_rate, warmup_epochs=0.3,
        validation=0.05, label_smoothing=0.01, precision="bf16-mixed",
    )  # fmt: skip


def fitted(
    pictures: Pictures,
    classes: Sequence[str],
    settings: ShapeSettings,
    folder: Path,
    report: Callable[[str], object],
    after: ShapeCnn | None = None,
    groups: Any = None,
) -> ShapeCnn:
    """Train the network; goes on from a checkpoint that lies in the folder.

    Parameters
    ----------
    pictures : Pictures
    classes : sequence of str
    settings : ShapeSettings
    folder : path
    report : callable
        Called with a line for a person.
    after : ShapeCnn, optional
        The model of the round before; this is the next, which begins with its weights.
    groups : ndarray of shape (n,), optional
        Pictures of one group are never divided between learning and calibration.

    Returns
    -------
    model : ShapeCnn
    """
    done = 0 if after is None else after.rounds
    model = ShapeCnn(
        stack=settings.stack,
        training=settings.rounds[done],
        augmentation=AugmentationSettings(right_angles=True, reflect=True),
        calibration=CalibrationSettings(flagged=0.01),
        seed=settings.seed,
    )
    model.begin_with, model.rounds = after, done + 1
    model.last = model.rounds == len(settings.rounds)
    model.averaged = settings.averaged if model.last else 1
    last = [-1]

    def progress(done: int, total: int, line: str) -> None:
        if (tenth := 20 * done // max(total, 1)) != last[0]:
            last[0] = tenth
            report(f"{done} of {total} steps, {line}")

    names = np.asarray(classes)[pictures.targets]
    checkpoint = folder / _FOLDERS[done]
    model.fit(pictures.images, names, groups, folder=checkpoint, resume=True, progress=progress)
    return model


def doubted(
    learned: Pictures,
    new: Pictures,
    before: ShapeCnn,
    classes: Sequence[str],
    report: Callable[[str], object],
) -> tuple[Pictures, NDArray[np.intp]]:
    """Join pictures for a further round; new ones that the model before doubts come three times.

    Those on a border between classes, where several answers are right, come once.

    Parameters
    ----------
    learned, new : Pictures
    before : ShapeCnn
    classes : sequence of str
    report : callable
        Called with a line for a person.

    Returns
    -------
    pictures : Pictures
    groups : ndarray of shape (n,)
        Pictures with the same number are the same.
    """
    columns = np.searchsorted(before.classes_, np.asarray(classes)[new.targets])
    logits, every = before.decision_function(new.images), np.arange(len(columns))
    given = logits[every, columns]
    logits[every, columns] = -np.inf
    unsure = (given - logits.max(1) < _LEAD) & (new.right.sum(1) == 1)
    again = np.flatnonzero(unsure)
    report(f"{len(again)} of {len(every)} new pictures are doubted")
    some = chosen(new, again)
    groups = np.arange(len(learned.images) + len(every))
    twice = np.tile(len(learned.images) + again, 2)
    return joined([learned, new, some, some]), np.concatenate([groups, twice])


def shares_right(
    model: ShapeCnn, pictures: Pictures, classes: Sequence[str], chosen: Any = None
) -> dict[str, float]:
    """Share of answers that name a class that is right, over all and for each class.

    Parameters
    ----------
    model : ShapeCnn
    pictures : Pictures
    classes : sequence of str
        Of the columns of `pictures.right`.
    chosen : ndarray of shape (n,), bool, optional
        Pictures to count.

    Returns
    -------
    shares : dict of str to float
        ``all`` and the classes.
    """
    keep = np.arange(len(pictures.images)) if chosen is None else np.flatnonzero(chosen)
    column = {name: index for index, name in enumerate(classes)}
    answers = np.array([column[str(name)] for name in model.predict(pictures.images[keep])])
    right = pictures.right[keep, answers]
    targets = pictures.targets[keep]
    shares = {"all": float(right.mean())}
    for index, name in enumerate(classes):
        if (targets == index).any():
            shares[name] = float(right[targets == index].mean())
    return shares


def metric(name: str, value: float, n: int, data: str) -> Metric:
    """A share with its interval of 95 % (Wilson).

    Parameters
    ----------
    name : str
    value : float
        Share of `n`.
    n : int
    data : str
        What it was measured on.

    Returns
    -------
    metric : Metric

    Examples
    --------
    >>> one = metric("accuracy", 0.99, 1000, "simulated")
    >>> round(one.low, 3), round(one.high, 3)
    (0.982, 0.995)
    """
    z = 1.959964
    middle = (value + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(value * (1 - value) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return Metric(
        name=name, value=value, low=float(middle - half), high=float(middle + half), data=data
    )


def write(
    model: ShapeCnn,
    folder: Path,
    name: str,
    version: str,
    summary: str,
    settings: ShapeSettings,
    crop: CropSettings,
    metrics: Sequence[Metric],
    classes: Sequence[str],
    **parameters: Any,
) -> Path:
    """Write the model as a bundle.

    Parameters
    ----------
    model : ShapeCnn
    folder : path
    name, version, summary : str
    settings : ShapeSettings
    crop : CropSettings
    metrics : sequence of Metric
    classes : sequence of str
    **parameters : JSON values
        Further parameters of the card.

    Returns
    -------
    path : Path
    """
    import torch

    return model.to_bundle(
        folder,
        name=name,
        version=version,
        summary=summary,
        metrics=metrics,
        task="particle-classification",
        licence="CC0-1.0",
        provenance={
            "recipe": f"micrographia models train {name}",
            "settings": settings.model_dump(mode="json"),
            "data": "simulated by the project itself; no real image",
            "made_by": {
                "micrographia": __version__,
                "torch": torch.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        },
        parameters={"crop": crop.model_dump(mode="json"), **parameters},
    )
