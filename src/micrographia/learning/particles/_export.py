"""From trained weights to a bundle."""

from __future__ import annotations

import io
import platform
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from micrographia.bundles import Metric
    from micrographia.learning.particles._network import Network
    from micrographia.learning.particles._train import TrainSettings
    from micrographia.learning.particles._whole_head import Together

__all__ = ["export", "to_onnx"]

VERSION = "3.0"


_ANSWERS = ("foreground", "distance", "contact", "depth", "over", "centre", "rays")


def to_onnx(network: Network | Together) -> bytes:
    """The network as an ONNX graph with weights of half the precision.

    The input `images` is (n, 1, rows, cols) with rows and cols multiples of 32; a second one,
    `levels` (2,), may be left out: then each image's own mean and deviation are taken out.
    """
    import onnx
    import torch

    from micrographia.learning._traces import without_traces
    from micrographia.learning.particles._whole_head import Together

    network = network.eval().to(memory_format=torch.contiguous_format)
    edge = 2 * network.multiple_of
    sides = {0: torch.export.Dim("n", max=256)}
    sides |= {
        axis: network.multiple_of * torch.export.Dim(name, min=1, max=512)
        for axis, name in ((2, "rows"), (3, "cols"))
    }
    program = torch.onnx.export(
        network,
        (torch.rand(2, 1, edge, edge + network.multiple_of), torch.zeros(2)),
        input_names=["images", "levels"],
        output_names=list(_ANSWERS if isinstance(network, Together) else _ANSWERS[:3]),
        dynamic_shapes={"images": sides, "levels": None},
        opset_version=18,
        dynamo=True,
        optimize=True,
        verbose=False,
    )
    buffer = io.BytesIO()
    program.save(buffer)
    model = without_traces(onnx.load_from_string(buffer.getvalue()))
    _halve(model)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(2, np.float32), "levels"))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _halve(model: Any) -> None:
    """Keep large weights as float16, with a cast that ONNX Runtime carries out when it loads."""
    import onnx

    casts = []
    for weight in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < 256:
            continue
        small = f"{weight.name}_half"
        model.graph.initializer.remove(weight)
        model.graph.initializer.append(
            onnx.numpy_helper.from_array(values.astype(np.float16), small)
        )
        casts.append(
            onnx.helper.make_node("Cast", [small], [weight.name], to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def export(
    network: Network | Together,
    folder: Path,
    settings: TrainSettings,
    metrics: Sequence[Metric] = (),
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write the bundle.

    Parameters
    ----------
    network : Network or Together
    folder : Path
    settings : TrainSettings
        The recipe, kept in the card.
    metrics : sequence of Metric
        Measured on images that the training never saw.
    provenance : mapping, optional
        More to be kept in the card.

    Returns
    -------
    folder : Path
    """
    import torch

    from micrographia import __version__
    from micrographia.bundles import Card, InputCard, save_bundle

    card = Card(
        name="particles",
        version=VERSION,
        summary="Finds particles, separates those that touch and tells the whole outlines of those "
        "that lie over each other, in TEM, STEM and SEM images; trained on simulated micrographs "
        "alone.",
        task="particle-segmentation",
        classes=("particle",),
        input=InputCard(multiple_of=network.multiple_of, resize="none", polarity="any"),
        metrics=tuple(metrics),
        provenance={
            "recipe": "micrographia.learning.particles",
            "settings": settings.model_dump(mode="json"),
            "images": "simulated by the family `micrographs` alone",
            "versions": {
                "micrographia": __version__, "torch": torch.__version__, "numpy": np.__version__,
                "python": platform.python_version(),
            },
            **(provenance or {}),
        },
        licence="CC0-1.0",
    )  # fmt: skip
    random = np.random.default_rng(0)
    rows, cols = np.mgrid[:96, :128]
    test = 100 + 80.0 * (np.hypot(rows - 48, cols - 64) < 20) + random.normal(0, 8, rows.shape)
    return save_bundle(
        folder, card, to_onnx(network), selftest_input=test[None, None].astype(np.float32)
    )
