"""The card of a bundle: what the model answers, what it must be given, how far to trust it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from micrographia.errors import BundleError, SettingsError
from micrographia.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMAT", "Card", "InputCard", "Metric", "OodCard", "Task", "content_hash", "parse_card"]

FORMAT = 1
"""The newest format of a bundle that this version reads, and the one that it writes."""

Task = Literal["image-classification", "particle-classification", "particle-segmentation"]

_NAME = r"^[a-z0-9][a-z0-9._-]*$"
_SHA256 = r"^[0-9a-f]{64}$"
_OWN = "content_sha256"
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Hash = Annotated[str, Field(pattern=_SHA256)]


class InputCard(Settings):
    """What the model is given, and how an image becomes that.

    Examples
    --------
    >>> InputCard(rows=64, cols=64).shape
    (64, 64)
    """

    kind: Literal["image", "descriptors"] = Field(
        default="image",
        description="'image': grey levels as recorded; 'descriptors': numbers computed from them.",
    )
    rows: Annotated[int, Field(ge=1, le=16384)] | None = Field(
        default=None, description="Rows of the input [px]; none where any number will do."
    )
    cols: Annotated[int, Field(ge=1, le=16384)] | None = Field(
        default=None, description="Columns of the input [px]; none where any number will do."
    )
    multiple_of: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="Rows and columns are filled up to a multiple of this, below and at the right.",
    )
    channels: Literal[1, 2, 3] = Field(
        default=1,
        description="1: grey; 3: red, green, blue; for particles, as many as there are layers.",
    )
    resize: Literal["fit", "stretch", "none"] = Field(
        default="fit",
        description=(
            "How an image comes to rows × cols. 'fit': the whole of it in its own proportions, "
            "mirrored at its edges to fill up; 'stretch': rows and columns each scaled to fit; "
            "'none': cut or filled up about its middle, never scaled."
        ),
    )
    bars: Literal["keep", "crop", "fill"] = Field(
        default="fill",
        description=(
            "What is done to data bars and scale bars of whole images first, as in the training: "
            "kept; cut off with what is beside them; strips cut off, the rest covered with the "
            "texture beside it."
        ),
    )
    pixel_size_nm: tuple[Positive, Positive] | None = Field(
        default=None,
        description=(
            "Smallest and largest pixel size of the image as the model sees it, after resizing, "
            "for which it is valid [nm]; none where any will do."
        ),
    )
    outside: Literal["resample", "refuse", "warn"] = Field(
        default="warn",
        description="What to do with an image whose pixel size lies outside that range.",
    )
    polarity: Literal["any", "dark", "bright"] = Field(
        default="any",
        description="Particles the model knows; an image of the other kind is inverted.",
    )
    descriptors: str | None = Field(
        default=None, description="Name of the descriptors, where the kind says so."
    )

    @property
    def shape(self) -> tuple[int | None, int | None]:
        """Rows and columns of the input [px]."""
        return self.rows, self.cols

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.rows is None) != (self.cols is None):
            raise ValueError("rows and cols must both be given, or neither")
        if self.rows is None and self.resize == "stretch":
            raise ValueError("an image can only be stretched to rows and cols that are given")
        if self.pixel_size_nm is not None and self.pixel_size_nm[0] > self.pixel_size_nm[1]:
            raise ValueError("pixel_size_nm: the smallest comes first")
        if (self.kind == "descriptors") != (self.descriptors is not None):
            raise ValueError("descriptors must be named where kind is 'descriptors', nowhere else")
        return self


class OodCard(Settings):
    """How images unlike those of the training are told; statistics lie in ``arrays.npz``."""

    method: Literal["mahalanobis", "neighbours", "combined", "relative", "kernel"] = Field(
        description=(
            "Distance to the classes' means, or to the nearest training features; 'combined': "
            "distance from the classes that are answered together with doubt between them; "
            "'relative': doubt, distance to the nearest class, and that distance relative to the "
            "one from all images; 'kernel': how little a kernel regression on the classes answers, "
            "and the distance to the nearest training features."
        )
    )
    threshold: float = Field(description="An image with a larger score is unlike the known ones.")
    neighbours: int = Field(default=5, ge=1, description="How many neighbours, where they count.")


class Metric(Settings):
    """One figure of quality with its interval, and the data that it was measured on."""

    name: str = Field(description="Such as 'accuracy'.")
    value: float = Field(description="As measured.")
    low: float | None = Field(default=None, description="Lower end of its 95 % interval.")
    high: float | None = Field(default=None, description="Upper end of its 95 % interval.")
    data: str = Field(description="What it was measured on, and how that was kept from training.")


class Card(Settings):
    """Everything that must be known of a model to use it rightly.

    Examples
    --------
    >>> card = Card(
    ...     name="two-shapes", version="1.0.0", summary="Circles and squares.",
    ...     task="image-classification", classes=("circle", "square"),
    ...     input=InputCard(rows=64, cols=64), licence="CC0-1.0",
    ... )
    >>> card.unknown_threshold
    0.8
    """

    format: int = Field(default=FORMAT, ge=1, description="Version of the bundle's layout.")
    name: str = Field(pattern=_NAME, max_length=64, description="What it is called by.")
    version: str = Field(default="1.0.0", description="Of the model.")
    summary: str = Field(description="What it is for, in a sentence.")
    task: Task = Field(description="What it is given and what it answers.")
    classes: tuple[str, ...] = Field(
        default=(), description="Names of the classes, in the order of the model's answers."
    )
    multi_label: bool = Field(
        default=False, description="Whether an image may belong to several classes, or to none."
    )
    input: InputCard = Field(default_factory=InputCard, description="What it must be given.")
    temperature: Positive | tuple[Positive, ...] = Field(
        default=1.0,
        description="Logits are divided by it, so that probabilities mean what they say.",
    )
    unknown_threshold: Share | tuple[Share, ...] = Field(
        default=0.8, description="An answer with a lower probability is 'unknown'."
    )
    ood: OodCard | None = Field(
        default=None, description="How images unlike the training's are told; none where not."
    )
    metrics: tuple[Metric, ...] = Field(default=(), description="What it was measured to reach.")
    provenance: dict[str, JsonValue] = Field(
        default_factory=dict, description="Recipe, seed, versions, data: how it came to be."
    )
    licence: str = Field(
        default="", description="Of the weights, as an SPDX name where there is one."
    )
    parameters: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="What the task needs besides, such as its post-processing.",
    )
    files: dict[str, Hash] = Field(
        default_factory=dict, description="SHA-256 of every file of the bundle but this one."
    )
    content_sha256: Hash | None = Field(
        default=None,
        description="SHA-256 of all that the card says but this; none in cards written before "
        "there was one.",
    )

    @property
    def is_classifier(self) -> bool:
        """Whether it answers with classes."""
        return self.task != "particle-segmentation"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.is_classifier and not self.classes:
            raise ValueError("a classifier must name its classes")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("two classes have the same name")
        if self.input.channels == 2 and self.task != "particle-classification":
            raise ValueError("input.channels: two are for the layers of particles; wanted 1 or 3")
        for field in ("temperature", "unknown_threshold"):
            value = getattr(self, field)
            if isinstance(value, tuple) and len(value) != len(self.classes):
                raise ValueError(f"{field}: wanted one number, or one for each class")
        for name in self.files:
            if not _FILE.match(name):
                raise ValueError(f"files: {name!r} is no plain file name")
        return self


def content_hash(values: Mapping[str, Any]) -> str:
    """SHA-256 of all that a card says, whatever the order of its fields and its white space.

    Parameters
    ----------
    values : mapping
        The card's JSON, read; its `content_sha256` does not count.

    Returns
    -------
    digest : str
        In hexadecimal digits.

    Examples
    --------
    >>> content_hash({"name": "a", "version": "1"}) == content_hash({"version": "1", "name": "a"})
    True
    """
    rest = {name: value for name, value in values.items() if name != _OWN}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def parse_card(text: str, source: str) -> Card:
    """Read a card from its JSON.

    Parameters
    ----------
    text : str
    source : str
        What the card belongs to, for the message.

    Returns
    -------
    card : Card

    Raises
    ------
    BundleError
        If it is no JSON, of a newer format, altered, or does not say what a card must.
    """
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{source}: card.json could not be read as JSON: {error}") from error
    if not isinstance(values, dict):
        raise BundleError(f"{source}: card.json holds no card; wanted an object with its fields")
    form = values.get("format", FORMAT)
    if isinstance(form, int) and form > FORMAT:
        raise BundleError(
            f"{source}: the bundle has format {form}, this version of micrographia reads up to "
            f"{FORMAT}; update micrographia, or ask for the bundle in an older format"
        )
    own = values.get(_OWN)
    if own is not None and own != content_hash(values):
        raise BundleError(
            f"{source}: card.json is not the card that was saved (its content differs from its "
            f"{_OWN}): the bundle is damaged or was altered; fetch it again from its source, or "
            "make changes of your own with micrographia.bundles.save_bundle"
        )
    try:
        return Card.parse(values, source=f"{source}: card.json")
    except SettingsError as error:
        raise BundleError(str(error)) from error
