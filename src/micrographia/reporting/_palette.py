"""Colours that people with any kind of colour vision can tell apart.

The set of Okabe and Ito (Color Universal Design, 2008; also Wong, Nature Methods 8, 441, 2011,
doi:10.1038/nmeth.1618). Lines differ in dash as well as in hue, so that grey print still tells
counted from left out.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

__all__ = [
    "CLASSES",
    "COUNTED",
    "FAMILIES",
    "INK",
    "PAPER",
    "Group",
    "class_colour",
    "group_particles",
]

RGB = tuple[int, int, int]

SKY: RGB = (86, 180, 233)
ORANGE: RGB = (230, 159, 0)
GREEN: RGB = (0, 158, 115)
YELLOW: RGB = (240, 228, 66)
BLUE: RGB = (0, 114, 178)
VERMILION: RGB = (213, 94, 0)
PURPLE: RGB = (204, 121, 167)
WHITE: RGB = (245, 245, 245)
GREY: RGB = (150, 156, 164)

COUNTED: RGB = SKY
INK: RGB = (24, 28, 34)
PAPER: RGB = (250, 250, 248)
CLASSES: tuple[RGB, ...] = (
    SKY,
    VERMILION,
    GREEN,
    YELLOW,
    PURPLE,
    BLUE,
    ORANGE,
    (68, 170, 153),
    (170, 68, 153),
    (153, 153, 51),
    (204, 102, 119),
    (221, 204, 170),
)
"""Of classes of particles: Okabe and Ito's, then those of Tol's muted set (SRON/EPS/TN/09-002)."""
FAMILIES: tuple[str, ...] = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#F0E442")

_KNOWN: tuple[tuple[str, RGB], ...] = (
    ("border", ORANGE),
    ("edge", ORANGE),
    ("small", PURPLE),
    ("below", PURPLE),
    ("large", YELLOW),
    ("above", YELLOW),
    ("outside", VERMILION),
    ("exclu", VERMILION),
)
_SPARE: tuple[RGB, ...] = (VERMILION, GREEN, YELLOW, PURPLE, ORANGE)
_MOST = 5


@dataclasses.dataclass(frozen=True)
class Group:
    """Particles that share a fate: the legend's words, colour, dash and ids."""

    text: str
    colour: RGB
    dashed: bool
    ids: tuple[int, ...]


def class_colour(label: str, classes: Sequence[str]) -> RGB:
    """The colour of a class, the same in every picture; where two are named, the first one's.

    Examples
    --------
    >>> class_colour("square", ["disc", "square"]), class_colour("disc or square", ["disc"])
    ((213, 94, 0), (86, 180, 233))
    """
    name = label if label in classes else label.split(" or ")[0].split("+")[0]
    return CLASSES[classes.index(name) % len(CLASSES)] if name in classes else PAPER


def group_particles(
    particles: pd.DataFrame, colour_by: str | None = None, classes: Sequence[str] = ()
) -> list[Group]:
    """Split the particles into counted ones, by class where asked, and those left out, by reason.

    Parameters
    ----------
    particles : DataFrame
        With `id`, and `counted` and `reason` where known; without them all are counted.
    colour_by : str, optional
        The column of a model's answers, with ``<column>_verdict`` beside it.
    classes : sequence of str
        Of that model; each has its colour.

    Returns
    -------
    groups : list of Group
        The counted first, then the reasons by frequency; rare reasons share the last group.
    """
    ids = particles["id"].to_numpy()
    if "counted" not in particles:
        return [Group("particles", COUNTED, False, tuple(ids.tolist()))]
    counted = particles["counted"].to_numpy(dtype=bool)
    if colour_by is None or f"{colour_by}_verdict" not in particles:
        groups = [Group("counted", COUNTED, False, tuple(ids[counted].tolist()))]
    else:
        groups = list(_by_class(particles.loc[counted], colour_by, classes))
    left_out = particles.loc[~counted]
    if left_out.empty:
        return groups
    reasons = _reasons(left_out)
    named = reasons.value_counts()
    names = list(named.index)
    kept, rest = (names, []) if len(names) <= _MOST else (names[: _MOST - 1], names[_MOST - 1 :])
    taken: list[RGB] = []
    left_ids = left_out["id"].to_numpy()
    for name in kept:
        colour = _colour(name, taken)
        taken.append(colour)
        members = left_ids[(reasons == name).to_numpy()]
        groups.append(Group(f"left out: {name}", colour, True, tuple(members.tolist())))
    if rest:
        members = left_ids[reasons.isin(rest).to_numpy()]
        groups.append(Group("left out: other reasons", WHITE, True, tuple(members.tolist())))
    return groups


def _by_class(counted: pd.DataFrame, column: str, classes: Sequence[str]) -> Iterator[Group]:
    """A group a class, in the model's order, then the doubtful."""
    verdicts = counted[f"{column}_verdict"]
    known = counted.loc[(verdicts == "known").to_numpy(dtype=bool)]
    place = {name: at for at, name in enumerate(classes)}
    found = sorted(known[column].unique(), key=lambda name: (place.get(name, len(place)), name))
    for label in found:
        members = known.loc[(known[column] == label).to_numpy(dtype=bool), "id"]
        yield Group(label, class_colour(label, classes), False, tuple(members.tolist()))
    for kind, colour in (("unknown", WHITE), ("unlike", GREY)):
        members = counted.loc[(verdicts == kind).to_numpy(dtype=bool), "id"]
        if len(members):
            yield Group(f"{column} {kind}", colour, False, tuple(members.tolist()))


def _reasons(left_out: pd.DataFrame) -> pd.Series[str]:
    import pandas as pd

    if "reason" not in left_out:
        return pd.Series("no reason given", index=left_out.index)
    text = left_out["reason"].astype("object").where(left_out["reason"].notna(), "")
    return text.astype(str).str.strip().replace("", "no reason given")


def _colour(name: str, taken: list[RGB]) -> RGB:
    """The colour that belongs to a reason, or the first that is free."""
    lowered = name.lower()
    wished = [colour for word, colour in _KNOWN if word in lowered]
    for colour in (*wished, *_SPARE):
        if colour not in taken:
            return colour
    return WHITE
