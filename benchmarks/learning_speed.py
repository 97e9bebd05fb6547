"""Time a bundle against the same network in torch: one image at a time, the same threads.

    python benchmarks/learning_speed.py [--threads 2] [--repeats 30]

Networks with random weights (speed does not depend on them), exported as `train` exports them.
Printed per network: milliseconds an image in torch (inference_mode, eager) and in ONNX Runtime, the
medians of interleaved repeats, and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
import torch

from micrographia.bundles._session import Session
from micrographia.learning._export import to_onnx
from micrographia.learning._networks import stack
from micrographia.learning.backbones import backbone_network


def networks() -> dict[str, tuple[Any, tuple[int, int]]]:
    made: dict[str, tuple[Any, tuple[int, int]]] = {
        "small": (stack("small", 1, 64, 64, 5), (64, 64)),
        "ngo2024-polyhedra": (stack("ngo2024-polyhedra", 1, 128, 128, 8), (128, 128)),
    }
    for name in ("resnet10t", "resnet101"):
        shape = (128, 128)
        network = backbone_network(name, "random", channels=1, classes=5, shape=shape)
        made[name] = (network, shape)
    return made


def milliseconds(run: Any) -> float:
    start = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name, (network, shape) in networks().items():
        network.eval()
        images = np.random.default_rng(0).random((2, 1, *shape), np.float32)
        session = Session(to_onnx(network, images), name, options.threads, "cpu")
        one = images[:1]
        tensor = torch.from_numpy(one)

        def in_torch(network: Any = network, tensor: Any = tensor) -> None:
            with torch.inference_mode():
                network.outputs(tensor)

        def in_onnx(session: Any = session, one: Any = one) -> None:
            session.run({"images": one})

        for warm in (in_torch, in_onnx):
            warm()
        pairs = [(milliseconds(in_torch), milliseconds(in_onnx)) for _ in range(options.repeats)]
        torch_ms, onnx_ms = (statistics.median(part) for part in zip(*pairs, strict=True))
        print(
            f"{name} {shape[0]} px: torch {torch_ms:.2f} ms, bundle {onnx_ms:.2f} ms, "
            f"{torch_ms / onnx_ms:.1f} times as fast",
            flush=True,
        )


if __name__ == "__main__":
    main()
