"""Our own backbone: one network that learns the classes of all simulated families together.

Each family has its own softmax over its classes; the network below is shared. Images are made
beforehand, once; all of it follows from the seed, and goes on where it was stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from micrographia._files import ensure_folder, whole_file, write_text
from micrographia.learning._seeds import stream
from micrographia.learning.augmentation import AugmentationSettings
from micrographia.learning.backbones import OUR_ARCHITECTURE
from micrographia.learning.settings import TrainingSettings
from micrographia.settings import Settings
from micrographia.simulation import simulate_many

__all__ = ["TrainSettings", "collect", "train"]

Report = Callable[[str], object]

_AUGMENTATION = AugmentationSettings(
    right_angles=True, reflect=True, scale=0.15, shift=0.05, brightness=0.1, contrast=0.3,
    blur_px=0.8, noise=0.05,
)  # fmt: skip
_TRAINING = TrainingSettings(
    epochs=8, batch_size=64, learning_rate=1e-3, weight_decay=0.05, warmup_epochs=1,
    validation=0.05, clip_gradient=5.0, precision="bf16-mixed",
)  # fmt: skip


class TrainSettings(Settings):
    """Recipe of our own backbone."""

    architecture: str = Field(default=OUR_ARCHITECTURE, description="a network of timm by name")
    size: int = Field(default=64, ge=16, le=512, description="rows and columns of images [px]")
    families: dict[str, int] = Field(
        default={
            "outlines": 4000,
            "polyhedra": 4000,
            "carbon": 4000,
            "sem": 4000,
            "micrographs": 1200,
        },
        description="simulated families, and how many images of each",
    )
    seed: int = Field(default=0, ge=0, description="all random numbers follow from it")
    workers: int = Field(default=1, ge=1, description="processes that make images")
    training: TrainingSettings = Field(default=_TRAINING, description="how long, how fast")
    augmentation: AugmentationSettings = Field(
        default=_AUGMENTATION, description="how images are varied at each epoch"
    )


def collect(
    folder: Path, settings: TrainSettings, report: Report = lambda _: None
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    """Make the images of all families, or read them where they are already made.

    Parameters
    ----------
    folder : Path
    settings : TrainSettings
    report : callable
        Called with a sentence now and then.

    Returns
    -------
    images : ndarray of shape (n, size, size), uint8
    targets : ndarray of shape (n,), int64
        Index into `classes`.
    classes : list of str
        ``family/class``.
    """
    images: list[NDArray[np.uint8]] = []
    labels: list[str] = []
    for family, number in settings.families.items():
        pixels, names = _family(folder, family, number, settings, report)
        images.append(pixels)
        labels += [f"{family}/{name}" for name in names]
    classes = sorted(set(labels))
    place = {name: index for index, name in enumerate(classes)}
    return np.concatenate(images), np.array([place[name] for name in labels], np.int64), classes


def train(folder: Path, settings: TrainSettings | None = None, *, report: Report) -> Path:
    """Train the backbone from its seed.

    Parameters
    ----------
    folder : Path
        For images, checkpoint and weights; the same folder goes on where it was left.
    settings : TrainSettings, optional
    report : callable
        Called with a sentence now and then.

    Returns
    -------
    folder : Path
        With ``backbone.safetensors`` (half precision, without the classifier) and
        ``backbone.json``.
    """
    import torch

    from micrographia.learning._train import Examples, seeded, train_network
    from micrographia.learning.backbones import backbone_network

    settings = settings or TrainSettings()
    folder = ensure_folder(Path(folder))
    images, targets, classes = collect(folder, settings, report)
    order = stream(settings.seed, "validation").permutation(len(images))
    held = np.sort(order[: round(settings.training.validation * len(images))])
    examples = Examples(images, targets, np.setdiff1d(order, held), held)
    blocks = np.unique([name.split("/")[0] for name in classes], return_inverse=True)[1]
    with seeded(settings.seed, "weights"):
        network = backbone_network(
            settings.architecture,
            "random",
            channels=1,
            classes=len(classes),
            shape=(settings.size, settings.size),
        ).to(memory_format=torch.channels_last)
    report(f"training {settings.architecture} on {len(images)} images of {len(classes)} classes")
    history = train_network(
        network,
        examples,
        settings.training,
        settings.augmentation,
        settings.seed,
        folder=folder / "training",
        resume=True,
        progress=_told(report),
        blocks=blocks,
    )
    figures = _by_family(network, examples, classes, blocks)
    _write(folder / "made", network, settings, classes, figures, len(history))
    for family, accuracy in figures.items():
        report(f"{family}: {accuracy:.1%} of images held back are right")
    return folder / "made"


def _family(
    folder: Path, family: str, number: int, settings: TrainSettings, report: Report
) -> tuple[NDArray[np.uint8], list[str]]:
    """Pixels and classes of one family, made once and kept as one array."""
    import pandas as pd

    made = folder / "images" / family
    array = folder / f"{family}-{number}-{settings.size}-{settings.seed}.npz"
    if not array.exists():
        report(f"making {number} images of {family}")
        manifest = simulate_many(
            family, number, settings.seed, made, workers=settings.workers, resume=True
        )
        table = pd.read_parquet(manifest)
        pixels = np.stack([_pixels(made / path, settings.size) for path in table["path"]])
        with whole_file(array) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, pixels=pixels, label=table["label"].to_numpy(dtype=str))
    with np.load(array) as stored:
        return stored["pixels"], [str(name) for name in stored["label"]]


def _pixels(path: Path, size: int) -> NDArray[np.uint8]:
    """An image as a bundle's model would be given it, in 256 steps of its own range."""
    import cv2

    from micrographia.bundles import InputCard, prepare

    read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    image = prepare(np.asarray(read), InputCard(rows=size, cols=size, resize="stretch"))[0]
    low, high = float(image.min()), float(image.max())
    return np.asarray(np.rint((image - low) * (255 / (high - low or 1))), np.uint8)


