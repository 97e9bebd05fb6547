"""The built-in model `polyhedron`: the picture of a particle to one of eight bodies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from micrographia.classification.crops import CropSettings
from micrographia.learning.settings import TrainingSettings
from micrographia.learning.shapes._examples import collect
from micrographia.learning.shapes._polyhedra import CLASSES, CONTRASTS, polyhedron_pictures
from micrographia.learning.shapes._train import (
    TEST_SEED,
    ShapeSettings,
    fitted,
    metric,
    shares_right,
    training,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrographia.learning.shapes._examples import Pictures

__all__ = ["TrainSettings", "train"]

_SUMMARY = (
    "Names the polyhedron that a particle is, from its grey levels inside its outline: lit facets "
    "(SEM), thickness (TEM, HAADF), diffraction contrast or a mere silhouette."
)


_LEAST_SHARE = 0.003
"""Of a body's silhouettes that have an outline, for the outline to be one that it casts."""


class TrainSettings(ShapeSettings):
    """Recipe of the model `polyhedron`."""

    pictures: int = Field(default=96_000, ge=16, description="Pictures to learn from.")
    test: int = Field(default=8_000, ge=8, description="Pictures to test on, of another seed.")
    side: int = Field(default=80, ge=16, le=256, description="Rows and columns of a picture [px].")
    share: float = Field(
        default=0.85,
        gt=0.1,
        le=1,
        description="Part of the picture's side that the particle takes.",
    )
    training: TrainingSettings = Field(
        default_factory=lambda: training(6), description="How long, how fast."
    )

    cast: int = Field(
        default=4_000, ge=0, description="Silhouettes that tell which outlines a body casts."
    )

    @property
    def crop(self) -> CropSettings:
        """How particles are cut out."""
        return CropSettings(side=self.side, share=self.share, layers=("inside",))


def train(
    folder: str | Path,
    settings: TrainSettings | None = None,
    *,
    report: Callable[[str], object] = lambda _: None,
) -> Path:
    """Train the model from its seed; what was done before in the same folder is kept.

    Parameters
    ----------
    folder : path
        For pictures, checkpoints and the bundle.
    settings : TrainSettings, optional
        The recipe of the built-in model if left out.
    report : callable
        Called with a line for a person.

    Returns
    -------
    bundle : Path
    """
    folder, settings = Path(folder), settings or TrainSettings()
    crop = settings.crop

    def pictures(n: int, seed: int, sizes: tuple[int, ...], *, alike: bool) -> Pictures:
        return collect(
            lambda start, end: polyhedron_pictures(
                start, end, seed, crop, sizes=sizes, find_alike=alike
            ),
            n,
            folder / "pictures",
            {"seed": seed, "sizes": sizes, "alike": alike, "version": 1, **crop.model_dump()},
            report,
        )

    learned = pictures(settings.pictures, settings.seed, (64, 96, 128), alike=False)
    model = fitted(learned, CLASSES, settings, folder, report)
    test = pictures(settings.test, settings.seed + TEST_SEED, (128,), alike=True)
    metrics = []
    for kind, contrast in enumerate(CONTRASTS):
        shown = test.kinds == kind
        if not shown.any():
            continue
        shares = shares_right(model, test, CLASSES, shown)
        what = f"simulated bodies of 64 to 118 px, every orientation, contrast {contrast}"
        if contrast == "silhouette":
            what += "; any body that casts the silhouette counts"
        for name, value in shares.items():
            count = int(shown.sum() if name == "all" else
                        (shown & (test.targets == CLASSES.index(name))).sum())  # fmt: skip
            label = "accuracy" if name == "all" else f"recall of {name}"
            metrics.append(metric(label, value, count, what))
        report(f"{what}: {shares['all']:.4f}, least {min(shares.values()):.4f}")
    return write(
        model, folder / "polyhedron", "polyhedron", _SUMMARY, settings, crop, metrics, CLASSES,
        alike=_alike(test), given=_given(settings, report),
    )  # fmt: skip


def _given(
    settings: TrainSettings, report: Callable[[str], object]
) -> dict[str, dict[str, list[str]]]:
    """For each outline, the bodies that were seen to cast it, by the built-in model `outline`.

    Empty where that model is not there.
    """
    from micrographia.bundles import load_bundle
    from micrographia.classification.crops import crop_settings
    from micrographia.errors import BundleError

    try:
        bundle = load_bundle("outline")
    except BundleError as error:
        report(f"bodies are not joined to outlines: {error}")
        return {}
    cast = polyhedron_pictures(
        0, settings.cast, settings.seed + TEST_SEED + 1, crop_settings(bundle.card),
        contrasts=("silhouette",),
    )  # fmt: skip
    logits = bundle.run(cast.images[:, None].astype(np.float32))["logits"]
    found: dict[str, list[str]] = {}
    for index, outline in enumerate(bundle.card.classes):
        seen = cast.targets[logits.argmax(1) == index]
        shares = np.bincount(seen, minlength=len(CLASSES)) * len(CLASSES) / max(len(cast.images), 1)
        found[outline] = [name for name, share in zip(CLASSES, shares, strict=True)
                          if share >= _LEAST_SHARE]  # fmt: skip
    return {"outline": found}


def _alike(pictures: Pictures) -> list[list[str]]:
    """Pairs of bodies that cast the same silhouette in at least one of the pictures."""
    together = np.einsum("ni,nj->ij", pictures.right.astype(int), pictures.right.astype(int))
    first, second = np.nonzero(np.triu(together, 1))
    return [[CLASSES[i], CLASSES[j]] for i, j in zip(first, second, strict=True)]
