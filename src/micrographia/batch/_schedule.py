"""Who does the work: this process, child processes, or a cluster; outcomes come as they finish."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from micrographia.batch._children import ChildDiedError, Children
from micrographia.batch._image import record_failure
from micrographia.batch._outcome import Outcome
from micrographia.errors import MissingDependencyError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

__all__ = ["ANALYSIS", "Job", "Work", "outcomes"]

_Item = Outcome | BaseException | None
_CONNECT_S = 10  # how long a scheduler may take to answer


class Job(Protocol):
    """What is done for one image."""

    def to_dict(self) -> dict[str, Any]:
        """The job, fit for JSON."""


@dataclasses.dataclass(frozen=True)
class Work:
    """How the jobs of a run are done.

    Parameters
    ----------
    function : str
        ``"package.module:name"``; takes a job's dict and gives that of an `Outcome`.
    failed : callable
        ``failed(job, error)`` gives the outcome of a job whose process died.
    """

    function: str
    failed: Callable[[Any, Exception], Outcome]

    def here(self, values: dict[str, Any]) -> dict[str, Any]:
        """Do a job in this process."""
        module, _, name = self.function.partition(":")
        done: dict[str, Any] = getattr(import_module(module), name)(values)
        return done


ANALYSIS = Work("micrographia.batch._image:analyze_image", record_failure)


def outcomes(
    tasks: Sequence[Job],
    workers: int = 1,
    scheduler: str | None = None,
    work: Work | None = None,
) -> Generator[Outcome]:
    """Do the tasks and give each outcome as soon as it is there, in any order.

    Parameters
    ----------
    tasks : sequence of Task
    workers : int
        1 works in this process; more start as many child processes.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers see the same files under the same paths.
    work : Work, optional
        How a task is done; an analysis as a rule.

    Raises
    ------
    MissingDependencyError
        If a scheduler is named and `distributed` is not installed.
    SettingsError
        If no scheduler answers at the address.
    """
    work = work or ANALYSIS
    if scheduler is not None:
        return _on_cluster(tasks, scheduler, work)
    if workers == 1 or len(tasks) < 2:
        return _here(tasks, work)
    return _in_children(tasks, min(workers, len(tasks)), work)


def _here(tasks: Sequence[Job], work: Work) -> Generator[Outcome]:
    for task in tasks:
        yield Outcome(**work.here(task.to_dict()))


def _in_children(tasks: Sequence[Job], workers: int, work: Work) -> Generator[Outcome]:
    """Dask's threads each watch over a child process that does the work."""
    finished: queue.SimpleQueue[_Item] = queue.SimpleQueue()
    threads = max(1, (os.cpu_count() or 1) // workers)
    with Children(work.function, workers, threads) as children:
        stop = threading.Event()

        def watch(task: Job) -> None:
            if stop.is_set():
                return
            try:
                finished.put(Outcome(**children.call(task.to_dict())))
            except ChildDiedError as error:
                if not stop.is_set():  # else it was ended on purpose and is no failure
                    finished.put(work.failed(task, error))

        def compute() -> None:
            import dask

            try:
                jobs = [dask.delayed(watch, pure=False)(task) for task in tasks]
                dask.compute(*jobs, scheduler="threads", num_workers=workers)
                finished.put(None)
            except BaseException as error:  # noqa: BLE001 - raised again by the reader below
                finished.put(error)

        thread = threading.Thread(target=compute, name="micrographia-batch", daemon=True)
        thread.start()
        try:
            while (item := _next(finished)) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stop.set()
            children.close()
            thread.join()


def _next(finished: queue.SimpleQueue[_Item]) -> _Item:
    """Wait for the next item, in steps, so that Ctrl-C is heard on every system."""
    while True:
        with contextlib.suppress(queue.Empty):
            return finished.get(timeout=1)


def _on_cluster(tasks: Sequence[Job], address: str, work: Work) -> Generator[Outcome]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise MissingDependencyError(
            "a cluster's scheduler needs Dask distributed: pip install 'micrographia[cluster]'"
        ) from error
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SettingsError(
            f"no Dask scheduler answers at {address!r} ({error}); "
            "wanted an address such as tcp://host:8786"
        ) from error
    with client:
        by_key: dict[str, Job] = {}
        futures = []
        for task in tasks:
            future = client.submit(work.here, task.to_dict(), pure=False)
            by_key[future.key] = task
            futures.append(future)
        for future in as_completed(futures, loop=client.loop):
            yield _collected(future, by_key[future.key], work)


def _collected(future: Any, task: Job, work: Work) -> Outcome:
    error = future.exception()
    if error is not None:
        text = str(error) or type(error).__name__
        return work.failed(task, ChildDiedError(f"the cluster gave the image up: {text}"))
    return Outcome(**future.result())
