"""The built-in model `polyhedron`: a particle's picture to one of eight bodies, or to none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.classification.crops import CropSettings
from micrographia.learning.settings import TrainingSettings
from micrographia.learning.shapes._examples import Pictures, collect, joined
from micrographia.learning.shapes._polyhedra import (
    BODIES,
    CLASSES,
    CONTRASTS,
    other_pictures,
    polyhedron_pictures,
)
from micrographia.learning.shapes._round import OTHER, TOUCHING
from micrographia.learning.shapes._train import (
    TEST_SEED,
    LaterRound,
    ShapeSettings,
    doubted,
    fitted,
    metric,
    shares_right,
    training,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrographia.bundles.card import Metric
    from micrographia.learning.shapes._network import ShapeCnn
    from micrographia.simulation.families.polyhedra._config import BodyName, Contrast

__all__ = ["TrainSettings", "train"]

_VERSION = "2.1.0"

_SUMMARY = (
    "Names the polyhedron that a particle is, from its grey levels inside its outline: lit facets "
    "(SEM), thickness (TEM, HAADF), diffraction contrast or a mere silhouette. Spheres, "
    "ellipsoids, rods, grown-together and uneven particles are 'other'."
)

_MORE_SEED = 500_009
"""Added to the seed for the further pictures of lit facets."""

_SECOND_SEED = 700_001
"""Added to the seed for the pictures of the second round; further parts follow it by one."""

_CONFUSED: tuple[BodyName, ...] = ("FCC_CUBE", "ICO", "OH", "TD", "TPT")
"""Bodies with lit facets that the first round tells apart worst."""

_THIRD_SEED = 900_001
"""Added to the seed for the pictures of the third round; further parts follow it by one."""

_TWINS: tuple[BodyName, ...] = ("TD", "TPT")
"""Told apart by one narrow facet in some orientations."""

_CUBES: tuple[BodyName, ...] = ("FCC_CUBE", "OH")
"""The pair that is confused next to those."""

_GREY: tuple[Contrast, ...] = ("shaded", "mass", "diffraction")
"""Contrasts that show more than the silhouette."""

_LEAST_SHARE = 0.003
"""Of a body's silhouettes that have an outline, for the outline to be one that it casts."""


class PolyhedronSecond(LaterRound):
    """More pictures beside those of the first round, each as a share of its bodies."""

    shaded: float = Field(default=1 / 4, gt=0, description="Lit facets, every body.")
    confused: float = Field(
        default=1 / 4, gt=0, description="Lit facets, bodies that are told apart worst."
    )
    lying: float = Field(
        default=1 / 6, gt=0, description="Bodies that lie on a facet, all contrasts."
    )
    other: float = Field(
        default=1 / 6, gt=0, description="None of the bodies, more of them cut by neighbours."
    )
    training: TrainingSettings = Field(
        default_factory=lambda: training(3, 3e-3), description="How long, how fast."
    )


