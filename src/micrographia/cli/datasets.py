"""``micrographia datasets``: sets of labelled images, looked at, checked for leaks, fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from micrographia.cli._guard import complain, guarded, wrong_usage
from micrographia.cli._needs import need_training
from micrographia.cli._progress import Bar
from micrographia.errors import SettingsError

if TYPE_CHECKING:
    from micrographia.learning import Dataset, DatasetSettings

Action = Literal["list", "get", "show", "leakage"]


@guarded
def datasets(
    action: Annotated[
        Action,
        typer.Argument(
            metavar="ACTION",
            help="list: public sets; get: fetch one of them; show: what a dataset holds, with "
            "pictures of every class; leakage: what a naive split would have claimed.",
        ),
    ] = "list",
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="DATASET",
            help="get: name of a public set; show and leakage: folder of class folders, or a "
            "manifest (.csv, .parquet).",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="get and show: folder to make. leakage: JSON to write."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="TOML file of the dataset's settings: classes renamed or dropped, groups, "
            "near-duplicates; --show-config prints it."
        ),
    ] = None,
    bars: Annotated[
        Literal["keep", "crop", "fill"] | None,
        typer.Option(
            help="Data bars and scale bars: kept, cut off, or cut off and filled in. [default: "
            "fill for get, as the settings say else]"
        ),
    ] = None,
    folds: Annotated[int, typer.Option(metavar="N", min=2, help="leakage: how many folds.")] = 5,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Decides folds and pictures.")] = 0,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="get: how many processes take the bars out.")
    ] = 1,
    keep_archives: Annotated[
        bool, typer.Option("--keep-archives", help="get: keep the archives that were fetched.")
    ] = False,
    record: Annotated[
        str | None,
        typer.Option(metavar="URL", help="get: another address of the set's record, a mirror's."),
    ] = None,
    show_config: Annotated[
        bool, typer.Option("--show-config", help="Print the settings as TOML to edit; do nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="list, show and leakage: print JSON.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Look at sets of labelled images, check them for leaks, fetch public ones.

    A dataset is a folder with a folder of images a class, or a manifest with the columns path and
    label. Duplicates and near-duplicates are found and kept in one group; a group is never split
    between training and test.
    """
    if show_config:
        _print_settings(_settings(settings, bars))
    elif action == "list":
        _list(as_json)
    else:
        with wrong_usage():
            given = _wanted(action, which)
        if action == "get":
            _get(given, out, bars or "fill", keep_archives, record, workers, quiet)
        elif action == "show":
            _show(_open(given, _settings(settings, bars), quiet), out, seed, as_json, quiet)
        else:
            need_training("leakage", ("sklearn",))
            _leakage(_open(given, _settings(settings, bars), quiet), out, folds, seed, as_json)


def _wanted(action: str, which: str | None) -> str:
    if which is None:
        wanted = "the name of a public set" if action == "get" else "a folder or a manifest"
        raise SettingsError(f"{action} wants {wanted}: micrographia datasets {action} …")
    return which


def _settings(path: Path | None, bars: str | None) -> DatasetSettings:
    from micrographia.learning import DatasetSettings

    with wrong_usage():
        values = DatasetSettings.from_toml(path) if path is not None else DatasetSettings()
    return values.model_copy(update={"bars": bars}) if bars else values


def _print_settings(settings: DatasetSettings) -> None:
    from micrographia.cli._toml import commented

    typer.echo(commented(settings, catalogue=False), nl=False)


def _list(as_json: bool) -> None:
    import dataclasses

    from micrographia.learning.datasets.public import PUBLIC

    if as_json:
        rows = [dataclasses.asdict(one) for one in PUBLIC.values()]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one in PUBLIC.values():
        typer.echo(
            f"{one.name}: {one.title}, {one.images:,} images, {one.classes} classes, "
            f"{one.licence}, doi:{one.doi}"
        )


def _open(path: str, settings: DatasetSettings, quiet: bool) -> Dataset:
    from micrographia.learning import open_dataset

    with wrong_usage(), Bar(quiet=quiet) as bar:
        return open_dataset(
            path, settings, lambda done, total: bar.show(done, total, f"looking at {path}")
        )


def _show(dataset: Dataset, out: Path | None, seed: int, as_json: bool, quiet: bool) -> None:
    from micrographia.learning.datasets import summarize_dataset, write_summary

    summary = summarize_dataset(dataset)
    page = None if out is None else write_summary(dataset, out, seed=seed)
    if as_json:
        typer.echo(json.dumps(summary, indent=2, ensure_ascii=False))
    elif not quiet:
        typer.echo(_told(summary))
        if page is not None:
            typer.echo(f"pictures: {page}")


def _told(summary: dict[str, Any]) -> str:
    lines = [f"{summary['name']}: {summary['images']} images in {summary['groups']} groups"]
    width = max(len(one["name"]) for one in summary["classes"])
    lines += [
        f"  {one['name']:<{width}}  {one['images']:>6} images, {one['groups']} groups, the largest "
        f"of {one['largest_group']}"
        for one in summary["classes"]
    ]
    lines += [f"note: {note}" for note in summary["notes"]]
    return "\n".join(lines)


def _leakage(dataset: Dataset, out: Path | None, folds: int, seed: int, as_json: bool) -> None:
    from micrographia._files import ensure_folder, write_text
    from micrographia.learning import leakage_report

    with wrong_usage():
        found = leakage_report(dataset, folds, seed)
    text = json.dumps(found.to_dict(), indent=2, ensure_ascii=False)
    if out is not None:
        ensure_folder(out.parent)
        write_text(out, text + "\n")
    typer.echo(text if as_json else str(found))


def _get(
    name: str,
    out: Path | None,
    bars: Literal["keep", "crop", "fill"],
    keep_archives: bool,
    record: str | None,
    workers: int,
    quiet: bool,
) -> None:
    from micrographia.learning.datasets.public import get_dataset, public_set

    with wrong_usage():
        public_set(name)
        if out is None:
            raise SettingsError("say where the set goes with -o")
    with Bar(quiet=quiet) as bar:
        fetched = get_dataset(
            name,
            out,
            bars=bars,
            keep_archives=keep_archives,
            record=record,
            workers=workers,
            progress=lambda what, done, total: bar.show(done, total, what, what),
        )
    for note in fetched.notes:
        complain(f"note: {note}")
    if not quiet:
        typer.echo(f"{fetched.images} images, {len(fetched.classes)} classes: {fetched.manifest}")
