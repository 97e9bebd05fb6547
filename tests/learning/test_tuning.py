"""The search finds better settings, and goes on where it was stopped."""

import pytest

from micrographia.errors import SettingsError
from micrographia.learning.recipes import Recipe
from micrographia.learning.tuning import check_search, tune
from micrographia.learning.workflow import _note_tuned


@pytest.fixture
def recipe():
    return Recipe.parse(
        {
            "method": "classical",
            "settings": {"descriptors": "moments", "centres": 0, "strength": 1.0},
            "search": {
                "settings.strength": ["log", 1e-6, 1e2],
                "settings.reduction": ["choice", "pca", "none"],
            },
        }
    )


class Stopped(Exception):
    """Stands for a kill."""


def test_a_search_that_was_stopped_ends_as_one_that_was_not(recipe, shapes, tmp_path):
    def stop(done, total, note):
        if done == 3:
            raise Stopped

    seen = []
    whole = tune(
        recipe, *shapes, None, tmp_path / "a", trials=6, progress=lambda *a: seen.append(a)
    )
    assert [done for done, _, _ in seen] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(Stopped):
        tune(recipe, *shapes, None, tmp_path / "b", trials=6, progress=stop)
    again = tune(recipe, *shapes, None, tmp_path / "b", trials=6)
    assert again == whole
    assert 1e-6 <= whole.settings["strength"] <= 1e2
    assert whole.settings["reduction"] in ("pca", "none")


def test_a_recipe_that_searches_nothing_says_how_to(recipe, shapes, tmp_path):
    with pytest.raises(SettingsError, match="names nothing to search; give search"):
        tune(recipe.model_copy(update={"search": {}}), *shapes, None, tmp_path)


@pytest.mark.parametrize("spec", [("log", 0, 1), ("uniform", 2, 1), ("choice", 1), ("lg", 1, 2)])
def test_a_range_that_is_none_is_refused(spec, recipe, shapes, tmp_path):
    odd = recipe.model_copy(update={"search": {"settings.strength": spec}})
    with pytest.raises(SettingsError, match=r"settings\.strength"):
        tune(odd, *shapes, None, tmp_path)


@pytest.mark.parametrize(
    ("search", "told"),
    [
        ({}, "names nothing to search"),
        ({"settings.strenght": ["log", 1e-6, 1e2]}, "no parameter strenght"),
        ({"training.epoch": ["integer", 1, 3]}, "training.epoch: Extra inputs"),
        ({"training.epochs": ["integer", 0, 3]}, "training.epochs: Input should be greater"),
        ({"settings.strength": ["log", 0, 1e2]}, "above 0"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_the_first_trial(recipe, search, told):
    wanted = Recipe.parse({**recipe.model_dump(mode="json", exclude_none=True), "search": search})
    with pytest.raises(SettingsError, match=told):
        check_search(wanted)


def test_a_search_that_finds_another_best_begins_the_training_anew(tmp_path):
    (tmp_path / "training").mkdir()
    _note_tuned(tmp_path, "first")
    assert (tmp_path / "training").is_dir()
    _note_tuned(tmp_path, "first")
    assert (tmp_path / "training").is_dir()
    _note_tuned(tmp_path, "second")
    assert not (tmp_path / "training").exists()
