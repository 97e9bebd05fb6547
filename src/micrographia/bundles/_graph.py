"""What an ONNX file asks for, told from its bytes before any runtime opens it.

ONNX is a Protocol Buffers message. This reads as much of the wire format as is needed to find
references to other files and operators that are not ONNX's own; field numbers are those of
onnx.proto3 (onnx 1.18).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from micrographia.errors import BundleError

__all__ = ["Graph", "check_graph", "read_graph"]

_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}
_DEEPEST = 64
# message → field → what it holds: a message of that name, or "text", "number"
_FIELDS: dict[str, dict[int, tuple[str, str]]] = {
    "model": {7: ("graph", "graph"), 8: ("opset", "opset"), 25: ("function", "function")},
    "opset": {1: ("domain", "text"), 2: ("version", "number")},
    "function": {7: ("node", "node"), 9: ("opset", "opset"), 10: ("domain", "text")},
    "graph": {1: ("node", "node"), 5: ("tensor", "tensor"), 15: ("sparse", "sparse")},
    "node": {4: ("operator", "text"), 5: ("attribute", "attribute"), 7: ("domain", "text")},
    "attribute": {
        5: ("tensor", "tensor"), 6: ("graph", "graph"), 10: ("tensor", "tensor"),
        11: ("graph", "graph"), 22: ("sparse", "sparse"), 23: ("sparse", "sparse"),
    },
    "sparse": {1: ("tensor", "tensor"), 2: ("tensor", "tensor")},
    "tensor": {13: ("external", "entry"), 14: ("location", "number")},
    "entry": {1: ("key", "text"), 2: ("value", "text")},
}  # fmt: skip


@dataclasses.dataclass
class Graph:
    """What was found.

    Parameters
    ----------
    opset : int
        Version of ONNX's own operators.
    foreign : set of str
        Operators that are not ONNX's, as ``domain.name``.
    external : set of str
        Files that weights are said to lie in.
    """

    opset: int = 0
    foreign: set[str] = dataclasses.field(default_factory=set)
    external: set[str] = dataclasses.field(default_factory=set)


def check_graph(content: bytes, source: str) -> Graph:
    """Refuse a model that reaches out of its file, or that asks for operators that nobody has.

    Parameters
    ----------
    content : bytes
        Of the ONNX file.
    source : str
        What it belongs to, for the message.

    Returns
    -------
    graph : Graph

    Raises
    ------
    BundleError
        If the file is no ONNX model, keeps weights in other files, or uses custom operators.
    """
    try:
        graph = read_graph(content)
    except (ValueError, IndexError) as error:
        raise BundleError(f"{source}: no ONNX model could be read: {error}") from error
    if graph.opset == 0:
        raise BundleError(f"{source}: no ONNX model: it names no version of the operators")
    if graph.external:
        raise BundleError(
            f"{source}: weights are kept in other files ({', '.join(sorted(graph.external)[:3])}); "
            "wanted a model in one file: export it without external data"
        )
    if graph.foreign:
        raise BundleError(
            f"{source}: operators that are not ONNX's own: {', '.join(sorted(graph.foreign)[:5])}; "
            "export the model with standard operators"
        )
    return graph


def read_graph(content: bytes) -> Graph:
    """Walk through an ONNX model.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    graph : Graph

    Raises
    ------
    ValueError
        If it is not in the wire format.
    """
    graph = Graph()
    _walk(memoryview(content), "model", graph, 0)
    return graph


def _walk(view: memoryview, kind: str, graph: Graph, depth: int) -> dict[str, str | int]:
    if depth > _DEEPEST:
        raise ValueError("graphs nested too deep")
    known = _FIELDS[kind]
    plain: dict[str, str | int] = {}
    for number, value in _fields(view):
        if number not in known:
            continue
        name, inner = known[number]
        if inner == "number":
            plain[name] = value if isinstance(value, int) else 0
        elif not isinstance(value, memoryview):
            raise ValueError(f"{kind}.{name} is no message")
        elif inner == "text":
            plain[name] = bytes(value).decode("utf-8", "replace")
        else:
            _note(inner, _walk(value, inner, graph, depth + 1), graph)
    return plain


def _note(kind: str, plain: dict[str, str | int], graph: Graph) -> None:
    if kind == "opset" and plain.get("domain", "") in ("", "ai.onnx"):
        graph.opset = max(graph.opset, int(plain.get("version", 0)))
    elif kind == "node" and plain.get("domain", "") not in _DOMAINS:
        graph.foreign.add(f"{plain['domain']}.{plain.get('operator', '?')}")
    elif kind == "entry" and plain.get("key") == "location":
        graph.external.add(str(plain.get("value", "")))
    elif kind == "tensor" and plain.get("location") == 1:
        graph.external.add("?") if not graph.external else None


def _fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and content of each field of a message."""
    at, end = 0, len(view)
    while at < end:
        tag, at = _varint(view, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise ValueError("a field without a number")
        if wire == 0:
            value, at = _varint(view, at)
            yield number, value
            continue
        if wire == 2:
            length, at = _varint(view, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire} is not one of ONNX")
        if at + length > end:
            raise ValueError("the file ends too early")
        yield number, view[at : at + length]
        at += length


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number without an end")
