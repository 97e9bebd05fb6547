"""The models that come with the package, and what trains each of them again.

A row is a module with `TrainSettings` (a settings model) and ``train(folder, settings, *,
report) -> Path``, which goes on where an earlier call in the same folder ended and gives the
folder of the finished bundle.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from micrographia.errors import MissingDependencyError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from micrographia.settings import Settings

__all__ = ["TRAINERS", "load_trainer", "train_model"]

TRAINERS: dict[str, str] = {
    "backbone": "micrographia.learning.pretrain",
    "outline": "micrographia.learning.shapes.outline",
    "particles": "micrographia.learning.particles",
    "polyhedron": "micrographia.learning.shapes.polyhedron",
}
"""Name of each model to the module that trains it."""


def load_trainer(name: str) -> Any:
    """The module that trains a model.

    Parameters
    ----------
    name : str

    Raises
    ------
    SettingsError
        If no model of that name can be trained.
    MissingDependencyError
        If PyTorch is not installed.

    Examples
    --------
    >>> load_trainer("cats")
    Traceback (most recent call last):
    micrographia.errors.SettingsError: no model 'cats' can be trained again; there are: ...
    """
    if name not in TRAINERS:
        raise SettingsError(
            f"no model {name!r} can be trained again; there are: {', '.join(TRAINERS)}; "
            "'micrographia train' learns from images of your own"
        )
    if find_spec("torch") is None:
        raise MissingDependencyError(
            "training needs PyTorch and more: pip install 'micrographia[train]'"
        )
    return import_module(TRAINERS[name])


def train_model(
    name: str, folder: Path, settings: Settings | None, report: Callable[[str], object]
) -> Path:
    """Train a model that comes with the package again, from its seed.

    Parameters
    ----------
    name : str
    folder : Path
        For images, checkpoints and the bundle; the same folder goes on where it was left.
    settings : Settings, optional
        The module's `TrainSettings`; its defaults are the recipe of the built-in model.
    report : callable
        Called with a sentence now and then.

    Returns
    -------
    bundle : Path
    """
    bundle: Path = load_trainer(name).train(folder, settings, report=report)
    return bundle
