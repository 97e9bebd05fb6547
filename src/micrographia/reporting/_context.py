"""What the report's template is given: plain words and numbers, already in their order."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.reporting import _numbers as write
from micrographia.reporting._classes import class_facts, class_sections
from micrographia.reporting._fits import families_of
from micrographia.reporting._methods import methods_of
from micrographia.reporting._statistics import (
    budget_table,
    distribution_table,
    families_table,
    nano_facts,
    pairs_table,
    samples_table,
)
from micrographia.reporting._summary import Size, SummaryView, number
from micrographia.reporting._thumbnail import data_uri, picture_budget

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.reporting.report import ImageReport, RunReport
    from micrographia.reporting.settings import ReportingSettings

__all__ = ["context_of"]

_ORIGINS = {
    "metadata": "file metadata",
    "scale-bar": "scale bar",
    "user": "given by the user",
}


@dataclasses.dataclass(frozen=True)
class Tile:
    """One headline number."""

    label: str
    value: str
    unit: str = ""
    detail: str = ""
    main: bool = False


@dataclasses.dataclass(frozen=True)
class Card:
    """One image on the page; its picture is made when the template asks for it."""

    number: int
    name: str
    path: str
    sample: str
    failed: bool
    error: str
    warnings: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    histogram: str
    pictured: bool
    thumbnail: Callable[[], str | None]
    doubtful: Callable[[], str | None]
    facts: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> bool:
        """Whether the image has its own place on the page, not only a row in the table."""
        return self.pictured or self.failed


def context_of(run: RunReport, settings: ReportingSettings) -> dict[str, Any]:
    """Gather everything that the template shows.

    Parameters
    ----------
    run : RunReport
    settings : ReportingSettings

    Returns
    -------
    context : dict
    """
    images = list(run.images)
    good = [image for image in images if not image.failed]
    pooled = run.summary
    if pooled is None and len(good) == 1:
        pooled = good[0].summary
    view = SummaryView.of(pooled)
    views = [SummaryView.of(image.summary) for image in good]
    samples = run.samples or (run.comparison or {}).get("samples") or {}
    cards = list(_cards(images, settings))
    date = run.date or datetime.datetime.now().astimezone()
    return {
        "title": run.title,
        "date": date.strftime("%Y-%m-%d %H:%M %Z").strip(),
        "stamp": date.isoformat(timespec="seconds"),
        "tiles": _tiles(run, view, views),
        "level": view.level_text,
        "scale": _scale_tile(views) if good else None,
        "counts": _counts(len(images), len(good)),
        "warnings": _gathered_warnings(run, view, images),
        "failures": [card for card in cards if card.failed],
        "histogram": _pooled_histogram(run, pooled),
        "families_drawn": len(families_of(view.raw)),
        "distributions": distribution_table(view),
        "families": families_table(view),
        "budget": budget_table(view),
        "nano": nano_facts(view),
        "samples": samples_table(samples) if len(samples) > 1 else None,
        "comparison": pairs_table(run.comparison or {}),
        "classes": class_sections(view.raw, _models(good), run.particles),
        "columns": _image_columns(views, any(card.sample for card in cards)),
        "cards": cards,
        "pictured": sum(card.pictured for card in cards),
        "methods": methods_of(view, [image.summary for image in good if image.summary]),
        "settings": run.settings,
        "versions": dict(run.versions or _versions(good)),
        "replay": run.replay,
    }


def _counts(all_images: int, good: int) -> str:
    text = f"{good:,} image{'' if good == 1 else 's'} analysed"
    return text if good == all_images else f"{text}, {all_images - good:,} failed"


def _tiles(run: RunReport, view: SummaryView, views: list[SummaryView]) -> list[Tile]:
    counted = view.counted if view.counted is not None else _total(views, "counted")
    found = view.count if view.count is not None else _total(views, "count")
    left = (found or 0) - (counted or 0)
    tiles = [
        Tile(
            "Particles counted",
            write.plain(counted, 9),
            detail=_left_out(found or 0, left, view),
        )
    ]
    for name, label in (("median", "Median diameter"), ("mean", "Mean diameter")):
        size = view.sizes.get(name)
        if size is not None:
            detail = f"{view.level_text} interval {write.interval(size)}" if (
                size.has_interval
            ) else "interval not known"  # fmt: skip
            tiles.append(Tile(label, write.value(size), view.unit, detail, name == "median"))
    low, high = view.sizes.get("d10"), view.sizes.get("d90")
    if low is not None and high is not None:
        detail = "eight in ten particles lie between"
        tiles.append(
            Tile("d10 to d90", f"{write.value(low)} – {write.value(high)}",
                 view.unit, detail)
        )  # fmt: skip
    ratio = view.aspect_ratio.get("median") or _median_of(run.particles, "aspect_ratio")
    if ratio is not None:
        detail = "median; smallest over largest Feret diameter"
        tiles.append(Tile("Aspect ratio", write.plain(ratio.value, 3), detail=detail))
    scale = _scale_tile(views)
    return [*tiles, scale] if views else tiles


def _left_out(found: int, left: int, view: SummaryView) -> str:
    if not left:
        return "all that were found"
    reasons = sorted(view.left_out.items(), key=lambda item: -item[1])
    text = "; ".join(f"{name} {times:,}" for name, times in reasons)
    return (
        f"of {found:,} found; left out: {text}"
        if text
        else f"of {found:,} found; {left:,} left out"
    )


def _total(views: Sequence[SummaryView], name: str) -> int:
    return sum(getattr(view, name) or 0 for view in views)


def _median_of(particles: pd.DataFrame | None, column: str) -> Size | None:
    if particles is None or column not in particles:
        return None
    used = particles
    if "counted" in particles:
        used = particles.loc[particles["counted"].to_numpy(dtype=bool)]
    values = used[column].to_numpy(dtype=np.float64)
    values = values[np.isfinite(values)]
    return Size(float(np.median(values))) if values.size else None


def _scale_tile(views: Sequence[SummaryView]) -> Tile:
    known = [view for view in views if view.pixel_size_nm]
    if not known:
        detail = "no image says how large its pixels are: lengths are in pixels"
        return Tile("Pixel size", "unknown", detail=detail)
    sizes = sorted({float(f"{view.pixel_size_nm:.6g}") for view in known})
    text = write.plain(sizes[0])
    if len(sizes) > 1:
        text += f" – {write.plain(sizes[-1])}"
    origins = Counter(str(view.pixel_size_origin or "unknown") for view in known)
    words = [_ORIGINS.get(name, name) for name in origins]
    if len(views) > 1 and (len(origins) > 1 or len(known) < len(views)):
        words = [f"{_ORIGINS.get(name, name)} ({n})" for name, n in origins.most_common()]
    if len(known) < len(views):
        words.append(f"none for {len(views) - len(known)}")
    parts = [view.pixel_size_uncertainty for view in known]
    stated = sorted({part for part in parts if part is not None})
    if stated:
        most = f"±{write.share(stated[-1])}"
        words.append(f"{most} (standard uncertainty{', at most' if len(stated) > 1 else ''})")
    else:
        words.append("uncertainty unknown")
    return Tile("Pixel size", text, "nm/px", "; ".join(words))


def _gathered_warnings(
    run: RunReport, view: SummaryView, images: Sequence[ImageReport]
) -> list[tuple[str, tuple[str, ...]]]:
    """Each warning once, with the images that it concerns; those of the run come first."""
    found: dict[str, list[str]] = {}
    for text in run.warnings:
        found.setdefault(text, [])
    for image in images:
        for text in _warnings_of(image):
            found.setdefault(text, []).append(image.name)
    for text in view.warnings:
        found.setdefault(text, [])
    missing = [i.name for i in images if not i.failed and not SummaryView.of(i.summary).calibrated]
    if missing and view.unit == "nm":
        text = (
            "These images have no pixel size: their particles are counted, but have no size in "
            "nanometres and take no part in the pooled sizes."
        )
        found.setdefault(text, []).extend(missing)
    alone = len(images) == 1
    return [(text, () if alone else tuple(names)) for text, names in found.items()]


def _warnings_of(image: ImageReport) -> tuple[str, ...]:
    own = SummaryView.of(image.summary).warnings
    return tuple(dict.fromkeys((*image.warnings, *own)))


def _pooled_histogram(run: RunReport, pooled: Mapping[str, Any] | None) -> str:
    """Of all particles; without them (a single image, say) the cards have to do."""
    from micrographia.reporting.histogram import histogram_svg

    if run.particles is None:
        return ""
    return histogram_svg(run.particles, pooled, "Size histogram of all counted particles", True)


def _cards(images: Sequence[ImageReport], settings: ReportingSettings) -> Iterator[Card]:
    pictured = min(len(images), settings.report_images)
    budget = picture_budget(pictured)
    for at, image in enumerate(images, start=1):
        view = SummaryView.of(image.summary)
        shown = at <= settings.report_images and not image.failed
        yield Card(
            number=at,
            name=image.name,
            path=image.path or "",
            sample=image.sample or "",
            failed=image.failed,
            error=image.error or "",
            warnings=_warnings_of(image),
            cells=_cells(image, view),
            histogram=(image.histogram or "") if shown else "",
            pictured=shown,
            thumbnail=_lazily(image.thumbnail, budget) if shown else _nothing,
            doubtful=_lazily(image.doubtful, budget // 2) if shown else _nothing,
            facts=(*_facts(view), *class_facts(view.raw)),
        )


def _lazily(picture: Path | NDArray[np.uint8] | None, budget: int) -> Callable[[], str | None]:
    return lambda: data_uri(picture, budget)


def _nothing() -> None:
    return None


def _image_columns(views: Sequence[SummaryView], samples: bool) -> list[str]:
    head = ["Image", *(["Sample"] if samples else []), "Counted", "Found"]
    units = {view.unit for view in views if view.sizes}
    unit = f" ({units.pop()})" if len(units) == 1 else ""
    level = views[0].level_text if views else "95 %"
    return [
        *head,
        f"Median{unit}",
        f"{level} interval",
        f"Mean{unit}",
        f"SD{unit}",
        "Pixel size (nm)",
        "Notes",
    ]


def _cells(image: ImageReport, view: SummaryView) -> tuple[tuple[str, str], ...]:
    """Cells of the table of images after name and sample: what is shown, and what is sorted by."""
    sizes = view.sizes
    unit = "" if not sizes else view.unit

    def cell(size: Size | None) -> tuple[str, str]:
        return write.value(size), "" if size is None else repr(size.value)

    warned = len(_warnings_of(image))
    notes = "failed" if image.failed else f"{warned} warning{'' if warned == 1 else 's'}"
    median = sizes.get("median")
    return (
        (write.plain(view.counted, 9), str(view.counted or 0)),
        (write.plain(view.count, 9), str(view.count or 0)),
        (f"{cell(median)[0]} {unit}".strip(), cell(median)[1]),
        (write.interval(median) or write.DASH, "" if median is None else str(median.low)),
        cell(sizes.get("mean")),
        cell(sizes.get("sd")),
        (write.plain(view.pixel_size_nm), str(view.pixel_size_nm or "")),
        (notes if image.failed or warned else "", str(99 if image.failed else warned)),
    )


def _facts(view: SummaryView) -> tuple[tuple[str, str], ...]:
    """The few lines beside an image's picture."""
    facts = [("Particles", f"{view.counted or 0:,} counted of {view.count or 0:,} found")]
    for name, label in (("median", "Median"), ("mean", "Mean")):
        size = view.sizes.get(name)
        if size is not None:
            text = f"{write.value(size)} {view.unit}"
            if size.has_interval:
                text += f" ({write.interval(size)})"
            facts.append((label, text))
    low, high = view.sizes.get("d10"), view.sizes.get("d90")
    if low is not None and high is not None:
        text = f"{write.value(low)} to {write.value(high)} {view.unit}"
        facts.append(("d10 to d90", text))
    tile = _scale_tile([view])
    facts.append(("Pixel size", f"{tile.value} {tile.unit}".strip() + (
        f", {tile.detail}" if view.calibrated else ""
    )))  # fmt: skip
    evidence = _evidence(view)
    if evidence:
        facts.append(("Scale check", evidence))
    return tuple(facts)


def _evidence(view: SummaryView) -> str:
    """What the cross-check of the scale found, with the value of each source."""
    calibration = view.raw.get("calibration")
    if not isinstance(calibration, Mapping) or not view.verdict:
        return ""
    values = []
    for item in calibration.get("evidence") or ():
        size = number(item.get("nm_per_px")) if isinstance(item, Mapping) else None
        if size is not None:
            values.append(f"{str(item.get('source')).replace('-', ' ')} {write.plain(size)} nm/px")
    return f"{view.verdict} ({', '.join(values)})" if len(values) > 1 else view.verdict


def _models(good: Sequence[ImageReport]) -> Mapping[str, Any]:
    """Records of the models, which are the same for all images of a run."""
    found = ((image.summary or {}).get("models") for image in good)
    return next((models for models in found if isinstance(models, Mapping)), {})


def _versions(good: Sequence[ImageReport]) -> Mapping[str, str]:
    for image in good:
        versions = (image.summary or {}).get("versions")
        if isinstance(versions, Mapping):
            return versions
    return {}
