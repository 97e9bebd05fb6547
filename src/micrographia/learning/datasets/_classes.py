"""Classes renamed, merged and dropped, and refused where they cannot be what was meant."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.learning.datasets.settings import DatasetSettings

__all__ = ["arrange_classes", "check_classes", "settle_contradictions", "similar_names"]


def arrange_classes(table: pd.DataFrame, settings: DatasetSettings, name: str) -> pd.DataFrame:
    """Rename, merge and drop classes as the settings say.

    Parameters
    ----------
    table : DataFrame
        With `labels`, and `accepted` where several labels are right.
    settings : DatasetSettings
    name : str
        What messages call the dataset.

    Returns
    -------
    table : DataFrame
        Without the images of dropped classes; where an image has several labels it stays as long
        as one of them does.

    Raises
    ------
    InputError
        If the settings name a class that does not occur, in any spelling.
    """
    present = sorted({label for labels in table["labels"] for label in labels})
    wanted = sorted(set(settings.rename) | set(settings.drop))
    meant = {one: _named(one, present) for one in wanted}
    unknown = [one for one in wanted if meant[one] is None]
    if unknown:
        raise InputError(
            f"{name}: no class {', '.join(map(repr, unknown))} to rename or drop; the classes are "
            f"{', '.join(map(repr, present))}; take it out of 'rename' or 'drop', or correct it"
        )
    rename = {str(meant[old]): new for old, new in settings.rename.items()}
    drop = {meant[one] for one in settings.drop}
    table, had = table.copy(), table["labels"]
    for column in {"labels", "accepted"} & set(table.columns):
        table[column] = [_arranged(labels, rename, drop) for labels in table[column]]
    kept = [bool(now) or not before for now, before in zip(table["labels"], had, strict=True)]
    return table[kept].reset_index(drop=True)


def check_classes(
    table: pd.DataFrame,
    settings: DatasetSettings,
    name: str,
    *,
    multi_label: bool,
    to_learn: bool = True,
) -> tuple[str, ...]:
    """The names of the classes, if a classifier can be trained to tell them, or judged on them.

    Parameters
    ----------
    table : DataFrame
        With `labels` and `path`.
    settings : DatasetSettings
    name : str
        What messages call the dataset.
    multi_label : bool
    to_learn : bool
        Whether something is to be learned: a test alone may have classes of one image.

    Returns
    -------
    classes : tuple of str
        In alphabetical order.

    Raises
    ------
    InputError
        If an image has no label, two names seem to mean one class, a class has one image, there
        are fewer than two classes, or an image of a set of single labels has several.
    """
    without = _paths_where(table, lambda labels: not labels)
    if without and not multi_label:
        raise InputError(
            f"{name}: {len(without)} images have no label, such as {without[0]!r}; give each one "
            "in the manifest, or remove its row"
        )
    counts = Counter(label for labels in table["labels"] for label in labels)
    alike = similar_names(counts)
    if alike and settings.similar_names == "refuse":
        told = "; ".join(" and ".join(f"{one!r} ({counts[one]})" for one in pair) for pair in alike)
        first = alike[0]
        raise InputError(
            f"{name}: names that seem to mean one class: {told}; merge them by renaming, "
            f"rename = {{ {first[0]!r} = {first[1]!r} }}, or set similar_names = 'accept' if they "
            "are different classes"
        )
    single = sorted(label for label, count in counts.items() if count == 1)
    if single and to_learn:
        raise InputError(
            f"{name}: classes of one image: {', '.join(map(repr, single))}; a class needs images "
            "for training and for testing: add some, merge the class by renaming it, or drop it"
        )
    if len(counts) < (1 if multi_label or not to_learn else 2):
        raise InputError(
            f"{name}: {len(counts)} class{'' if len(counts) == 1 else 'es'} "
            f"({', '.join(map(repr, counts)) or 'none'}); a classifier needs at least "
            f"{'two' if to_learn else 'one to be judged'}"
        )
    several = _paths_where(table, lambda labels: len(labels) > 1)
    if several and not multi_label:
        raise InputError(
            f"{name}: {len(several)} images have several labels, such as {several[0]!r}; leave "
            "multi_label unset, or set it to true"
        )
    return tuple(sorted(counts))


def settle_contradictions(
    table: pd.DataFrame, settings: DatasetSettings
) -> tuple[NDArray[np.bool_], list[str]]:
    """Find equal images that have different labels.

    Parameters
    ----------
    table : DataFrame
        With `path`, `label` and `sha256`.
    settings : DatasetSettings

    Returns
    -------
    kept : ndarray of shape (n,), bool
        Which images stay.
    notes : list of str
        What a person should know of the others.
    """
    labels = table.groupby("sha256")["label"].transform("nunique").to_numpy()
    at_odds = np.flatnonzero(labels > 1)
    if not len(at_odds):
        return np.ones(len(table), bool), []
    hashes = table["sha256"].to_numpy(dtype=str)
    pair = np.flatnonzero(hashes == hashes[at_odds[0]])
    first, second = (f"{table['path'].iloc[row]} ({table['label'].iloc[row]})" for row in pair[:2])
    drop = settings.contradictions == "drop"
    said = (
        f"{len(at_odds)} images have equals with other labels, such as {first} and {second}; "
        + ("all of them are left out" if drop else "mend their labels, or set contradictions")
        + ("" if drop else " = 'drop' to leave them out")
    )
    return (labels == 1) | (not drop), [said]


def similar_names(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names that differ only in case, accents, spacing, punctuation or plural.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    pairs : list of tuple of str

    Examples
    --------
    >>> similar_names(["Nanowires", "nano-wire", "Powder", "class 1", "class 2"])
    [('Nanowires', 'nano-wire')]
    """
    seen: dict[str, str] = {}
    pairs = []
    for name in sorted(names):
        plain = _plain(name)
        if plain in seen:
            pairs.append((seen[plain], name))
        else:
            seen[plain] = name
    return pairs


def _paths_where(table: pd.DataFrame, holds: Callable[[tuple[str, ...]], bool]) -> list[str]:
    pairs = zip(table["path"], table["labels"], strict=True)
    return [str(path) for path, labels in pairs if holds(labels)]


def _plain(name: str) -> str:
    """A name without what writers vary: case, accents, spaces and signs, endings of the plural."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    words = re.findall(r"\w+", letters.replace("_", " "))
    return "".join(_singular(word) for word in words) or name


def _singular(word: str) -> str:
    for ending, instead in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + instead
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


def _named(wanted: str, present: list[str]) -> str | None:
    """The class that is meant: of that name, else the one whose name differs only in writing."""
    if wanted in present:
        return wanted
    alike = [name for name in present if _plain(name) == _plain(wanted)]
    return alike[0] if len(alike) == 1 else None


def _arranged(
    labels: tuple[str, ...], rename: dict[str, str], drop: set[str | None]
) -> tuple[str, ...]:
    kept = (label for label in labels if label not in drop)
    return tuple(dict.fromkeys(rename.get(label, label) for label in kept))
