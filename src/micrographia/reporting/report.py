"""The HTML report of a run: one file, no requests to anywhere, fit to be sent to a colleague."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia._files import ensure_folder, whole_file
from micrographia.errors import InputError, OutputError
from micrographia.reporting.settings import ReportingSettings

if TYPE_CHECKING:
    import jinja2
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ImageReport", "RunReport", "write_report"]


@dataclasses.dataclass(frozen=True, eq=False)
class ImageReport:
    """What the report says of one image.

    Parameters
    ----------
    name : str
    path : str or None
        Of the file that was analysed.
    sample : str or None
    thumbnail : Path, ndarray of shape (rows, cols, 3) uint8, or None
        The overlay; a path is read only when the page is written, and then forgotten.
    histogram : str or None
        An ``<svg>`` element that `histogram_svg` made.
    summary : mapping or None
        What ``summary.json`` holds.
    warnings : tuple of str
        Sentences beside those of the summary.
    error : str or None
        Why the image failed; None where it did not.
    doubtful : Path, ndarray of shape (rows, cols, 3) uint8, or None
        The particles that a model did not know.

    Examples
    --------
    >>> ImageReport("sample", error="sample.dm3: the file is empty").failed
    True
    """

    name: str
    path: str | None = None
    sample: str | None = None
    thumbnail: Path | NDArray[np.uint8] | None = None
    histogram: str | None = None
    summary: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None
    doubtful: Path | NDArray[np.uint8] | None = None

    @property
    def failed(self) -> bool:
        """Whether there is an error instead of a result."""
        return bool(self.error)

    @classmethod
    def from_folder(
        cls,
        folder: str | Path,
        *,
        name: str | None = None,
        path: str | None = None,
        sample: str | None = None,
    ) -> ImageReport:
        """Read what a saved result folder holds.

        Parameters
        ----------
        folder : str or Path
            With ``summary.json``, ``particles.parquet`` or ``particles.csv``, ``overlay.png``.
        name, path, sample : str, optional
            Taken from the summary where not given.

        Raises
        ------
        InputError
            If the folder has no summary that can be read.
        """
        from micrographia.reporting.histogram import histogram_svg

        folder = Path(folder)
        try:
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                f"{folder}: no result could be read from it ({error}); "
                "wanted a folder that an analysis has saved, with its summary.json"
            ) from error
        source = summary.get("source")
        stored = source.get("path") if isinstance(source, dict) else None
        name = name or str(summary.get("name") or folder.name)
        particles = read_particles(folder)
        overlay, doubtful = folder / "overlay.png", folder / "doubtful.png"
        return cls(
            name=name,
            path=path or stored,
            sample=sample or summary.get("sample"),
            thumbnail=overlay if overlay.is_file() else None,
            doubtful=doubtful if doubtful.is_file() else None,
            histogram=None
            if particles is None
            else histogram_svg(particles, summary, f"Size histogram of {name}"),
            summary=summary,
        )


@dataclasses.dataclass(frozen=True, eq=False)
class RunReport:
    """Everything that the report shows.

    Parameters
    ----------
    images : sequence of ImageReport
        In the order of the plan, failures included.
    title : str
    date : datetime or None
        When the run ended; now where not given.
    particles : DataFrame or None
        Pooled over all images; for the pooled histogram.
    summary : mapping or None
        Of the pooled particles; with a single image, its own summary stands in.
    samples : mapping of str to mapping
        Each sample's summary; shown where there are several.
    comparison : mapping or None
        Differences between samples, as `micrographia.measurement.Comparison.to_dict` gives them;
        its ``samples`` stand in where `samples` is not given.
    settings : str
        The settings as TOML.
    versions : mapping of str to str
        Of the programs that the numbers depend on; from the summary where not given.
    replay : str
        The command that repeats the run.
    warnings : tuple of str
        Of the run as a whole.
    """

    images: Sequence[ImageReport]
    title: str = "Particle analysis"
    date: datetime.datetime | None = None
    particles: pd.DataFrame | None = None
    summary: Mapping[str, Any] | None = None
    samples: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    comparison: Mapping[str, Any] | None = None
    settings: str = ""
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    replay: str = ""
    warnings: tuple[str, ...] = ()


def read_particles(folder: Path) -> pd.DataFrame | None:
    """The particles table of a result folder, from Parquet or else CSV; None where neither is."""
    import pandas as pd

    try:
        if (folder / "particles.parquet").is_file():
            return pd.read_parquet(folder / "particles.parquet")
        if (folder / "particles.csv").is_file():
            return pd.read_csv(folder / "particles.csv", keep_default_na=True)
    except (OSError, ValueError):
        return None
    return None


def write_report(
    folder: str | Path, run: RunReport, *, settings: ReportingSettings | None = None
) -> Path:
    """Write ``report.html`` into a folder.

    The page holds its pictures, style and script itself and asks nothing of any network. It is
    written piece by piece, so that only one picture at a time is in memory.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing.
    run : RunReport
    settings : ReportingSettings, optional

    Returns
    -------
    path : Path
        Of the page.

    Raises
    ------
    OutputError
        If the page cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> image = ImageReport("empty", error="empty.tif: the file is empty")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(folder, RunReport([image])).name
    'report.html'
    """
    from micrographia.reporting._context import context_of

    settings = ReportingSettings() if settings is None else settings
    path = ensure_folder(Path(folder)) / "report.html"
    context = context_of(run, settings)
    with whole_file(path) as temporary:
        pieces = _environment().get_template("report.html").stream(context)
        pieces.enable_buffering(50)
        pieces.dump(str(temporary), encoding="utf-8", errors="backslashreplace")
    return path


@functools.cache
def _environment() -> jinja2.Environment:
    """Templates of the package; every value is escaped, a missing one is an error."""
    import jinja2

    folder = Path(__file__).parent / "templates"
    if not folder.is_dir():
        raise OutputError(f"{folder}: the report's templates are missing; reinstall micrographia")
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
