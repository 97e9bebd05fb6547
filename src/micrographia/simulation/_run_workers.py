"""A run spread over processes: each takes a chunk, tells of every image, takes the next.

The processes are started as a module of their own, so that the caller's script is not run again;
calls and answers are lines of JSON over pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from micrographia.errors import MicrographiaError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrographia.simulation._run import Plan

__all__ = ["spread"]

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
Message = tuple[str, Any]


def spread(
    plan: Plan,
    out: Path,
    chunks: list[tuple[int, int]],
    workers: int,
    report: Callable[[int], object],
) -> None:
    """Make chunks in several processes.

    Parameters
    ----------
    plan : Plan
    out : Path
    chunks : list of tuple of int
        First and end index of each.
    workers : int
    report : callable
        Called, in this thread, with the number of images made since its last call.

    Raises
    ------
    OutputError
        If a process died or could not write; the chunks that were finished stay.
    """
    waiting: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    for chunk in chunks:
        waiting.put(chunk)
    news: queue.SimpleQueue[Message] = queue.SimpleQueue()
    order = {"plan": plan._asdict(), "out": str(out)}
    started = [_Worker() for _ in range(workers)]
    threads = [
        threading.Thread(target=_drive, args=(worker, order, waiting, news), daemon=True)
        for worker in started
    ]
    try:
        for thread in threads:
            thread.start()
        running = workers
        while running:
            kind, value = news.get()
            if kind == "made":
                report(value)
            elif kind == "ended":
                running -= 1
            else:
                raise OutputError(f"{out}: {value}; what was finished stays, resume the run")
    finally:
        for worker in started:
            worker.process.kill()
        for thread in threads:  # a killed process's pipes are at their end, so its thread ends too
            if thread.ident is not None:
                thread.join()
        for worker in started:
            worker.end()


class _Worker:
    """A process and what it complained of."""

    def __init__(self) -> None:
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self.process = subprocess.Popen(
            [sys.executable, "-m", "micrographia.simulation._run_workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            env={**os.environ, **_ONE_THREAD},
        )

    def last_words(self) -> str:
        """How the process ended: its status and the last line that it wrote as an error."""
        code = self.process.wait()
        size = self.complaints.seek(0, os.SEEK_END)
        self.complaints.seek(max(0, size - 2000))
        lines = self.complaints.read().decode(errors="replace").strip().splitlines()
        said = f"; its last words: {lines[-1].strip()}" if lines else ""
        return f"a worker process ended by itself (exit status {code}{said})"

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.complaints):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _drive(
    worker: _Worker,
    order: dict[str, Any],
    waiting: queue.SimpleQueue[tuple[int, int]],
    news: queue.SimpleQueue[Message],
) -> None:
    """Hand chunks to one process until none waits."""
    process = worker.process
    try:
        while True:
            first, end = waiting.get_nowait()
            _send(process.stdin, {**order, "first": first, "end": end})
            while (answer := _receive(process.stdout))["kind"] == "made":
                news.put(("made", answer["value"]))
            if answer["kind"] == "failed":
                news.put(("failed", answer["value"]))
                return
    except queue.Empty:
        news.put(("ended", None))
    except OSError:
        news.put(("failed", worker.last_words()))


def _send(stream: IO[bytes] | None, message: dict[str, Any]) -> None:
    if stream is None:
        raise OSError("the pipe is closed")
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


def _receive(stream: IO[bytes] | None) -> dict[str, Any]:
    line = stream.readline() if stream is not None else b""
    if not line.endswith(b"\n"):
        raise OSError("the pipe is closed")
    answer: dict[str, Any] = json.loads(line)
    return answer


def main() -> None:
    """Make the chunks that standard input asks for until it ends."""
    import cv2

    from micrographia.simulation._run import Plan, work

    cv2.setNumThreads(1)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not reach the pipe
    for line in sys.stdin.buffer:
        order = json.loads(line)
        try:
            work(
                Plan(**order["plan"]), Path(order["out"]), order["first"], order["end"],
                lambda more: _send(answers, {"kind": "made", "value": more}),
            )  # fmt: skip
        except (MicrographiaError, OSError) as error:
            _send(answers, {"kind": "failed", "value": str(error)})
        else:
            _send(answers, {"kind": "written", "value": None})


if __name__ == "__main__":
    main()
