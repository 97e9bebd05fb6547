"""Signals: the images, stacks and spectra that a file holds, and the choice among them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from micrographia.errors import (
    AmbiguousSignalError,
    CalibrationError,
    InputError,
    UnsupportedFileError,
)
from micrographia.micrograph import PixelSize
from micrographia.units import convert, kind_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Axis", "Signal", "SignalInfo", "choose", "choose_frame", "kind_of_axes", "pixel_size"]

Kind = Literal["image", "stack", "diffraction", "complex", "spectrum"]

_UNITLESS = {"", "[]", "px", "pixel", "pixels", "<undefined>", "undefined", "none", "-", "a.u."}
_ANGLES = {"mrad", "rad", "deg", "°", "urad", "µrad", "degrees", "radians"}
_LONGEST_NM = 1e9  # one metre a pixel: TIA writes 1/m where a length in m would stand


@dataclasses.dataclass(frozen=True)
class Axis:
    """One axis of an array: its size, and what one step along it means."""

    name: str
    size: int
    scale: float | None = None
    unit: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For ``metadata["axes"]``."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class SignalInfo:
    """What `list_signals` says of one signal of a file.

    Parameters
    ----------
    index : int
        What ``signal=`` takes, from 0.
    title : str
        What the file calls it; ``signal=`` takes it too.
    shape : tuple of int
        Frames first where there are several, then (rows, cols).
    dtype : str
        Type of the pixels in the file.
    frames : int
        Number of images; 1 except for a stack, 0 for what holds no image.
    kind : {"image", "stack", "diffraction", "complex", "spectrum"}
        Only images and stacks are micrographs. A diffraction pattern can be read but has no
        pixel size; a complex image and a spectrum cannot be read.
    """

    index: int
    title: str
    shape: tuple[int, ...]
    dtype: str
    frames: int
    kind: Kind

    def __str__(self) -> str:
        shape = " × ".join(str(edge) for edge in self.shape)
        frames = f", {self.frames} frames" if self.frames > 1 else ""
        return (
            f"{self.index}: {self.title or 'untitled'} ({self.kind}, {shape} {self.dtype}{frames})"
        )


@dataclasses.dataclass
class Signal:
    """A signal as a reader offers it; nothing of its pixels is loaded yet.

    `load(frame)` returns one image of shape (rows, cols), or (rows, cols, samples) for colours, or
    a structured array of R, G, B; `stored(frame)`, where it differs, the numbers in the file
    without any colour table; `colours(frame)`, where it differs, the colours of that table. `axes`
    are those of the whole array without the colour samples.
    """

    title: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axes: tuple[Axis, ...]
    load: Callable[[int], NDArray[Any]]
    kind: Kind
    frames: int = 1
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    warnings: list[str] = dataclasses.field(default_factory=list)
    stored: Callable[[int], NDArray[Any]] | None = None
    colours: Callable[[int], NDArray[Any]] | None = None

    @property
    def image_axes(self) -> tuple[Axis, Axis]:
        """The axes down the rows and along the columns."""
        return self.axes[-2], self.axes[-1]

    def info(self, index: int) -> SignalInfo:
        """What a person is told of it."""
        return SignalInfo(index, self.title, self.shape, str(self.dtype), self.frames, self.kind)


def _kind_of_axis(axis: Axis) -> str:
    unit = (axis.unit or "").strip()
    if unit.lower() in _UNITLESS:
        return "none"
    if unit.lower() in _ANGLES:
        return "angle"
    kind = kind_of(unit)
    if kind == "length" and axis.scale and abs(convert(axis.scale, unit, "nm")) > _LONGEST_NM:
        return "frequency"
    return kind or "other"


def kind_of_axes(row: Axis, col: Axis) -> Literal["image", "diffraction", "spectrum"]:
    """Tell from their units what two axes span.

    Examples
    --------
    >>> kind_of_axes(Axis("y", 4, 0.2, "nm"), Axis("x", 4, 0.2, "nm"))
    'image'
    >>> kind_of_axes(Axis("ky", 4, 0.2, "1/nm"), Axis("kx", 4, 0.2, "1/nm"))
    'diffraction'
    """
    kinds = {_kind_of_axis(row), _kind_of_axis(col)}
    if kinds & {"frequency", "angle"}:
        return "diffraction"
    return "spectrum" if "other" in kinds else "image"


def pixel_size(row: Axis, col: Axis) -> tuple[PixelSize | None, list[str]]:
    """The pixel size that two axes give, and what a person should know about it.

    Parameters
    ----------
    row, col : Axis
        The axis down the rows and the one along the columns.

    Returns
    -------
    size : PixelSize or None
        None where the axes carry no unit, or one that is no length.
    warnings : list of str

    Examples
    --------
    >>> pixel_size(Axis("y", 4, 2.0, "Å"), Axis("x", 4, 1.0, "nm"))[0]
    PixelSize(row=0.2, col=1.0, origin='metadata', relative_uncertainty=None)
    """
    kinds = [_kind_of_axis(row), _kind_of_axis(col)]
    stated = " and ".join(f"{axis.scale!r} {axis.unit}" for axis in (row, col))
    if "frequency" in kinds or "angle" in kinds:
        remark = (
            f"this is a diffraction pattern or an FFT: its axes carry {stated} per pixel, which is "
            "no length, so there is no pixel size"
        )
        return None, [remark]
    if kinds == ["none", "none"]:
        scales = [axis.scale for axis in (row, col) if axis.scale is not None]
        if any(scale != 1 for scale in scales):
            return None, [f"the file gives {scales[0]:.6g} per pixel without a unit: not used"]
        return None, []
    if kinds != ["length", "length"]:
        return None, [
            f"the axes carry {stated} per pixel; wanted a length on both, so there is no pixel size"
        ]
    try:
        lengths = [convert(float(a.scale or math.nan), a.unit or "", "nm") for a in (row, col)]
        return PixelSize(lengths[0], lengths[1], "metadata"), []
    except CalibrationError as error:
        return None, [f"the file's pixel size is not used: {error}"]


def _listing(signals: Sequence[Signal]) -> str:
    return "; ".join(str(signal.info(index)) for index, signal in enumerate(signals))


def _refusal(signal: Signal) -> str:
    if signal.kind == "complex":
        return (
            f"holds complex numbers ({signal.dtype}), an FFT or a wave function; whether modulus, "
            "intensity or phase is meant is not for a reader to decide: export the one wanted"
        )
    return "is a spectrum or a spectrum image, not a micrograph"


def _named(signals: Sequence[Signal], wanted: int | str, name: str) -> int:
    if isinstance(wanted, str) and not wanted.lstrip("-").isdigit():
        found = [i for i, s in enumerate(signals) if s.title.casefold() == wanted.casefold()]
        if len(found) > 1:
            raise AmbiguousSignalError(
                f"{name}: {len(found)} signals are called {wanted!r}; give the number with "
                f"--signal: {_listing(signals)}"
            )
        if not found:
            raise InputError(f"{name}: there is no signal {wanted!r}; it holds {_listing(signals)}")
        return found[0]
    index = int(wanted)
    if not 0 <= index < len(signals):
        raise InputError(f"{name}: there is no signal {index}; it holds {_listing(signals)}")
    return index


def choose(signals: Sequence[Signal], wanted: int | str | None, name: str) -> tuple[int, list[str]]:
    """Pick the signal that is meant.

    Parameters
    ----------
    signals : sequence of Signal
    wanted : int, str or None
        Index or title; None where the caller leaves it to the file.
    name : str
        What messages call the file.

    Returns
    -------
    index : int
    warnings : list of str
        Says what else the file holds where the choice was not the only possible one.

    Raises
    ------
    AmbiguousSignalError
        If several images could be meant.
    UnsupportedFileError
        If the file, or the signal asked for, is no image.
    InputError
        If the file has no such signal.
    """
    if not signals:
        raise UnsupportedFileError(f"{name}: the file holds no image")
    if wanted is not None:
        index = _named(signals, wanted, name)
        if signals[index].kind in ("complex", "spectrum"):
            raise UnsupportedFileError(
                f"{name}: signal {index} ({signals[index].title or 'untitled'}) "
                f"{_refusal(signals[index])}"
            )
        return index, []
    for kinds in (("image",), ("stack",), ("diffraction",)):
        found = [index for index, signal in enumerate(signals) if signal.kind in kinds]
        if found:
            return _only(signals, found, name)
    if len(signals) == 1:
        raise UnsupportedFileError(f"{name}: it {_refusal(signals[0])}")
    raise UnsupportedFileError(f"{name}: none of its signals is an image: {_listing(signals)}")


def _only(signals: Sequence[Signal], found: list[int], name: str) -> tuple[int, list[str]]:
    if len(found) > 1:
        calibrated = [i for i in found if pixel_size(*signals[i].image_axes)[0] is not None]
        if len(calibrated) != 1:
            raise AmbiguousSignalError(
                f"{name}: it holds {len(found)} images and nothing says which is meant; choose one "
                f"with --signal (signal= in Python): {_listing(signals)}"
            )
        kept = signals[calibrated[0]].info(calibrated[0])
        return calibrated[0], [
            f"of {len(found)} images in the file the only one with a pixel size was taken, {kept}"
        ]
    if len(signals) > 1:
        kept = signals[found[0]].info(found[0])
        return found[0], [f"of {len(signals)} signals in the file one was taken, {kept}"]
    return found[0], []


def choose_frame(signal: Signal, frame: int | None, name: str) -> int:
    """Pick the frame that is meant.

    Raises
    ------
    AmbiguousSignalError
        If there are several and none was asked for.
    InputError
        If there is no such frame.
    """
    if frame is None:
        if signal.frames > 1:
            raise AmbiguousSignalError(
                f"{name}: a stack of {signal.frames} frames ({signal.info(0).shape}); choose one "
                f"with --frame 0 to --frame {signal.frames - 1} (frame= in Python)"
            )
        return 0
    if not 0 <= frame < signal.frames:
        raise InputError(
            f"{name}: there is no frame {frame}; wanted 0 to {signal.frames - 1} "
            "(frames are counted from 0)"
        )
    return frame
