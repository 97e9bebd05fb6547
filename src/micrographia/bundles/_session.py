"""ONNX Runtime behind one function: which device, how many threads, errors in plain words."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Literal

from micrographia.errors import BundleError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Device", "Session", "threads_to_use"]

Device = Literal["auto", "cpu", "cuda"]

_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_VARIABLES = ("MICROGRAPHIA_THREADS", "OMP_NUM_THREADS")


def threads_to_use(threads: int | None = None) -> int:
    """How many threads a model runs on.

    Parameters
    ----------
    threads : int, optional
        Otherwise ``MICROGRAPHIA_THREADS`` or ``OMP_NUM_THREADS`` decides, or else all cores that
        this process may use.

    Examples
    --------
    >>> threads_to_use(3)
    3
    """
    if threads is not None:
        if threads < 1:
            raise SettingsError(f"threads must be at least 1, got {threads}")
        return threads
    for name in _VARIABLES:
        value = os.environ.get(name, "")
        if value.isdecimal() and int(value) > 0:
            return int(value)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Session:
    """A model ready to run.

    Parameters
    ----------
    content : bytes
        Of the ONNX file.
    source : str
        What it belongs to, for messages.
    threads : int
    device : {"auto", "cpu", "cuda"}
        "auto" takes a GPU where ONNX Runtime finds one.

    Raises
    ------
    BundleError
        If ONNX Runtime cannot open the model.
    SettingsError
        If a GPU was asked for and there is none.
    """

    def __init__(self, content: bytes, source: str, threads: int, device: Device = "auto") -> None:
        import onnxruntime as ort

        self.source = source
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        found = ort.get_available_providers()
        if device == "cuda" and _CUDA not in found:
            raise SettingsError(
                "a GPU was asked for, but ONNX Runtime finds none; install onnxruntime-gpu in "
                "place of onnxruntime, or take device 'cpu'"
            )
        # full precision, so that a GPU gives the numbers of a CPU
        cuda = [(_CUDA, {"use_tf32": "0"})] if _CUDA in found and device != "cpu" else []
        try:
            self._session = ort.InferenceSession(content, options, providers=[*cuda, _CPU])
        except Exception as error:  # ONNX Runtime's errors share no base but this
            raise BundleError(_cannot_open(source, error, ort.__version__)) from error
        self.provider: str = self._session.get_providers()[0]
        self.inputs = {node.name: tuple(node.shape) for node in self._session.get_inputs()}
        self.outputs = {node.name: tuple(node.shape) for node in self._session.get_outputs()}

    def run(
        self, values: Mapping[str, NDArray[Any]], wanted: Sequence[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Outputs for one batch.

        Parameters
        ----------
        values : mapping of str to ndarray
        wanted : sequence of str, optional
            Names of outputs; all if left out. What only the others need is not reckoned.

        Raises
        ------
        BundleError
            If the model fails on it.
        """
        import onnxruntime as ort

        names = list(self.outputs if wanted is None else wanted)
        how = ort.RunOptions()
        how.only_execute_path_to_fetches = wanted is not None
        try:
            return dict(zip(names, self._session.run(names, dict(values), how), strict=True))
        except MemoryError:
            raise
        except Exception as error:
            raise BundleError(
                f"{self.source}: the model failed on an input of shape "
                f"{', '.join(str(value.shape) for value in values.values())}: {_brief(error)}"
            ) from error

    def close(self) -> None:
        """Give its memory back."""
        with contextlib.suppress(AttributeError):
            del self._session


def _cannot_open(source: str, error: Exception, version: str) -> str:
    text = _brief(error)
    if "opset" in text.lower() or "ir_version" in text.lower() or "IR version" in text:
        return (
            f"{source}: the model is of a newer kind than ONNX Runtime {version} knows: {text}; "
            "update onnxruntime, or export the model with an older opset"
        )
    return (
        f"{source}: ONNX Runtime {version} cannot open the model: {text}; "
        "export it again, or ask whoever made the bundle"
    )


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:300]}…"
