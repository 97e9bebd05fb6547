"""``micrographia explain``: what in an image speaks for which class."""

from pathlib import Path
from typing import Annotated

import typer

from micrographia.cli._guard import complain, guarded, wrong_usage


@guarded
def explain(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Micrographs, or folders of them.")
    ],
    model: Annotated[
        str,
        typer.Option("--model", metavar="MODEL", help="Name of a model, or its folder or zip."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the result.")],
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="class-activation, occlusion, gradient-input, integrated-gradients or grad-cam; "
            "all that are quick where not given. Repeatable.",
        ),
    ] = None,
    class_: Annotated[
        list[str] | None,
        typer.Option(
            "--class", metavar="NAME", help="Explain this class, not the likeliest. Repeatable."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Repeat with random weights: does a map show what was learned?"
        ),
    ] = False,
    liked: Annotated[
        bool, typer.Option("--liked", help="Also find the input that each class likes best.")
    ] = False,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file of settings of the methods.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Show what in an image speaks for which class.

    OUT gets a folder an image with explanation.png (the image, and a map for each class and
    method over it), maps.npz and explanation.json. Class activation and occlusion come from the
    model alone; the others need PyTorch.
    """
    from micrographia.batch import find_images
    from micrographia.bundles import load_bundle
    from micrographia.explanation import ExplanationSettings, explain_image
    from micrographia.io import read

    with wrong_usage():
        chosen = (
            ExplanationSettings() if settings is None else ExplanationSettings.from_toml(settings)
        )
        found = find_images(images)
        bundle = load_bundle(model)
    names: set[str] = set()
    for path in found.files:
        name, number = Path(path).stem, 2
        while name in names:
            name, number = f"{Path(path).stem}-{number}", number + 1
        names.add(name)
        explanation = explain_image(
            bundle, read(path), methods=method, classes=class_, check=check, liked=liked,
            settings=chosen,
        )  # fmt: skip
        folder = explanation.save(out / name)
        if quiet:
            continue
        for said in explanation.checks.values():
            complain(said.sentence())
        best = max(explanation.probabilities.items(), key=lambda pair: pair[1])
        typer.echo(f"{explanation.name}: {best[0]}, {best[1]:.2f}: {folder / 'explanation.png'}")
