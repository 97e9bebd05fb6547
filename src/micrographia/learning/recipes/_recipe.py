"""What a recipe says, and where recipes are found."""

from __future__ import annotations

import difflib
import inspect
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from micrographia.errors import InputError, SettingsError
from micrographia.learning.augmentation import AugmentationSettings
from micrographia.learning.calibrate import CalibrationSettings
from micrographia.learning.datasets.settings import DatasetSettings
from micrographia.learning.settings import TrainingSettings
from micrographia.settings import Settings

if TYPE_CHECKING:
    from micrographia.learning.methods import ImageClassifier

__all__ = ["EvaluationPlan", "Recipe", "load_recipe", "recipe_names"]


_PARTS = ("training", "augmentation", "calibration", "class_names", "seed")
"""Parameters of methods that a recipe has a place of its own for."""


class EvaluationPlan(Settings):
    """How a recipe's result is judged."""

    folds: int = Field(default=5, ge=2, description="folds of the cross-validation")
    test: float = Field(
        default=0.2, gt=0, lt=1, description="share of the images held out for the test"
    )


class Recipe(Settings):
    """A method with its settings, and the images it is meant for."""

    name: str = Field(default="recipe", description="what it is called by")
    summary: str = Field(default="", description="what it is, in a sentence")
    source: str = Field(default="", description="publication that it follows")
    departs: str = Field(default="", description="where it differs from its source, and why")
    method: str = Field(default="cnn", description="one of the methods, such as 'cnn'")
    image_size: int = Field(default=64, ge=8, le=4096, description="rows and columns [px]")
    channels: Literal[1, 3] = Field(default=1, description="1: grey; 3: colour")
    pixel_size_nm: tuple[float, float] | None = Field(
        default=None,
        description="pixel sizes, as the model sees an image, for which it will be valid [nm]",
    )
    outside: Literal["resample", "refuse", "warn"] = Field(
        default="warn",
        description="what the model does with an image whose pixel size lies outside that range",
    )
    seed: int = Field(default=0, ge=0, description="all random numbers follow from it")
    settings: dict[str, Any] = Field(
        default_factory=dict, description="the method's own parameters"
    )
    training: TrainingSettings = Field(
        default_factory=TrainingSettings, description="how networks are trained"
    )
    augmentation: AugmentationSettings = Field(
        default_factory=AugmentationSettings, description="how training images are varied"
    )
    calibration: CalibrationSettings = Field(
        default_factory=CalibrationSettings, description="how far answers are trusted"
    )
    search: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict,
        description="settings to search, as ['log', low, high], ['uniform', low, high], "
        "['integer', low, high] or ['choice', ...]",
    )
    dataset: DatasetSettings = Field(
        default_factory=DatasetSettings, description="classes merged, dropped, grouped"
    )
    evaluation: EvaluationPlan = Field(
        default_factory=EvaluationPlan, description="folds and test share"
    )

    def make(
        self, class_names: Sequence[str] | None = None, seed: int | None = None
    ) -> ImageClassifier:
        """Make the estimator, not yet fitted.

        Parameters
        ----------
        class_names : sequence of str, optional
            Names of the classes, where labels are numbers or indicators.
        seed : int, optional
            Instead of the recipe's own.

        Raises
        ------
        SettingsError
            If the method does not know a parameter that the recipe gives.
        """
        from micrographia.learning.methods import METHODS

        kind = METHODS[self.method]
        known = inspect.signature(kind).parameters
        unknown = sorted(set(self.settings) - (set(known) - set(_PARTS)))
        if unknown:
            own = [name for name in known if name not in _PARTS]
            raise SettingsError(
                f"recipe {self.name!r}: {self.method} has no parameter {', '.join(unknown)}; "
                f"there are {', '.join(own)}; settings = {{}} takes all that the recipe gives out"
            )
        parts = {
            "training": self.training,
            "augmentation": self.augmentation,
            "calibration": self.calibration,
            "class_names": class_names,
            "seed": self.seed if seed is None else seed,
        }
        wanted = {name: value for name, value in parts.items() if name in known}
        given = {name: self._made(value) for name, value in self.settings.items()}
        return kind(**wanted, **given)

    def _made(self, value: Any) -> Any:
        """A parameter; one that is itself a recipe, such as a part of a hierarchy, as estimator."""
        if not (isinstance(value, dict) and "method" in value):
            return value
        own = self.model_dump(mode="json", exclude_none=True)
        shared = {name: own[name] for name in ("training", "augmentation", "calibration", "seed")}
        return Recipe.parse({**shared, **value}, f"recipe {self.name!r}").make()

    def changed(self, assignments: Sequence[str]) -> Recipe:
        """The recipe with some settings changed.

        Parameters
        ----------
        assignments : sequence of str
            ``"training.epochs=5"``; the value is read as TOML, and as text where it is none.

        Returns
        -------
        recipe : Recipe

        Raises
        ------
        SettingsError
            If a name is unknown or a value wrong.

        Examples
        --------
        >>> load_recipe("default").changed(["training.epochs=5"]).training.epochs
        5
        """
        values = self.model_dump(mode="json", exclude_none=True)
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            if not equals:
                raise SettingsError(
                    f"--set {assignment!r}: wanted NAME=VALUE, such as training.epochs=5"
                )
            *parents, last = name.strip().split(".")
            table = values
            for parent in parents:
                table = table.setdefault(parent, {})
                if not isinstance(table, dict):
                    raise SettingsError(f"setting {name!r}: {parent!r} holds no settings")
            table[last] = _value(text.strip())
        return Recipe.parse(values, source=f"recipe {self.name!r}")


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes that come with the package.

    Examples
    --------
    >>> "luo2021-linear" in recipe_names()
    True
    """
    folder = resources.files("micrographia.learning.recipes")
    return tuple(
        sorted(Path(item.name).stem for item in folder.iterdir() if item.name.endswith(".toml"))
    )


def load_recipe(name: str | Path) -> Recipe:
    """Read a recipe by name, or from a TOML file.

    Parameters
    ----------
    name : str or path
        One of `recipe_names`, or a file that ends in ``.toml``.

    Returns
    -------
    recipe : Recipe

    Raises
    ------
    InputError
        If there is none of that name; the message lists them.
    SettingsError
        If the file cannot be read or says something unknown.
    """
    if str(name).endswith(".toml"):
        recipe = Recipe.from_toml(name)
        stem = Path(name).stem
        return recipe if recipe.name != "recipe" else recipe.model_copy(update={"name": stem})
    names = recipe_names()
    if str(name) not in names:
        near = difflib.get_close_matches(str(name), names, 1)
        hint = f"; perhaps {near[0]} is meant" if near else ""
        raise InputError(
            f"there is no recipe {str(name)!r}{hint}; there are {', '.join(names)}, or give a "
            "file that ends in .toml"
        )
    text = (resources.files("micrographia.learning.recipes") / f"{name}.toml").read_text("utf-8")
    return Recipe.parse({"name": str(name), **tomllib.loads(text)}, source=f"recipe {name!r}")


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
