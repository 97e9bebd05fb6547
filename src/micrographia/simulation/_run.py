"""Many images of a family, written to a folder: deterministic, in any number of processes.

Image `index` of a run depends on the family, its settings, the seed and the index alone, so that
the files are the same for any number of processes, in any order, after a kill and a resumed run.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from micrographia._files import locked, write_text
from micrographia.errors import InputError, OutputError
from micrographia.simulation import _run_files as files
from micrographia.simulation.families import FAMILIES, load_family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from micrographia.settings import Settings
    from micrographia.simulation._sample import Sample

__all__ = [
    "Plan",
    "generator",
    "make_plan",
    "open_run",
    "samples",
    "simulate_many",
    "simulate_one",
    "work",
]


class Plan(NamedTuple):
    """What a run makes; the same plan gives the same files."""

    family: str
    n: int
    seed: int
    config: dict[str, Any]

    @property
    def chunk(self) -> int:
        """Images that are written, and kept after a kill, together."""
        return FAMILIES[self.family].chunk

    def chunks(self) -> list[tuple[int, int]]:
        """First and end index of each chunk."""
        return [(first, min(first + self.chunk, self.n)) for first in range(0, self.n, self.chunk)]


def generator(family: str, seed: int, index: int) -> np.random.Generator:
    """The random numbers of one image.

    Parameters
    ----------
    family : str
    seed : int
        Of the run; 0 or more.
    index : int
        Of the image in the run.

    Returns
    -------
    random : Generator
        Independent of the numbers of every other image.
    """
    key = (FAMILIES[family].number, index)
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))


def simulate_one(family: str, index: int, seed: int, config: Settings | None = None) -> Sample:
    """Make one image of a run, without writing it.

    Parameters
    ----------
    family : str
        Name in `FAMILIES`.
    index : int
        Which image of the run.
    seed : int
        Of the run.
    config : Settings, optional
        The family's `Config`; its defaults if left out.

    Returns
    -------
    sample : Sample

    Examples
    --------
    >>> simulate_one("outlines", 3, seed=0).pixels.shape
    (128, 128)
    """
    module = load_family(family)
    chosen = _checked(family, config)
    return module.simulate(chosen, generator(family, seed, index), index)


def _checked(family: str, config: Settings | None) -> Settings:
    wanted = load_family(family).Config
    if config is None:
        return wanted()
    if not isinstance(config, wanted):
        raise InputError(
            f"the family {family} wants settings of its own Config "
            f"({wanted.__module__}.Config), got {type(config).__module__}.{type(config).__name__}"
        )
    return config


def work(plan: Plan, out: Path, first: int, end: int, report: Callable[[int], object]) -> None:
    """Make and write the images of one chunk; they appear all at once.

    Parameters
    ----------
    plan : Plan
    out : Path
    first, end : int
        Indices of the images; the end is not included.
    report : callable
        Called with the number of images made since its last call.
    """
    module = load_family(plan.family)
    config = module.Config.parse(plan.config, f"settings of {plan.family}")
    with files.Chunk(out, first // plan.chunk) as chunk:
        for index in range(first, end):
            sample = module.simulate(config, generator(plan.family, plan.seed, index), index)
            chunk.add(sample, family=plan.family, seed=plan.seed, index=index)
            report(1)


def simulate_many(
    family: str,
    n: int,
    seed: int,
    out: str | Path,
    config: Settings | None = None,
    *,
    workers: int = 1,
    resume: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> Path:
    """Make images of a family and write them with their truth.

    Parameters
    ----------
    family : str
        Name in `FAMILIES`.
    n : int
        How many images.
    seed : int
        0 or more; the same seed gives the same files.
    out : path
        Folder to make; it must not hold anything unless `resume`.
    config : Settings, optional
        The family's `Config`; its defaults if left out.
    workers : int
        Processes; 1 makes the images in this process.
    resume : bool
        Go on with a run that was stopped; the plan must be the one it was started with.
    progress : callable, optional
        Called with the images done and the images wanted.

    Returns
    -------
    manifest : Path
        ``manifest.parquet`` in `out`: a row an image.

    Raises
    ------
    InputError
        If there is no such family, a number is out of range, or the folder was made by another
        plan.
    OutputError
        If the folder holds other files or cannot be written.
    """
    plan = make_plan(family, n, seed, config)
    if workers < 1:
        raise InputError(f"workers must be at least 1, got {workers}")
    out = Path(out)
    open_run(plan, out, resume=resume)
    manifest = out / "manifest.parquet"
    with locked(out):
        if not manifest.exists():
            _make(plan, out, workers, progress)
            files.merge(out, len(plan.chunks()))
    if progress is not None:
        progress(n, n)
    return manifest


def make_plan(family: str, n: int, seed: int, config: Settings | None = None) -> Plan:
    """Check what a run is to make.

    Raises
    ------
    InputError
        If there is no such family, the settings are another family's, or a number is out of range.
    """
    for name, value, least in (("n", n, 1), ("seed", seed, 0)):
        if not least <= value < 2**63:
            raise InputError(f"{name} must be at least {least} and below 2**63, got {value}")
    return Plan(family, n, seed, _checked(family, config).model_dump(mode="json"))


def open_run(plan: Plan, out: Path, *, resume: bool) -> None:
    """Make the folder of a run, or check that it is this run's folder."""
    record = out / "run.json"
    wanted = {**plan._asdict(), "chunk": plan.chunk, "made_by": files.versions()}
    try:
        if record.exists() and resume:
            found = json.loads(record.read_text(encoding="utf-8"))
            if other := [key for key in wanted if found.get(key) != wanted[key]]:
                raise InputError(
                    f"{out}: was made with another {', '.join(other)}; resume with the same, "
                    "or choose another folder"
                )
            return
        if out.exists() and any(out.iterdir()):
            hint = "resume it, or " if record.exists() else ""
            raise OutputError(f"{out}: is not empty; {hint}choose another folder")
        out.mkdir(parents=True, exist_ok=True)
        write_text(record, json.dumps(wanted, indent=1))
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise OutputError(f"{out}: no folder could be made there: {error}") from error


def _make(
    plan: Plan, out: Path, workers: int, progress: Callable[[int, int], object] | None
) -> None:
    open_chunks = [
        chunk for chunk in plan.chunks() if not files.is_done(out, chunk[0] // plan.chunk)
    ]
    done = plan.n - sum(end - first for first, end in open_chunks)

    def report(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, plan.n)

    report(0)
    if workers == 1 or len(open_chunks) < 2:
        for first, end in open_chunks:
            work(plan, out, first, end, report)
        return
    from micrographia.simulation._run_workers import spread

    spread(plan, out, open_chunks, min(workers, len(open_chunks)), report)


def samples(family: str, seed: int, config: Settings | None = None) -> Iterator[Sample]:
    """Make the images of a run one after the other, without end and without writing them.

    Parameters
    ----------
    family : str
        A name of `FAMILIES`.
    seed : int
    config : Settings, optional
        Of the family; its defaults where left out.

    Yields
    ------
    sample : Sample
    """
    index = 0
    while True:
        yield simulate_one(family, index, seed, config)
        index += 1
