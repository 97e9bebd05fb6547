"""What a person decides about a set of labelled images before anything is learnt from it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from micrographia.settings import Settings

__all__ = ["DatasetSettings"]


class DatasetSettings(Settings):
    """How labelled images are read: classes, groups, near-duplicates, files that fail.

    Examples
    --------
    >>> DatasetSettings(rename={"nano wires": "nanowires"}, drop=("coated surface",)).drop
    ('coated surface',)
    """

    rename: dict[str, str] = Field(
        default_factory=dict,
        description="New names of classes; several classes that get one name are merged.",
    )
    drop: tuple[str, ...] = Field(
        default=(), description="Classes to leave out, by their names before renaming."
    )
    multi_label: bool | None = Field(
        default=None,
        description="Whether an image may have several labels; not set: where some image has.",
    )
    class_from: Literal["folder", "path"] = Field(
        default="folder",
        description="Class folders: the class is the first folder's name, or the path of folders.",
    )
    group_from: Literal["manifest", "folder"] = Field(
        default="manifest",
        description="Groups: the manifest's column alone, or also the innermost folder.",
    )
    group_pattern: str | None = Field(
        default=None,
        description="Regular expression on an image's path; what its first parentheses match "
        "names the group, so that rotations or frames of one original stay together.",
    )
    near_duplicates: Literal["group", "ignore"] = Field(
        default="group",
        description="Images that are nearly the same: kept in one group, or not looked for.",
    )
    near_shift: Annotated[float, Field(ge=0, le=0.05)] = Field(
        default=0.004,
        description="How much near-duplicates may differ: as much as by a shift of this share of "
        "the picture's edge; 0: only equal pixels.",
    )
    contradictions: Literal["keep", "drop"] = Field(
        default="keep",
        description="Equal images with different labels: kept, or all of them left out.",
    )
    bars: Literal["keep", "crop", "fill"] = Field(
        default="keep",
        description="Data bars and scale bars: kept, cut off with what is beside them, or strips "
        "cut off and the rest filled in from around.",
    )
    unreadable: Literal["refuse", "skip"] = Field(
        default="refuse",
        description="Files that cannot be read: refused, all of them named, or left out.",
    )
    similar_names: Literal["refuse", "accept"] = Field(
        default="refuse",
        description="Class names that differ only in case, spacing or plural: refused, or kept.",
    )
    path_column: str = Field(default="path", description="Manifest: column of the image's path.")
    label_column: str = Field(default="label", description="Manifest: column of the label.")
    labels_column: str | None = Field(
        default=None,
        description="Manifest: column of lists of labels; not set: labels or labels_all.",
    )
    group_column: str = Field(default="group", description="Manifest: column of the group.")

    @field_validator("group_pattern")
    @classmethod
    def _has_parentheses(cls, value: str | None) -> str | None:
        if value is None:
            return value
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        if pattern.groups < 1:
            raise ValueError("needs parentheses round the part of the path that names the group")
        return value

    @model_validator(mode="after")
    def _renamed_are_not_dropped(self) -> Self:
        both = sorted(set(self.rename) & set(self.drop))
        if both:
            raise ValueError(f"{', '.join(both)} cannot be both renamed and dropped; choose one")
        return self