class PolyhedronThird(LaterRound):
    """More pictures beside those of both rounds, each as a share of the first's bodies."""

    twins: float = Field(default=5 / 12, gt=0, description="Lit facets of TD and TPT.")
    cubes: float = Field(default=1 / 6, gt=0, description="Lit facets of FCC_CUBE and OH.")
    shaded: float = Field(default=1 / 4, gt=0, description="Lit facets, every body.")
    lying: float = Field(
        default=1 / 6, gt=0, description="Bodies that lie on a facet, no mere silhouettes."
    )
    other: float = Field(
        default=1 / 3, gt=0, description="None of the bodies, most of them cut by neighbours."
    )
    training: TrainingSettings = Field(
        default_factory=lambda: training(1, 2e-3), description="How long, how fast."
    )


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
        default_factory=lambda: training(3),
        description="How long, how fast, in the first round.",
    )
    second: PolyhedronSecond = Field(
        default_factory=PolyhedronSecond, description="The second round."
    )
    third: PolyhedronThird = Field(default_factory=PolyhedronThird, description="The third round.")
    averaged: Literal[1, 2, 4] = Field(
        default=4, description="Positions of a picture, evenly turned, whose mean is the answer."
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
    first = fitted(learned, CLASSES, settings, folder, report)
    learned = joined([learned, *_second(settings, folder, report)])
    second = fitted(learned, CLASSES, settings, folder, report, after=first)
    new = _third(settings, folder, report)
    learned, groups = doubted(learned, new, second, CLASSES, report)
    model = fitted(learned, CLASSES, settings, folder, report, after=second, groups=groups)
    test = _tested(settings, folder, report)
    metrics = _judged(model, test, "every orientation", report, each=True)
    lain = _tested(settings, folder, report, lying=1.0)
    metrics += _judged(model, lain, "lying on a facet", report)
    return write(
        model, folder / "polyhedron", "polyhedron", _VERSION, _SUMMARY, settings, settings.crop,
        metrics, CLASSES,
        alike=_alike(test), given=_given(settings, report),
    )  # fmt: skip


def _judged(
    model: ShapeCnn, test: Pictures, how: str, report: Callable[[str], object], *,
    each: bool = False,
) -> list[Metric]:  # fmt: skip
    """Shares of right answers by contrast, over all bodies or of each, and of what is none."""
    metrics = []
    for kind, contrast in enumerate(CONTRASTS):
        for none in (False, True):
            chosen = (test.kinds == kind) & ((test.targets == len(BODIES)) == none)
            if not chosen.any():
                continue
            what = (
                "spheres, rods and uneven particles" if none else f"bodies of 64 to 118 px, {how}"
            )
            what = f"simulated {what}, contrast {contrast}"
            if contrast == "silhouette" and not none:
                what += "; any body that casts the silhouette counts"
            shares = shares_right(model, test, CLASSES, chosen)
            for name, value in shares.items():
                of = chosen if name == "all" else chosen & (test.targets == CLASSES.index(name))
                label = "accuracy" if name == "all" else f"recall of {name}"
                if name == OTHER or (not none and (each or name == "all")):
                    metrics.append(metric(label, value, int(of.sum()), what))
            report(f"{what}: {shares['all']:.4f}, least {min(shares.values()):.4f}")
    return metrics


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
    return joined(parts)


def _second(
    settings: TrainSettings, folder: Path, report: Callable[[str], object]
) -> list[Pictures]:
    """What the second round adds: what was told apart worst, and what lies on a facet."""
    more, seed = settings.second, settings.seed + _SECOND_SEED
    sizes = (64, 96, 128, 128)

    def count(share: float) -> int:
        return round(share * settings.pictures)

    return [
        _bodies(settings, folder, report, count(more.shaded), seed, sizes, only=("shaded",)),
        _bodies(settings, folder, report, count(more.confused), seed + 1, sizes,
                only=("shaded",), bodies=_CONFUSED),
        _bodies(settings, folder, report, count(more.lying), seed + 2, sizes, lying=1.0),
        _round(settings, folder, report, count(more.other), seed + 3, (48, 64, 96, 128),
               touching=0.55),
    ]  # fmt: skip


def _third(settings: TrainSettings, folder: Path, report: Callable[[str], object]) -> Pictures:
    """What the third round adds: bodies alike with lit facets, and again what each round needs."""
    more, seed, sizes = settings.third, settings.seed + _THIRD_SEED, (96, 128)

    def count(share: float) -> int:
        return round(share * settings.pictures)

    return joined([
        _bodies(settings, folder, report, count(more.twins), seed, sizes, only=("shaded",),
                bodies=_TWINS),
        _bodies(settings, folder, report, count(more.cubes), seed + 1, sizes, only=("shaded",),
                bodies=_CUBES),
        _bodies(settings, folder, report, count(more.shaded), seed + 2, sizes, only=("shaded",)),
        _bodies(settings, folder, report, count(more.lying), seed + 3, sizes, only=_GREY,
                lying=1.0),
        _round(settings, folder, report, count(more.other), seed + 4, (48, 64, 96, 128),
               touching=0.7),
    ])  # fmt: skip


def _tested(
    settings: TrainSettings, folder: Path, report: Callable[[str], object], lying: float = 0.0
) -> Pictures:
    """Groups never learned from; those that lie on a facet are bodies alone."""
    seed, sizes = settings.seed + TEST_SEED + (lying > 0), (128,)
    count = max(settings.test // 2, 8) if lying else settings.test
    made = _bodies(settings, folder, report, count, seed, sizes, alike=True, lying=lying)
    if lying:
        return made
    others = _others(settings.test, settings)
    return joined([made, _round(settings, folder, report, others, seed, sizes)])


def _others(pictures: int, settings: TrainSettings) -> int:
    return max(round(settings.other * pictures), 2 * len(CONTRASTS))


def _bodies(
    settings: TrainSettings, folder: Path, report: Callable[[str], object], n: int, seed: int,
    sizes: tuple[int, ...], *, only: tuple[Contrast, ...] = (), alike: bool = False,
    bodies: tuple[BodyName, ...] = BODIES, lying: float = 0.0,
) -> Pictures:  # fmt: skip
    crop = settings.crop
    recipe = {"seed": seed, "sizes": sizes, "alike": alike, "version": 1, **crop.model_dump()}
    asked: dict[str, object] = {"only": only} if only else {}
    asked |= {} if bodies == BODIES else {"bodies": bodies}
    asked |= {"lying": lying} if lying else {}
    made = collect(
        lambda start, end: polyhedron_pictures(
            start, end, seed, crop, contrasts=only or CONTRASTS, sizes=sizes, find_alike=alike,
            bodies=bodies, lying=lying,
        ),
        n,
        folder / "pictures",
        recipe | asked,
        report,
    )  # fmt: skip
    return made._replace(right=np.pad(made.right, ((0, 0), (0, 1))))


def _round(
    settings: TrainSettings, folder: Path, report: Callable[[str], object], n: int, seed: int,
    sizes: tuple[int, ...], touching: float = TOUCHING,
) -> Pictures:  # fmt: skip
    crop = settings.crop
    recipe = {"seed": seed, "sizes": sizes, "other": 1, **crop.model_dump()}
    return collect(
        lambda start, end: other_pictures(start, end, seed, crop, sizes=sizes, touching=touching),
        n, folder / "pictures",
        recipe if touching == TOUCHING else recipe | {"touching": touching}, report,
    )  # fmt: skip


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
