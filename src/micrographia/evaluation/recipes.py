"""Recipes judged on a dataset: folds by group, every combination stored as it is done."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia import __version__
from micrographia.errors import InputError, MicrographiaError
from micrographia.evaluation.crossval import FoldProgress, Images, Strangers, cross_validate
from micrographia.evaluation.report import check_folder, method_folders, save_evaluations
from micrographia.evaluation.settings import EvaluationSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from micrographia.evaluation.evaluation import Evaluation
    from micrographia.learning.datasets import Dataset
    from micrographia.learning.recipes import Recipe

__all__ = [
    "VARIANTS",
    "evaluate_recipes",
    "load_strangers",
    "method_names",
    "open_datasets",
    "stranger_files",
    "stranger_group",
]

VARIANTS = ("recipe", "none")
"""What the training images of a variant undergo: the recipe's augmentation, or none."""

_WORDS = {"recipe": "augmented", "none": "original"}
_KEPT_BYTES = 1 << 30


def evaluate_recipes(
    path: str | Path,
    recipes: Sequence[Recipe],
    out: str | Path,
    settings: EvaluationSettings | None = None,
    *,
    variants: Sequence[str] = ("recipe",),
    naive: bool = False,
    strangers: str | Path | None = None,
    progress: Callable[[str, FoldProgress], None] | None = None,
    steps: Callable[[str, int, int, str], None] | None = None,
    replay: str = "",
    opened: dict[str, Dataset] | None = None,
) -> tuple[Path, list[Evaluation]]:
    """Cross-validate recipes on a dataset and write the report.

    Parameters
    ----------
    path : path
        Class folders or a manifest.
    recipes : sequence of Recipe
    out : path
        Folder for the result; with the same images, recipes and settings a run that was stopped
        goes on there.
    settings : EvaluationSettings, optional
    variants : sequence of {"recipe", "none"}
        With the recipe's augmentation, without any, or both.
    naive : bool
        Whether to repeat everything with images split regardless of their groups.
    strangers : path, optional
        Folder with images of no known class.
    progress : callable, optional
        Called with the method's title and a `FoldProgress` after every fold.
    steps : callable, optional
        Called with the method's title, steps done, steps in all and a line for a person while it
        learns within a fold.
    replay : str
        The command, for the report.
    opened : dict, optional
        Of `open_datasets`, where that was called before.

    Returns
    -------
    report : Path
    evaluations : list of Evaluation

    Raises
    ------
    InputError
        If there is no such dataset or variant, or it cannot be split.
    OutputError
        If `out` holds results of other methods.
    """
    settings = settings or EvaluationSettings()
    out = Path(out)
    words = method_names(recipes, variants)
    check_folder(out, words)
    pairs = list(itertools.product(recipes, variants))
    opened = open_datasets(path, recipes, settings) if opened is None else opened
    found = []
    unread: tuple[str, ...] = ()
    for (recipe, variant), (name, word), slug in zip(
        pairs, words, method_folders(words), strict=True
    ):
        dataset = opened[_key(recipe)]
        chosen = recipe if variant == "recipe" else _plain(recipe)
        images = _images(dataset, recipe)
        strange = None if strangers is None else load_strangers(strangers, recipe)
        unread = unread if strange is None else strange.unreadable
        results = []
        for split in ("grouped", "naive") if naive else ("grouped",):
            title = f"{name}{', ' if word else ''}{word}{', naive split' * (split == 'naive')}"
            results.append(
                cross_validate(
                    images,
                    lambda chosen=chosen, dataset=dataset: chosen.make(  # type: ignore[misc]
                        class_names=dataset.classes if dataset.multi_label else None
                    ),
                    _folds(dataset, settings, split),
                    name=name,
                    variant=word,
                    folder=out / "methods" / slug / f"folds-{split}",
                    identity=[chosen.model_dump(mode="json"), str(strangers), split],
                    strangers=strange if split == "grouped" else None,
                    facts=_facts(chosen, dataset, settings),
                    progress=None
                    if progress is None
                    else lambda state, title=title: progress(title, state),  # type: ignore[misc]
                    steps=None if steps is None else functools.partial(steps, title),
                )
            )
        one = results[0]
        if naive:
            one = dataclasses.replace(one, naive=results[1])
        found.append(one)
    report = save_evaluations(
        found,
        out,
        settings,
        title=f"Evaluation on {next(iter(opened.values())).name}",
        replay=replay,
        notes=_notes(found, list(opened.values()), unread),
    )
    return report, found


def method_names(
    recipes: Sequence[Recipe], variants: Sequence[str] = ("recipe",)
) -> list[tuple[str, str]]:
    """Name and variant of every method that is evaluated, in order.

    Parameters
    ----------
    recipes : sequence of Recipe
    variants : sequence of {"recipe", "none"}

    Returns
    -------
    names : list of (str, str)

    Raises
    ------
    InputError
        If there is no recipe, or no such variant.
    """
    unknown = [name for name in variants if name not in VARIANTS]
    if unknown or not recipes or not variants:
        raise InputError(
            f"wanted at least one recipe and augmentation of {', '.join(VARIANTS)}, got "
            f"{len(recipes)} recipes and {', '.join(map(repr, variants)) or 'no augmentation'}"
        )
    pairs = itertools.product(recipes, variants)
    return [(r.name, _WORDS[v] if len(variants) > 1 else "") for r, v in pairs]


