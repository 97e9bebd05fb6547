"""The table of methods: read without importing them, imported when one is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from micrographia.errors import InputError

if TYPE_CHECKING:
    from micrographia.learning.methods._base import ImageClassifier

__all__ = ["METHODS"]


class _Method(NamedTuple):
    place: str
    name: str
    summary: str


class _Methods(Mapping[str, "type[ImageClassifier]"]):
    """Name of a method to its class, which is imported when it is asked for."""

    def __init__(self, rows: dict[str, _Method]) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> type[ImageClassifier]:
        if name not in self._rows:
            raise InputError(f"there is no method {name!r}; there are {', '.join(self._rows)}")
        row = self._rows[name]
        module = import_module(f"micrographia.learning.methods.{row.place}")
        return cast("type[ImageClassifier]", getattr(module, row.name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def summary(self, name: str) -> str:
        """What a method does, in a line."""
        return self._rows[name].summary


METHODS = _Methods(
    {
        "linear": _Method("linear", "Linear", "features of a fixed network and a linear softmax"),
        "finetune": _Method("finetune", "FineTune", "a pretrained network trained further"),
        "cnn": _Method("cnn", "Cnn", "a network of our own or of a recipe trained from nothing"),
        "classical": _Method("classical", "Classical", "descriptors without a network"),
        "hierarchy": _Method("hierarchy", "Hierarchy", "a family first, then a model per family"),
    }
)
"""Name to class; taking one imports it."""
