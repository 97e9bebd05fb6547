"""What a run will do: its images with their names and samples, and where results go."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from micrographia.batch._find import find_images
from micrographia.batch._names import result_names
from micrographia.batch._samples import SampleSource, samples_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["RUN_FILES", "Plan", "PlannedImage", "plan"]

RUN_FILES = (
    "images.csv",
    "particles.csv",
    "particles.parquet",
    "report.html",
    "run.json",
    "settings.toml",
    "summary.json",
)


@dataclasses.dataclass(frozen=True)
class PlannedImage:
    """One image of a run.

    Parameters
    ----------
    index : int
        Its place in the run, from 0.
    path : Path
        The absolute path of its file.
    name : str
        What results call it; also the name of its result folder.
    sample : str or None
        The sample that it belongs to.
    """

    index: int
    path: Path
    name: str
    sample: str | None = None


@dataclasses.dataclass(frozen=True)
class Plan:
    """All images of a run, in order.

    Parameters
    ----------
    out : Path
        The folder for results, absolute.
    images : tuple of PlannedImage
    notes : tuple of str
        What was left out, or taken once though named twice.
    frame : int or None
        Which frame of a stack to analyse, in every file.
    signal : int, str or None
        Which of several signals to analyse, in every file.
    command : str
        What repeats the run on the command line, with the settings that it stores.
    """

    out: Path
    images: tuple[PlannedImage, ...]
    notes: tuple[str, ...] = ()
    frame: int | None = None
    signal: int | str | None = None
    command: str = ""


def plan(
    paths: Sequence[str | Path],
    out: str | Path,
    *,
    recursive: bool = False,
    samples: str | Path | None = None,
    sample_from: SampleSource | None = None,
    frame: int | None = None,
    signal: int | str | None = None,
) -> Plan:
    """Find the images of a run and name their results; nothing is computed or written.

    Parameters
    ----------
    paths : sequence of path
        Files, folders, or patterns such as ``"*.dm3"``.
    out : path
        The folder for results.
    recursive : bool
        Whether folders are searched with all that lies in them.
    samples : path, optional
        CSV table with the columns `path` (or `name`) and `sample`.
    sample_from : {"folder"}, optional
        Take the sample from the name of each image's folder.
    frame : int, optional
        Which frame of a stack, counted from 0.
    signal : int or str, optional
        Which of several signals, by number or title.

    Returns
    -------
    plan : Plan

    Raises
    ------
    InputError
        If no image is found, a path does not exist, or the table of samples cannot be used.
    """
    out = Path(out).expanduser().absolute()
    found = find_images(paths, out, recursive=recursive)
    names = result_names(found.files, reserved=RUN_FILES)
    table = None if samples is None else Path(samples).expanduser()
    belongs, notes = samples_of(found.files, table, sample_from)
    images = tuple(
        PlannedImage(index, path, name, sample)
        for index, (path, name, sample) in enumerate(zip(found.files, names, belongs, strict=True))
    )
    options = {
        "--recursive": recursive,
        "--samples": table,
        "--sample-from": sample_from,
        "--frame": frame,
        "--signal": signal,
    }
    command = _command(paths, out, options)
    return Plan(out, images, (*found.notes, *notes), frame, signal, command)


def _command(paths: Sequence[str | Path], out: Path, options: Mapping[str, object]) -> str:
    words = ["micrographia", "analyze", *map(str, paths)]
    words += ["--out", str(out), "--settings", str(out / "settings.toml")]
    for flag, value in options.items():
        if value is not None and value is not False:
            words += [flag] if value is True else [flag, str(value)]
    return shlex.join(words)
