"""Finished bundles judged on labelled images, by the answers that `classify` would give."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrographia import __version__
from micrographia.errors import InputError
from micrographia.evaluation._answer_store import AnswerStore, ImageAnswer
from micrographia.evaluation._bundle_answers import (
    ImageList,
    answer_all,
    dataset_images,
    strange_images,
)
from micrographia.evaluation._bundle_notes import (
    first_problem,
    left_out_notes,
    reader_notes,
    warning_notes,
)
from micrographia.evaluation.evaluation import Evaluation
from micrographia.evaluation.report import check_folder, save_evaluations
from micrographia.evaluation.settings import EvaluationSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.bundles import Bundle, Card
    from micrographia.learning.datasets import Dataset

__all__ = ["NewClasses", "check_bundles", "evaluate_bundles", "model_names"]

NewClasses = Literal["refuse", "strangers"]
"""What images of classes that a model does not know are: a mistake of the call, or strangers."""


def evaluate_bundles(
    dataset: Dataset,
    bundles: Sequence[Bundle],
    out: str | Path,
    settings: EvaluationSettings | None = None,
    *,
    new_classes: NewClasses = "refuse",
    strangers: str | Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    replay: str = "",
) -> tuple[Path, list[Evaluation]]:
    """Judge finished bundles on labelled images that they have not learned from.

    Every image goes the way of `micrographia classify`: read with the colours that the model wants,
    bars taken away, brought to the model's size; verdicts follow from the model's own threshold
    and limit. An image that one of the bundles cannot answer is left out for all.

    Parameters
    ----------
    dataset : Dataset
        As `micrographia.learning.open_dataset` opens it, with ``to_learn=False`` where a class has
        one image; nothing is trained, nothing split.
    bundles : sequence of Bundle
        The first is the one that the others are compared with.
    out : path
        Folder for the report and its tables. Answers are kept in its ``answers`` every ten
        seconds; they are not computed again for the same bundle, image and version.
    settings : EvaluationSettings, optional
    new_classes : {"refuse", "strangers"}
        What is done with images of classes that a bundle does not know: an error, or they count
        as strangers to it. Of several labels one that is not known suffices.
    strangers : path, optional
        Folder with images of no known class.
    progress : callable, optional
        Called with images answered, images in all (of all bundles), and the name of the last.
    replay : str
        The command, for the report.

    Returns
    -------
    report : Path
    evaluations : list of Evaluation

    Raises
    ------
    InputError
        If a bundle cannot answer this dataset, or no image of it.
    OutputError
        If `out` holds results of other methods.
    """
    settings = settings or EvaluationSettings()
    check_bundles(dataset, bundles, new_classes)
    names = model_names(bundles)
    check_folder(out, [(name, "") for name in names], learned=False)
    outside = None if strangers is None else strange_images(Path(strangers))
    inside = dataset_images(dataset)
    total = len(bundles) * (len(dataset) + (0 if outside is None else len(outside.paths)))
    say = _counter(progress, total)
    found, strange = [], []
    failed: dict[int, str] = {}
    torn: dict[int, str] = {}
    for bundle in bundles:
        store = AnswerStore(Path(out) / "answers" / bundle.sha256[:16])
        answers, problems = answer_all(bundle, inside, store, say)
        found.append(answers)
        failed |= {row: f"{text} ({bundle.card.name})" for row, text in problems.items()}
        others, problems = ({}, {}) if outside is None else answer_all(bundle, outside, store, say)
        strange.append(others)
        torn |= problems
    kept = np.array([row for row in range(len(dataset)) if row not in failed], np.int64)
    evaluations = []
    for bundle, name, answers, others in zip(bundles, names, found, strange, strict=True):
        known = kept[_is_known(dataset, bundle.card)[kept]]
        if not len(known):  # check_bundles found some: they have failed
            raise InputError(
                f"{bundle.card.name}: none of the {len(dataset)} images of {dataset.name} can be "
                f"judged; {first_problem(inside, failed)}"
            )
        new = np.setdiff1d(kept, known)
        table = _stranger_table(bundle.card, [(inside, answers, new), (outside, others, None)])
        spent = sum(one.seconds for one in (*answers.values(), *others.values()))
        facts = {**_facts(bundle, dataset), "seconds": round(spent, 2)}
        evaluations.append(_evaluation(dataset, bundle.card, name, answers, known, table, facts))
    if find_spec("openTSNE") is None:
        settings = settings.model_copy(update={"map": False})
    report = save_evaluations(
        evaluations, out, settings, title=f"Evaluation on {dataset.name}", replay=replay,
        notes=[
            *reader_notes(dataset, bundles, names, evaluations, len(kept)),
            *left_out_notes(inside, failed, outside, torn),
            *[f"{dataset.name}: {note}." for note in dataset.notes],
            *warning_notes(names, found),
        ],
    )  # fmt: skip
    return report, evaluations


def check_bundles(
    dataset: Dataset, bundles: Sequence[Bundle], new_classes: NewClasses = "refuse"
) -> None:
    """Find out whether bundles can be judged on a dataset, before anything is computed.

    Parameters
    ----------
    dataset : Dataset
    bundles : sequence of Bundle
    new_classes : {"refuse", "strangers"}

    Raises
    ------
    InputError
        If there is no bundle, one is no classifier, answers one class where images have several,
        or does not know the classes.
    """
    if not bundles:
        raise InputError("wanted at least one model to judge")
    twice = [bundle for n, bundle in enumerate(bundles) if bundle.path in _paths(bundles[:n])]
    if twice:
        raise InputError(f"{twice[0].path}: the same model is given twice; leave one of them out")
    for bundle in bundles:
        card = bundle.card
        if not card.is_classifier:
            raise InputError(
                f"model {card.name!r} is for {card.task}; wanted one that tells classes"
            )
        if dataset.multi_label and not card.multi_label:
            raise InputError(
                f"images of {dataset.name} have several labels, but model {card.name!r} answers "
                "with one class; wanted a multi-label model, or a dataset of one label an image"
            )
        known = _is_known(dataset, card)
        if not known.any():
            raise InputError(
                f"{dataset.name}: model {card.name!r} knows none of the classes "
                f"{', '.join(dataset.classes)}; it knows {', '.join(card.classes)}; rename them "
                'by --set \'dataset.rename={"theirs" = "the model\'s"}\''
            )
        if not known.all() and new_classes == "refuse":
            new = ", ".join(repr(x) for x in dataset.classes if x not in card.classes)
            raise InputError(
                f"{dataset.name}: model {card.name!r} does not know the classes {new} "
                f"({int((~known).sum())} of {len(known)} images); it knows "
                f"{', '.join(card.classes)}; rename them by --set 'dataset.rename={{...}}', leave "
                "them out by --set 'dataset.drop=[...]', or count them as strangers by "
                "--new-as-strangers"
            )


def _paths(bundles: Sequence[Bundle]) -> set[Path]:
    return {bundle.path for bundle in bundles}


def _is_known(dataset: Dataset, card: Card) -> NDArray[np.bool_]:
    """Which images have no label that the model does not know."""
    classes = set(card.classes)
    return np.array([classes.issuperset(labels) for labels in dataset.table["labels"]], bool)


def _counter(progress: Callable[[int, int, str], None] | None, total: int) -> Callable[[str], None]:
    done = 0

    def say(name: str) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total, name)

    return say


def _evaluation(
    dataset: Dataset,
    card: Card,
    name: str,
    answers: dict[int, ImageAnswer],
    rows: NDArray[np.integer],
    strangers: pd.DataFrame | None,
    facts: dict[str, Any],
) -> Evaluation:
    table = dataset.table.iloc[rows]
    place = {label: number for number, label in enumerate(card.classes)}
    truth: NDArray[np.int64] = np.zeros((len(rows), len(place)), np.int64)
    for row, labels in enumerate(table["labels"]):
        truth[row, [place[label] for label in labels]] = 1
    found = [answers[int(row)] for row in rows]
    features = [one.features for one in found]
    scores = [one.score for one in found]
    return Evaluation(
        name=name,
        classes=card.classes,
        truth=truth if card.multi_label else truth.argmax(axis=1),
        probabilities=np.stack([one.probabilities for one in found]),
        images=table["path"].to_numpy(dtype=str),
        groups=dataset.groups[rows],
        folds=np.zeros(len(rows), np.int64),
        multi_label=card.multi_label,
        features=None if any(one is None for one in features) else np.stack(features),  # type: ignore[arg-type]
        strangeness=None if card.ood is None else np.array(scores, np.float64),
        strangeness_limits=None
        if card.ood is None
        else np.full(len(rows), card.ood.threshold, np.float64),
        verdicts=np.array([one.verdict for one in found]),
        strangers=strangers,
        root=dataset.root,
        facts=facts,
    )


def _stranger_table(
    card: Card,
    sources: Sequence[tuple[ImageList | None, dict[int, ImageAnswer], NDArray[np.integer] | None]],
) -> pd.DataFrame | None:
    """A row for each image of no known class; None where there is none."""
    import pandas as pd

    rows = []
    for images, answers, chosen in sources:
        if images is None:
            continue
        for index in range(len(images.paths)) if chosen is None else chosen:
            one = answers.get(int(index))
            if one is None:
                continue
            row = {
                "image": str(images.names[index]),
                "group": str(images.groups[index]),
                "fold": 0,
                "probability": one.certainty,
                "verdict": one.verdict,
            }
            if card.ood is not None:
                row |= {"score": one.score, "limit": card.ood.threshold}
            rows.append(row)
    return pd.DataFrame(rows) if rows else None


def model_names(bundles: Sequence[Bundle]) -> list[str]:
    """A name for each bundle that no other has: its own, with its version, or with its path.

    Parameters
    ----------
    bundles : sequence of Bundle

    Returns
    -------
    names : list of str
    """
    makers: tuple[Callable[[Bundle], str], ...] = (
        lambda bundle: bundle.card.name,
        lambda bundle: f"{bundle.card.name} {bundle.card.version}",
        lambda bundle: f"{bundle.card.name} of {bundle.path}",
    )
    titles: list[str] = []
    for make in makers:
        titles = [make(bundle) for bundle in bundles]
        if len(set(titles)) == len(titles):
            break
    return titles


def _facts(bundle: Bundle, dataset: Dataset) -> dict[str, Any]:
    from micrographia.classification import model_record

    record = model_record(bundle)
    return {
        "dataset": dataset.name,
        "model": record["name"],
        "version": record["version"],
        "sha256": record["sha256"],
        "path": record["path"],
        "micrographia": __version__,
    }
