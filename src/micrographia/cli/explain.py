"""``micrographia explain``: what in an image speaks for which class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from micrographia.cli._guard import complain, guarded, wrong_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from micrographia.bundles import Bundle

_DOUBTS = {
    "unknown": "unknown: the model is too unsure of its answer for it to be believed; the maps "
    "show what speaks for it all the same",
    "unlike": "unlike: the image is unlike those that the model learned from; its answer, and what "
    "the maps show, may mean nothing",
}


@guarded
def explain(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Name of a model, or path of its folder or zip, or of its training.",
        ),
    ],
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="IMAGE...", help="Micrographs, or folders of them."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the result.")] = None,
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
    keep_bars: Annotated[
        bool,
        typer.Option(
            "--keep-bars", help="Leave data bar and scale bar in, whatever the model wants."
        ),
    ] = False,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LAYER:NUMBER",
            help="Find the input that this channel of a layer likes best; wants no image. "
            "Repeatable.",
        ),
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="List the layers that have channels; do nothing else.")
    ] = False,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file of settings of the methods.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Show what in an image speaks for which class.

    OUT gets a folder an image with explanation.png (the image, and a map for each class and
    method over it), maps.npz and explanation.json. The model sees an image as it does in
    'micrographia classify'; an answer that is unknown or unlike is said to be. Class activation
    and occlusion come from the model alone; the others need PyTorch. With --channel, OUT gets
    channels.png and channels.npz.
    """
    from micrographia.batch import find_images
    from micrographia.bundles import load_bundle
    from micrographia.classification import read_image
    from micrographia.explanation import ExplanationSettings, explain_image, like_channels
    from micrographia.explanation.channels import parse_channel
    from micrographia.explanation.run import save_liked

    with wrong_usage():
        chosen = (
            ExplanationSettings() if settings is None else ExplanationSettings.from_toml(settings)
        )
        wanted = [parse_channel(text) for text in channel or []]
        files = [Path(path) for path in find_images(images).files] if images else []
        bundle = load_bundle(model)
    if layers:
        _list_layers(bundle)
        return
    if out is None or not (images or wanted):
        raise typer.BadParameter(
            "say which IMAGE to explain, or which --channel, and where results go with -o"
        )
    if wanted:
        with wrong_usage():
            inputs = like_channels(bundle, wanted, settings=chosen)
        picture = save_liked(inputs, out, "channels", bundle.card.name)
        if not quiet:
            typer.echo(f"channels {', '.join(inputs)}: {picture}")
    known: dict[tuple[Any, ...], Any] = {}
    for name, path in _named(files):
        seen = read_image(bundle.card, path, crop_bars=not keep_bars)
        explanation = explain_image(
            bundle, seen.micrograph, methods=method, classes=class_, check=check, liked=liked,
            settings=chosen, colours=seen.colours, found_before=known,
        )  # fmt: skip
        folder = explanation.save(out / name)
        if quiet:
            continue
        for said in explanation.checks.values():
            complain(said.sentence())
        for text in seen.warnings:
            complain(f"warning: {explanation.name}: {text}")
        best = max(explanation.probabilities.items(), key=lambda pair: pair[1])
        doubt = "" if explanation.verdict == "known" else f", {explanation.verdict}"
        if doubt:
            complain(f"warning: {explanation.name}: {_DOUBTS[explanation.verdict]}")
        typer.echo(
            f"{explanation.name}: {best[0]}, {best[1]:.2f}{doubt}: {folder / 'explanation.png'}"
        )


def _named(files: list[Path]) -> Iterator[tuple[str, Path]]:
    """Every file with a name for its folder that no other has."""
    names: set[str] = set()
    for path in files:
        name, number = path.stem, 2
        while name in names:
            name, number = f"{path.stem}-{number}", number + 1
        names.add(name)
        yield name, path


def _list_layers(bundle: Bundle) -> None:
    from micrographia.explanation import list_layers
    from micrographia.explanation.channels import input_shape

    rows = [
        (each.name, f"{each.channels} channels", f"{each.rows} × {each.cols}", each.kind,
         each.weights)
        for each in list_layers(bundle, input_shape(bundle.card))
    ]  # fmt: skip
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
