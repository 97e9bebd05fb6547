"""The program of a child process: calls one function for every line of JSON that it gets.

Run as ``python -m micrographia.batch._worker package.module:function threads``.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Answer until the input ends.

    Parameters
    ----------
    arguments : list of str
        The function's full name and the number of threads.
    """
    target, threads = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not be taken for an answer
    limit_threads(int(threads))
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    for line in sys.stdin.buffer:
        answers.write(json.dumps(function(json.loads(line))).encode() + b"\n")
        answers.flush()
    return 0


def limit_threads(count: int) -> None:
    """Keep OpenCV from using more threads than its share; the numbers stay the same."""
    with contextlib.suppress(ImportError):
        import cv2

        cv2.setNumThreads(count)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
