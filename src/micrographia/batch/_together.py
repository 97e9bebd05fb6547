"""Everything of a run put together: table of images, pooled particles, statistics, report."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from micrographia.batch._pool import pool_particles
from micrographia.batch._statistics import ImageScale, RunStatistics, run_statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from micrographia.analysis import AnalysisSettings
    from micrographia.batch._outcome import Outcome
    from micrographia.batch._plan import Plan, PlannedImage
    from micrographia.reporting import ImageReport

__all__ = ["PRODUCTS", "Together", "put_together"]

PRODUCTS = ("images.csv", "particles.csv", "particles.parquet", "report.html", "summary.json")
"""What is written here, at the end of a run."""


@dataclasses.dataclass(frozen=True)
class Together:
    """What the terminal says of a run besides its outcomes."""

    found: int
    counted: int
    report: Path
    warnings: dict[str, tuple[str, ...]]


@dataclasses.dataclass
class _Gathered:
    """What is kept of each image's summary while they are read one after the other."""

    scales: list[ImageScale] = dataclasses.field(default_factory=list)
    warnings: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    def note(self, image: PlannedImage, summary: dict[str, Any]) -> None:
        self.scales.append(
            ImageScale(
                image.sample,
                summary.get("pixel_size_nm"),
                summary.get("pixel_size_origin"),
                summary.get("pixel_size_relative_uncertainty"),
            )
        )
        for text in dict.fromkeys(summary.get("warnings", ())):
            self.warnings.setdefault(text, []).append(image.name)


def put_together(plan: Plan, settings: AnalysisSettings, outcomes: Sequence[Outcome]) -> Together:
    """Write the tables, the summary and the report of a run from its images' folders.

    Parameters
    ----------
    plan : Plan
    settings : AnalysisSettings
    outcomes : sequence of Outcome
        One for each image, in the order of the plan.

    Returns
    -------
    together : Together

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from micrographia.reporting import images_table, write_images

    gathered = _Gathered()
    table = images_table(_rows(plan, outcomes, gathered))
    write_images(plan.out / "images.csv", table)
    good = [image for image, outcome in zip(plan.images, outcomes, strict=True) if outcome.ok]
    pool_particles(plan.out, good)
    statistics = run_statistics(
        plan.out / "particles.parquet", gathered.scales, settings.measurement
    )
    warnings = {text: tuple(names) for text, names in gathered.warnings.items()}
    _write_summary(plan, settings, statistics, outcomes, warnings)
    report = _write_report(plan, settings, outcomes, statistics)
    return Together(int(table["count"].sum()), int(table["counted"].sum()), report, warnings)


def _rows(plan: Plan, outcomes: Sequence[Outcome], gathered: _Gathered) -> Iterator[dict[str, Any]]:
    for image, outcome in zip(plan.images, outcomes, strict=True):
        row: dict[str, Any] = {
            "name": image.name,
            "path": str(image.path),
            "sample": image.sample,
        }
        if outcome.ok:
            row["summary"] = _summary_of(plan.out / image.name)
            gathered.note(image, row["summary"])
        else:
            row["error"] = f"{outcome.error_type}: {outcome.error}"
        yield row


def _summary_of(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def _write_summary(
    plan: Plan,
    settings: AnalysisSettings,
    statistics: RunStatistics,
    outcomes: Sequence[Outcome],
    warnings: dict[str, tuple[str, ...]],
) -> None:
    from micrographia.analysis import versions
    from micrographia.reporting import write_summary

    record = {
        **statistics.pooled,
        "images": len(outcomes),
        "images_failed": sum(not outcome.ok for outcome in outcomes),
        "samples": statistics.samples,
        "comparison": statistics.comparison,
        "settings": settings.model_dump(mode="json"),
        "versions": versions(),
        "warnings": [
            f"{text} ({len(names)} images: {', '.join(names)})"
            if len(names) > 1
            else f"{names[0]}: {text}"
            for text, names in warnings.items()
        ],
    }
    write_summary(plan.out / "summary.json", record)


def _write_report(
    plan: Plan,
    settings: AnalysisSettings,
    outcomes: Sequence[Outcome],
    statistics: RunStatistics,
) -> Path:
    from micrographia.reporting import RunReport, write_report

    pictured = settings.reporting.report_images
    images = [
        _image_report(plan, image, outcome, pictured=image.index < pictured)
        for image, outcome in zip(plan.images, outcomes, strict=True)
    ]
    report = RunReport(
        images=images,
        particles=statistics.particles,
        summary=statistics.pooled,
        samples=statistics.samples,
        comparison=statistics.comparison,
        settings=settings.to_toml(),
        replay=plan.command,
        warnings=plan.notes,
    )
    return write_report(plan.out, report, settings=settings.reporting)


def _image_report(
    plan: Plan, image: PlannedImage, outcome: Outcome, *, pictured: bool
) -> ImageReport:
    from micrographia.reporting import ImageReport

    folder = plan.out / image.name
    path = str(image.path)
    if not outcome.ok:
        return ImageReport(image.name, path, image.sample, error=outcome.error)
    if pictured:
        return ImageReport.from_folder(folder, name=image.name, path=path, sample=image.sample)
    return ImageReport(image.name, path, image.sample, summary=_summary_of(folder))
