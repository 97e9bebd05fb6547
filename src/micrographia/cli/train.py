"""``micrographia train``: labelled micrographs to a classifier that runs anywhere."""

from pathlib import Path
from typing import Annotated, Any

import typer

from micrographia.cli._guard import guarded, wrong_usage
from micrographia.cli._needs import need_training
from micrographia.cli._progress import Steps
from micrographia.cli._text import tell_dataset


@guarded
def train(
    dataset: Annotated[
        Path | None,
        typer.Argument(metavar="DATASET", help="Folder of class folders, or a manifest."),
    ] = None,
    recipe: Annotated[
        str, typer.Option("--recipe", help="Name of a recipe, or a file that ends in .toml.")
    ] = "default",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to make for what comes of it.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Change a setting, such as training.epochs=5."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model.")] = None,
    trials: Annotated[
        int,
        typer.Option(
            "--tune",
            metavar="N",
            min=0,
            help="First try N settings out of what the recipe searches; the best one is taken.",
        ),
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was stopped.")
    ] = False,
    recipes: Annotated[bool, typer.Option("--recipes", help="List the recipes.")] = False,
    show_recipe: Annotated[
        bool, typer.Option("--show-recipe", help="Print the recipe as TOML to edit; train nothing.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Train a classifier on labelled micrographs and write it as a bundle.

    OUT gets bundle/ (to use with 'micrographia classify'), figures.json and test.csv (a test on
    images held out), curves.png, recipe.toml, and training/ with checkpoint and log.

    Needs 'pip install micrographia[train]'.
    """
    need_training("training")
    from micrographia.cli._toml import commented
    from micrographia.learning import load_recipe, open_dataset
    from micrographia.learning.recipes import recipe_names

    if recipes:
        for each in recipe_names():
            typer.echo(f"{each}: {load_recipe(each).summary}")
        return
    with wrong_usage():
        chosen = load_recipe(recipe).changed(assignments or [])
    if show_recipe:
        typer.echo(commented(chosen, catalogue=False), nl=False)
        return
    if dataset is None or out is None:
        raise typer.BadParameter("say which images as DATASET and where results go with -o")
    from micrographia.learning.tuning import check_search
    from micrographia.learning.workflow import check_name, claim
    from micrographia.learning.workflow import train as run

    with wrong_usage():
        check_name(name)
        chosen.make()
        if trials:
            check_search(chosen)
        opened = open_dataset(dataset, chosen.dataset)
        claim(out, chosen, resume=resume)
    if not quiet:
        tell_dataset(opened, learns=True)
    with Steps(quiet=quiet) as bar:
        trained = run(opened, chosen, out, name=name, resume=True, trials=trials, progress=bar)
    if not quiet:
        _tell(trained.figures, trained.bundle)


def _tell(figures: dict[str, Any], bundle: Path) -> None:
    accuracy = figures["accuracy"]
    typer.echo(
        f"accuracy {accuracy['value']:.1%} ({accuracy['low']:.1%} to {accuracy['high']:.1%}) on "
        f"{figures['images']} images held out; {figures['unknown']:.1%} unknown, "
        f"{figures['unlike']:.1%} unlike"
    )
    for name, one in figures["per_class"].items():
        precision = "none" if one["precision"] is None else f"{one['precision']:.1%}"
        typer.echo(f"  {name}: precision {precision}, recall {one['recall']:.1%}")
    typer.echo(f"bundle: {bundle}")