def _by_family(
    network: Any, examples: Any, classes: list[str], blocks: NDArray[np.intp]
) -> dict[str, float]:
    """Accuracy on the images held back, within each family."""
    from micrographia.learning.methods._torch import run_network

    if not len(examples.held):
        return {}
    logits = run_network(network, examples.images[examples.held])[0]
    targets = examples.targets[examples.held]
    inside = blocks[targets][:, None] == blocks[None]
    right = np.where(inside, logits, -np.inf).argmax(1) == targets
    families = np.array([classes[target].split("/")[0] for target in targets])
    return {str(name): float(right[families == name].mean()) for name in np.unique(families)}


def _write(
    folder: Path,
    network: Any,
    settings: TrainSettings,
    classes: list[str],
    figures: dict[str, float],
    epochs: int,
) -> None:
    """Weights in half precision (statistics of norms in full), and what they are."""
    from safetensors.torch import save_file

    ensure_folder(folder)
    model = network.model.cpu()
    names = model.pretrained_cfg.get("classifier") or ()
    heads = tuple(f"{head}." for head in ((names,) if isinstance(names, str) else names))
    state = {
        name: (value.half() if value.ndim > 1 else value).contiguous()
        for name, value in model.state_dict().items()
        if not name.startswith(heads)
    }
    with whole_file(folder / "backbone.safetensors") as temporary:
        save_file(state, temporary, metadata={"architecture": settings.architecture})
    card = {
        "name": "micrographia",
        "architecture": settings.architecture,
        "parameters": int(sum(value.numel() for value in state.values())),
        "licence": "CC0-1.0",
        "classes": classes,
        "epochs": epochs,
        "accuracy_held_back": figures,
        "settings": settings.model_dump(mode="json"),
    }
    write_text(folder / "backbone.json", json.dumps(card, indent=2) + "\n")


def _told(report: Report) -> Callable[[int, int, str], None]:
    """Progress as sentences, one an epoch."""
    last = ""

    def progress(done: int, total: int, note: str) -> None:
        nonlocal last
        if note != last:
            report(f"{done / total:.0%}, {note}")
            last = note

    return progress
