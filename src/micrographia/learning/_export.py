"""A trained network as ONNX in a bundle, normalisation inside, equal to torch."""

from __future__ import annotations

import io
import platform
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from micrographia import __version__
from micrographia.bundles import save_bundle
from micrographia.bundles.card import Card, InputCard
from micrographia.errors import InputError
from micrographia.learning._quiet import quiet_loggers
from micrographia.learning._traces import without_traces

if TYPE_CHECKING:
    from micrographia.learning.methods._base import ImageClassifier

__all__ = ["LARGEST_DIFFERENCE", "to_onnx", "write_bundle"]

LARGEST_DIFFERENCE = 1e-4
"""Of torch and ONNX Runtime, relative to the largest output above 1."""

_OPSET = 18
_NAMES = ("logits", "features", "maps")


class _Exported(torch.nn.Module):
    """The outputs of a network as a tuple."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Any) -> Any:
        return self.network.outputs(images)


def to_onnx(network: Any, example: NDArray[np.float32]) -> bytes:
    """Write a network as ONNX with a free number of images.

    Parameters
    ----------
    network : torch.nn.Module
        With `outputs(images)`: logits, features and perhaps maps.
    example : ndarray of shape (n, channels, rows, cols) or (n, d), float32
        At least two.

    Returns
    -------
    content : bytes
    """
    # with channels last, views of what is pooled would become strange operators in the graph
    network = network.eval().cpu().to(memory_format=torch.contiguous_format)
    images = torch.from_numpy(np.ascontiguousarray(example, np.float32))
    with torch.no_grad():
        count = len(network.outputs(images))
    made = io.BytesIO()
    with quiet_loggers("torch.onnx"), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _Exported(network).eval(),
            (images,),
            input_names=["images"],
            output_names=list(_NAMES[:count]),
            opset_version=_OPSET,
            dynamic_shapes=({0: torch.export.Dim("n", min=1, max=2**16)},),
            dynamo=True,
            verbose=False,
        )
        made.write(without_traces(program.model_proto).SerializeToString())
    return made.getvalue()


def write_bundle(
    method: ImageClassifier,
    folder: Path,
    card: dict[str, Any],
    pixel_size_nm: tuple[float, float] | None,
) -> Path:
    """Write a fitted method as a bundle, after comparing it with torch.

    Parameters
    ----------
    method : ImageClassifier
    folder : Path
    card : dict
        Fields of the card that are given.
    pixel_size_nm : tuple of float, optional [nm]

    Returns
    -------
    path : Path

    Raises
    ------
    InputError
        If ONNX Runtime and torch do not agree.
    """
    network = method.exportable()
    given = dict(card)
    image_input = {
        **method.input_card(),
        "pixel_size_nm": pixel_size_nm,
        **dict(given.pop("input", {})),
    }
    example = method.example()
    content = to_onnx(network, example)
    _compare(network, content, example)
    found = method.calibration_
    whole = Card(
        **{
            "task": "image-classification",
            "multi_label": method.multi_label_,
            "input": InputCard(**image_input),
            "temperature": found.temperature,
            "unknown_threshold": found.threshold,
            "ood": found.ood,
            "licence": "",
            **given,
            "provenance": {
                "method": type(method).__name__,
                "seed": method.seed,
                "calibrated_on": found.held,
                "versions": _versions(),
                **dict(given.get("provenance", {})),
            },
        }
    )
    return save_bundle(folder, whole, content, found.arrays or None, selftest_input=example[:1])


def _compare(network: Any, content: bytes, example: NDArray[np.float32]) -> None:
    """Refuse an ONNX file that answers otherwise than torch."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    answers = session.run(None, {"images": example})
    with torch.inference_mode():
        wanted = [part.numpy() for part in network.eval().outputs(torch.from_numpy(example))]
    for name, given, right in zip(_NAMES, answers, wanted, strict=False):
        away = float(np.abs(given - right).max() / max(1.0, float(np.abs(right).max())))
        if not away <= LARGEST_DIFFERENCE:
            raise InputError(
                f"the model's {name} differ by {away:.2g} between torch and ONNX Runtime; wanted "
                f"at most {LARGEST_DIFFERENCE:g}; this network cannot be exported faithfully"
            )


def _versions() -> dict[str, str]:
    import lightning
    import timm

    return {
        "micrographia": __version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "timm": timm.__version__,
        "lightning": lightning.__version__,
    }
