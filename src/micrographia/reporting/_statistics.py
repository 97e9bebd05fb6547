"""Tables of the report: statistics, size families, uncertainty, nanoparticles, comparison."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from micrographia.reporting import _numbers as write
from micrographia.reporting._fits import best_name, called, families_of
from micrographia.reporting._summary import Size, SummaryView, number

__all__ = [
    "Table",
    "budget_table",
    "distribution_table",
    "families_table",
    "nano_facts",
    "pairs_table",
    "samples_table",
    "sentence",
]

_NAMES = {
    "mean": "mean",
    "median": "median",
    "sd": "standard deviation",
    "d10": "d10",
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


def distribution_table(view: SummaryView) -> Table | None:
    """Statistics of the diameter, weighted by number, area and volume where these are known."""
    columns: dict[str, Mapping[str, Size]] = {"by number": view.sizes}
    columns.update({f"by {name}": sizes for name, sizes in view.weighted.items()})
    columns = {name: sizes for name, sizes in columns.items() if sizes}
    rows = []
    for name, label in _NAMES.items():
        if any(name in sizes for sizes in columns.values()):
            cells = [_with_interval(sizes.get(name)) for sizes in columns.values()]
            rows.append((label, *cells))
    if not rows:
        return None
    head = ("Diameter", *(f"{name} ({view.unit})" for name in columns))
    notes = [sentence(text) for text in view.notes]
    if view.weighted:
        notes.append(
            "The mean by area is Sauter's d32, the mean by volume De Brouckere's d43; the volume "
            "is that of a sphere of the same diameter, as an image does not show the extent along "
            "the beam."
        )
    return Table(head, tuple(rows), (False, *(True for _ in columns)), tuple(notes))


def sentence(text: str) -> str:
    """A note as a sentence.

    Examples
    --------
    >>> sentence("no particle was counted")
    'No particle was counted.'
    """
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _with_interval(size: Size | None) -> str:
    text = write.value(size)
    return f"{text} ({write.interval(size)})" if size is not None and size.has_interval else text


def families_table(view: SummaryView) -> Table | None:
    """The size families that the information criterion chose, or the single fit."""
    families = families_of(view.raw)
    if not families:
        return None
    several = len(families) > 1
    head = (*(("Family",) if several else ()), "Distribution", "Mode", "Median", "Width (SD)")
    head = (*head, "Share") if several else head
    rows = []
    for at, part in enumerate(families, start=1):
        mode, median, width = (write.plain(value, 3) for value in part.facts())
        cells = (
            called(part.kind),
            f"{mode} {view.unit}",
            f"{median} {view.unit}",
            f"{width} {view.unit}",
        )
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
            f"{verdict} a single {called(best or '')} distribution at the 5{write.NARROW}% level."
        )
    families = view.raw.get("families")
    if isinstance(families, Mapping) and families.get("reason"):
        reason = str(families["reason"]).rstrip(".")
        notes.append(f"Number of families: {reason}.")
    return tuple(notes)


_PARTS = {
    "scale": "scale",
    "boundary": "placement of the outline",
    "sampling": "sampling (number and spread of the particles)",
    "combined": "combined standard uncertainty",
    "expanded": "expanded uncertainty (k = 2)",
}


def budget_table(view: SummaryView) -> Table | None:
    """Where the uncertainty of mean and median comes from."""
    found = view.raw.get("uncertainty")
    if not isinstance(found, Mapping):
        return None
    columns = {
        name: found[name] for name in ("median", "mean") if isinstance(found.get(name), Mapping)
    }
    if not columns:
        return None
    rows = []
    for key, label in _PARTS.items():
        if any(key in entry for entry in columns.values()):
            cells = [number(entry.get(key)) for entry in columns.values()]
            texts = ["not known" if cell is None else write.plain(cell, 3) for cell in cells]
            rows.append((label, *texts))
    shares = [number(entry.get("relative_expanded")) for entry in columns.values()]
    if any(part is not None for part in shares):
        rows.append(("expanded, of the value", *(write.share(part) for part in shares)))
    head = ("Standard uncertainty from", *(f"{name} ({view.unit})" for name in columns))
    notes = [str(found["statement"])] if found.get("statement") else []
    notes += _precision_notes(view)
    return Table(head, tuple(rows), (False, *(True for _ in columns)), tuple(notes))


def _precision_notes(view: SummaryView) -> list[str]:
    """How many particles a wanted precision still needs."""
    found = view.raw.get("precision")
    wanted = number(found.get("wanted")) if isinstance(found, Mapping) else None
    if wanted is None or not isinstance(found, Mapping):
        return []
    notes = []
    for name in ("median", "mean"):
        entry = found.get(name)
        now = number(entry.get("relative_half_width")) if isinstance(entry, Mapping) else None
        if now is None or not isinstance(entry, Mapping):
            continue
        more = number(entry.get("more")) or 0.0
        text = f"By sampling alone the {name} is known to ±{write.share(now)}"
        text += (
            f"; ±{write.share(wanted)} would need about {more:,.0f} more particles like these."
            if more
            else f", which is within the wanted ±{write.share(wanted)}."
        )
        notes.append(text)
    return notes


def nano_facts(view: SummaryView) -> dict[str, str] | None:
    """The share of particles with a smallest dimension between 1 and 100 nm."""
    found = view.raw.get("nano")
    part = number(found.get("share")) if isinstance(found, Mapping) else None
    if part is None or not isinstance(found, Mapping):
        return None
    low, high = number(found.get("low")), number(found.get("high"))
    interval = ""
    if low is not None and high is not None:
        interval = f"{write.share(low)} to {write.share(high)}"
    threshold = write.share(number(found.get("threshold")) or 0.5)
    against = {
        "above": f"The interval lies above the threshold of {threshold}.",
        "below": f"The interval lies below the threshold of {threshold}.",
        "not decided": f"The interval holds the threshold of {threshold}: nothing is decided.",
    }.get(str(found.get("against_threshold")), "")
    return {
        "share": write.share(part),
        "interval": interval,
        "against": against,
        "claim": str(found.get("claim") or ""),
    }


def samples_table(samples: Mapping[str, Mapping[str, Any]]) -> Table | None:
    """The main numbers of each sample, from its summary."""
    views = {name: SummaryView.of(summary) for name, summary in samples.items()}
    if not views:
        return None
    units = {view.unit for view in views.values() if view.sizes}
    unit = f" ({units.pop()})" if len(units) == 1 else ""
    names = ("median", "mean", "sd", "d10", "d90")
    rows = []
    for name, view in views.items():
        cells = [_with_interval(view.sizes.get(key)) for key in names]
        if not unit and view.sizes:
            cells[0] += f" {view.unit}"
        rows.append((name, write.plain(view.counted, 9), *cells))
    head = ("Sample", "Counted", *(f"{_NAMES[key]}{unit}" for key in names))
    return Table(head, tuple(rows), (False, *(True for _ in head[1:])))


_TESTS = {
    "mann_whitney": "Mann–Whitney p",
    "kolmogorov_smirnov": "Kolmogorov–Smirnov p",
    "welch": "Welch p",
    "welch_by_image": "Welch by image p",
}


def pairs_table(comparison: Mapping[str, Any]) -> Table | None:
    """Differences between each two samples, with the corrected p-values of the tests.

    Parameters
    ----------
    comparison : mapping
        As `micrographia.measurement.Comparison.to_dict` gives it.

    Examples
    --------
    >>> pair = {"first": "a", "second": "b", "median": {"value": 2.0, "low": 1.5, "high": 2.5}}
    >>> pairs_table({"unit": "nm", "pairs": [pair]}).rows
    (('b – a', '2.00 (1.50 to 2.50)', '–'),)
    """
    pairs = [pair for pair in comparison.get("pairs") or () if isinstance(pair, Mapping)]
    if not pairs:
        return None
    unit = comparison.get("unit", "px")
    tests = [name for name in _TESTS if any(isinstance(p.get(name), Mapping) for p in pairs)]
    rows = []
    for pair in pairs:
        sizes = [_with_interval(Size.of(pair.get(key))) for key in ("median", "mean")]
        chances = [chance(pair.get(name)) for name in tests]
        rows.append((f"{pair.get('second')} – {pair.get('first')}", *sizes, *chances))
    head = ("Difference", f"median ({unit})", f"mean ({unit})", *(_TESTS[name] for name in tests))
    statement = comparison.get("statement")
    notes = (str(statement),) if statement else ()
    return Table(head, tuple(rows), (False, *(True for _ in head[1:])), notes)


def chance(test: Any) -> str:
    """The p-value of a test, corrected where it is.

    Examples
    --------
    >>> chance({"p_value": 0.012, "p_corrected": 0.0239}), chance({"p_value": 1e-9}), chance(None)
    ('0.024', '< 0.0001', '–')
    """
    if not isinstance(test, Mapping):
        return write.DASH
    found = number(test.get("p_corrected", test.get("p_value")))
    if found is None:
        return write.DASH
    return "< 0.0001" if found < 1e-4 else f"{found:.2g}"
