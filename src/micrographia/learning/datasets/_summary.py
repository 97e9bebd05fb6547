"""What a dataset holds: numbers of images and groups a class, sizes, what a person should know."""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia._files import ensure_folder, whole_file, write_text
from micrographia.learning.datasets._sheet import choose_examples, contact_sheet, picture_rows

if TYPE_CHECKING:
    from pathlib import Path

    import jinja2
    from numpy.typing import NDArray

    from micrographia.learning.datasets._dataset import Dataset

__all__ = ["summarize_dataset", "write_summary"]

_RARE = 10  # times fewer images than the largest class has


def summarize_dataset(dataset: Dataset) -> dict[str, Any]:
    """Count what a dataset holds.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    summary : dict
        Fit for JSON: `name`, `images`, `groups`, `multi_label`, `classes` (a dict a class: `name`,
        `images`, `groups`, `largest_group`), `sizes` and `dtypes` with their counts, `nm_per_px`
        (`known`: images with a pixel size, `smallest` and `largest` [nm] of them), `together`
        (pairs of labels and how often both are given), `notes`, `skipped`, `settings`.
    """
    y = dataset.y
    truth = y if dataset.multi_label else np.eye(len(dataset.classes), dtype=np.int64)[y]
    groups = dataset.groups
    classes = []
    for place, name in enumerate(dataset.classes):
        sizes = np.unique(groups[truth[:, place] > 0], return_counts=True)[1]
        classes.append(
            {
                "name": name,
                "images": int(sizes.sum()),
                "groups": len(sizes),
                "largest_group": int(sizes.max(initial=0)),
            }
        )
    return {
        "name": dataset.name,
        "images": len(dataset),
        "groups": len(np.unique(groups)),
        "multi_label": dataset.multi_label,
        "classes": classes,
        "sizes": _sizes(dataset),
        "dtypes": _counted(dataset, "dtype"),
        "nm_per_px": _pixel_sizes(dataset),
        "together": _together(dataset, truth),
        "notes": [*dataset.notes, *_doubts(classes)],
        "skipped": dataset.skipped,
        "settings": dataset.settings.model_dump(mode="json"),
    }


def write_summary(dataset: Dataset, out: Path, examples: int = 10, seed: int = 0) -> Path:
    """Write what a dataset holds, with pictures of every class.

    Parameters
    ----------
    dataset : Dataset
    out : Path
        Folder to make: `index.html` (self-contained), `contact.png`, `summary.json` and
        `manifest.csv` (path, label, labels, group as they are used).
    examples : int
        Pictures a class.
    seed : int
        Chooses the pictures.

    Returns
    -------
    page : Path
        Of `index.html`.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    ensure_folder(out)
    summary = summarize_dataset(dataset)
    chosen = choose_examples(dataset, examples, seed)
    with whole_file(out / "contact.png") as temporary:
        temporary.write_bytes(_png(contact_sheet(dataset, chosen)))
    write_text(out / "summary.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    table = dataset.table.assign(labels=[";".join(labels) for labels in dataset.table["labels"]])
    table["path"] = [path.as_posix() for path in dataset.paths]
    with whole_file(out / "manifest.csv") as temporary:
        table[["path", "label", "labels", "group"]].to_csv(temporary, index=False)
    strips = {
        name: base64.b64encode(_png(picture_rows(dataset, rows))).decode()
        for name, rows in chosen.items()
    }
    paths = {
        name: [str(dataset.table["path"].iloc[row]) for row in rows]
        for name, rows in chosen.items()
    }
    page = _template().render(summary=summary, strips=strips, paths=paths)
    return write_text(out / "index.html", page)


def _sizes(dataset: Dataset) -> dict[str, int]:
    if "rows" not in dataset.table:
        return {}
    told = dataset.table["rows"].astype(str) + " × " + dataset.table["cols"].astype(str)
    return {str(size): int(count) for size, count in told.value_counts().items()}


def _counted(dataset: Dataset, column: str) -> dict[str, int]:
    if column not in dataset.table:
        return {}
    return {str(key): int(count) for key, count in dataset.table[column].value_counts().items()}


def _pixel_sizes(dataset: Dataset) -> dict[str, Any]:
    if "nm_per_px" not in dataset.table:
        return {"known": 0}
    known = dataset.table["nm_per_px"].dropna()
    if known.empty:
        return {"known": 0}
    return {
        "known": len(known),
        "smallest": float(known.min()),
        "largest": float(known.max()),
    }


def _together(dataset: Dataset, truth: NDArray[np.int64]) -> list[dict[str, Any]]:
    if not dataset.multi_label:
        return []
    both = truth.T @ truth
    pairs = np.argwhere(np.triu(both, 1) > 0)
    return [
        {
            "labels": [dataset.classes[first], dataset.classes[second]],
            "images": int(both[first, second]),
        }
        for first, second in pairs
    ]


def _doubts(classes: list[dict[str, Any]]) -> list[str]:
    """What may make a training or its figures worth little."""
    most = max(one["images"] for one in classes)
    rare = [one["name"] for one in classes if one["images"] * _RARE < most]
    doubts = []
    if rare:
        doubts.append(
            f"{', '.join(rare)}: fewer than a tenth of the largest class's images; accuracy says "
            "little of them, look at balanced accuracy"
        )
    whole = [one["name"] for one in classes if one["largest_group"] * 2 > one["images"]]
    if whole:
        doubts.append(
            f"{', '.join(whole)}: more than half of the images lie in one group; the fold that "
            "tests it has little of its kind to learn from"
        )
    few = [f"{one['name']} ({one['groups']})" for one in classes if one["groups"] < 5]
    if few:
        doubts.append(f"fewer than five groups in: {', '.join(few)}; five folds are not possible")
    return doubts


def _png(picture: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


@functools.cache
def _template() -> jinja2.Template:
    import jinja2

    loader = jinja2.PackageLoader("micrographia.learning.datasets", "templates")
    return jinja2.Environment(loader=loader, autoescape=True).get_template("summary.html")
