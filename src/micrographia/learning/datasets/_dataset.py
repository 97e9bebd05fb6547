"""The Dataset: a table of labelled images, and their pixels when they are wanted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from micrographia.bundles import InputCard, prepare
from micrographia.errors import InputError
from micrographia.learning.datasets._pixels import read_pixels
from micrographia.learning.datasets.settings import DatasetSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Dataset"]


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images.

    Parameters
    ----------
    table : DataFrame
        A row an image: `path` (below `root`, or absolute), `label` (several are joined by +),
        `labels` (tuple of str), `accepted` (tuple of str, every label that is right), `group`
        (never split between training and test); further columns of the manifest.
    classes : tuple of str
        In alphabetical order.
    root : Path
        Folder that the paths start from.
    multi_label : bool
        Whether an image may have several labels.
    name : str
        What messages and reports call it.
    settings : DatasetSettings
        What it was opened with.
    skipped : mapping of str to str
        Files left out because they could not be read, and why.
    notes : tuple of str
        What a person should know of it.
    """

    table: pd.DataFrame
    classes: tuple[str, ...]
    root: Path
    multi_label: bool = False
    name: str = "dataset"
    settings: DatasetSettings = dataclasses.field(default_factory=DatasetSettings)
    skipped: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        kind = "multi-label" if self.multi_label else "single-label"
        return (
            f"<Dataset {self.name!r}: {len(self)} images, {len(self.classes)} classes, "
            f"{self.table['group'].nunique()} groups, {kind}>"
        )

    @property
    def paths(self) -> list[Path]:
        """Where each image lies."""
        return [self.root / path for path in self.table["path"]]

    @property
    def y(self) -> NDArray[np.int64]:
        """The truth: index of the class, shape (n,); multi-label: 0 or 1, shape (n, classes)."""
        place = {name: index for index, name in enumerate(self.classes)}
        if not self.multi_label:
            return np.array([place[label] for label in self.table["label"]], np.int64)
        truth = np.zeros((len(self), len(self.classes)), np.int64)
        for row, labels in enumerate(self.table["labels"]):
            truth[row, [place[label] for label in labels]] = 1
        return truth

    @property
    def groups(self) -> NDArray[Any]:
        """The group of each image, shape (n,), text."""
        return self.table["group"].to_numpy(dtype=str)

    def subset(self, indices: Sequence[int] | NDArray[np.integer]) -> Self:
        """The same dataset with some of its images; all classes stay.

        Parameters
        ----------
        indices : sequence of int
            Rows of the table.
        """
        table = self.table.iloc[np.asarray(indices)].reset_index(drop=True)
        return dataclasses.replace(self, table=table)

    def load(
        self,
        size: int | None,
        channels: Literal[1, 3] = 1,
        indices: Sequence[int] | NDArray[np.integer] | None = None,
        resize: Literal["fit", "stretch", "none"] = "fit",
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[Any]:
        """Read images into one array, brought to one size as a bundle does before it runs.

        Parameters
        ----------
        size : int or None [px]
            Rows and columns to bring every image to; None keeps theirs, which must be equal.
        channels : {1, 3}
            Grey, or red, green and blue.
        indices : sequence of int, optional
            Rows of the table; all where not given.
        resize : {"fit", "stretch", "none"}
            The whole image in its proportions, mirrored at its edges to fill up; rows and columns
            each scaled; cut or filled up about the middle.
        progress : callable, optional
            Called with the number of images done and their total.

        Returns
        -------
        images : ndarray of shape (n, rows, cols) or (n, rows, cols, 3), uint8 or float32
            Grey levels as recorded; uint8 where all files are of 8 bits.

        Raises
        ------
        InputError
            If an image cannot be read, or sizes differ and none was given.
        """
        if channels not in (1, 3):
            raise InputError(f"channels must be 1 (grey) or 3 (colour), got {channels!r}")
        card = InputCard(rows=size, cols=size, channels=channels, resize=resize)
        if size is None:
            card = InputCard(channels=channels)
        chosen = range(len(self)) if indices is None else [int(index) for index in indices]
        images: list[NDArray[Any]] = []
        for done, index in enumerate(chosen, start=1):
            images.append(self._one(index, card))
            if progress is not None:
                progress(done, len(chosen))
        return self._stacked(images, channels)

    def _one(self, index: int, card: InputCard) -> NDArray[Any]:
        frame = int(self.table["frame"].iloc[index]) if "frame" in self.table else None
        path = self.root / self.table["path"].iloc[index]
        pixels = read_pixels(path, card.channels, frame, self.settings.bars)
        image = np.moveaxis(prepare(pixels, card), 0, -1)
        image = image[..., 0] if card.channels == 1 else image
        return np.rint(image).astype(np.uint8) if pixels.dtype == np.uint8 else image

    def _stacked(self, images: list[NDArray[Any]], channels: int) -> NDArray[Any]:
        if not images:
            return np.empty((0, 0, 0) if channels == 1 else (0, 0, 0, 3), np.uint8)
        shapes = sorted({image.shape for image in images})
        if len(shapes) > 1:
            raise InputError(
                f"{self.name}: images of {len(shapes)} sizes, such as {shapes[0]} and "
                f"{shapes[-1]}; give a size that all are brought to"
            )
        whole = all(image.dtype == np.uint8 for image in images)
        return np.stack(images).astype(np.uint8 if whole else np.float32, copy=False)
