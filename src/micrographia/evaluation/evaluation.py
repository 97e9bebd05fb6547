"""One method's answers to images that it had not learned from."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from micrographia._files import ensure_folder, whole_file
from micrographia.classification.scores import chosen_labels
from micrographia.errors import InputError
from micrographia.evaluation._answers import check_indicators, check_labels, check_probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.evaluation.settings import EvaluationSettings

__all__ = ["VERDICTS", "Evaluation"]

VERDICTS = ("known", "unknown", "unlike")
"""Whether an answer is to be believed, as `micrographia.classification` says it."""


def named_labels(probabilities: NDArray[np.float64], truth: NDArray[Any]) -> NDArray[np.bool_]:
    """Which labels hold by their probabilities, see `Evaluation.called`.

    Parameters
    ----------
    probabilities : ndarray of shape (n, labels)
    truth : ndarray of shape (m, labels), 0 or 1
        Tells whether an image can be without a label.

    Returns
    -------
    named : ndarray of shape (n, labels), bool
    """
    if (truth == 1).any(axis=1).all():
        return chosen_labels(probabilities, multi_label=True)
    return probabilities >= 0.5


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """Truth and answers, image by image.

    Parameters
    ----------
    name : str
        Of the method, as figures and tables call it.
    classes : tuple of str
    truth : ndarray of shape (n,), int, or (n, classes), 0 or 1
        Number of the class; or, for several labels at once, which of them hold.
    probabilities : ndarray of shape (n, classes)
        Of images that the model had not learned from.
    images : ndarray of shape (n,), str
        Names or paths.
    groups : ndarray of shape (n,), str
        What was never split between learning and testing.
    folds : ndarray of shape (n,), int
        In which fold each image was tested.
    multi_label : bool
    variant : str
        What else was varied, such as the augmentation: the rows of the accuracy grid.
    features : ndarray of shape (n, d), optional
    strangeness, strangeness_limits : ndarray of shape (n,), optional
        Out-of-distribution score of each image, and the one above which its fold's model calls it
        `unlike`.
    verdicts : ndarray of shape (n,), str, optional
        Whether the model itself would have its answer believed: `known`, `unknown` (too little
        certainty) or `unlike` (nothing such was learned).
    strangers : DataFrame, optional
        Images of no known class: `image`, `group`, `fold`, `score`, `limit`, `probability`,
        `verdict`; the last ones where they are known.
    naive : Evaluation, optional
        The same method with images split regardless of their groups.
    root : Path, optional
        Folder that image names are relative to.
    facts : dict
        Recipe, seed, versions, seconds: what a reader needs to repeat it.

    Raises
    ------
    InputError
        If lengths differ or values are out of range.
    """

    name: str
    classes: tuple[str, ...]
    truth: NDArray[Any]
    probabilities: NDArray[np.float64]
    images: NDArray[Any]
    groups: NDArray[Any]
    folds: NDArray[Any]
    multi_label: bool = False
    variant: str = ""
    features: NDArray[Any] | None = None
    strangeness: NDArray[np.float64] | None = None
    strangeness_limits: NDArray[np.float64] | None = None
    verdicts: NDArray[Any] | None = None
    strangers: pd.DataFrame | None = None
    naive: Evaluation | None = None
    root: Path | None = None
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.truth)
        if self.multi_label:
            truth: NDArray[Any] = check_indicators(self.truth).astype(np.int64)
            width = truth.shape[1]
        else:
            truth = check_labels(self.truth, len(self.classes))
            width = len(self.classes)
        chances = check_probabilities(self.probabilities, n, multi_label=self.multi_label)
        if chances.shape[1] != len(self.classes) or width != len(self.classes):
            raise InputError(
                f"{self.name}: {len(self.classes)} classes, but truth for {width} and "
                f"probabilities for {chances.shape[1]}"
            )
        object.__setattr__(self, "truth", truth)
        object.__setattr__(self, "probabilities", chances)
        for name in ("images", "groups", "folds", "features", "strangeness", "verdicts"):
            value = getattr(self, name)
            if value is not None and len(value) != n:
                raise InputError(f"{self.name}: {n} images, but {len(value)} {name}")

    def __len__(self) -> int:
        return len(self.truth)

    @functools.cached_property
    def called(self) -> NDArray[Any]:
        """The most probable class of every image; 0 or 1 per label where there are several.

        Of several labels those with a probability of at least one half hold. Where every image
        truly has one, as in training, the likeliest holds if none has that much, as
        ``micrographia classify`` names it.
        """
        if self.multi_label:
            return named_labels(self.probabilities, self.truth).astype(np.int64)
        return np.asarray(self.probabilities.argmax(axis=1))

    @functools.cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether each image is called what it is; all its labels, where there are several."""
        same = self.called == self.truth
        return np.asarray(same.all(axis=1) if self.multi_label else same)

    @functools.cached_property
    def certainty(self) -> NDArray[np.float64]:
        """Probability of what each image is called; of the least certain label of several."""
        if self.multi_label:
            least = np.maximum(self.probabilities, 1 - self.probabilities).min(axis=1)
            return np.asarray(least)
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def title(self) -> str:
        """Name and variant."""
        return f"{self.name}, {self.variant}" if self.variant else self.name

    def fold_accuracies(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Accuracy of every fold, and of every class within it.

        Returns
        -------
        overall : ndarray of shape (folds,)
        per_class : ndarray of shape (folds, classes)
            Share of the images of a class (with a label) that are called so; NaN without any.
        """
        from micrographia.evaluation.metrics import mean_known

        overall, per_class = [], []
        for fold in np.unique(self.folds):
            inside = self.folds == fold
            overall.append(float(self.right[inside].mean()))
            truth, called = self.truth[inside], self.called[inside]
            row = []
            for number in range(len(self.classes)):
                of = truth[:, number] == 1 if self.multi_label else truth == number
                so = called[:, number] == 1 if self.multi_label else called == number
                row.append(float(mean_known(np.where(of, so, np.nan))))
            per_class.append(row)
        return np.array(overall), np.array(per_class)

    def to_table(self) -> pd.DataFrame:
        """A row per image: image, group, fold, truth, called, right, certainty, p_<class>...

        Several labels are joined by +. `from_table` reads it again.
        """
        import pandas as pd

        table = pd.DataFrame(
            {
                "image": self.images.astype(str),
                "group": self.groups.astype(str),
                "fold": self.folds,
                "truth": self._names(self.truth),
                "called": self._names(self.called),
                "right": self.right,
                "certainty": self.certainty,
            }
        )
        for number, name in enumerate(self.classes):
            table[f"p_{name}"] = self.probabilities[:, number]
        if self.strangeness is not None:
            table["ood_score"] = self.strangeness
        if self.strangeness_limits is not None:
            table["ood_limit"] = self.strangeness_limits
        if self.verdicts is not None:
            table["verdict"] = self.verdicts
        return table

    def _names(self, numbers: NDArray[Any]) -> list[str]:
        if not self.multi_label:
            return [self.classes[number] for number in numbers]
        return [
            "+".join(name for name, holds in zip(self.classes, row, strict=True) if holds)
            for row in numbers
        ]

    @classmethod
    def from_table(
        cls,
        table: pd.DataFrame,
        *,
        name: str = "predictions",
        multi_label: bool = False,
        root: Path | None = None,
    ) -> Self:
        """Read answers from a table of truth and probabilities.

        Parameters
        ----------
        table : DataFrame
            `truth` (a class, or several joined by +) and `p_<class>` for every class; optional
            `image`, `group`, `fold`, `ood_score`, `ood_limit`, `verdict` (`known`, `unknown` or
            `unlike` in every row, else it is left out).
        name : str
        multi_label : bool
            Whether images may carry several labels; probabilities then need not add up to one.
        root : Path, optional

        Raises
        ------
        InputError
            If a column is missing, or a true label has no probability.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"truth": ["rod", "cube"], "p_rod": [0.9, 0.4]})
        >>> table["p_cube"] = 1 - table["p_rod"]
        >>> Evaluation.from_table(table).right.tolist()
        [True, True]
        """
        classes = tuple(str(column)[2:] for column in table if str(column).startswith("p_"))
        if "truth" not in table or not classes:
            raise InputError(
                f"{name}: wanted a column 'truth' and a column 'p_<class>' for every class, "
                f"got {', '.join(map(str, table.columns))}"
            )
        if table.empty:
            raise InputError(f"{name}: the table has no rows")
        labels = table["truth"].fillna("").astype(str)
        n = len(table)

        def column(wanted: str, otherwise: Any) -> NDArray[Any]:
            return table[wanted].to_numpy() if wanted in table else np.asarray(otherwise)

        numbers = np.arange(n).astype(str)
        return cls(
            name=name,
            classes=classes,
            truth=_truth(labels.tolist(), classes, multi_label, name),
            probabilities=table[[f"p_{x}" for x in classes]].to_numpy(np.float64),
            images=column("image", numbers).astype(str),
            groups=column("group", numbers).astype(str),
            folds=column("fold", np.zeros(n, np.int64)),
            multi_label=multi_label,
            strangeness=table["ood_score"].to_numpy(np.float64) if "ood_score" in table else None,
            strangeness_limits=(
                table["ood_limit"].to_numpy(np.float64) if "ood_limit" in table else None
            ),
            verdicts=_verdicts(table),
            root=root,
        )

    @classmethod
    def read_csv(cls, path: str | Path, *, multi_label: bool = False) -> Self:
        """Read the table that `to_table` describes from a CSV or Parquet file.

        Parameters
        ----------
        path : path
        multi_label : bool

        Raises
        ------
        InputError
            If the file cannot be read, or lacks a column.
        """
        import pandas as pd

        path = Path(path)
        try:
            text = {"truth": str, "image": str, "group": str}
            parquet = path.suffix.lower() == ".parquet"
            table = pd.read_parquet(path) if parquet else pd.read_csv(path, dtype=text)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path}: no table could be read from it ({error}); wanted CSV with the columns "
                "truth and p_<class>"
            ) from error
        name = path.resolve().parent.name if path.stem == "predictions" else path.stem
        return cls.from_table(table, name=name, multi_label=multi_label, root=path.parent)

    def write(self, folder: str | Path) -> Path:
        """Write the answers alone: ``predictions.csv``, ``features.npz``, ``facts.json``.

        Parameters
        ----------
        folder : path

        Returns
        -------
        folder : Path
        """
        folder = ensure_folder(Path(folder))
        for name in ("features.npz", "strangers.csv"):
            (folder / name).unlink(missing_ok=True)  # an earlier one, where now is none
        with whole_file(folder / "predictions.csv") as path:
            self.to_table().to_csv(path, index=False)
        if self.features is not None:
            with whole_file(folder / "features.npz") as path, path.open("wb") as file:
                np.savez_compressed(file, features=self.features.astype(np.float32))
        with whole_file(folder / "facts.json") as path:
            path.write_text(json.dumps(self.facts, indent=2, default=str), encoding="utf-8")
        if self.strangers is not None:
            with whole_file(folder / "strangers.csv") as path:
                self.strangers.to_csv(path, index=False)
        return folder

    def save(self, folder: str | Path, settings: EvaluationSettings | None = None) -> Path:
        """Write tables, figures and the report of this method alone.

        Parameters
        ----------
        folder : path
        settings : EvaluationSettings, optional

        Returns
        -------
        report : Path
            Of ``report.html``.
        """
        from micrographia.evaluation.report import save_evaluations

        return save_evaluations([self], folder, settings)


def _verdicts(table: pd.DataFrame) -> NDArray[Any] | None:
    """The column of verdicts, if it is one of ours."""
    if "verdict" not in table or not table["verdict"].isin(VERDICTS).all():
        return None
    return table["verdict"].to_numpy(dtype=str)


def _truth(
    labels: Sequence[str], classes: tuple[str, ...], multi_label: bool, name: str
) -> NDArray[np.int64]:
    place = {label: number for number, label in enumerate(classes)}
    parts = [[x for x in label.split("+") if x] if multi_label else [label] for label in labels]
    missing = sorted({x for row in parts for x in row} - place.keys())
    if missing:
        hint = "" if multi_label else "; say that images are multi-label if + joins several"
        raise InputError(
            f"{name}: no probability for the true labels {', '.join(map(repr, missing[:10]))}; "
            f"there are columns for {', '.join(classes)}{hint}"
        )
    if not multi_label:
        return np.array([place[row[0]] for row in parts], np.int64)
    truth = np.zeros((len(parts), len(classes)), np.int64)
    for row, members in enumerate(parts):
        truth[row, [place[x] for x in members]] = 1
    return truth
