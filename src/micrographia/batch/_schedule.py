"""Who does the work: this process, child processes, or a cluster; outcomes come as they finish."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from typing import TYPE_CHECKING, Any

from micrographia.batch._children import ChildDiedError, Children
from micrographia.batch._image import analyze_image, record_failure
from micrographia.batch._outcome import Outcome
from micrographia.errors import MissingDependencyError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from micrographia.batch._task import Task

__all__ = ["outcomes"]

_Item = Outcome | BaseException | None
_FUNCTION = "micrographia.batch._image:analyze_image"


def outcomes(
    tasks: Sequence[Task], workers: int = 1, scheduler: str | None = None
) -> Generator[Outcome]:
    """Do the tasks and give each outcome as soon as it is there, in any order.

    Parameters
    ----------
    tasks : sequence of Task
    workers : int
        1 works in this process; more start as many child processes.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers see the same files under the same paths.

    Raises
    ------
    MissingDependencyError
        If a scheduler is named and `distributed` is not installed.
    SettingsError
        If no scheduler answers at the address.
    """
    if scheduler is not None:
        return _on_cluster(tasks, scheduler)
    if workers == 1 or len(tasks) < 2:
        return _here(tasks)
    return _in_children(tasks, min(workers, len(tasks)))


def _here(tasks: Sequence[Task]) -> Generator[Outcome]:
    for task in tasks:
        yield Outcome(**analyze_image(task.to_dict()))


def _in_children(tasks: Sequence[Task], workers: int) -> Generator[Outcome]:
    """Dask's threads each watch over a child process that does the work."""
    finished: queue.SimpleQueue[_Item] = queue.SimpleQueue()
    threads = max(1, (os.cpu_count() or 1) // workers)
    with Children(_FUNCTION, workers, threads) as children:
        stop = threading.Event()

        def watch(task: Task) -> None:
            if stop.is_set():
                return
            try:
                finished.put(Outcome(**children.call(task.to_dict())))
            except ChildDiedError as error:
                if not stop.is_set():  # else it was ended on purpose and is no failure
                    finished.put(record_failure(task, error))

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


def _on_cluster(tasks: Sequence[Task], address: str) -> Generator[Outcome]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise MissingDependencyError(
            "a cluster's scheduler needs Dask distributed: pip install 'micrographia[cluster]'"
        ) from error
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SettingsError(
            f"no Dask scheduler answers at {address!r} ({error}); "
            "wanted an address such as tcp://host:8786"
        ) from error
    with client:
        by_key: dict[str, Task] = {}
        futures = []
        for task in tasks:
            future = client.submit(analyze_image, task.to_dict(), pure=False)
            by_key[future.key] = task
            futures.append(future)
        for future in as_completed(futures, loop=client.loop):
            yield _collected(future, by_key[future.key])


def _collected(future: Any, task: Task) -> Outcome:
    error = future.exception()
    if error is not None:
        text = str(error) or type(error).__name__
        return record_failure(task, ChildDiedError(f"the cluster gave the image up: {text}"))
    return Outcome(**future.result())
