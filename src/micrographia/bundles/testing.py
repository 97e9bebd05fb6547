"""Tiny bundles for tests, ours or a plug-in's: made without training, in milliseconds.

Needs the `onnx` package, which the extra ``[train]`` brings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from micrographia.bundles._save import save_bundle
from micrographia.bundles.card import Card, InputCard

__all__ = ["brightness_model", "save_brightness"]


def brightness_model(
    classes: int = 2,
    size: int | None = 8,
    channels: int = 1,
    *,
    opset: int = 17,
    foreign: str = "",
) -> bytes:
    """A model that tells images apart by their mean grey level, which it takes from 0 to 1.

    Parameters
    ----------
    classes : int
        How many steps of grey there are, from dark to bright.
    size : int, optional
        Rows and columns of the input [px]; any where None.
    channels : int
    opset : int
        Version of ONNX's operators.
    foreign : str
        Domain of a further operator that no runtime has; none where empty.

    Returns
    -------
    content : bytes
        An ONNX file with the outputs `logits` (n, classes) and `features` (n, 2).
    """
    from onnx import TensorProto, helper, numpy_helper

    steps = (np.arange(classes) + 0.5) / classes
    # -(x - step)² without its x², which all classes have in common
    weights = np.stack([2 * steps, np.zeros(classes)], axis=1) * 10 * classes
    bias = -(steps**2) * 10 * classes
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Sub", ["images", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "centred"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["variance"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Concat", ["mean", "variance"], ["both"], axis=1),
        helper.make_node("Flatten", ["both"], ["features"], axis=1),
        helper.make_node("Gemm", ["features", "weights", "bias"], ["logits"], transB=1),
    ]
    opsets = [helper.make_opsetid("", opset)]
    if foreign:
        nodes.append(helper.make_node("Strange", ["features"], ["odd"], domain=foreign))
        opsets.append(helper.make_opsetid(foreign, 1))
    sides: list[Any] = [size or "rows", size or "cols"]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", channels, *sides])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 2]),
        ],
        [
            numpy_helper.from_array(weights.astype(np.float32), "weights"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def save_brightness(
    folder: str | Path,
    classes: tuple[str, ...] = ("dark", "bright"),
    *,
    arrays: dict[str, Any] | None = None,
    **changes: Any,
) -> Path:
    """Write a bundle of `brightness_model`.

    Parameters
    ----------
    folder : path
        To make; a name that ends in ``.zip`` makes a zip.
    classes : tuple of str
        From dark to bright.
    arrays : dict, optional
        Stored beside the model.
    **changes : Any
        Fields of the card that are to be other than usual.

    Returns
    -------
    path : Path
    """
    usual: dict[str, Any] = {
        "name": "brightness",
        "summary": "Tells images apart by their mean grey level.",
        "task": "image-classification",
        "classes": classes,
        "input": InputCard(rows=8, cols=8),
        "licence": "CC0-1.0",
    }
    card = Card(**{**usual, **changes})
    size, channels = card.input.rows, card.input.channels
    side = size or 8
    test_input = np.linspace(0, 1, 2 * channels * side * side, dtype=np.float32)
    return save_bundle(
        folder,
        card,
        brightness_model(len(classes), size, channels),
        arrays,
        selftest_input=test_input.reshape(2, channels, side, side),
    )
