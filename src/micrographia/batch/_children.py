"""Child processes that do one call at a time and may die without taking others along.

A pool of the standard library breaks as a whole when one of its processes is killed (by the
system, for want of memory), and does not tell which call did it. Here each call has its process
to itself while it lasts, so exactly that call fails and a new process takes the dead one's place.
Calls and answers are lines of JSON over pipes: nothing is pickled, and the caller's script is not
run again in the child.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Any

from micrographia.errors import MicrographiaError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["ChildDiedError", "Children"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class ChildDiedError(MicrographiaError):
    """The process that worked on a call ended before it answered."""


class _Child:
    """One process and its pipes."""

    def __init__(self, function: str, threads: int) -> None:
        environment = {**os.environ, **dict.fromkeys(_THREADS, str(threads))}
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self.process = subprocess.Popen(
            # -P: a module that happens to lie in the working folder is not imported
            [sys.executable, "-P", "-m", "micrographia.batch._worker", function, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            env=environment,
        )

    @property
    def pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        to_child, from_child = self.process.stdin, self.process.stdout
        if to_child is None or from_child is None:
            raise ChildDiedError("the worker has no pipes")
        return to_child, from_child

    def call(self, argument: Mapping[str, Any]) -> dict[str, Any]:
        to_child, from_child = self.pipes
        try:
            to_child.write(json.dumps(argument).encode() + b"\n")
            to_child.flush()
            line = from_child.readline()
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            how = _how_it_ended(self.process.wait())
            raise ChildDiedError(f"the worker process {how}{self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        """The last line that the process wrote as an error."""
        size = self.complaints.seek(0, os.SEEK_END)
        self.complaints.seek(max(0, size - 2000))
        lines = self.complaints.read().decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"; its last words: {said}" if said else ""

    def end(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.wait()
        self.complaints.close()
        for pipe in self.pipes:
            with contextlib.suppress(OSError):
                pipe.close()


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended by itself with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    if name == "SIGKILL":
        return "was killed, probably by the system for want of memory; use fewer workers"
    return f"crashed ({name})"


class Children:
    """A set of child processes that call one function; use it as a context.

    Parameters
    ----------
    function : str
        ``"package.module:name"``; takes a dict and returns a dict, both fit for JSON.
    count : int
        How many processes at most; each is started when it is first needed.
    threads : int
        How many threads the numerical libraries may use in each.

    Examples
    --------
    >>> with Children("builtins:dict", 1) as children:
    ...     children.call({"a": 1})
    {'a': 1}
    """

    def __init__(self, function: str, count: int, threads: int = 1) -> None:
        self.function = function
        self.threads = threads
        self._free: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()
        self._all: set[_Child] = set()
        self._guard = threading.Lock()
        self._closed = False
        for _ in range(count):
            self._free.put(None)

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, whatever they are doing; calls under way fail."""
        with self._guard:
            self._closed = True
            children, self._all = self._all, set()
        for child in children:
            child.process.kill()
            child.process.wait()
        while not self._free.empty():
            free = self._free.get()
            if free is not None:
                free.end()

    def call(self, argument: Mapping[str, Any]) -> dict[str, Any]:
        """Call the function in a free process, waiting for one.

        Raises
        ------
        ChildDiedError
            If the process dies before it answers; the next call gets a new one.
        """
        child = self._free.get()
        try:
            if child is None:
                child = self._start()
            return child.call(argument)
        except ChildDiedError:
            if child is not None:
                self._drop(child)
            child = None
            raise
        finally:
            self._free.put(child)

    def _start(self) -> _Child:
        with self._guard:
            if self._closed:
                raise ChildDiedError("the workers were ended")
            child = _Child(self.function, self.threads)
            self._all.add(child)
            return child

    def _drop(self, child: _Child) -> None:
        with self._guard:
            self._all.discard(child)
        child.end()
