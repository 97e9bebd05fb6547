"""Words between a person and the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrographia.cli._guard import complain

if TYPE_CHECKING:
    from micrographia.learning import Dataset

__all__ = ["sentence", "signal_of", "tell_dataset"]


def sentence(text: str) -> str:
    """A description as a sentence, with its capital letter and its full stop.

    Examples
    --------
    >>> sentence("edge of a pixel [nm]"), sentence("Level of every interval")
    ('Edge of a pixel [nm].', 'Level of every interval.')
    """
    text = text.strip()
    if text and not text.endswith((".", "!", "?")):
        text += "."
    return text[:1].upper() + text[1:]


def signal_of(text: str | None) -> int | str | None:
    """A signal by its number where the text is one, else by its title.

    Examples
    --------
    >>> signal_of("2"), signal_of("HAADF"), signal_of(None)
    (2, 'HAADF', None)
    """
    return int(text) if text is not None and text.isdecimal() else text


def tell_dataset(dataset: Dataset, *, learns: bool = False) -> None:
    """Say on the error stream what a dataset holds, what is left out of it and what is odd.

    Parameters
    ----------
    dataset : Dataset
    learns : bool
        Whether a model is about to learn from it.
    """
    complain(f"{dataset!r}"[1:-1])
    for path, reason in dataset.skipped.items():
        complain(f"warning: {path} left out: {reason}")
    for note in dataset.notes:
        complain(f"note: {note}")
    if learns:
        from micrographia.learning.datasets._bars import kept_bars_note

        said = kept_bars_note(dataset)
        if said is not None:
            complain(f"note: {said}")
