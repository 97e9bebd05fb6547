"""Lists of labelled or strange images, and what a bundle answers for each."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import MicrographiaError
from micrographia.evaluation._answer_store import ImageAnswer, answer_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle
    from micrographia.evaluation._answer_store import AnswerStore
    from micrographia.learning.datasets import Dataset

__all__ = ["ImageList", "answer_all", "dataset_images", "strange_images"]


@dataclasses.dataclass(frozen=True, eq=False)
class ImageList:
    """Images to be answered: where each lies, what it is called, and its pixel size if stated."""

    paths: list[Path]
    names: NDArray[Any]
    groups: NDArray[Any]
    frames: list[int | None]
    nm_per_px: list[float | None]


def dataset_images(dataset: Dataset) -> ImageList:
    table = dataset.table
    frames: list[int | None] = [None] * len(table)
    if "frame" in table:
        frames = [int(number) for number in table["frame"]]
    sizes = table["nm_per_px"] if "nm_per_px" in table else [np.nan] * len(table)
    return ImageList(
        dataset.paths,
        table["path"].to_numpy(dtype=str),
        dataset.groups,
        frames,
        [float(size) if np.isfinite(size) else None for size in sizes],
    )


def strange_images(root: Path) -> ImageList:
    """Images of a folder; each folder within is a group."""
    from micrographia.evaluation.recipes import stranger_files, stranger_group

    paths = stranger_files(root)
    names = [path.relative_to(root).as_posix() for path in paths]
    groups = [stranger_group(path, root) for path in paths]
    n = len(paths)
    return ImageList(paths, np.array(names), np.array(groups), [None] * n, [None] * n)


def answer_all(
    bundle: Bundle, images: ImageList, store: AnswerStore, say: Callable[[str], None]
) -> tuple[dict[int, ImageAnswer], dict[int, str]]:
    """Answers by the images' rows, and why the others have none.

    Those of an earlier run are taken from the store, which has the new ones whatever happens.
    """
    answers, failed = {}, {}
    rows = zip(images.paths, images.frames, images.nm_per_px, strict=True)
    try:
        for row, (path, frame, size) in enumerate(rows):
            try:
                key = answer_key(path, frame, size)
                answer = store.get(key)
                if answer is None:
                    answer = _answer(bundle, path, frame, size)
            except (MicrographiaError, OSError) as error:
                failed[row] = " ".join(str(error).split())
            else:
                answers[row] = answer
                store.add(key, answer)
            say(str(images.names[row]))
    finally:
        store.flush()
    return answers, failed


def _answer(bundle: Bundle, path: Path, frame: int | None, nm_per_px: float | None) -> ImageAnswer:
    from micrographia.classification import read_image
    from micrographia.classification.images import answer_image

    begin = time.monotonic()
    card = bundle.card
    seen = read_image(card, path, frame=frame, stated_nm=nm_per_px)
    answers, named, warnings = answer_image(bundle, seen.micrograph, seen.colours)
    return ImageAnswer(
        answers.probabilities[0],
        named.verdict,
        named.probability,
        named.ood_score,
        None if answers.features is None else answers.features[0],
        (*seen.warnings, *warnings),
        time.monotonic() - begin,
    )
