"""What the report says of the classes that models gave the particles."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from micrographia.reporting import _numbers as write
from micrographia.reporting._palette import class_colour
from micrographia.reporting._statistics import Table
from micrographia.reporting._summary import Size

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClassHistogram", "ClassSection", "class_facts", "class_sections"]

_MOST_HISTOGRAMS = 12
_FEWEST = 5


@dataclasses.dataclass(frozen=True)
class ClassHistogram:
    """Sizes of one class."""

    label: str
    colour: str
    svg: str


@dataclasses.dataclass(frozen=True)
class ClassSection:
    """One model: its classes as a table, and their sizes."""

    title: str
    table: Table
    histograms: tuple[ClassHistogram, ...]


def class_sections(
    summary: Mapping[str, Any],
    models: Mapping[str, Any],
    particles: pd.DataFrame | None,
) -> list[ClassSection]:
    """A section for each model that named the particles.

    Parameters
    ----------
    summary : mapping
        With ``classes``, as `micrographia.classification.class_statistics` gives them.
    models : mapping
        The record of each model, for the order and colour of its classes.
    particles : DataFrame or None
        For the histograms.

    Returns
    -------
    sections : list of ClassSection
    """
    found = summary.get("classes")
    if not isinstance(found, Mapping):
        return []
    return [
        ClassSection(
            name.capitalize(),
            _table(name, statistics, summary, models.get(name, {})),
            tuple(_histograms(name, statistics, models.get(name, {}), particles)),
        )
        for name, statistics in found.items()
    ]


def _table(
    name: str, statistics: Mapping[str, Any], summary: Mapping[str, Any], model: Mapping[str, Any]
) -> Table:
    classes: Mapping[str, Any] = statistics["classes"]
    unit = next((entry["ecd"]["unit"] for entry in classes.values()), summary.get("unit", "px"))
    rows = []
    for label, entry in classes.items():
        share = entry["share"]
        sizes = {key: Size.of(entry["ecd"].get(key)) for key in entry["ecd"] if key != "unit"}
        median = sizes.get("median")
        text = write.value(median)
        if median is not None and median.has_interval:
            text += f" ({write.interval(median)})"
        rows.append(
            (
                label,
                f"{entry['counted']:,}",
                (
                    f"{write.share(share['value'])} "
                    f"({write.share(share['low'])} to {write.share(share['high'])})"
                ),
                text,
                *(write.value(sizes.get(key)) for key in ("mean", "sd", "d10", "d90")),
            )
        )
    total = max(1, int(statistics["counted"]))
    for kind, count in statistics["doubtful"].items():
        if count:
            share_text = write.share(count / total)
            rows.append((kind, f"{count:,}", share_text, *(write.DASH for _ in range(5))))
    head = (
        name.capitalize(), "Counted", "Share", f"Median ({unit})", f"Mean ({unit})",
        f"SD ({unit})", f"d10 ({unit})", f"d90 ({unit})",
    )  # fmt: skip
    return Table(head, tuple(rows), (False, *(True for _ in head[1:])), _notes(model))


def _notes(model: Mapping[str, Any]) -> tuple[str, ...]:
    note = (
        "Shares are of all counted particles. 'unknown' are those of which the model was not sure "
        "enough, or that the border cuts; 'unlike' are those such as it never learned from; "
        "neither is part of any class."
    )
    if not model:
        return (note,)
    digest = str(model.get("sha256", ""))[:12]
    return (note, f"Model {model.get('name')} {model.get('version')} (SHA-256 {digest}…).")


def _histograms(
    name: str,
    statistics: Mapping[str, Any],
    model: Mapping[str, Any],
    particles: pd.DataFrame | None,
) -> Iterator[ClassHistogram]:
    from micrographia.reporting.histogram import histogram_svg

    if particles is None or f"{name}_verdict" not in particles:
        return
    counted = particles["counted"].to_numpy(dtype=bool)
    known = particles.loc[counted & (particles[f"{name}_verdict"] == "known").to_numpy(dtype=bool)]
    shown = [item for item in statistics["classes"].items() if item[1]["counted"] >= _FEWEST]
    for label, entry in shown[:_MOST_HISTOGRAMS]:
        members = known.loc[(known[name] == label).to_numpy(dtype=bool)]
        view = {
            "unit": entry["ecd"]["unit"], "ecd": entry["ecd"],
            "count": entry["counted"], "counted": entry["counted"],
        }  # fmt: skip
        red, green, blue = class_colour(label, list(model.get("classes", statistics["classes"])))
        svg = histogram_svg(members, view, f"Size histogram of {name} {label}")
        yield ClassHistogram(label, f"#{red:02x}{green:02x}{blue:02x}", svg)


def class_facts(summary: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A line for each model of one image: how many of each class.

    Examples
    --------
    >>> entry = {"classes": {"disc": {"counted": 3}}, "doubtful": {"unknown": 1, "unlike": 0}}
    >>> class_facts({"classes": {"outline": entry}})
    (('Outline', 'disc 3, unknown 1'),)
    """
    found = summary.get("classes")
    if not isinstance(found, Mapping):
        return ()
    lines = []
    for name, statistics in found.items():
        parts = [f"{label} {entry['counted']:,}" for label, entry in statistics["classes"].items()]
        parts += [f"{kind} {count:,}" for kind, count in statistics["doubtful"].items() if count]
        lines.append((name.capitalize(), ", ".join(parts) or "none"))
    return tuple(lines)
