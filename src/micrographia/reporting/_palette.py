"""Colours that people with any kind of colour vision can tell apart.

The set of Okabe and Ito (Color Universal Design, 2008; also Wong, Nature Methods 8, 441, 2011,
doi:10.1038/nmeth.1618). Lines differ in dash as well as in hue, so that grey print still tells
counted from left out.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COUNTED", "FAMILIES", "INK", "PAPER", "Group", "group_particles"]

RGB = tuple[int, int, int]

SKY: RGB = (86, 180, 233)
ORANGE: RGB = (230, 159, 0)
GREEN: RGB = (0, 158, 115)
YELLOW: RGB = (240, 228, 66)
BLUE: RGB = (0, 114, 178)
VERMILION: RGB = (213, 94, 0)
PURPLE: RGB = (204, 121, 167)
WHITE: RGB = (245, 245, 245)

COUNTED: RGB = SKY
INK: RGB = (24, 28, 34)
PAPER: RGB = (250, 250, 248)
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


def group_particles(particles: pd.DataFrame) -> list[Group]:
    """Split the particles into counted ones and those left out, by reason.

    Parameters
    ----------
    particles : DataFrame
        With `id`, and `counted` and `reason` where known; without them all are counted.

    Returns
    -------
    groups : list of Group
        The counted first, then the reasons by frequency; rare reasons share the last group.
    """
    ids = particles["id"].to_numpy()
    if "counted" not in particles:
        return [Group("particles", COUNTED, False, tuple(ids.tolist()))]
    counted = particles["counted"].to_numpy(dtype=bool)
    groups = [Group("counted", COUNTED, False, tuple(ids[counted].tolist()))]
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
