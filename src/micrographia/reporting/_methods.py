"""The methods section: what was done, in words, from the records of the images."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from micrographia.reporting._summary import SummaryView

__all__ = ["Methods", "methods_of"]

_DEFINED = (
    "ecd_nm",
    "feret_min_nm",
    "feret_max_nm",
    "aspect_ratio",
    "circularity",
    "solidity",
    "weight",
)


@dataclasses.dataclass(frozen=True)
class Methods:
    """Sentences, and definitions as (term, definition, equation, source)."""

    sentences: tuple[str, ...]
    definitions: tuple[tuple[str, str, str, str], ...]


def methods_of(view: SummaryView, summaries: Sequence[Mapping[str, Any]]) -> Methods:
    """Write what was done, as far as the records say it.

    Parameters
    ----------
    view : SummaryView
        Of the pooled summary.
    summaries : sequence of mapping
        Of the images that succeeded.
    """
    found = (
        _segmentation(summaries),
        _steps(summaries),
        _scale(summaries),
        _counting(view, summaries),
        _statistics(view, summaries),
    )
    return Methods(tuple(text for text in found if text), _definitions())


def _many(values: Sequence[str]) -> str:
    """Values with how often they occur, where there is more than one."""
    counted = Counter(values)
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{value} ({times} images)" for value, times in counted.most_common())


def _records(summaries: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    return [entry for summary in summaries if isinstance(entry := summary.get(key), Mapping)]


def _segmentation(summaries: Sequence[Mapping[str, Any]]) -> str:
    records = _records(summaries, "segmentation")
    methods = [str(record["method"]) for record in records if record.get("method")]
    polarity = [str(record["polarity"]) for record in records if record.get("polarity")]
    if not methods:
        return "The outlines of the particles were given, not found here." if summaries else ""
    text = f"Particles were found by the method {_many(methods)}"
    return text + (f", as {_many(polarity)} regions." if polarity else ".")


def _steps(summaries: Sequence[Mapping[str, Any]]) -> str:
    chains = []
    for record in _records(summaries, "segmentation"):
        steps = record.get("steps") or ()
        names = [str(s.get("name", "")) if isinstance(s, Mapping) else str(s) for s in steps]
        if names:
            chains.append(" → ".join(name.replace("_", " ") for name in names))
    if not chains:
        return ""
    return (
        f"The image was prepared for this by {_many(chains)}; "
        "intensities were measured on the pixels as recorded."
    )


def _scale(summaries: Sequence[Mapping[str, Any]]) -> str:
    verdicts = Counter(
        str(record["verdict"])
        for record in _records(summaries, "calibration")
        if record.get("verdict")
    )
    meaning = {
        "agreed": "several sources of the scale agree",
        "unchecked": "the scale has one source and could not be checked against another",
        "conflict": "sources of the scale contradict each other",
        "uncalibrated": "no scale is known",
    }
    if not verdicts:
        return ""
    if len(verdicts) == 1:
        only = next(iter(verdicts))
        return f"Scale: {meaning.get(only, only)}."
    parts = [
        f"{meaning.get(name, name)} ({times} images)" for name, times in verdicts.most_common()
    ]
    return f"Scale: {'; '.join(parts)}."


def _measurement(view: SummaryView, summaries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    for summary in (view.raw, *summaries):
        settings = summary.get("settings")
        if isinstance(settings, Mapping):
            inner = settings.get("measurement", settings)
            if isinstance(inner, Mapping):
                return inner
    return {}


def _counting(view: SummaryView, summaries: Sequence[Mapping[str, Any]]) -> str:
    settings = _measurement(view, summaries)
    rule = settings.get("rule") or view.raw.get("counting_rule")
    if not rule:
        return ""
    limits = [
        f"{'at least' if side == 'min' else 'at most'} {settings[key]:g} {unit}"
        for side in ("min", "max")
        for unit in ("nm", "px")
        if isinstance(settings.get(key := f"{side}_ecd_{unit}"), int | float)
    ]
    meaning = next(
        (
            found
            for source in (view.raw, *summaries)
            if (found := source.get("counting_rule_means"))
        ),
        "",
    )
    text = f"Counting rule “{rule}”" + (f": {meaning}." if meaning else ".")
    if limits:
        text += f" Only particles of an equivalent diameter of {' and '.join(limits)} count."
    return text + " What is left out is measured and listed all the same."


def _statistics(view: SummaryView, summaries: Sequence[Mapping[str, Any]]) -> str:
    settings = _measurement(view, summaries)
    draws = settings.get("draws")
    if not isinstance(draws, int):
        return ""
    return (
        f"Intervals have a confidence of {view.level_text}, from {draws:,} bootstrap draws of "
        f"{view.raw.get('resampled', 'particles')} (seed {settings.get('seed', 0)}); those of "
        "sizes in nm also hold the uncertainty of the scale, where it is known."
    )


def _definitions() -> tuple[tuple[str, str, str, str], ...]:
    from micrographia.measurement import COLUMNS

    by_name = {column.name: column for column in COLUMNS}
    found = [by_name[name] for name in _DEFINED if name in by_name]
    return tuple(
        (
            column.name.removesuffix("_nm").replace("_", " "),
            column.definition,
            column.equation,
            column.source,
        )
        for column in found
    )
