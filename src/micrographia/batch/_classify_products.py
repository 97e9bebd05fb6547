"""The tables and contact sheets of a classification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from micrographia.batch._classify import ClassifySettings
    from micrographia.batch._outcome import Outcome
    from micrographia.batch._plan import Plan

__all__ = ["MARK", "RECORDS", "SHEETS", "THUMBNAILS", "WRITTEN", "write_products"]

MARK = "classification.json"
RECORDS = "predictions.jsonl"
THUMBNAILS = "thumbnails"
SHEETS = "contact"
WRITTEN = (MARK, RECORDS, THUMBNAILS, SHEETS, "predictions.csv")
"""What a run writes into its folder."""

_MOST = 96
_DIGITS = 6
_DOUBTFUL = "doubtful-"


def write_products(
    plan: Plan, settings: ClassifySettings, outcomes: Sequence[Outcome]
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Write ``predictions.csv``, the contact sheets and the record of a run.

    Parameters
    ----------
    plan : Plan
    settings : ClassifySettings
    outcomes : sequence of Outcome
        One for each image, in the order of the plan.

    Returns
    -------
    counts : dict of str to int
        How many images there are of each class, and how many are doubtful.
    warnings : dict of str to tuple of str
        Each warning with the names of the images that it concerns.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from micrographia.analysis import versions
    from micrographia.classification import model_record, open_model
    from micrographia.reporting import write_images, write_summary

    bundle = open_model(settings.model)
    write_images(plan.out / "predictions.csv", _table(plan, outcomes, bundle.card.classes))
    sheets = _sheets(outcomes)
    _write_sheets(plan.out, sheets)
    counts = {name: len(members) for name, members in sheets.items()}
    warnings = _warnings(outcomes)
    record = {
        "images": len(plan.images),
        "failed": sum(not outcome.ok for outcome in outcomes),
        "counts": counts,
        "model": model_record(bundle),
        "settings": settings.model_dump(mode="json"),
        "versions": versions(),
        "notes": list(plan.notes),
        "warnings": {text: list(names) for text, names in warnings.items()},
        "finished": True,
    }
    write_summary(plan.out / MARK, record)
    return counts, warnings


def _table(plan: Plan, outcomes: Sequence[Outcome], classes: Sequence[str]) -> Any:
    """A row an image, failures included."""
    import pandas as pd

    rows = []
    for image, outcome in zip(plan.images, outcomes, strict=True):
        row: dict[str, Any] = {"image": image.name, "path": str(image.path)}
        answer = outcome.answer
        if answer is None:
            row["error"] = f"{outcome.error_type}: {outcome.error}"
        else:
            row.update({key: answer[key] for key in ("label", "verdict", "pixel_size_nm")})
            row["probability"] = round(answer["probability"], _DIGITS)
            row["ood_score"] = answer["ood_score"]
            shares = answer["probabilities"]
            row.update({f"p_{name}": round(shares[name], _DIGITS) for name in classes})
            row["warnings"] = "; ".join(answer["warnings"]) or None
        rows.append(row)
    columns = ["image", "label", "verdict", "probability", *(f"p_{name}" for name in classes)]
    columns += ["ood_score", "pixel_size_nm", "path", "warnings", "error"]
    return pd.DataFrame.from_records(rows, columns=columns)


def _sheets(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Which images belong on which sheet: one a class, then the doubtful."""
    sheets: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.answer is not None:
            known = outcome.answer["verdict"] == "known"
            name = outcome.answer["label" if known else "verdict"]
            sheets.setdefault(name if known else f"{_DOUBTFUL}{name}", []).append(outcome)
    order = sorted(sheets, key=lambda name: (name.startswith(_DOUBTFUL), name))
    return {name: sheets[name] for name in order}


def _write_sheets(out: Path, sheets: dict[str, list[Outcome]]) -> None:
    from micrographia._files import ensure_folder
    from micrographia.batch._names import safe_name
    from micrographia.reporting import draw_contact_sheet, save_png

    folder = ensure_folder(out / SHEETS)
    for old in folder.glob("*.png"):
        old.unlink()
    for name, members in sheets.items():
        shown = _chosen(members)
        pictures = [_picture(out / THUMBNAILS / f"{outcome.name}.jpg") for outcome in shown]
        captions = [(outcome.name, _said(outcome)) for outcome in shown]
        more = f", {len(shown)} of them shown" if len(shown) < len(members) else ""
        title = f"{name}: {len(members):,} image{'' if len(members) == 1 else 's'}{more}"
        save_png(
            folder / f"{safe_name(name)}.png",
            draw_contact_sheet(pictures, captions, title),
        )


def _chosen(members: list[Outcome]) -> list[Outcome]:
    """Those that are shown, the least certain first; evenly spaced where there are many."""
    ranked = sorted(members, key=lambda outcome: (_answer(outcome)["probability"], outcome.index))
    if len(ranked) <= _MOST:
        return ranked
    places = np.unique(np.linspace(0, len(ranked) - 1, _MOST).round().astype(int))
    return [ranked[place] for place in places]


def _answer(outcome: Outcome) -> dict[str, Any]:
    return outcome.answer or {}


def _said(outcome: Outcome) -> str:
    answer = _answer(outcome)
    mark = "" if answer["verdict"] == "known" else f"{answer['label']}? "
    return f"{mark}{answer['probability']:.3f}"


def _picture(path: Path) -> NDArray[np.uint8] | None:
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        return None
    found = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    return None if found is None else np.asarray(found, np.uint8)


def _warnings(outcomes: Sequence[Outcome]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        for text in _answer(outcome).get("warnings", ()):
            found.setdefault(text, []).append(outcome.name)
    return {text: tuple(names) for text, names in found.items()}
