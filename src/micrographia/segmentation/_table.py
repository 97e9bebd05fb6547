"""The table of methods, read without importing any of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from micrographia.errors import MissingDependencyError, SettingsError

if TYPE_CHECKING:
    from micrographia.segmentation._scene import Found, Scene

__all__ = ["LEARNED", "METHODS", "Finder", "load_method"]

METHODS: dict[str, str] = {
    "auto": "micrographia.segmentation.auto",
    "components": "micrographia.segmentation.components",
    "combined": "micrographia.segmentation.combined",
    "h-maxima": "micrographia.segmentation.h_maxima",
    "network": "micrographia.segmentation.network",
    "ultimate-erosion": "micrographia.segmentation.ultimate_erosion",
    "watershed-foreground": "micrographia.segmentation.watershed_foreground",
    "watershed-maxima": "micrographia.segmentation.watershed_maxima",
    "watershed-normalized": "micrographia.segmentation.watershed_normalized",
}
"""Name of each method and the module whose ``find(scene) -> Found`` runs it.

A further method is registered by adding its name and module to the table; the module is imported
when the method is first asked for.
"""

LEARNED = ("network", "combined")
"""Methods that need the bundle of a network."""


class Finder(Protocol):
    """What a method's module has to offer."""

    def find(self, scene: Scene) -> Found:
        """Find the particles of a scene."""


def load_method(name: str) -> Finder:
    """Import a method's module.

    Parameters
    ----------
    name : str
        A name of `METHODS`.

    Raises
    ------
    SettingsError
        If no method has this name, or its module has no ``find``.
    MissingDependencyError
        If the module, or something it needs, is not installed.

    Examples
    --------
    >>> load_method("components").find.__name__
    'find'
    """
    if name not in METHODS:
        raise SettingsError(
            f"segmentation method {name!r} is not known; methods: {', '.join(METHODS)}"
        )
    try:
        module = import_module(METHODS[name])
    except ImportError as error:
        raise MissingDependencyError(
            f"segmentation method {name!r} needs {METHODS[name]}, which cannot be imported "
            f"({error}); install what is missing or choose another method"
        ) from error
    if not callable(getattr(module, "find", None)):
        raise SettingsError(
            f"segmentation method {name!r}: module {METHODS[name]} has no function find(scene)"
        )
    return cast("Finder", module)
