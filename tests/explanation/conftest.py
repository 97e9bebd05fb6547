"""A network that sees one bright spot, as a torch module and as a bundle."""

import numpy as np
import pytest

SIZE = 16


@pytest.fixture
def spots():
    """Images of a bright spot in one corner, and where it is: class 0 upper left, 1 lower right."""
    rng = np.random.default_rng(0)
    images = rng.normal(100, 1, (4, 1, SIZE, SIZE)).astype(np.float32)
    places = [(3, 3), (12, 12), (4, 3), (11, 12)]
    for image, (row, col) in zip(images, places, strict=True):
        image[0, row - 1 : row + 2, col - 1 : col + 2] += 50
    return images, places


def spot_weights():
    """Weights of a 3 x 3 mean and of two maps that look at the upper and the lower half."""
    rng = np.random.default_rng(1)
    first = rng.normal(0, 0.02, (4, 1, 3, 3)).astype(np.float32)
    first[0] = 1 / 9
    head = rng.normal(0, 0.05, (2, 4)).astype(np.float32)
    head[:, 0] = [1, 2]
    return first, head


@pytest.fixture
def spot_bundle(tmp_path):
    """A bundle: normalised image, convolution, ReLU, mean, linear layer; with its maps."""
    pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    from micrographia.bundles import Card, InputCard, save_bundle

    first, head = spot_weights()
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Sub", ["images", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "centred"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["variance"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Sqrt", ["variance"], ["deviation"]),
        helper.make_node("Add", ["deviation", "little"], ["spread"]),
        helper.make_node("Div", ["centred", "spread"], ["unit"]),
        helper.make_node("Conv", ["unit", "first"], ["conv"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("MaxPool", ["relu"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["pooled"], ["means"]),
        helper.make_node("Flatten", ["means"], ["features"], axis=1),
        helper.make_node("Gemm", ["features", "head", "bias"], ["logits"], transB=1),
        helper.make_node("Conv", ["pooled", "head4", "bias"], ["maps"]),
    ]
    values = {
        "first": first, "head": head, "head4": head[:, :, None, None],
        "bias": np.array([0.1, -0.2], np.float32), "little": np.array(1e-3, np.float32),
    }  # fmt: skip

    def info(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])

    graph = helper.make_graph(
        nodes, "spots", [info("images", 1, SIZE, SIZE)],
        [info("logits", 2), info("features", 4), info("maps", 2, SIZE // 2, SIZE // 2)],
        [numpy_helper.from_array(v, k) for k, v in values.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    card = Card(
        name="spots", version="1.0.0", summary="Spots.", task="image-classification",
        classes=("upper", "lower"), input=InputCard(rows=SIZE, cols=SIZE), licence="CC0-1.0",
    )  # fmt: skip
    example = np.random.default_rng(0).normal(size=(1, 1, SIZE, SIZE)).astype(np.float32)
    return save_bundle(tmp_path / "spots", card, model.SerializeToString(), selftest_input=example)
