"""``micrographia models``: the models that are there, what they are, whether they are whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from micrographia.cli._guard import FAILED, complain, guarded, wrong_usage
from micrographia.errors import MicrographiaError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from micrographia.bundles import Card, StoredBundle

_NO_HASH = (
    "; the card has no hash of its own (an earlier version wrote it): whether it was altered "
    "cannot be told"
)
Action = Literal["list", "show", "verify", "add", "train"]


@guarded
def models(
    action: Annotated[
        Action,
        typer.Argument(
            metavar="ACTION",
            help="list: all that can be named; show: the card of each; verify: whether each is "
            "whole and answers its test input rightly; add: copy into your own folder; train: "
            "train a built-in model again.",
        ),
    ] = "list",
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL",
            help="Name of a model, or path of its folder or zip, or of its training.",
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="add: take the place of one of the same name.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="train: folder for images, checkpoints and the bundle."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="train: TOML file of the recipe's settings.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="list and show: print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """List, show, verify, add or train models.

    A model is a bundle: a folder or zip of its network, its card and a test. Your own lie in the
    folder that MICROGRAPHIA_MODELS names, else in ~/.local/share/micrographia/models. The exit
    status is 1 if a model is not whole, and 2, before anything is done, if one is not there.
    """
    given = names or []
    with wrong_usage():
        if action == "list" and given:
            raise SettingsError(f"list takes no model; 'models show {given[0]}' tells about one")
        if action != "list" and not given:
            raise SettingsError(
                f"{action} wants the name or path of a model; 'models list' has them"
            )
    if action == "list":
        _list(as_json)
    elif action == "show":
        _show(given, as_json)
    elif action == "verify":
        _verify(given, quiet)
    elif action == "add":
        _add(given, replace, quiet)
    else:
        _train(given, out, settings, quiet)


def _list(as_json: bool) -> None:
    from micrographia.bundles import list_bundles

    stored = list_bundles()
    if as_json:
        typer.echo(json.dumps([_row(one) for one in stored], indent=2, ensure_ascii=False))
        return
    if not stored:
        typer.echo("no models yet; 'micrographia models add BUNDLE' adds one")
    width = max((len(one.name) for one in stored), default=0)
    for one in stored:
        told = one.card.summary if one.card else f"cannot be read: {one.problem}"
        task = one.card.task if one.card else "?"
        typer.echo(f"{one.name:<{width}}  {one.origin:<8}  {task:<23}  {told}")


def _row(one: StoredBundle) -> dict[str, Any]:
    row: dict[str, Any] = {"name": one.name, "path": str(one.path), "origin": one.origin}
    if one.card is None:
        return {**row, "problem": one.problem}
    card = one.card
    return {**row, "task": card.task, "version": card.version, "summary": card.summary,
            "classes": list(card.classes)}  # fmt: skip


def _show(names: list[str], as_json: bool) -> None:
    from micrographia.bundles import load_bundle

    with wrong_usage():
        bundles = [load_bundle(name, verify=False) for name in names]
    if as_json:
        cards = [
            {**bundle.card.model_dump(mode="json"), "sha256": bundle.sha256} for bundle in bundles
        ]
        typer.echo(json.dumps(cards if len(cards) > 1 else cards[0], indent=2, ensure_ascii=False))
        return
    told = [_told(bundle.card, bundle.path, bundle.sha256) for bundle in bundles]
    typer.echo("\n\n".join(told))


def _told(card: Card, path: Path, sha256: str) -> str:
    inside = card.input
    side = "any size" if inside.rows is None else f"{inside.rows} × {inside.cols} px"
    lines = [
        f"{card.name} {card.version}: {card.summary}",
        f"  task: {card.task}",
        f"  input: {inside.kind}, {side}, {inside.channels} channel(s), {inside.resize}",
        *([f"  bars: {inside.bars}"] if card.task == "image-classification" else []),
        f"  pixel size: {_range(card)}",
        f"  polarity: {inside.polarity}",
    ]
    if card.classes:
        several = " (several at once)" if card.multi_label else ""
        lines.append(f"  classes{several}: {', '.join(card.classes)}")
        lines.append(f"  unknown below: {_numbers(card.unknown_threshold)}")
        strange = (
            "not told" if card.ood is None else f"{card.ood.method} > {card.ood.threshold:.4g}"
        )
        lines.append(f"  unlike: {strange}")
    for metric in card.metrics:
        interval = ""
        if metric.low is not None and metric.high is not None:
            interval = f" ({metric.low:.4g} to {metric.high:.4g})"
        lines.append(f"  {metric.name}: {metric.value:.4g}{interval}, {metric.data}")
    lines += _nested(card.provenance)
    lines += [
        f"  licence: {card.licence or 'not stated'}",
        f"  sha256: {sha256}",
        f"  path: {path}",
    ]
    return "\n".join(lines)


def _nested(values: Mapping[str, Any], indent: str = "  ") -> list[str]:
    """A line for each value, what an object holds further in below its name.

    Examples
    --------
    >>> _nested({"seed": 0, "recipe": {"name": "default", "sizes": [1, 2], "none": {}}})
    ['  seed: 0', '  recipe:', '    name: default', '    sizes: [1, 2]', '    none: {}']
    """
    lines = []
    for key, value in values.items():
        if isinstance(value, dict) and value:
            lines += [f"{indent}{key}:", *_nested(value, indent + "  ")]
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append(f"{indent}{key}: {text}")
    return lines


def _range(card: Card) -> str:
    limits = card.input.pixel_size_nm
    if limits is None:
        return "any"
    return f"{limits[0]:.4g} to {limits[1]:.4g} nm, else {card.input.outside}"


def _numbers(value: float | tuple[float, ...]) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"{one:.3g}" for one in values)


def _places(names: list[str]) -> list[Path]:
    """Where the named bundles lie; wrong usage, before anything is done, if one is not there."""
    from micrographia.bundles import find_bundle

    with wrong_usage():
        return [find_bundle(name) for name in names]


def _verify(names: list[str], quiet: bool) -> None:
    from micrographia.bundles import load_bundle

    failed = False
    for place in _places(names):
        try:
            bundle = load_bundle(place)
        except MicrographiaError as error:
            failed = True
            complain(str(error))
            continue
        if not quiet:
            hashed = bundle.card.content_sha256 is not None
            typer.echo(
                f"{bundle.card.name} {bundle.card.version}: whole; its test passed"
                f"{'' if hashed else _NO_HASH}"
            )
    if failed:
        raise typer.Exit(FAILED)


def _add(names: list[str], replace: bool, quiet: bool) -> None:
    from micrographia.bundles import add_bundle

    for place in _places(names):
        folder = add_bundle(place, replace=replace)
        if not quiet:
            typer.echo(f"{folder.name}: {folder}")


def _train(names: list[str], out: Path | None, settings: Path | None, quiet: bool) -> None:
    from micrographia.learning.trainers import load_trainer, train_model

    with wrong_usage():
        if len(names) > 1 or out is None:
            raise SettingsError("train wants one model, and with -o the folder to work in")
        [name] = names
        recipe = load_trainer(name).TrainSettings
        chosen = recipe() if settings is None else recipe.from_toml(settings)
    say = (lambda _: None) if quiet else complain
    bundle = train_model(name, out, chosen, say)
    if not quiet:
        typer.echo(str(bundle))
