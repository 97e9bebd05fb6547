"""ONNX graphs without the traces that the exporter leaves in them."""

from __future__ import annotations

from typing import Any

__all__ = ["without_traces"]


def without_traces(model: Any) -> Any:
    """Take out where in which file each node came from.

    The exporter notes the stack, with the folders of the machine, at every node and value.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.

    Returns
    -------
    model : onnx.ModelProto
        The same.
    """
    graph = model.graph
    for part in (
        model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output,
        *graph.initializer,
    ):  # fmt: skip
        del part.metadata_props[:]
        part.doc_string = ""
    return model
