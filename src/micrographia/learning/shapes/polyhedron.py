"""The built-in model `polyhedron`: a particle's picture to one of eight bodies, or to none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from micrographia.classification.crops import CropSettings
from micrographia.learning.settings import TrainingSettings
from micrographia.learning.shapes._examples import Pictures, collect
from micrographia.learning.shapes._polyhedra import (
    BODIES,
    CLASSES,
    CONTRASTS,
    other_pictures,
    polyhedron_pictures,
)
from micrographia.learning.shapes._round import OTHER
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

    from micrographia.simulation.families.polyhedra._config import Contrast

__all__ = ["TrainSettings", "train"]

_SUMMARY = (
    "Names the polyhedron that a particle is, from its grey levels inside its outline: lit facets "
    "(SEM), thickness (TEM, HAADF), diffraction contrast or a mere silhouette. Spheres, "
    "ellipsoids, rods, grown-together and uneven particles are 'other'."
)

_MORE_SEED = 500_009
"""Added to the seed for the further pictures of lit facets."""

_LEAST_SHARE = 0.003
"""Of a body's silhouettes that have an outline, for the outline to be one that it casts."""


class TrainSettings(ShapeSettings):
    """Recipe of the model `polyhedron`."""

    pictures: int = Field(
        default=96_000, ge=16, description="Pictures of bodies to learn from, all contrasts."
    )
    shaded: float = Field(
        default=1 / 3, ge=0, description="Further pictures of lit facets, as a share of `pictures`."
    )
    other: float = Field(
        default=1 / 4,
        gt=0,
        description="Pictures of what is none of the bodies, as a share of `pictures` and `test`.",
    )
    test: int = Field(default=8_000, ge=8, description="Pictures to test on, of another seed.")
    side: int = Field(default=80, ge=16, le=256, description="Rows and columns of a picture [px].")
    share: float = Field(
        default=0.85,
        gt=0.1,
        le=1,
        description="Part of the picture's side that the particle takes.",
    )
    training: TrainingSettings = Field(
        default_factory=lambda: training(3), description="How long, how fast."
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
    learned = _learned(settings, folder, report)
    model = fitted(learned, CLASSES, settings, folder, report)
    test = _tested(settings, folder, report)
    metrics = []
    for kind, contrast in enumerate(CONTRASTS):
        bodies = (test.kinds == kind) & (test.targets < len(BODIES))
        if not bodies.any():
            continue
        shares = shares_right(model, test, CLASSES, bodies)
        what = f"simulated bodies of 64 to 118 px, every orientation, contrast {contrast}"
        if contrast == "silhouette":
            what += "; any body that casts the silhouette counts"
        for name, value in shares.items():
            count = int(bodies.sum() if name == "all" else
                        (bodies & (test.targets == CLASSES.index(name))).sum())  # fmt: skip
            label = "accuracy" if name == "all" else f"recall of {name}"
            metrics.append(metric(label, value, count, what))
        report(f"{what}: {shares['all']:.4f}, least {min(shares.values()):.4f}")
        others = (test.kinds == kind) & (test.targets == len(BODIES))
        if others.any():
            what = f"simulated spheres, rods and uneven particles, contrast {contrast}"
            share = shares_right(model, test, CLASSES, others)["all"]
            metrics.append(metric(f"recall of {OTHER}", share, int(others.sum()), what))
            report(f"{what}: {share:.4f}")
    return write(
        model, folder / "polyhedron", "polyhedron", _SUMMARY, settings, settings.crop, metrics,
        CLASSES,
        alike=_alike(test), given=_given(settings, report),
    )  # fmt: skip


def _learned(settings: TrainSettings, folder: Path, report: Callable[[str], object]) -> Pictures:
    """Bodies in every contrast, more of them with lit facets, and what is no body."""
    sizes = (64, 96, 128)
    more, others = round(settings.shaded * settings.pictures), _others(settings.pictures, settings)
    parts = [
        _bodies(settings, folder, report, settings.pictures, settings.seed, sizes),
        _round(settings, folder, report, others, settings.seed, sizes),
    ]
    if more:
        seed = settings.seed + _MORE_SEED
        parts.append(_bodies(settings, folder, report, more, seed, sizes, only=("shaded",)))
    return _joined(parts)


def _tested(settings: TrainSettings, folder: Path, report: Callable[[str], object]) -> Pictures:
    seed, sizes = settings.seed + TEST_SEED, (128,)
    others = _others(settings.test, settings)
    return _joined([
        _bodies(settings, folder, report, settings.test, seed, sizes, alike=True),
        _round(settings, folder, report, others, seed, sizes),
    ])  # fmt: skip


def _others(pictures: int, settings: TrainSettings) -> int:
    return max(round(settings.other * pictures), 2 * len(CONTRASTS))


def _bodies(
    settings: TrainSettings, folder: Path, report: Callable[[str], object], n: int, seed: int,
    sizes: tuple[int, ...], *, only: tuple[Contrast, ...] = (), alike: bool = False,
) -> Pictures:  # fmt: skip
    crop = settings.crop
    recipe = {"seed": seed, "sizes": sizes, "alike": alike, "version": 1, **crop.model_dump()}
    made = collect(
        lambda start, end: polyhedron_pictures(
            start, end, seed, crop, contrasts=only or CONTRASTS, sizes=sizes, find_alike=alike
        ),
        n,
        folder / "pictures",
        recipe | ({"only": only} if only else {}),
        report,
    )
    return made._replace(right=np.pad(made.right, ((0, 0), (0, 1))))


def _round(
    settings: TrainSettings, folder: Path, report: Callable[[str], object], n: int, seed: int,
    sizes: tuple[int, ...],
) -> Pictures:  # fmt: skip
    crop = settings.crop
    recipe = {"seed": seed, "sizes": sizes, "other": 1, **crop.model_dump()}
    return collect(
        lambda start, end: other_pictures(start, end, seed, crop, sizes=sizes),
        n, folder / "pictures", recipe, report,
    )  # fmt: skip


def _joined(parts: list[Pictures]) -> Pictures:
    return Pictures(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _given(
    settings: TrainSettings, report: Callable[[str], object]
) -> dict[str, dict[str, list[str]]]:
    """For each outline, the bodies that were seen to cast it, by the built-in model `outline`.

    What is no body may cast any.

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
        shares = np.bincount(seen, minlength=len(BODIES)) * len(BODIES) / max(len(cast.images), 1)
        found[outline] = [name for name, share in zip(BODIES, shares, strict=True)
                          if share >= _LEAST_SHARE]  # fmt: skip
        found[outline].append(OTHER)
    return {"outline": found}


def _alike(pictures: Pictures) -> list[list[str]]:
    """Pairs of bodies that cast the same silhouette in at least one of the pictures."""
    together = np.einsum("ni,nj->ij", pictures.right.astype(int), pictures.right.astype(int))
    first, second = np.nonzero(np.triu(together, 1))
    return [[CLASSES[i], CLASSES[j]] for i, j in zip(first, second, strict=True)]
