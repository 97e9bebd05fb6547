"""Text that a person typed, as the value it means."""

__all__ = ["signal_of"]


def signal_of(text: str | None) -> int | str | None:
    """A signal by its number where the text is one, else by its title.

    Examples
    --------
    >>> signal_of("2"), signal_of("HAADF"), signal_of(None)
    (2, 'HAADF', None)
    """
    return int(text) if text is not None and text.isdecimal() else text
