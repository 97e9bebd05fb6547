"""What a worker does with one image: read, analyse, save; whatever happens becomes an outcome."""

from __future__ import annotations

import json
import re
import traceback
from typing import TYPE_CHECKING, Any

from micrographia.batch._folders import publish
from micrographia.batch._outcome import Outcome
from micrographia.batch._record import RECORD, input_of
from micrographia.batch._task import Task
from micrographia.errors import MicrographiaError, OutputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["analyze_image", "record_failure"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")  # differs from run to run


def analyze_image(task: dict[str, Any]) -> dict[str, Any]:
    """Analyse one image and put its finished folder in place.

    Parameters
    ----------
    task : dict
        Of `Task.to_dict`.

    Returns
    -------
    outcome : dict
        Of `Outcome.to_dict`. Errors do not leave this function: they are its outcome.
    """
    return _attempt(Task.from_dict(task)).to_dict()


def _attempt(task: Task) -> Outcome:
    source: dict[str, Any] | None = None
    try:
        source = input_of(task.path)
        result = _analyzed(task)
    except Exception as error:  # noqa: BLE001 - one bad file must never stop the batch
        return record_failure(task, error, source)
    record = {"status": "ok", "input": source, **task.fingerprint}
    try:
        with publish(task.out, task.name) as folder:
            result.save(folder, stages=task.stages)
            _write_record(folder, record)
    except OSError as error:
        return _unwritable(task, error)
    except Exception as error:  # noqa: BLE001 - as above
        return record_failure(task, error, source)
    return Outcome(task.index, task.name, "ok")


def _analyzed(task: Task) -> Any:
    import dataclasses

    from micrographia.analysis import AnalysisSettings, analyze
    from micrographia.io import read

    micrograph = read(task.path, frame=task.frame, signal=task.signal)
    micrograph = dataclasses.replace(micrograph, name=task.name)
    return analyze(micrograph, AnalysisSettings.parse(task.settings), keep_stages=task.stages)


def record_failure(task: Task, error: Exception, source: dict[str, Any] | None = None) -> Outcome:
    """Put the record of a failure in place of any earlier result of the image.

    Parameters
    ----------
    task : Task
    error : Exception
        Why the image could not be analysed.
    source : dict, optional
        What is known of its file.

    Returns
    -------
    outcome : Outcome
    """
    outcome = _failure(task, error)
    record = {
        "status": "failed",
        "error": outcome.error,
        "error_type": outcome.error_type,
        "traceback": "".join(traceback.format_exception(error)),
        "input": source,
        **task.fingerprint,
    }
    try:
        with publish(task.out, task.name) as folder:
            _write_record(folder, record)
    except OSError as unwritable:
        return _unwritable(task, unwritable)
    return outcome


def _failure(task: Task, error: Exception) -> Outcome:
    text = _ADDRESS.sub("", " ".join(str(error).split()))
    return Outcome(
        task.index,
        task.name,
        "failed",
        error=text or type(error).__name__,
        error_type=type(error).__name__,
        expected=isinstance(error, MicrographiaError | OSError | MemoryError),
    )


def _unwritable(task: Task, error: OSError) -> Outcome:
    text = (
        str(error)
        if isinstance(error, OutputError)
        else (
            f"{task.folder}: results could not be written: {error}; "
            "choose another folder or make room"
        )
    )
    return Outcome(task.index, task.name, "failed", text, type(error).__name__, fatal=True)


def _write_record(folder: Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=True)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")
