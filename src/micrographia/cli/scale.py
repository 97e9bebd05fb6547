"""``micrographia scale``: the pixel size, where it comes from and whether it holds."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from micrographia.cli._guard import FAILED, complain, guarded, wrong_usage
from micrographia.cli._settings import gather, option

_HEAD = ("file", "pixel size", "uncertainty", "origin", "verdict", "the others say")


@guarded
def scale(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Image files, folders of them, or patterns such as '*.dm3'."
        ),
    ],
    pixel_size: Annotated[str | None, option("--pixel-size", "LENGTH")] = None,
    scale_bar: Annotated[str | None, option("--scale-bar", "LENGTH")] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Look into folders within folders.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell the pixel size of micrographs, where it comes from and whether it holds.

    Every source that the file has is asked: its metadata, the scale bar with its text, a printed
    width. The exit status is 1 if a file could not be read.
    """
    from micrographia.batch import find_images
    from micrographia.calibration import scale_table

    with wrong_usage():
        chosen = gather(None, {"--pixel-size": pixel_size, "--scale-bar": scale_bar})
        found = find_images(paths, recursive=recursive)
    rows = [
        {key: value for key, value in row.items() if key != "error" or value is not None}
        for row in scale_table(found.files, chosen.calibration)
    ]
    for note in found.notes:
        complain(f"note: {note}")
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        typer.echo(_table(rows))
    if any("error" in row for row in rows):
        raise typer.Exit(FAILED)


def _table(rows: list[dict[str, Any]]) -> str:
    """One line a file, columns aligned, then what a person should know of each."""
    cells: list[tuple[str, ...]] = [_HEAD]
    cells += [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    for row in rows:
        name = Path(row["path"]).name
        lines += [f"{name}: warning: {text}" for text in row.get("warnings", ())]
        if "error" in row:
            lines.append(f"{name}: error: {row['error']}")
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    name = Path(row["path"]).name
    if "error" in row:
        return name, "-", "-", "-", "error", ""
    size, uncertainty = row["pixel_size_nm"], row["relative_uncertainty"]
    others = [
        f"{item['source']} {_size(item['nm_per_px'])}"
        for item in row.get("evidence", ())
        if item["source"] != row["origin"]
    ]
    return (
        name,
        "-" if size is None else _size(size),
        "-" if uncertainty is None else f"{uncertainty:.2%}",
        row["origin"] or "-",
        row["verdict"],
        ", ".join(others),
    )


def _size(nm_per_px: float | None) -> str:
    return "not read" if nm_per_px is None else f"{nm_per_px:.5g} nm/px"
