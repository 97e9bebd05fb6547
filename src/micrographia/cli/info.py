"""``micrographia info``: what image files hold."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from micrographia.cli._guard import FAILED, complain, guarded, wrong_usage


@guarded
def info(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Image files, folders of them, or patterns such as '*.dm3'."
        ),
    ],
    frame: Annotated[
        int | None, typer.Option(help="Which frame of a stack, counted from 0.")
    ] = None,
    signal: Annotated[
        str | None,
        typer.Option(help="Which of several images in a file, by its number or its title."),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Look into folders within folders.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what image files hold.

    For each file: its format, its signals with shape and type, and of the image that would be
    analysed its pixel size and what a person should know. The exit status is 1 if a file could
    not be read.
    """
    from micrographia.batch import find_images
    from micrographia.cli._text import signal_of

    with wrong_usage():
        found = find_images(paths, recursive=recursive)
    rows = [_about(path, frame, signal_of(signal)) for path in found.files]
    for note in found.notes:
        complain(f"note: {note}")
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(_told(row) for row in rows))
    if any("error" in row for row in rows):
        raise typer.Exit(FAILED)


def _about(path: Path, frame: int | None, signal: int | str | None) -> dict[str, Any]:
    from micrographia.errors import MicrographiaError
    from micrographia.io import list_signals, read

    about: dict[str, Any] = {"path": str(path)}
    try:
        signals = list_signals(path)
        about["signals"] = [
            {
                "index": one.index,
                "title": one.title,
                "kind": one.kind,
                "shape": list(one.shape),
                "dtype": one.dtype,
                "frames": one.frames,
            }
            for one in signals
        ]
        image = read(path, frame=frame, signal=signal)
    except (MicrographiaError, OSError) as error:
        return {**about, "error": str(error)}
    size = image.pixel_size
    return {
        **about,
        "format": image.metadata.get("format"),
        "shape": list(image.shape),
        "dtype": str(image.pixels.dtype),
        "pixel_size_nm": None if size is None else [size.row, size.col],
        "warnings": list(image.warnings),
    }


def _told(about: dict[str, Any]) -> str:
    lines = [about["path"]]
    for one in about.get("signals", ()):
        shape = " × ".join(map(str, one["shape"]))
        title = f" {one['title']!r}" if one["title"] else ""
        lines.append(f"  signal {one['index']}:{title} {one['kind']}, {shape} {one['dtype']}")
    if "error" in about:
        return "\n".join([*lines, f"  error: {about['error']}"])
    rows, cols = about["shape"]
    lines.append(f"  image: {rows} rows × {cols} cols, {about['dtype']}, {about['format']}")
    lines.append(f"  pixel size: {_size(about['pixel_size_nm'])}")
    lines += [f"  warning: {text}" for text in about["warnings"]]
    return "\n".join(lines)


def _size(size: list[float] | None) -> str:
    if size is None:
        return "the file gives none"
    row, col = size
    return f"{row:.6g} nm" if row == col else f"{row:.6g} nm (rows) × {col:.6g} nm (cols)"
