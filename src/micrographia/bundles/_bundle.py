"""A bundle at work: runs batches, proves itself."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.bundles._files import ARRAYS, CARD, MODEL, SELFTEST, digest, read_arrays
from micrographia.bundles._graph import check_graph
from micrographia.bundles._session import Device, Session, threads_to_use
from micrographia.bundles.card import parse_card
from micrographia.errors import BundleError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from micrographia.bundles._files import BundleFiles
    from micrographia.bundles.card import Card

__all__ = ["TOLERANCE", "Bundle"]

TOLERANCE = 1e-3
"""How far the self-test's answer may lie from the stored one, relative to its largest number."""

_CPU = "CPUExecutionProvider"
_BATCH_VALUES = 1 << 22
_MOST_BATCH = 64


class Bundle:
    """A trained model with its card.

    Parameters
    ----------
    files : BundleFiles
    threads : int, optional
        See `load_bundle`.
    device : {"auto", "cpu", "cuda"}

    Raises
    ------
    BundleError
        If the card is wrong or altered, or a file that it names is missing or altered.
    """

    def __init__(
        self, files: BundleFiles, threads: int | None = None, device: Device = "auto"
    ) -> None:
        self._files = files
        self.threads = threads_to_use(threads)
        self._device = device
        content = files.read(CARD)
        self.card: Card = parse_card(content.decode("utf-8", "replace"), str(files.path))
        self.sha256: str = digest(content)
        """One hash of everything: the card holds those of all other files."""
        if MODEL not in self.card.files:
            raise BundleError(
                f"{files.path}: the card names no hash of {MODEL}; save the bundle again"
            )

    def __repr__(self) -> str:
        return f"<Bundle {self.card.name!r} {self.card.version}, {self.card.task}>"

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._files.path

    @property
    def provider(self) -> str:
        """What ONNX Runtime runs it on."""
        return self.session.provider

    @functools.cached_property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays beside the model, such as statistics of its features."""
        if ARRAYS not in self.card.files:
            return {}
        return read_arrays(self._checked(ARRAYS), f"{self.path}: {ARRAYS}")

    @functools.cached_property
    def session(self) -> Session:
        """The model in ONNX Runtime; opened when it is first needed."""
        content = self._checked(MODEL)
        check_graph(content, f"{self.path}: {MODEL}")
        session = Session(content, f"{self.path}: {MODEL}", self.threads, self._device)
        _check_ends(session, self.card, str(self.path))
        return session

    def _checked(self, name: str) -> bytes:
        """A file's content, if it is what the card says."""
        content = self._files.read(name)
        if digest(content) != self.card.files[name]:
            raise BundleError(
                f"{self.path}: {name} is not the file that the card was written for (its SHA-256 "
                "differs): the bundle is damaged or was altered; fetch it again from its source"
            )
        return content

    def run(self, images: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """All answers of the model.

        Parameters
        ----------
        images : ndarray of shape (n, channels, rows, cols) or (n, features), float32
            As `prepare` makes them, stacked.

        Returns
        -------
        answers : dict of str to ndarray of shape (n, ...), float32
            Such as `logits` and `features`.

        Raises
        ------
        InputError
            If the shape is not what the card says.
        BundleError
            If the model cannot be opened or fails.
        """
        images = np.ascontiguousarray(images, np.float32)
        self._check_shape(images)
        [name] = self.session.inputs
        parts = [self.session.run({name: batch}) for batch in _batches(images)]
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}

    def _check_shape(self, images: NDArray[np.float32]) -> None:
        card = self.card.input
        if card.kind == "descriptors":
            wanted: tuple[int | None, ...] = (None, None)
        else:
            wanted = (None, card.channels, card.rows, card.cols)
        fits = images.ndim == len(wanted) and all(
            w is None or w == got for w, got in zip(wanted, images.shape, strict=True)
        )
        if not fits:
            text = ", ".join("any" if side is None else str(side) for side in wanted)
            raise InputError(
                f"{self.card.name}: wanted an array of shape ({text}), got {images.shape}; "
                "micrographia.bundles.prepare makes such images"
            )
        if len(images) == 0:
            raise InputError(f"{self.card.name}: no image was given; wanted at least one")

    def verify(self) -> None:
        """Check every file's hash, and the model's answer to the stored test input.

        Raises
        ------
        BundleError
            If a file is missing or altered, or the answer is not the stored one.
        """
        for name in self.card.files:
            if name not in (MODEL, ARRAYS, SELFTEST):
                self._checked(name)
        _ = self.arrays, self.session
        self.selftest()

    def selftest(self) -> None:
        """Check that the model answers the stored test input as it did when it was saved.

        Raises
        ------
        BundleError
            If there is none, or the answer differs.
        """
        if SELFTEST not in self.card.files:
            raise BundleError(f"{self.path}: no {SELFTEST}; save the bundle with a test input")
        stored = read_arrays(self._checked(SELFTEST), f"{self.path}: {SELFTEST}")
        if "input" not in stored:
            raise BundleError(f"{self.path}: {SELFTEST} holds no input; save the bundle again")
        answers = self.run(stored["input"])
        for name, answer in answers.items():
            expected = stored.get(f"output_{name}")
            if expected is None or expected.shape != answer.shape:
                held = "none" if expected is None else f"one of shape {expected.shape}"
                raise BundleError(
                    f"{self.path}: {SELFTEST} was not made for this model: wanted an answer {name} "
                    f"of shape {answer.shape}, it holds {held}; the bundle is damaged or was "
                    "altered: fetch it again from its source, or save it again"
                )
            if not _alike(answer, expected):
                raise BundleError(self._failed(name))

    def _failed(self, name: str) -> str:
        """What another answer than the stored one means where every file's hash is right."""
        said = f"{self.path}: the self-test failed: {name} is not what {SELFTEST} holds"
        runtime = "another version of onnxruntime"
        if self.provider != _CPU:
            runtime = f"device 'cpu', or {runtime}"
        if self.card.content_sha256 is None:
            return (
                f"{said}; either that file was altered and its hash with it, which a card "
                "without a hash of its own cannot show, or this computer or its ONNX Runtime "
                "cannot run the model rightly: fetch the bundle again from its source, then try "
                f"{runtime}"
            )
        return (
            f"{said}, though all files and the card are as they were saved: this computer or its "
            f"ONNX Runtime cannot run the model rightly; try {runtime}"
        )


