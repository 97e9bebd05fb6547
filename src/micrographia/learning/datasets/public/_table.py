"""The table of public sets: where each lies, what it holds, under what licence."""

from __future__ import annotations

import dataclasses

from micrographia.errors import InputError

__all__ = ["PUBLIC", "PublicSet", "public_set"]


@dataclasses.dataclass(frozen=True)
class PublicSet:
    """One public set of labelled micrographs.

    Parameters
    ----------
    name : str
        What it is asked for by.
    title, licence, doi : str
    record : str
        Address of the repository's description of its files (JSON), which holds their sizes and
        checksums: they are taken from there when the set is fetched, never kept here.
    images : int
        As its authors state.
    classes : int
    layout : str
        How its files hold the classes; `archive-a-class`: every archive is one class, of its name.
    cite : str
        What to cite.
    """

    name: str
    title: str
    doi: str
    record: str
    licence: str
    images: int
    classes: int
    cite: str
    layout: str = "archive-a-class"


PUBLIC: dict[str, PublicSet] = {
    one.name: one
    for one in (
        PublicSet(
            name="nffa-europe",
            title="NFFA-EUROPE - 100% SEM dataset",
            doi="10.23728/b2share.80df8606fcdb4b2bae1656f0dc6db8ba",
            record="https://b2share.eudat.eu/api/records/80df8606fcdb4b2bae1656f0dc6db8ba",
            licence="CC-BY",
            images=21169,
            classes=10,
            cite="R. Aversa, M. H. Modarres, S. Cozzini, R. Ciancio, A. Chiusole: The first "
            "annotated set of scanning electron microscopy images for nanoscience, Scientific "
            "Data 5, 180172 (2018), doi:10.1038/sdata.2018.172",
        ),
    )
}
"""Sets that `get_dataset` knows, by name."""


def public_set(name: str) -> PublicSet:
    """The set of that name.

    Raises
    ------
    InputError
        If there is none; the message lists those there are.

    Examples
    --------
    >>> public_set("nffa-europe").images
    21169
    """
    if name not in PUBLIC:
        raise InputError(
            f"no public set {name!r}; there are: {', '.join(sorted(PUBLIC))}. A set of your own is "
            "opened from its folder and need not be fetched"
        )
    return PUBLIC[name]
