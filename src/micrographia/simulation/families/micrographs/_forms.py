"""Forms: the geometry of one body, its closed-form area, and its picture on a grid of pixels.

A form is drawn at unit size (the disc of equal projected area has diameter 1) about its origin and
is then scaled, turned and shifted. Coverage comes from the signed distance to the outline, so that
an edge is anti-aliased over one pixel wherever it lies.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DIRECTIONS", "Form", "HullForm", "Patch", "PolarForm", "WireForm", "turned_support"]

K_SUPPORT = 72
"""Directions in which the support function of a form is tabulated."""
_TABLE = 2048
_ANGLES = np.arange(K_SUPPORT) * (2 * math.pi / K_SUPPORT)
DIRECTIONS: NDArray[np.float64] = np.stack([np.sin(_ANGLES), np.cos(_ANGLES)])
"""Unit vectors (row, col) of the support tables, shape (2, 72)."""
_MARGIN = 4


class Patch(NamedTuple):
    """A body on the pixel grid; the box may reach outside the image.

    Parameters
    ----------
    row, col : int
        First row and column of the box.
    cover : ndarray of shape (box rows, box cols), float32
        Share of each pixel that the body covers.
    depth : ndarray, float32 [px]
        Thickness along the beam.
    top : ndarray, float32 [px]
        Height of the upper surface above the ground on which the body lies.
    """

    row: int
    col: int
    cover: NDArray[np.float32]
    depth: NDArray[np.float32]
    top: NDArray[np.float32]


@dataclasses.dataclass(frozen=True, eq=False)
class Form:
    """What all forms share.

    Parameters
    ----------
    name : str
        Class of the outline or body.
    reach : float
        Radius of the circle round the origin that holds the form of unit size.
    support : ndarray of shape (72,)
        Support function: how far the form reaches in each of `DIRECTIONS`.
    faces : tuple of float [rad]
        Directions of flat sides, along which neighbours line up; empty for round forms.
    """

    name: str
    reach: float
    support: NDArray[np.float64]
    faces: tuple[float, ...]

    @functools.cached_property
    def twice(self) -> NDArray[np.float64]:
        """The support table twice over, so that a turned one is a piece of it."""
        return np.concatenate([self.support, self.support])

    def patch(self, row: float, col: float, scale: float, angle: float) -> Patch:
        """Draw the form of diameter `scale` [px], turned by `angle`, centred at (row, col)."""
        radius = self.reach * scale + _MARGIN
        first_row, first_col = math.floor(row - radius), math.floor(col - radius)
        size = math.ceil(2 * radius) + 1
        down = np.arange(first_row, first_row + size, dtype=np.float32)[:, None] - np.float32(row)
        right = np.arange(first_col, first_col + size, dtype=np.float32)[None] - np.float32(col)
        cos, sin = np.float32(math.cos(angle)), np.float32(math.sin(angle))
        along, across = cos * right + sin * down, cos * down - sin * right
        distance, depth, top = self._fields(across, along, np.float32(scale))
        cover = np.clip(np.float32(0.5) - distance, 0, 1)
        return Patch(first_row, first_col, cover, depth * cover, top)

    def _fields(
        self, down: NDArray[np.float32], right: NDArray[np.float32], scale: np.float32
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Signed distance to the outline (outside positive), thickness, height of the top."""
        raise NotImplementedError


def turned_support(
    form: Form, scale: float | NDArray[np.floating], angle: float
) -> NDArray[np.float64]:
    """Support table of a form that is scaled and turned, interpolated between directions."""
    steps = (angle / (2 * math.pi) * K_SUPPORT) % K_SUPPORT
    whole = int(steps)
    part = steps - whole
    start = K_SUPPORT - whole
    first = form.twice[start : start + K_SUPPORT]
    before = form.twice[start - 1 : start - 1 + K_SUPPORT]
    table: NDArray[np.float64] = (scale * (1 - part)) * first + (scale * part) * before
    return table


