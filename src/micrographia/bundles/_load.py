"""Loading a bundle by name or path."""

from __future__ import annotations

from pathlib import Path

from micrographia.bundles._bundle import Bundle
from micrographia.bundles._files import BundleFiles
from micrographia.bundles._session import Device
from micrographia.bundles._store import find_bundle

__all__ = ["load_bundle"]


def load_bundle(
    path_or_name: str | Path,
    *,
    verify: bool = True,
    threads: int | None = None,
    device: Device = "auto",
) -> Bundle:
    """Open a trained model.

    Nothing in a bundle can run code: the card is JSON, arrays hold no objects, and the model is a
    graph of ONNX's own operators.

    Parameters
    ----------
    path_or_name : str or Path
        A folder or zip, the folder of the training that wrote it, or the name of a built-in bundle
        or of one in the user's own folder.
    verify : bool
        Check all hashes and run the self-test now. Without it each file is still checked against
        its hash when it is first read.
    threads : int, optional
        How many it may run on; ``MICROGRAPHIA_THREADS`` or ``OMP_NUM_THREADS`` decides otherwise,
        or else all cores of this process.
    device : {"auto", "cpu", "cuda"}
        "auto" takes a GPU where ONNX Runtime finds one.

    Returns
    -------
    bundle : Bundle

    Raises
    ------
    BundleError
        If there is no such bundle, or it is damaged, altered, or of a newer format.
    """
    bundle = Bundle(BundleFiles(find_bundle(path_or_name)), threads, device)
    if verify:
        bundle.verify()
    return bundle