def open_datasets(
    path: str | Path, recipes: Sequence[Recipe], settings: EvaluationSettings
) -> dict[str, Dataset]:
    """Open a dataset as each recipe wants it, and find out whether all can be evaluated.

    Parameters
    ----------
    path : path
        Class folders or a manifest.
    recipes : sequence of Recipe
    settings : EvaluationSettings

    Returns
    -------
    opened : dict of str to Dataset
        By the settings of the dataset, as JSON.

    Raises
    ------
    InputError
        If there is no such dataset, or it cannot be split.
    SettingsError
        If a recipe's method does not know a parameter.
    """
    from micrographia.learning.datasets import open_dataset

    opened: dict[str, Dataset] = {}
    for recipe in recipes:
        recipe.make()
        if _key(recipe) not in opened:
            dataset = open_dataset(path, recipe.dataset)
            _folds(dataset, settings, "grouped")
            opened[_key(recipe)] = dataset
    return opened


def load_strangers(folder: str | Path, recipe: Recipe) -> Strangers:
    """Read images of no known class as a recipe's models see them.

    Parameters
    ----------
    folder : path
        Images in it and in folders within; each folder within is a group.
    recipe : Recipe

    Returns
    -------
    strangers : Strangers

    Raises
    ------
    InputError
        If there is no such folder, or it holds no image that can be read.
    """
    from micrographia.bundles import InputCard, prepare
    from micrographia.learning.datasets._pixels import read_pixels

    root = Path(folder)
    size = recipe.image_size
    card = InputCard(rows=size, cols=size, channels=recipe.channels)
    pixels, names, groups, unreadable = [], [], [], []
    for path in stranger_files(root):
        try:
            image = prepare(read_pixels(path, card.channels, bars=recipe.dataset.bars), card)
        except (MicrographiaError, OSError):
            unreadable.append(path.relative_to(root).as_posix())
            continue
        moved = np.moveaxis(image, 0, -1)
        pixels.append(moved[..., 0] if card.channels == 1 else moved)
        names.append(path.relative_to(root).as_posix())
        groups.append(stranger_group(path, root))
    if not pixels:
        raise InputError(f"{root}: no image in it can be read; wanted a folder of strange images")
    return Strangers(np.stack(pixels), np.array(names), np.array(groups), tuple(unreadable))


def stranger_files(root: Path) -> list[Path]:
    """Image files of a folder and of those within it, in order.

    Parameters
    ----------
    root : Path

    Returns
    -------
    paths : list of Path

    Raises
    ------
    InputError
        If there is no such folder, or no image in it.
    """
    from micrographia.io import IMAGE_SUFFIXES

    endings = tuple(IMAGE_SUFFIXES)
    paths = sorted(p for p in root.rglob("*") if p.name.lower().endswith(endings))
    if not paths:
        raise InputError(f"{root}: no image in it can be read; wanted a folder of strange images")
    return paths


def stranger_group(path: Path, root: Path) -> str:
    """What a strange image must not be parted from: its folder, or itself where it has none.

    Parameters
    ----------
    path : Path
        Of the image.
    root : Path
        Folder of all of them.

    Returns
    -------
    group : str

    Examples
    --------
    >>> stranger_group(Path("all/moss/1.png"), Path("all"))
    'moss'
    >>> stranger_group(Path("all/2.png"), Path("all"))
    '2.png'
    """
    return (path if path.parent == root else path.parent).relative_to(root).as_posix()


def _key(recipe: Recipe) -> str:
    """What tells datasets apart that recipes open differently."""
    return recipe.dataset.model_dump_json()


def _plain(recipe: Recipe) -> Recipe:
    """The recipe without augmentation."""
    from micrographia.learning.augmentation import AugmentationSettings

    return recipe.model_copy(update={"augmentation": AugmentationSettings()})


def _images(dataset: Dataset, recipe: Recipe) -> Images:
    """Images of a dataset, read once where they fit into a gigabyte."""
    images = Images.of(dataset, recipe.image_size, recipe.channels)
    size = 4 * len(dataset) * recipe.image_size**2 * recipe.channels
    if size > _KEPT_BYTES:
        return images
    kept: list[NDArray[Any]] = []

    def load(indices: NDArray[np.integer]) -> NDArray[Any]:
        if not kept:
            kept.append(dataset.load(recipe.image_size, recipe.channels))
        return np.asarray(kept[0][indices])

    return dataclasses.replace(images, load=load)


def _folds(
    dataset: Dataset, settings: EvaluationSettings, split: str
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    from micrographia.learning.splits import hold_out, split_folds

    if split == "naive":
        alone = dataset.table.assign(group=np.arange(len(dataset)).astype(str))
        dataset = dataclasses.replace(dataset, table=alone)
    if settings.folds == 1:
        return [hold_out(dataset, settings.held_out, settings.seed)]
    return split_folds(dataset, settings.folds, settings.seed)


def _facts(recipe: Recipe, dataset: Dataset, settings: EvaluationSettings) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "recipe": recipe.name,
        "method": recipe.method,
        "image_size": recipe.image_size,
        "seed": recipe.seed,
        "split_seed": settings.seed,
        "micrographia": __version__,
        "recipe_settings": recipe.model_dump(mode="json", exclude_none=True),
    }


def _notes(
    found: Sequence[Evaluation], datasets: Sequence[Dataset], unread: Sequence[str]
) -> list[str]:
    """What a reader must know before the figures."""
    notes = []
    for one in found:
        if one.naive is not None:
            gap = 100 * float(one.naive.right.mean() - one.right.mean())
            notes.append(
                f"{one.title}: a split that tears groups apart would have claimed "
                f"{100 * one.naive.right.mean():.1f} % instead of {100 * one.right.mean():.1f} % "
                f"({gap:+.1f} points)."
            )
    notes += [f"{dataset.name}: {note}." for dataset in datasets for note in dataset.notes]
    if unread:
        shown = ", ".join(unread[:10]) + (f" and {len(unread) - 10} more" * (len(unread) > 10))
        notes.append(f"Strangers that could not be read and are left out: {shown}.")
    return notes