def _alike(answer: NDArray[Any], expected: NDArray[Any]) -> bool:
    largest = max(1.0, float(np.abs(expected).max(initial=0)))
    return bool(np.allclose(answer, expected, rtol=0, atol=TOLERANCE * largest, equal_nan=True))


def _batches(images: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Parts of the same size for the same image size, so that memory stays bounded."""
    each = int(np.prod(images.shape[1:]))
    size = max(1, min(_MOST_BATCH, _BATCH_VALUES // max(1, each)))
    for start in range(0, len(images), size):
        yield images[start : start + size]


def _check_ends(session: Session, card: Card, source: str) -> None:
    """Whether the model takes one input and gives what its task needs."""
    if len(session.inputs) != 1:
        raise BundleError(
            f"{source}: {MODEL} takes {len(session.inputs)} inputs "
            f"({', '.join(session.inputs)}); wanted one: images"
        )
    needed = "logits" if card.is_classifier else "foreground"
    if needed not in session.outputs:
        raise BundleError(
            f"{source}: {MODEL} gives {', '.join(session.outputs)}; a bundle for {card.task} "
            f"must give {needed!r}"
        )
    last = session.outputs["logits"][-1] if card.is_classifier else None
    if isinstance(last, int) and last != len(card.classes):
        raise BundleError(
            f"{source}: {MODEL} tells {last} classes apart, the card names {len(card.classes)}"
        )
