"""Run a stored record again and tell whether the numbers are the same."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia.analysis._record import file_hash, versions
from micrographia.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from micrographia.analysis._result import Result
    from micrographia.analysis._settings import AnalysisSettings

__all__ = ["Replay", "replay"]


@dataclasses.dataclass(frozen=True, eq=False)
class Replay:
    """A result computed again, and how it differs from the stored one.

    Parameters
    ----------
    result : Result
        The new result.
    differences : tuple of str
        What differs in the numbers; empty where they are identical.
    notes : tuple of str
        What differs round them: versions, a moved or changed file.
    """

    result: Result
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether every number of the particles table is the same."""
        return not self.differences


def replay(folder: str | Path, image: str | Path | None = None) -> Replay:
    """Repeat a stored analysis from its record and compare the numbers.

    Parameters
    ----------
    folder : path
        The result folder of one image, as `Result.save` wrote it.
    image : path, optional
        The image, where it no longer lies where the record says.

    Returns
    -------
    replay : Replay

    Raises
    ------
    InputError
        If the folder holds no record, or the image is not to be found.
    """
    import pandas as pd

    from micrographia.analysis._run import analyze, measure_labels
    from micrographia.analysis._settings import AnalysisSettings
    from micrographia.io import read, read_labels

    folder = Path(folder)
    record = _load(folder / "summary.json")
    source = record["source"]
    path = _image_of(source, image, folder)
    micrograph = read(path, frame=source["frame"], signal=source["signal"])
    settings = AnalysisSettings.parse(record["settings"], source=str(folder / "summary.json"))
    settings = _same_models(settings, record.get("models", {}))
    if record["segmentation"] is None:
        labels = read_labels(folder / "labels.tif", micrograph.shape)
        result = measure_labels(micrograph, labels, settings)
    else:
        result = analyze(micrograph, settings)
    stored = pd.read_parquet(folder / "particles.parquet")
    notes = (*_notes(record, source, path), *_changed_models(record, result.models))
    return Replay(result, _differences(stored, result.particles), notes)


def _load(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{path.parent}: no summary.json in it; wanted the result folder of one image"
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the record could not be read: {error}") from error
    missing = {"source", "settings", "segmentation", "versions"} - record.keys()
    if missing:
        raise InputError(
            f"{path}: no record of one image: {', '.join(sorted(missing))} missing; "
            "wanted the result folder of an image, not of a run"
        )
    return record


def _image_of(source: dict[str, Any], image: str | Path | None, folder: Path) -> Path:
    given = image if image is not None else source["path"]
    if given is None:
        raise InputError(
            f"{folder}: the record names no file (the image was made in memory); name it"
        )
    path = Path(given)
    if not path.is_file():
        raise InputError(f"{path}: the image of this record is not there; name where it lies now")
    return path


def _same_models(settings: AnalysisSettings, used: dict[str, Any]) -> AnalysisSettings:
    """Settings that take the models that were used then, and none that have come since."""
    from micrographia.classification import NONE, PARTICLE_MODELS

    wanted = dict(settings.classification.models)
    for name in PARTICLE_MODELS:
        if name not in used:
            wanted[name] = NONE
        elif name in wanted and Path(used[name].get("path", "")).exists():
            wanted[name] = used[name]["path"]
    changed = settings.classification.model_copy(update={"models": wanted})
    return settings.model_copy(update={"classification": changed})


def _changed_models(record: dict[str, Any], now: dict[str, dict[str, Any]]) -> list[str]:
    """Which models are not those of the record."""
    then = record.get("models", {})
    return [
        f"model {name}: {then[name]['name']} {then[name]['version']} then, "
        f"{now[name]['name']} {now[name]['version']} now; its content differs"
        for name in then
        if name in now and now[name]["sha256"] != then[name].get("sha256")
    ]


def _notes(record: dict[str, Any], source: dict[str, Any], path: Path) -> tuple[str, ...]:
    notes = []
    if source["sha256"] and file_hash(path) != source["sha256"]:
        notes.append(f"{path.name} is not the file that was analysed: its content differs")
    now = versions()
    notes += [
        f"{name}: {record['versions'].get(name, 'not recorded')} then, {version} now"
        for name, version in now.items()
        if record["versions"].get(name) != version
    ]
    return tuple(notes)


def _differences(stored: pd.DataFrame, again: pd.DataFrame) -> tuple[str, ...]:
    if len(stored) != len(again):
        return (f"{len(stored)} particles then, {len(again)} now",)
    only = set(stored.columns) ^ set(again.columns)
    differences = [f"column {name} is in one of the two only" for name in sorted(only)]
    for name in stored.columns:
        if name in only:
            continue
        then, now = stored[name], again[name].reset_index(drop=True)
        same = (then == now) | (then.isna() & now.isna())
        if not same.all():
            row = int(same.argmin())
            differences.append(
                f"{name}: {int((~same).sum())} of {len(same)} differ, first for particle "
                f"{stored['id'].iloc[row]}: {then.iloc[row]!r} then, {now.iloc[row]!r} now"
            )
    return tuple(differences)
