"""Where bundles lie: those that came with the package, and a person's own."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from micrographia.errors import BundleError, MicrographiaError, OutputError

if TYPE_CHECKING:
    from micrographia.bundles.card import Card

__all__ = [
    "BUILT_IN",
    "StoredBundle",
    "add_bundle",
    "bundle_in",
    "find_bundle",
    "list_bundles",
    "own_folder",
]

BUILT_IN = Path(__file__).resolve().parent.parent / "models"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_VARIABLE = "MICROGRAPHIA_MODELS"


@dataclasses.dataclass(frozen=True)
class StoredBundle:
    """A bundle that can be loaded by name.

    Parameters
    ----------
    name : str
    path : Path
    origin : {"built-in", "own"}
    card : Card or None
        None where it cannot be read.
    problem : str
        Why not.
    """

    name: str
    path: Path
    origin: Literal["built-in", "own"]
    card: Card | None = None
    problem: str = ""


def own_folder() -> Path:
    """Where a person's own bundles lie: ``MICROGRAPHIA_MODELS``, or in the user's data folder."""
    named = os.environ.get(_VARIABLE)
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "micrographia" / "models"


def find_bundle(path_or_name: str | Path) -> Path:
    """The folder or zip that a name or path means.

    Parameters
    ----------
    path_or_name : str or Path
        A plain name is looked for among the built-in bundles, then in the user's own folder, and
        last as a path; anything with a folder or suffix in it is a path. The folder of a training
        stands for the bundle in it.

    Returns
    -------
    path : Path

    Raises
    ------
    BundleError
        If there is none; the names of all bundles are given, or what a folder lacks.
    """
    text = str(path_or_name)
    if isinstance(path_or_name, str) and _NAME.match(text):
        for folder in (BUILT_IN, own_folder()):
            for place in (folder / text, folder / f"{text}.zip"):
                if _is_bundle(place):
                    return place
    path = Path(path_or_name).expanduser()
    try:
        there = path.exists()
    except (OSError, ValueError):
        there = False  # a name that no file can have
    if there:
        return bundle_in(path.absolute())
    names = ", ".join(found.name for found in list_bundles()) or "none yet"
    raise BundleError(
        f"no model {text!r}: neither a bundle of that name (there are: {names}) nor a folder or "
        "zip; 'micrographia models list' shows all"
    )


def bundle_in(path: Path) -> Path:
    """The bundle that a path leads to: itself or, in the folder of a training, the one inside.

    Parameters
    ----------
    path : Path
        Of a zip, of a bundle's folder, or of a folder of which one sub-folder is a bundle, as
        ``micrographia train`` and ``micrographia models train`` write it.

    Returns
    -------
    path : Path

    Raises
    ------
    BundleError
        If the folder holds no bundle, or several.
    """
    if not path.is_dir() or (path / "card.json").is_file():
        return path
    inside = sorted(card.parent for card in path.glob("*/card.json"))
    if len(inside) == 1:
        return inside[0]
    if inside:
        names = ", ".join(each.name for each in inside)
        raise BundleError(f"{path}: there are several bundles ({names}); say which one")
    if (path / "recipe.toml").is_file():
        raise BundleError(
            f"{path}: no bundle: the training there has not written one yet; go on with it by "
            f"'micrographia train DATASET --resume -o {path}' and its recipe"
        )
    raise BundleError(
        f"{path}: no bundle: card.json is missing, there and one folder below; wanted the folder "
        "or zip of a model, or the folder that 'micrographia train' wrote it to"
    )


def list_bundles() -> list[StoredBundle]:
    """All bundles that can be loaded by name, the built-in ones first.

    Returns
    -------
    bundles : list of StoredBundle
        Broken ones too, with their problem.
    """
    found: dict[str, StoredBundle] = {}
    places: tuple[tuple[Path, Literal["built-in", "own"]], ...] = (
        (BUILT_IN, "built-in"),
        (own_folder(), "own"),
    )
    for folder, origin in places:
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        for path in inside:
            name = path.name.removesuffix(".zip")
            if _is_bundle(path) and _NAME.match(name):
                found.setdefault(name, _stored(name, path, origin))
    return list(found.values())


def add_bundle(path: str | Path, *, replace: bool = False) -> Path:
    """Copy a bundle into the user's own folder, after it has proved itself.

    Parameters
    ----------
    path : path
        Of a folder or zip, or of the training that wrote it.
    replace : bool
        Whether one of the same name may be replaced.

    Returns
    -------
    folder : Path
        Where it lies now; it can be loaded by the name on its card.

    Raises
    ------
    BundleError
        If it does not pass, or its name is taken.
    OutputError
        If the folder cannot be written.
    """
    from micrographia._files import ensure_folder
    from micrographia.bundles._bundle import Bundle
    from micrographia.bundles._files import CARD, BundleFiles

    files = BundleFiles(bundle_in(Path(path).expanduser()))
    bundle = Bundle(files)
    bundle.verify()
    name = bundle.card.name
    if any(stored.name == name and stored.origin == "built-in" for stored in list_bundles()):
        raise BundleError(f"{name!r} is the name of a built-in model; give yours another name")
    folder = ensure_folder(own_folder())
    target = folder / name
    if target.exists() and not replace:
        raise BundleError(f"{target}: there is a bundle of that name; --replace takes its place")
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".adding-") as made:
            new = Path(made) / name
            new.mkdir()
            for file in (CARD, *bundle.card.files):
                (new / file).write_bytes(files.read(file))
            if target.exists():
                target.rename(Path(made) / "old")
            new.rename(target)
    except OSError as error:
        raise OutputError(f"{target}: the bundle could not be stored: {error}") from error
    shutil.rmtree(folder / f".adding-{name}", ignore_errors=True)
    return target


def _is_bundle(path: Path) -> bool:
    return (path / "card.json").is_file() or (path.suffix == ".zip" and path.is_file())


def _stored(name: str, path: Path, origin: Literal["built-in", "own"]) -> StoredBundle:
    from micrographia.bundles._bundle import Bundle
    from micrographia.bundles._files import BundleFiles

    try:
        return StoredBundle(name, path, origin, Bundle(BundleFiles(path)).card)
    except MicrographiaError as error:
        return StoredBundle(name, path, origin, None, str(error))
