"""The images that the network learns from: made beforehand, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from micrographia._files import ensure_folder, whole_file
from micrographia.learning.particles._targets import targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "METAL",
    "POWDER",
    "SETS",
    "SHARD",
    "Scenes",
    "fitted",
    "make_images",
    "make_shard",
    "missing",
    "shards",
]

SHARD = 64
"""Images in a file; after a kill, whole files are kept."""

_EDGE = 256
"""Rows and columns of the images that the scenes' diameters are meant for [px]."""

METAL = ("sphere", "ellipsoid", "rod", "square", "cube", "hexagon", "triangle", "irregular",
          "faceted", "octahedron", "star", "rhombus")  # fmt: skip
POWDER = ("faceted", "irregular", "ellipsoid", "sphere")


class Scenes(NamedTuple):
    """What a set of images shows.

    Parameters
    ----------
    shares : tuple of float
        Of the images.
    configs : tuple of dict
        Settings of the family `micrographs` for each share.
    by_depth : bool
        See `micrographia.learning.particles._targets.targets`.
    """

    shares: tuple[float, ...]
    configs: tuple[dict[str, Any], ...]
    by_depth: bool


FIRST = Scenes(
    (0.30, 0.08, 0.12, 0.16, 0.05, 0.12, 0.12, 0.05),
    (
        {},
        {"modes": ("sem",), "layouts": ("touching", "overlapping", "packed"),
         "bodies": ("faceted", "irregular", "ellipsoid"), "diameter_px": (14, 60)},
        {"modes": ("sem",), "layouts": ("touching", "overlapping"),
         "bodies": ("irregular", "faceted", "sphere", "ellipsoid"), "spread": (1.2, 1.6),
         "diameter_px": (12, 48)},
        {"modes": ("haadf",), "layouts": ("supported",), "diameter_px": (5, 26)},
        {"modes": ("bf", "tem"), "layouts": ("supported",), "diameter_px": (6, 30)},
        {"modes": ("tem",), "layouts": ("aggregate",), "diameter_px": (12, 50)},
        {"modes": ("tem", "bf"), "layouts": ("touching", "packed", "lattice", "overlapping"),
         "bodies": None, "diameter_px": (14, 64)},
        {"modes": ("tem", "haadf"), "layouts": ("sparse", "touching"), "bodies": METAL,
         "second_family": 1.0, "diameter_px": (24, 90)},
    ),
    by_depth=False,
)  # fmt: skip
"""A mixture of everything."""

SECOND = Scenes(
    (0.15, 0.20, 0.08, 0.18, 0.08, 0.08, 0.15, 0.08),
    (
        {},
        {"modes": ("sem",), "layouts": ("touching", "overlapping", "overlapping"),
         "bodies": POWDER, "spread": (1.15, 1.5), "diameter_px": (16, 60), "crescents": 0.5},
        {"modes": ("haadf",), "layouts": ("supported",), "diameter_px": (6, 26)},
        {"modes": ("haadf",), "layouts": ("supported",), "diameter_px": (7, 30),
         "own_blur": (0.12, 0.34), "support_mass": (0.8, 6.0), "support_blur": 1.5, "min_snr": 3.0},
        {"modes": ("bf", "tem"), "layouts": ("supported",), "diameter_px": (8, 34),
         "own_blur": (0.02, 0.2), "support_mass": (0.5, 4.0), "support_blur": 1.5, "min_snr": 3.0},
        {"modes": ("tem",), "layouts": ("touching", "packed", "lattice", "overlapping"),
         "diameter_px": (14, 64)},
        {"modes": ("tem",), "layouts": ("aggregate",), "diameter_px": (16, 60),
         "overlap": (0.05, 0.45), "spread": (1.02, 1.25)},
        {"modes": ("tem", "haadf"), "layouts": ("sparse", "touching"), "bodies": METAL,
         "second_family": 1.0, "diameter_px": (24, 90)},
    ),
    by_depth=True,
)  # fmt: skip
"""More of what the first training found hard: soft particles on soft supports, aggregates of
transparent spheres, grains over grains on a marked ground."""

THIRD = Scenes(
    (0.25, 0.12, 0.25, 0.08, 0.18, 0.12),
    (
        {"modes": ("haadf",), "layouts": ("supported",), "diameter_px": (3, 9)},
        {"modes": ("haadf",), "layouts": ("supported",), "diameter_px": (7, 30),
         "own_blur": (0.12, 0.34), "support_mass": (0.8, 6.0), "support_blur": 1.5, "min_snr": 3.0},
        {"modes": ("sem",), "layouts": ("touching", "overlapping", "overlapping"),
         "bodies": POWDER, "spread": (1.15, 1.5), "diameter_px": (18, 60), "crescents": 0.8},
        {"modes": ("sem",), "layouts": ("sparse", "touching"), "bodies": POWDER,
         "diameter_px": (18, 60), "coverage": 0.06, "crescents": 1.0},
        {"modes": ("tem",), "layouts": ("aggregate",), "diameter_px": (20, 60),
         "overlap": (0.1, 0.5), "spread": (1.02, 1.2)},
        {"modes": ("tem",), "layouts": ("touching", "packed"), "bodies": ("rod",),
         "diameter_px": (20, 60)},
    ),
    by_depth=True,
)  # fmt: skip
"""What the second training still found hard: supports at a scale at which their particles cannot
be made out, marks on the ground of few grains, spheres deep in one another, rods side by side."""

