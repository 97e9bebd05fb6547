"""The result of one micrograph, and the folder it is saved to."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia.analysis._named import doubts
from micrographia.analysis._record import source_of, versions
from micrographia.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.analysis._settings import AnalysisSettings
    from micrographia.calibration import Calibration
    from micrographia.measurement import Summary
    from micrographia.micrograph import Micrograph
    from micrographia.segmentation import Segmentation

__all__ = ["Result"]


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """What was found in one micrograph.

    Parameters
    ----------
    micrograph : Micrograph
        With the pixel size that was used.
    labels : ndarray of shape (rows, cols), int32
        Label = particle id, 0 = background.
    particles : DataFrame
        A row a particle; the unit is in every column's name.
    summary : Summary
        Counts, size statistics, fits.
    calibration : Calibration
        Pixel size with its evidence; footer and scale bar.
    segmentation : Segmentation or None
        None where the labels came from elsewhere.
    settings : AnalysisSettings
    warnings : tuple of str
        Sentences that a person should read.
    stages : dict of str to ndarray
        Pictures of the segmentation's stages, where they were asked for.
    models : dict of str to dict
        Of each model that named the particles its name, version and SHA-256.
    classes : dict of str to dict
        For each model the numbers and sizes of its classes.
    """

    micrograph: Micrograph
    labels: NDArray[np.int32]
    particles: pd.DataFrame
    summary: Summary
    calibration: Calibration
    segmentation: Segmentation | None
    settings: AnalysisSettings
    warnings: tuple[str, ...] = ()
    stages: dict[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    models: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    classes: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Result {self.micrograph.name!r}: {len(self.particles)} particles>"

    @property
    def wholes(self) -> Mapping[int, Patch]:
        """All pixels of the particles that lie over or under others."""
        return {} if self.segmentation is None else self.segmentation.wholes

    def to_dict(self) -> dict[str, Any]:
        """Everything but the arrays, fit for JSON: what ``summary.json`` holds."""
        record = self.summary.to_dict()
        record["name"] = self.micrograph.name
        record["source"] = source_of(self.micrograph)
        record["calibration"] = self.calibration.to_dict()
        record["segmentation"] = (
            None
            if self.segmentation is None
            else {
                "method": self.segmentation.method,
                "polarity": self.segmentation.polarity,
                "steps": [step.model_dump(mode="json") for step in self.segmentation.steps],
            }
        )
        record["models"] = self.models
        record["classes"] = self.classes
        record["settings"] = self.settings.model_dump(mode="json")
        record["versions"] = versions()
        record["warnings"] = [*self.warnings, *record.get("warnings", [])]
        return record

    def save(self, folder: str | Path, *, stages: bool = True) -> Path:
        """Write tables, labels, record and pictures into a folder.

        Parameters
        ----------
        folder : path
            Made where it does not exist; files of an earlier result in it are replaced.
        stages : bool
            Whether the pictures of the stages, where kept, are written too.

        Returns
        -------
        folder : Path
            Holds ``particles.csv``, ``particles.parquet``, ``labels.tif``, ``rois.zip``,
            ``summary.json``, ``settings.toml``, ``overlay.png``, ``histogram.png``,
            ``montage.png``, ``doubtful.png`` where models left doubts, and ``stages/``.

        Raises
        ------
        OutputError
            If the folder cannot be made or written.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._write_data(folder)
            self._write_histogram(folder)
            self._write_pictures(folder)
            if stages and self.stages:
                self._write_stages(folder / "stages")
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(
                f"{folder}: results could not be written: {error}; "
                "choose another folder or make room"
            ) from error
        return folder

    def _write_data(self, folder: Path) -> None:
        from micrographia.io import write_labels, write_rois
        from micrographia.reporting import write_summary, write_tables

        write_tables(folder, self.particles)
        write_labels(folder / "labels.tif", self.labels, self.micrograph.pixel_size)
        if self.settings.reporting.rois:
            write_rois(folder / "rois.zip", self.labels, self.wholes)
        write_summary(folder / "summary.json", self.to_dict())
        (folder / "settings.toml").write_text(self.settings.to_toml(), encoding="utf-8")

    def _write_histogram(self, folder: Path) -> None:
        from micrographia.reporting import draw_histogram

        draw_histogram(self.particles, self.summary.to_dict(), folder / "histogram.png")

    def _write_pictures(self, folder: Path) -> None:
        from micrographia.reporting import draw_montage, draw_overlay, save_png

        settings = self.settings.reporting
        column, classes = self._coloured_by()
        overlay = draw_overlay(
            self.micrograph,
            self.labels,
            self.particles,
            excluded=self.calibration.excluded,
            wholes=self.wholes,
            colour_by=column,
            classes=classes,
            settings=settings,
        )
        save_png(folder / "overlay.png", overlay)
        montage = draw_montage(
            self.micrograph,
            self.labels,
            self.particles,
            colour_by=column,
            classes=classes,
            wholes=self.wholes,
            settings=settings,
        )
        save_png(folder / "montage.png", montage)
        self._write_doubtful(folder / "doubtful.png")

    def _coloured_by(self) -> tuple[str | None, tuple[str, ...]]:
        """The model whose classes colour the pictures, and those classes."""
        names = [name for name in self.models if f"{name}_verdict" in self.particles]
        wanted = self.settings.reporting.colour_by
        chosen = [name for name in names if wanted in ("auto", name)]
        return (chosen[0], tuple(self.models[chosen[0]]["classes"])) if chosen else (None, ())

    def _write_doubtful(self, path: Path) -> None:
        """The counted particles that a model did not know, with what it would have said."""
        from micrographia.reporting import draw_montage, save_png

        path.unlink(missing_ok=True)
        if "verdict" not in self.particles:
            return
        shown = self.particles[self.particles["counted"] & (self.particles["verdict"] != "known")]
        if shown.empty:
            return
        column, classes = self._coloured_by()
        picture = draw_montage(
            self.micrograph,
            self.labels,
            shown,
            colour_by=column,
            classes=classes,
            captions=doubts(shown),
            wholes=self.wholes,
            settings=self.settings.reporting,
        )
        save_png(path, picture)

    def _write_stages(self, folder: Path) -> None:
        from micrographia.reporting import save_stage

        folder.mkdir(exist_ok=True)
        for number, (name, array) in enumerate(self.stages.items(), 1):
            save_stage(folder / f"{number:02d}-{name}.png", name, array)
