"""Tables of the report: statistics, size families, uncertainty, nanoparticles, comparison."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from micrographia.reporting import _numbers as write
from micrographia.reporting._fits import best_name, families_of
from micrographia.reporting._summary import Size, number

if TYPE_CHECKING:
    from micrographia.reporting._summary import SummaryView

__all__ = [
    "Table",
    "budget_table",
    "distribution_table",
    "families_table",
    "generic_table",
    "nano_facts",
]

_NAMES = {
    "mean": "mean",
    "median": "median",
    "sd": "standard deviation",
    "d10": "d10",
    "d50": "d50",
    "d90": "d90",
    "geometric_mean": "geometric mean",
    "geometric_sd": "geometric standard deviation",
}


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of text; numbers are right-aligned where `numeric` says so."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    notes: tuple[str, ...] = ()


def words(name: str) -> str:
    """A key as words.

    Examples
    --------
    >>> words("boundary_placement"), words("ecd_nm")
    ('boundary placement', 'ECD (nm)')
    """
    unit = ""
    for tail in ("_nm", "_px"):
        if name.endswith(tail):
            name, unit = name.removesuffix(tail), f" ({tail[1:]})"
    if name == "ecd":
        name = "ECD"
    return name.replace("_", " ").strip() + unit


def distribution_table(view: SummaryView) -> Table | None:
    """Statistics of the diameter, weighted by number, area and volume where these are known."""
    columns = {"by number": dict(view.sizes)}
    columns.update({f"by {name}": sizes for name, sizes in view.weighted.items()})
    columns = {name: sizes for name, sizes in columns.items() if sizes}
    rows = []
    for name, label in _NAMES.items():
        if name == "d50" and all("median" in sizes for sizes in columns.values()):
            continue
        if not any(name in sizes for sizes in columns.values()):
            continue
        cells = [_with_interval(sizes.get(name)) for sizes in columns.values()]
        rows.append((label, *cells))
    if not rows:
        return None
    head = ("Diameter", *(f"{name} ({view.unit})" for name in columns))
    return Table(head, tuple(rows), (False, *(True for _ in columns)))


def _with_interval(size: Size | None) -> str:
    text = write.value(size)
    return f"{text} ({write.interval(size)})" if size is not None and size.has_interval else text


def families_table(view: SummaryView) -> Table | None:
    """The size families that the information criterion chose, or the single fit."""
    families = families_of(view.raw.get("fits"))
    if not families:
        return None
    several = len(families) > 1
    head = (*(("Family",) if several else ()), "Distribution", "Mode", "Median", "Width (SD)")
    head = (*head, "Share") if several else head
    rows = []
    for at, part in enumerate(families, start=1):
        mode, median, width = (write.plain(value) for value in part.facts())
        cells = (part.kind, f"{mode} {view.unit}", f"{median} {view.unit}", f"{width} {view.unit}")
        rows.append((str(at), *cells, write.share(part.weight)) if several else cells)
    text = 2 if several else 1
    return Table(head, tuple(rows), tuple(at >= text for at in range(len(head))), _fit_notes(view))


def _fit_notes(view: SummaryView) -> tuple[str, ...]:
    """How well the best single distribution fits, and why there are so many families."""
    fits = view.raw.get("fits")
    if not isinstance(fits, Mapping):
        return ()
    notes = []
    best = best_name(fits)
    entry = fits.get(best) if best else None
    chance = number(entry.get("p_value")) if isinstance(entry, Mapping) else None
    if chance is not None:
        verdict = "does not contradict" if chance >= 0.05 else "contradicts"
        notes.append(
            f"Goodness of fit (Anderson–Darling, parametric bootstrap): p = {chance:.3g}, which "
            f"{verdict} a single {best} distribution at the 5{write.NARROW}% level."
        )
    families = fits.get("families")
    if isinstance(families, Mapping) and families.get("reason"):
        reason = str(families["reason"]).rstrip(".")
        notes.append(f"Number of families: {reason}.")
    return tuple(notes)


def budget_table(view: SummaryView) -> Table | None:
    """Where the uncertainty of mean and median comes from."""
    found = next(
        (view.raw[key] for key in ("uncertainty", "uncertainty_budget", "budget")
         if isinstance(view.raw.get(key), Mapping | list) and view.raw[key]),
        None,
    )  # fmt: skip
    if found is None:
        return None
    if isinstance(found, list):
        return generic_table(found)
    nested = {name: entry for name, entry in found.items() if isinstance(entry, Mapping)}
    if not nested:
        flat = {str(key): number(value) for key, value in found.items()}
        rows = tuple(
            (words(key), write.plain(value)) for key, value in flat.items() if value is not None
        )
        return Table(("Source", f"Standard uncertainty ({view.unit})"), rows, (False, True))
    keys = list(
        dict.fromkeys(
            key for entry in nested.values() for key in entry if number(entry[key]) is not None
        )
    )
    rows = tuple(
        (words(key), *(write.plain(number(entry.get(key)), 3) for entry in nested.values()))
        for key in keys
    )
    head = ("Source", *(f"{words(str(name))} ({view.unit})" for name in nested))
    return Table(head, rows, (False, *(True for _ in nested)))


def nano_facts(view: SummaryView) -> dict[str, str] | None:
    """The share of particles with a smallest dimension between 1 and 100 nm."""
    found = next(
        (view.raw[key] for key in ("nano", "nano_share") if view.raw.get(key) is not None), None
    )
    if found is None:
        return None
    part = Size.of(found)
    if part is None and isinstance(found, Mapping):
        part = Size.of(found.get("share"))
    if part is None:
        return None
    text = ""
    if part.low is not None and part.high is not None:
        text = f"{write.share(part.low)} to {write.share(part.high)}"
    statement = found.get("statement", found.get("verdict")) if isinstance(found, Mapping) else None
    return {"share": write.share(part.value), "interval": text, "statement": str(statement or "")}


def generic_table(rows: Sequence[Mapping[str, Any]]) -> Table | None:
    """Any list of records as a table; numbers get four digits.

    Examples
    --------
    >>> generic_table([{"sample": "a", "mean_nm": 12.34567}]).rows
    (('a', '12.35'),)
    """
    records = [row for row in rows if isinstance(row, Mapping)]
    if not records:
        return None
    keys = list(dict.fromkeys(key for row in records for key in row))
    cells = tuple(tuple(_cell(row.get(key)) for key in keys) for row in records)
    numeric = tuple(any(number(row.get(key)) is not None for row in records) for key in keys)
    return Table(tuple(words(str(key)) for key in keys), cells, numeric)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return write.DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    found = number(value)
    if found is not None:
        return write.plain(found)
    if isinstance(value, Mapping):
        size = Size.of(value)
        return _with_interval(size) if size is not None else write.DASH
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " to ".join(_cell(item) for item in value)
    return write.DASH if isinstance(value, float) else str(value)