FOURTH = Scenes(
    (0.13, 0.16, 0.09, 0.20, 0.10, 0.06, 0.05, 0.11, 0.10),
    (
        {},
        {"modes": ("sem",), "layouts": ("touching", "overlapping", "overlapping"),
         "bodies": POWDER, "spread": (1.2, 1.7), "diameter_px": (14, 60), "crescents": 0.5,
         "coverage": 0.6, "brightness_spread": (1.1, 1.5), "saturated": (0.0, 0.1)},
        {"modes": ("sem",), "layouts": ("touching", "overlapping", "packed"),
         "bodies": POWDER, "spread": (1.1, 1.5), "diameter_px": (18, 70), "crescents": 0.3,
         "coverage": 0.45, "brightness_spread": (1.05, 1.3), "saturated": (0.05, 0.5)},
        {"modes": ("haadf",), "layouts": ("supported",), "spread": (1.25, 2.0),
         "diameter_px": (7, 18), "own_blur": (0.05, 0.25), "support_mass": (0.5, 5.0),
         "support_blur": 2.0, "min_snr": 2.5},
        {"modes": ("haadf",), "layouts": ("supported",), "spread": (1.1, 1.7),
         "diameter_px": (8, 24), "coverage": 0.3, "own_blur": (0.05, 0.25),
         "support_mass": (0.5, 3.0), "support_blur": 1.0, "min_snr": 2.5},
        {"modes": ("haadf",), "layouts": ("supported",), "diameter_px": (3, 9),
         "support_mass": (0.5, 4.0)},
        {"modes": ("bf", "tem"), "layouts": ("supported",), "spread": (1.2, 1.8),
         "diameter_px": (8, 24), "own_blur": (0.02, 0.2), "support_mass": (0.5, 4.0),
         "support_blur": 1.5, "min_snr": 2.5},
        {"modes": ("tem",), "layouts": ("aggregate",), "diameter_px": (16, 64),
         "overlap": (0.05, 0.5), "spread": (1.05, 1.3), "fractal_dimension": (1.7, 2.4),
         "prefactor": (1.15, 1.8)},
        {"modes": ("tem",), "layouts": ("touching", "packed", "lattice", "overlapping", "sparse"),
         "diameter_px": (14, 70)},
    ),
    by_depth=True,
)  # fmt: skip
"""Particles of very different sizes on supports much thicker than they are, grains piled up that
differ in brightness or are white throughout, dense aggregates."""

SETS: dict[int, Scenes] = {1: FIRST, 2: SECOND, 3: THIRD, 4: FOURTH}
"""The scenes of the images of each seed; other seeds show those of the last set."""


def shards(folder: Path) -> list[Path]:
    """Files of images that are there, in order."""
    return sorted(folder.glob("images-*.npy"))


def make_shard(number: int, seed: int, size: int, count: int = SHARD) -> NDArray[np.uint8]:
    """Make the images of one file.

    Parameters
    ----------
    number : int
        Of the file; with `seed` it decides everything.
    seed : int
    size : int
        Rows and columns of each image [px].
    count : int

    Returns
    -------
    layers : ndarray of shape (count, 3, size, size), uint8
        See `micrographia.learning.particles._targets.targets`.
    """
    from micrographia.simulation.families.micrographs import Config, simulate

    layers = np.empty((count, 3, size, size), np.uint8)
    scenes = SETS.get(seed, FOURTH)
    shares = np.array(scenes.shares) / sum(scenes.shares)
    for k in range(count):
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number, k)))
        wanted = fitted(scenes.configs[int(random.choice(len(shares), p=shares))], size)
        config = Config(size=size, **wanted)
        layers[k] = targets(simulate(config, random, k), scenes.by_depth)
    return layers


def fitted(config: dict[str, Any], size: int) -> dict[str, Any]:
    """The same settings for images smaller than 256 px, with smaller particles."""
    if size >= _EDGE or "diameter_px" not in config:
        return config
    low, high = (max(side * size / _EDGE, 4.0) for side in config["diameter_px"])
    return {**config, "diameter_px": (low, high)}


def make_images(
    folder: Path, count: int, seed: int, size: int = 256,
    report: Callable[[str], object] = lambda _: None, part: tuple[int, int] = (0, 1),
) -> list[Path]:  # fmt: skip
    """Make the images that are not there yet.

    Parameters
    ----------
    folder : Path
    count : int
        Images wanted; rounded up to whole files of 64.
    seed : int
    size : int
        Rows and columns of each image [px].
    report : callable
        Called with a sentence after each file.
    part : tuple of int, (k, n)
        Make every n-th file, from the k-th on: for n processes side by side.

    Returns
    -------
    files : list of Path
    """
    for number, path in missing(folder, "images", count, seed, part):
        layers = make_shard(number, seed, size)
        with whole_file(path) as temporary, temporary.open("wb") as file:
            np.save(file, layers)
        report(f"{path.name}: {len(layers)} images")
    return shards(folder)


def missing(
    folder: Path, kind: str, count: int, seed: int, part: tuple[int, int]
) -> Iterator[tuple[int, Path]]:
    """Number and place of each file of images that is not there yet; see `make_images`."""
    ensure_folder(folder)
    for number in range(part[0], -(-count // SHARD), part[1]):
        path = folder / f"{kind}-{seed:04d}-{number:05d}.npy"
        if not path.exists():
            yield number, path
