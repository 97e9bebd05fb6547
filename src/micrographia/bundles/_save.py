"""Writing a bundle: hashes, and the answer that it must give again."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.bundles._bundle import Bundle
from micrographia.bundles._files import ARRAYS, CARD, MODEL, SELFTEST, BundleFiles, digest
from micrographia.bundles.card import content_hash
from micrographia.errors import BundleError, OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from micrographia.bundles.card import Card

__all__ = ["save_bundle"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
_OURS = {CARD, MODEL, ARRAYS, SELFTEST}


def save_bundle(
    folder: str | Path,
    card: Card,
    onnx: bytes | str | Path,
    arrays: Mapping[str, NDArray[Any]] | None = None,
    *,
    selftest_input: NDArray[Any],
) -> Path:
    """Write a bundle that can prove itself, after having tried it.

    Parameters
    ----------
    folder : path
        To make; a name that ends in ``.zip`` makes a zip. An earlier bundle there is replaced.
    card : Card
        Its hashes, `files` and `content_sha256`, are filled in here.
    onnx : bytes or path
        The model, in one file.
    arrays : mapping of str to ndarray, optional
        Such as statistics of its features; without objects.
    selftest_input : ndarray of shape (n, channels, rows, cols), float32
        An input, a few small images at most; its answer is computed on the CPU and stored.

    Returns
    -------
    path : Path
        Of the folder or zip.

    Raises
    ------
    BundleError
        If the model cannot run, or is not what the card says.
    OutputError
        If the place cannot be written, or holds something else than a bundle.
    """
    target = Path(folder)
    _check_free(target)
    model = onnx if isinstance(onnx, bytes) else Path(onnx).read_bytes()
    contents = {MODEL: model}
    if arrays:
        contents[ARRAYS] = _npz(arrays)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".saving-") as made:
            new = Path(made) / "new"
            new.mkdir()
            trial = _write(new, card, contents)
            test_input = np.ascontiguousarray(selftest_input, np.float32)
            answers = trial.run(test_input)
            answer_arrays = {f"output_{name}": value for name, value in answers.items()}
            contents[SELFTEST] = _npz({"input": test_input, **answer_arrays})
            _write(new, card, contents).verify()
            _put(new, target, Path(made))
    except OSError as error:
        raise OutputError(f"{target}: the bundle could not be written: {error}") from error
    return target


def _check_free(target: Path) -> None:
    if target.suffix == ".zip" and not target.is_dir():
        return
    if target.is_dir():
        names = {path.name for path in target.iterdir()}
        if names and (CARD not in names or names - _OURS):
            raise OutputError(
                f"{target}: it holds something else than a bundle; choose a new or empty folder"
            )
    elif target.exists():
        raise OutputError(f"{target}: the name is taken by a file; choose another")


def _write(folder: Path, card: Card, contents: Mapping[str, bytes]) -> Bundle:
    hashes = {name: digest(content) for name, content in contents.items()}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    said = card.model_copy(update={"files": hashes})
    own = content_hash(json.loads(said.model_dump_json()))
    text = said.model_copy(update={"content_sha256": own}).model_dump_json(indent=2)
    (folder / CARD).write_text(text + "\n", encoding="utf-8", newline="")
    return Bundle(BundleFiles(folder), device="cpu")


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays in the bytes that the same arrays always give."""
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise BundleError(f"array {name!r} holds objects; wanted plain numbers")
    buffer = io.BytesIO()
    plain: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
    np.savez_compressed(buffer, **plain)
    return buffer.getvalue()


def _put(new: Path, target: Path, made: Path) -> None:
    if target.suffix == ".zip":
        packed = made / "bundle.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(new.iterdir()):
                archive.writestr(
                    zipfile.ZipInfo(file.name, _EPOCH), file.read_bytes(), zipfile.ZIP_DEFLATED
                )
        packed.replace(target)
        return
    if target.exists():
        shutil.move(target, made / "old")
    new.rename(target)
