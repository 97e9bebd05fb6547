"""A bundle's ONNX graph as a torch module, so that gradients of a shipped model can be had.

Only what networks of `micrographia.learning` are made of is known; anything else is refused by
name. Weights keep their names; every node is a module of its own, so that hooks reach it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from micrographia.errors import InputError

__all__ = ["OnnxConv", "OnnxNetwork"]


class OnnxNetwork(nn.Module):
    """An ONNX model as a module that gives one of its outputs.

    Parameters
    ----------
    model : bytes or path
    output : str
        Name of the output, such as ``"logits"``.

    Raises
    ------
    InputError
        If the file cannot be read, or holds an operator that is not known.
    """

    def __init__(self, model: bytes | str | Path, output: str = "logits") -> None:
        import onnx
        from onnx import numpy_helper

        super().__init__()
        try:
            graph = (
                onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(str(model))
            ).graph
        except Exception as error:
            raise InputError(f"the ONNX model could not be read: {error}") from error
        self._names: dict[str, str] = {}
        for value in graph.initializer:
            self._store(value.name, np.array(numpy_helper.to_array(value)))
        weights = {value.name for value in graph.initializer}
        self.input = next(value.name for value in graph.input if value.name not in weights)
        if output not in {value.name for value in graph.output}:
            raise InputError(f"the model has no output {output!r}")
        self.output = output
        self.nodes = nn.ModuleList()
        self._wiring: list[tuple[list[str], list[str]]] = []
        for node in _needed(graph, output):
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                self._store(node.output[0], np.array(numpy_helper.to_array(attributes["value"])))
                continue
            self.nodes.append(_module(node.op_type, attributes))
            self._wiring.append((list(node.input), list(node.output)))

    def _store(self, name: str, array: np.ndarray[Any, Any]) -> None:
        """Weights that can be learned are parameters, everything else a buffer."""
        own = "w_" + re.sub(r"\W", "_", name)
        while own in self._names.values():
            own += "_"
        self._names[name] = own
        tensor = torch.from_numpy(np.array(array))
        if tensor.is_floating_point() and tensor.ndim >= 1 and tensor.numel() > 1:
            self.register_parameter(own, nn.Parameter(tensor))
        else:
            self.register_buffer(own, tensor)

    def learned_layers(self) -> list[tuple[str, Callable[[], None]]]:
        """Convolutions and linear layers in order, each with a function that makes it random."""
        found = []
        for module, (inputs, _) in zip(self.nodes, self._wiring, strict=True):
            if module.name in ("Conv", "Gemm", "MatMul"):
                own = [self._names[name] for name in inputs if name in self._names]
                weights = [getattr(self, name) for name in own]
                if weights and weights[0].ndim >= 2:
                    transposed = module.name == "MatMul" or (
                        module.name == "Gemm" and not module.attributes.get("transB", 0)
                    )
                    found.append(
                        (own[0].removeprefix("w_"), _randomiser(weights, transposed=transposed))
                    )
        return found

    def weights_of(self, module: nn.Module) -> str | None:
        """Name of the weights of a convolution or linear layer; None where it has none."""
        for node, (inputs, _) in zip(self.nodes, self._wiring, strict=True):
            if node is module and node.name in ("Conv", "Gemm", "MatMul"):
                return next((name for name in inputs if name in self._names), None)
        return None

    def forward(self, images: Any) -> Any:
        """The output for images of shape (n, channels, rows, cols)."""
        values: dict[str, Any] = {name: getattr(self, own) for name, own in self._names.items()}
        values[self.input] = images
        for module, (inputs, outputs) in zip(self.nodes, self._wiring, strict=True):
            found = module(*[values[name] if name else None for name in inputs])
            values[outputs[0]] = found
        return values[self.output]


def _randomiser(weights: list[Any], *, transposed: bool) -> Callable[[], None]:
    """Gives weights that keep the size of what passes through (He et al., ICCV 2015); no bias."""

    def run() -> None:
        with torch.no_grad():
            first = weights[0]
            inputs = first.shape[-2] if transposed else first[0].numel()
            first.normal_(0, (2 / inputs) ** 0.5)
            for other in weights[1:]:
                other.zero_()

    return run


def _needed(graph: Any, output: str) -> list[Any]:
    """The nodes that an output hangs on, in the order of the graph."""
    wanted, kept = {output}, []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    return kept[::-1]


class _Node(nn.Module):
    """An operator with its attributes."""

    def __init__(self, name: str, attributes: dict[str, Any]) -> None:
        super().__init__()
        self.name, self.attributes = name, attributes

    def forward(self, *inputs: Any) -> Any:
        return _OPERATORS[self.name](self.attributes, *inputs)

    def extra_repr(self) -> str:
        return self.name


class OnnxConv(_Node):
    """A convolution, known by its type so that it can be found."""


def _module(name: str, attributes: dict[str, Any]) -> _Node:
    if name == "Conv":
        return OnnxConv(name, attributes)
    if name not in _OPERATORS:
        raise InputError(
            f"the operator {name!r} of this ONNX model cannot be differentiated here; "
            "take the method 'occlusion', or explain the torch network itself"
        )
    return _Node(name, attributes)


def _pads(attributes: dict[str, Any], x: Any, kernel: Any, value: float) -> Any:
    """Pad rows and columns as the attributes say."""
    mode = attributes.get("auto_pad", b"NOTSET")
    mode = mode.decode() if isinstance(mode, bytes) else mode
    pads = list(attributes.get("pads", [0, 0, 0, 0]))
    if mode.startswith("SAME"):
        strides = attributes.get("strides", [1, 1])
        pads = [0, 0, 0, 0]
        for axis in range(2):
            length = x.shape[2 + axis]
            spare = max(
                (-(-length // strides[axis]) - 1) * strides[axis] + kernel[axis] - length, 0
            )
            small, large = spare // 2, spare - spare // 2
            first, second = (large, small) if mode == "SAME_LOWER" else (small, large)
            pads[axis], pads[axis + 2] = first, second
    if not any(pads):
        return x
    return functional.pad(x, (pads[1], pads[3], pads[0], pads[2]), value=value)


def _conv(a: dict[str, Any], x: Any, weight: Any, bias: Any = None) -> Any:
    dilations = a.get("dilations", [1, 1])
    kernel = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilations, strict=True)]
    x = _pads(a, x, kernel, 0.0)
    return functional.conv2d(
        x, weight, bias, tuple(a.get("strides", [1, 1])), 0, tuple(dilations), a.get("group", 1)
    )


def _pool(a: dict[str, Any], x: Any, *, largest: bool) -> Any:
    kernel, strides = list(a["kernel_shape"]), list(a.get("strides", [1, 1]))
    ceil = bool(a.get("ceil_mode", 0))
    if largest:
        x = _pads(a, x, kernel, float("-inf"))
        dilations = tuple(a.get("dilations", [1, 1]))
        return functional.max_pool2d(x, kernel, strides, 0, dilations, ceil)
    pads = list(a.get("pads", [0, 0, 0, 0]))
    counted = bool(a.get("count_include_pad", 0))
    if pads[:2] == pads[2:]:
        return functional.avg_pool2d(x, kernel, strides, pads[:2], ceil, counted)
    inside = torch.ones_like(x[:1, :1])
    filled, known = _pads(a, x, kernel, 0.0), _pads(a, inside, kernel, 1.0 if counted else 0.0)
    mean = functional.avg_pool2d(filled, kernel, strides, 0, ceil)
    return mean / functional.avg_pool2d(known, kernel, strides, 0, ceil)


def _gemm(a: dict[str, Any], x: Any, weight: Any, bias: Any = None) -> Any:
    x = x.T if a.get("transA", 0) else x
    weight = weight.T if a.get("transB", 0) else weight
    found = a.get("alpha", 1.0) * (x @ weight)
    return found if bias is None else found + a.get("beta", 1.0) * bias


def _axes(a: dict[str, Any], x: Any, given: Any) -> list[int]:
    axes = a.get("axes") if given is None else [int(i) for i in given]
    return list(axes) if axes else list(range(x.ndim))


def _reduce(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(a: dict[str, Any], x: Any, axes: Any = None) -> Any:
        return function(x, dim=_axes(a, x, axes), keepdim=bool(a.get("keepdims", 1)))

    return run


def _batch_norm(a: dict[str, Any], x: Any, scale: Any, shift: Any, mean: Any, var: Any) -> Any:
    return functional.batch_norm(x, mean, var, scale, shift, False, 0.0, a.get("epsilon", 1e-5))


def _layer_norm(a: dict[str, Any], x: Any, scale: Any, shift: Any = None) -> Any:
    shape = x.shape[a.get("axis", -1) :]
    return functional.layer_norm(x, shape, scale, shift, a.get("epsilon", 1e-5))


def _reshape(a: dict[str, Any], x: Any, shape: Any) -> Any:
    sizes = [int(s) for s in shape]
    return x.reshape([x.shape[i] if s == 0 else s for i, s in enumerate(sizes)])


def _shape(a: dict[str, Any], x: Any) -> Any:
    return torch.tensor(x.shape[a.get("start", 0) : a.get("end", x.ndim)])


def _expand(a: dict[str, Any], x: Any, shape: Any) -> Any:
    return x.expand(torch.broadcast_shapes(x.shape, tuple(int(s) for s in shape)))


def _clip(a: dict[str, Any], x: Any, low: Any = None, high: Any = None) -> Any:
    return torch.clamp(x, low if low is None else float(low), high if high is None else float(high))


def _unsqueeze(a: dict[str, Any], x: Any, axes: Any = None) -> Any:
    for axis in sorted(_axes(a, x, axes)):
        x = x.unsqueeze(axis)
    return x


def _squeeze(a: dict[str, Any], x: Any, axes: Any = None) -> Any:
    for axis in sorted(_axes(a, x, axes), reverse=True):
        x = x.squeeze(axis)
    return x


def _slice(
    a: dict[str, Any], x: Any, starts: Any, ends: Any, axes: Any = None, steps: Any = None
) -> Any:
    which = range(len(starts)) if axes is None else [int(i) for i in axes]
    for number, axis in enumerate(which):
        step = 1 if steps is None else int(steps[number])
        if step < 1:
            raise InputError("a slice with a negative step cannot be differentiated here")
        part = [slice(None)] * x.ndim
        part[axis] = slice(int(starts[number]), min(int(ends[number]), 2**31), step)
        x = x[tuple(part)]
    return x


def _gather(a: dict[str, Any], x: Any, indices: Any) -> Any:
    axis = a.get("axis", 0)
    picked = x.index_select(axis, indices.reshape(-1).long())
    return picked.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis:][1:])


def _cast(a: dict[str, Any], x: Any) -> Any:
    from onnx import helper

    kind = helper.tensor_dtype_to_np_dtype(a["to"])
    return x.to(torch.from_numpy(np.zeros(1, kind)).dtype)


_OPERATORS: dict[str, Callable[..., Any]] = {
    "Add": lambda a, x, y: x + y,
    "AveragePool": lambda a, x: _pool(a, x, largest=False),
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda a, *x: torch.cat(x, a["axis"]),
    "Conv": _conv,
    "Div": lambda a, x, y: x / y,
    "Dropout": lambda a, x, *_: x,
    "Equal": lambda a, x, y: x == y,
    "Erf": lambda a, x: torch.erf(x),
    "Exp": lambda a, x: torch.exp(x),
    "Expand": _expand,
    "Flatten": lambda a, x: x.flatten(a.get("axis", 1)),
    "Gather": _gather,
    "Gelu": lambda a, x: functional.gelu(
        x, approximate="tanh" if a.get("approximate") == b"tanh" else "none"
    ),
    "Gemm": _gemm,
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True),
    "Greater": lambda a, x, y: x > y,
    "HardSigmoid": lambda a, x: torch.clamp(a.get("alpha", 0.2) * x + a.get("beta", 0.5), 0, 1),
    "HardSwish": lambda a, x: functional.hardswish(x),
    "Identity": lambda a, x: x,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": lambda a, x: functional.leaky_relu(x, a.get("alpha", 0.01)),
    "Less": lambda a, x, y: x < y,
    "Log": lambda a, x: torch.log(x),
    "MatMul": lambda a, x, y: x @ y,
    "Max": lambda a, x, y: torch.maximum(x, y),
    "MaxPool": lambda a, x: _pool(a, x, largest=True),
    "Min": lambda a, x, y: torch.minimum(x, y),
    "Mul": lambda a, x, y: x * y,
    "Neg": lambda a, x: -x,
    "Pow": lambda a, x, y: x**y,
    "Reciprocal": lambda a, x: 1 / x,
    "ReduceMax": _reduce(torch.amax),
    "ReduceMean": _reduce(torch.mean),
    "ReduceMin": _reduce(torch.amin),
    "ReduceSum": _reduce(torch.sum),
    "Relu": lambda a, x: torch.relu(x),
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": lambda a, x: torch.sigmoid(x),
    "Slice": _slice,
    "Softmax": lambda a, x: torch.softmax(x, a.get("axis", -1)),
    "Sqrt": lambda a, x: torch.sqrt(x),
    "Squeeze": _squeeze,
    "Sub": lambda a, x, y: x - y,
    "Tanh": lambda a, x: torch.tanh(x),
    "Transpose": lambda a, x: x.permute(*a.get("perm", range(x.ndim)[::-1])),
    "Unsqueeze": _unsqueeze,
    "Where": lambda a, c, x, y: torch.where(c, x, y),
}
