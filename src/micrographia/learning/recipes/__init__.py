"""Recipes: a method with all its settings under a name, as TOML.

>>> from micrographia.learning.recipes import load_recipe, recipe_names
>>> "default" in recipe_names()
True
>>> load_recipe("default").method
'cnn'
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.recipes._recipe import (
        EvaluationPlan,
        Recipe,
        load_recipe,
        recipe_names,
    )

__getattr__, __dir__, _ = attach(
    __name__,
    dict.fromkeys(
        ("EvaluationPlan", "Recipe", "load_recipe", "recipe_names"),
        "micrographia.learning.recipes._recipe",
    ),
)

__all__ = ["EvaluationPlan", "Recipe", "load_recipe", "recipe_names"]