@dataclasses.dataclass(frozen=True, eq=False)
class PolarForm(Form):
    """A body whose outline is one distance from the origin for every direction.

    Parameters
    ----------
    radii, slant : ndarray of shape (2048,), float32
        Distance of the outline, and the cosine between the ray and the outline's normal.
    relief : {"ball", "plate", "dome", "pyramid", "shell"}
        How the thickness runs from the origin to the outline.
    height : float
        Greatest thickness of the form of unit size.
    """

    radii: NDArray[np.float32]
    slant: NDArray[np.float32]
    relief: str
    height: float

    @classmethod
    def from_radii(
        cls,
        name: str,
        radii: NDArray[np.floating],
        relief: str = "ball",
        height: float = 1.0,
        faces: tuple[float, ...] = (),
    ) -> PolarForm:
        """Build from 2,048 distances at even angles; they are scaled to unit size here."""
        step = 2 * math.pi / _TABLE
        radii = radii * math.sqrt(math.pi / 4 / (0.5 * step * float((radii**2).sum())))
        slope = (np.roll(radii, -1) - np.roll(radii, 1)) / (2 * step) / radii
        angles = np.arange(_TABLE) * step
        points = np.stack([radii * np.sin(angles), radii * np.cos(angles)], axis=1)[::8]
        return cls(
            name,
            float(radii.max()),
            (points @ DIRECTIONS).max(axis=0),
            faces,
            radii.astype(np.float32),
            (1 / np.sqrt(1 + slope**2)).astype(np.float32),
            relief,
            height,
        )

    def _fields(
        self, down: NDArray[np.float32], right: NDArray[np.float32], scale: np.float32
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        rho, theta = cv2.cartToPolar(right, down)
        index = (theta * np.float32(_TABLE / (2 * math.pi)) + np.float32(0.5)).astype(np.int32)
        index &= _TABLE - 1
        outline = self.radii[index] * scale
        distance = (rho - outline) * self.slant[index]
        share = np.minimum(rho / outline, 1)
        height = np.float32(self.height) * scale
        profile = _profile(self.relief, share, distance, height)
        lift = np.float32(0.5) if self.relief in ("ball", "shell") else np.float32(1)
        top = profile if self.relief != "shell" else _profile("ball", share, distance, height)
        return distance, profile, top * lift


def _profile(
    relief: str, share: NDArray[np.float32], distance: NDArray[np.float32], height: np.float32
) -> NDArray[np.float32]:
    """Thickness for a share of the way from the origin to the outline."""
    if relief == "ball":
        profile = np.sqrt(1 - share * share)
    elif relief == "dome":
        profile = 1 - share * share
    elif relief == "pyramid":
        profile = np.minimum(np.float32(1.35) * (1 - share), 1)
    elif relief == "shell":
        inner = np.clip(1 - (share / np.float32(0.8)) ** 2, 0, None)
        profile = np.sqrt(1 - share * share) - np.float32(0.75) * np.sqrt(inner)
    else:
        bevel = np.maximum(height * np.float32(0.12), np.float32(0.7))
        profile = np.sqrt(np.clip(-distance / bevel, 0, 1))
    return np.asarray(height * profile, np.float32)


@dataclasses.dataclass(frozen=True, eq=False)
class WireForm(Form):
    """A round rod or wire along a line of straight pieces, with round ends.

    Parameters
    ----------
    path : ndarray of shape (n, 2), float32
        (row, col) of the axis' points at unit size.
    radius : float
        Radius of the wire at unit size.
    head : float
        Radius of a ball at the first point (a droplet of catalyst); below `radius`: none.
    """

    path: NDArray[np.float32]
    radius: float
    head: float

    @classmethod
    def from_path(
        cls,
        name: str,
        path: NDArray[np.floating],
        radius: float,
        faces: tuple[float, ...] = (),
        head: float = 0.0,
    ) -> WireForm:
        """Build from an axis that does not cross itself; scaled to unit size here.

        The area is length times width plus the two half discs, plus what the head's disc adds:
        exact for a straight axis, and for a bent one to second order in radius over radius of
        curvature.
        """
        path = path - path.mean(axis=0)
        length = float(np.hypot(*np.diff(path, axis=0).T).sum())
        area = 2 * radius * length + math.pi * radius**2
        if head > radius:
            area += (math.pi - math.asin(radius / head)) * head**2 - math.pi / 2 * radius**2
            area -= radius * math.sqrt(head**2 - radius**2)
        shrink = math.sqrt(math.pi / 4 / area)
        path, radius, head = path * shrink, radius * shrink, head * shrink
        support = np.maximum(
            (path @ DIRECTIONS).max(axis=0) + radius, path[0] @ DIRECTIONS + max(head, radius)
        )
        reach = float(np.hypot(*path.T).max()) + max(radius, head)
        return cls(name, reach, support, faces, path.astype(np.float32), radius, head)

    def _fields(
        self, down: NDArray[np.float32], right: NDArray[np.float32], scale: np.float32
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        nearest: NDArray[np.float32] | None = None
        points = self.path * scale
        for (row, col), (next_row, next_col) in pairwise(points):
            step_row, step_col = next_row - row, next_col - col
            square = max(step_row * step_row + step_col * step_col, np.float32(1e-12))
            off_row, off_col = down - row, right - col
            part = np.clip((off_row * step_row + off_col * step_col) / square, 0, 1)
            far = (off_row - part * step_row) ** 2 + (off_col - part * step_col) ** 2
            nearest = far if nearest is None else np.minimum(nearest, far)
        assert nearest is not None  # noqa: S101 (a path has two points at least)
        radius = np.float32(self.radius) * scale
        half = np.sqrt(np.clip(radius * radius - nearest, 0, None))
        distance = np.sqrt(nearest) - radius
        if self.head > self.radius:
            head = np.float32(self.head) * scale
            far = (down - points[0, 0]) ** 2 + (right - points[0, 1]) ** 2
            half = np.maximum(half, np.sqrt(np.clip(head * head - far, 0, None)))
            distance = np.minimum(distance, np.sqrt(far) - head)
        return distance, 2 * half, radius + half


@dataclasses.dataclass(frozen=True, eq=False)
class HullForm(Form):
    """A convex body: the points on the inner side of a set of planes.

    Parameters
    ----------
    edges : ndarray of shape (n, 3), float32
        Sides of the silhouette: (row, col) of the normal, and its distance from the origin.
    planes : ndarray of shape (m, 4), float32
        Facets: (row, col, height) of the normal, and its distance from the origin.
    """

    edges: NDArray[np.float32]
    planes: NDArray[np.float32]

    @classmethod
    def from_planes(
        cls, name: str, corners: NDArray[np.floating], planes: NDArray[np.floating]
    ) -> HullForm:
        """Build from corners (n, 3) and facets (m, 4), both (row, col, height); scaled here."""
        outline = cv2.convexHull(corners[:, :2].astype(np.float32))[:, 0, :].astype(float)
        row, col = outline.T
        shifted = np.roll(outline, -1, axis=0)
        cross = row * shifted[:, 1] - col * shifted[:, 0]
        area = abs(float(cross.sum())) / 2
        shrink = math.sqrt(math.pi / 4 / area)
        centre = (((outline + shifted) * cross[:, None]).sum(axis=0)) / (3 * cross.sum())
        outline = (outline - centre) * shrink
        distance = (planes[:, 3] - planes[:, :2] @ centre) * shrink
        facets = np.column_stack([planes[:, :3], distance])
        along = np.roll(outline, -1, axis=0) - outline
        lengths = np.hypot(*along.T)
        keep = lengths > 1e-3
        outline, along, lengths = outline[keep], along[keep], lengths[keep]
        normals = np.stack([along[:, 1], -along[:, 0]], axis=1) / lengths[:, None]
        offsets = (normals * outline).sum(axis=1)
        normals, offsets = normals * np.sign(offsets)[:, None], np.abs(offsets)
        long = lengths > 0.25 * lengths.max()
        return cls(
            name,
            float(np.hypot(*outline.T).max()),
            (outline @ DIRECTIONS).max(axis=0),
            tuple(float(a) for a in np.arctan2(normals[long, 0], normals[long, 1])),
            np.column_stack([normals, offsets]).astype(np.float32),
            facets.astype(np.float32),
        )

    def _fields(
        self, down: NDArray[np.float32], right: NDArray[np.float32], scale: np.float32
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        distance: NDArray[np.float32] | None = None
        for row, col, offset in self.edges:
            side = (row * down - offset * scale) + col * right
            distance = side if distance is None else np.maximum(distance, side, out=distance)
        upper = np.full(np.broadcast_shapes(down.shape, right.shape), np.inf, np.float32)
        lower = -upper
        for row, col, height, offset in self.planes:
            if abs(height) < 1e-3:
                continue
            level = (offset * scale - row * down) / height - (col / height) * right
            if height > 0:
                np.minimum(upper, level, out=upper)
            else:
                np.maximum(lower, level, out=lower)
        assert distance is not None  # noqa: S101 (a silhouette has three sides at least)
        inside = distance < 0.5
        ground = float(lower[inside].min()) if inside.any() else 0.0
        depth = np.clip(upper - lower, 0, None)
        return distance, depth, np.where(inside, upper - np.float32(ground), 0)
