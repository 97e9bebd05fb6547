"""Bundles against the same networks in torch, at batch 1 and with the same number of threads.

    python benchmarks/bundles.py [--threads 2] [--runs 5] [--networks small vgg16 ...] [--cpu]

Each network gets random weights, which take the same time as trained ones, and is exported as a
bundle by the code that exports trained networks. torch runs it under `inference_mode`; the bundle
by `Bundle.run`. Both are warmed up, then timed in turns, so that what else the computer does hits
both alike; a run is the mean of as many calls as fill a quarter of a second, and medians over the
runs are given. `--cpu` takes the processor's time instead of the clock's, which other programs
disturb less. `particles`, `outline` and `polyhedron` are the shipped bundles against their
networks; `resnet10t` is that of our backbone. Last, 1,000 particles in an image of 2048 x 2048
pixels are named by a network of the kind `small` (left out with `--no-naming`).
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from micrographia.bundles import Card, InputCard, load_bundle, save_bundle

SHIPPED = ("particles", "outline", "polyhedron")
DEFAULT = (*SHIPPED, "resnet10t", "small", "vgg16", "resnet101", "densenet121", "inception_v3")
SECONDS = 0.25


def pair(name, folder, threads):
    """A torch network, the bundle of it, and an input."""
    import torch

    torch.set_num_threads(threads)
    if name == "particles":
        from micrographia.learning.particles._network import Network

        images = np.random.default_rng(0).random((1, 1, 512, 512), np.float32)
        bundle = load_bundle("particles", threads=threads, device="cpu")
        widths = tuple(bundle.card.provenance.get("settings", {}).get("widths", ()))
        network = (Network(widths) if widths else Network()).eval()
        levels = torch.zeros(2)
        return (lambda tensor: network(tensor, levels)), bundle, images
    from micrographia.learning._export import to_onnx
    from micrographia.learning._networks import stack, stack_names
    from micrographia.learning.backbones import backbone_network

    if name in SHIPPED:
        bundle = load_bundle(name, threads=threads, device="cpu")
        card = bundle.card
        side = card.input.rows
        kind = card.provenance["settings"]["stack"]
        network = stack(kind, card.input.channels, side, side, len(card.classes)).eval()
        images = np.random.default_rng(0).random((1, card.input.channels, side, side), np.float32)
        return network.outputs, bundle, images
    if name in stack_names():
        side, channels = 64, 1
        network = stack(name, channels, side, side, 10)
    else:
        side, channels = (299 if name.startswith("inception") else 224), 3
        network = backbone_network(
            name, "random", channels=channels, classes=10, shape=(side, side)
        )
    network = network.eval()
    images = np.random.default_rng(0).random((2, channels, side, side), np.float32)
    card = Card(
        name="benchmark",
        summary="Random weights.",
        task="image-classification",
        classes=tuple("abcdefghij"),
        input=InputCard(rows=side, cols=side, channels=channels),
    )
    made = save_bundle(folder / name, card, to_onnx(network, images), selftest_input=images)
    bundle = load_bundle(made, threads=threads, device="cpu")
    return network.outputs, bundle, images[:1]


def timed(function, calls, clock):
    """Mean time of a call [s]."""
    start = clock()
    for _ in range(calls):
        function()
    return (clock() - start) / calls


def calls_per_run(function, clock):
    """How many calls fill the time of a run, after a warm-up."""
    function()
    return max(1, round(SECONDS / max(timed(function, 1, clock), 1e-6)))


def compare(name, folder, threads, runs, clock):
    """Medians of both, and the median of their ratios."""
    import torch

    forward, bundle, images = pair(name, folder, threads)
    tensor = torch.from_numpy(images)

    def in_torch():
        with torch.inference_mode():
            forward(tensor)

    def in_bundle():
        bundle.run(images)

    counts = calls_per_run(in_torch, clock), calls_per_run(in_bundle, clock)
    times = [
        (timed(in_torch, counts[0], clock), timed(in_bundle, counts[1], clock)) for _ in range(runs)
    ]
    ratio = statistics.median(a / b for a, b in times)
    return *(statistics.median(column) for column in zip(*times, strict=True)), ratio, images.shape


def naming(folder, threads, runs, clock):
    """Median time to name 1,000 particles, and of cutting them out alone [s]."""
    from micrographia.classification import CropSettings, crop_particles, name_particles
    from micrographia.learning._export import to_onnx
    from micrographia.learning._networks import stack
    from micrographia.micrograph import Micrograph

    side = 72
    images = np.random.default_rng(0).random((2, 1, side, side), np.float32)
    card = Card(
        name="benchmark",
        summary="Random weights.",
        task="particle-classification",
        classes=tuple("abcdefghij"),
        input=InputCard(rows=side, cols=side),
        parameters={"crop": {"layers": ["mask"]}},
    )
    content = to_onnx(stack("small", 1, side, side, 10).eval(), images)
    made = save_bundle(folder / "naming", card, content, selftest_input=images)
    bundle = load_bundle(made, threads=threads, device="cpu")
    box = np.pad(np.ones((30, 45), np.int32), ((10, 24), (10, 9)))
    labels = np.kron(np.arange(1, 1025, dtype=np.int32).reshape(32, 32), box)
    labels[labels > 1000] = 0
    image = Micrograph(np.random.default_rng(1).random(labels.shape, np.float32))
    settings = CropSettings(side=side, layers=("mask",))
    cut, whole = [], []
    for _ in range(runs + 1):
        cut.append(timed(lambda: crop_particles(image.pixels, labels, settings), 1, clock))
        whole.append(timed(lambda: name_particles({"outline": bundle}, image, labels), 1, clock))
    return statistics.median(whole[1:]), statistics.median(cut[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--networks", nargs="+", default=DEFAULT)
    parser.add_argument("--cpu", action="store_true", help="take the processor's time")
    parser.add_argument("--no-naming", action="store_true")
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    print(f"{'network':<16} {'input':<18} {'torch ms':>9} {'bundle ms':>9} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.networks:
            torch_s, bundle_s, ratio, shape = compare(
                name, Path(folder), options.threads, options.runs, clock
            )
            size = " × ".join(map(str, shape))
            print(
                f"{name:<16} {size:<18} {torch_s * 1e3:>9.2f} {bundle_s * 1e3:>9.2f} {ratio:>6.2f}",
                flush=True,
            )
        if options.no_naming:
            return
        whole, cut = naming(Path(folder), options.threads, options.runs, clock)
    print(f"naming 1,000 particles: {whole:.2f} s, of which cutting out {cut:.2f} s")


if __name__ == "__main__":
    main()
