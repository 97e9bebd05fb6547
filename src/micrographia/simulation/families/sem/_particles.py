"""Particles: lone, clustered, in layers and lattices; balls, crystals, rods, grains, flowers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.sem._bodies import SOLIDS, Solid, ball, facets, solid, turned
from micrographia.simulation.families.sem._grounds import lay_ground, relief
from micrographia.simulation.families.sem._places import apart, clustered, hexagonal, scattered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw"]

KIND = "Particles"
_FORMS = ("ball", "ellipsoid", "rough ball", "raspberry", "rod", "plate", "crystal", "grain",
          "dumbbell", "flower")  # fmt: skip
_LAYOUTS = ("sparse", "clusters", "layer", "pile", "lattice")


class _Maker:
    """Lays particles of one kind: drawn once an image."""

    def __init__(self, stage: Stage, size: float) -> None:
        random = stage.random
        self.stage, self.random = stage, random
        self.form = str(
            random.choice(_FORMS, p=[0.23, 0.07, 0.1, 0.06, 0.08, 0.06, 0.16, 0.11, 0.06, 0.07])
        )
        self.spread = log_uniform(random, (0.02, 0.35))
        self.tone = log_uniform(random, (0.8, 1.8))
        self.vary = random.uniform(0, 0.15)
        self.aspect = random.uniform(1.15, 1.8) if self.form != "rod" else random.uniform(1.8, 6)
        self.flat = random.uniform(0.15, 0.5)
        self.body = str(random.choice(list(SOLIDS)))
        thin = random.uniform(0.06, 0.2)
        self.petal = (1.0, 1.0, 0.07) if random.random() < 0.5 else (thin, thin, 1.1)
        self.steps = int(random.integers(0, 4)) if random.random() < 0.5 else 0
        self.rounding = random.uniform(0.0, 0.25)
        self.mix = self.form in ("crystal", "grain") and random.random() < 0.3
        rough = self.form in ("rough ball", "grain") or random.random() < 0.35
        strength = log_uniform(random, (0.04, 0.25) if rough else (0.004, 0.04))
        self.bumps = relief(256, size, random, knobs="ball" in self.form) * np.float32(strength)

    def radius(self, size: float) -> float:
        return size / 2 * math.exp(self.random.normal(0, self.spread))

    def lay(self, row: float, col: float, radius: float, lift: float | None = None) -> None:
        """Lay one particle of a radius; `lift` is the height of its centre above the ground."""
        random = self.random
        depth = self.stage.at(row, col) + (0.85 * radius if lift is None else lift)
        tone = self.tone * math.exp(random.normal(0, self.vary))
        form = self.form
        if self.mix and random.random() < 0.3:
            form = "ball"
        getattr(self, "_" + form.split()[-1])(row, col, depth, radius, tone)

    def _crop(self, radius: float) -> NDArray[np.float32]:
        side = min(2 * math.ceil(2.4 * radius) + 3, 255)
        r, c = (int(self.random.integers(0, 256 - side)) for _ in range(2))
        crop = self.bumps[r : r + side, c : c + side]
        return np.rot90(crop, int(self.random.integers(4)))

    def _ball(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        ball(self.stage, row, col, depth, (radius,) * 3, tone=tone, bumps=self._crop(radius),
             kind=KIND, parameters={"form": self.form})  # fmt: skip

    def _ellipsoid(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        long, short = radius * math.sqrt(self.aspect), radius / math.sqrt(self.aspect)
        ball(self.stage, row, col, depth, (long, short, short), tone=tone,
             angle=self.random.uniform(0, math.pi), bumps=self._crop(radius), kind=KIND,
             parameters={"form": "ellipsoid"})  # fmt: skip

    def _dumbbell(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        turn, part = self.random.uniform(0, 2 * math.pi), radius * 0.75
        for side, size in ((1, 1.0), (-1, self.random.uniform(0.75, 1.0))):
            ball(self.stage, row + side * 0.75 * part * math.sin(turn),
                 col + side * 0.75 * part * math.cos(turn), depth, (part * size,) * 3, tone=tone,
                 bumps=self._crop(radius), kind=KIND,
                 parameters={"form": "half of a dumbbell"})  # fmt: skip

    def _raspberry(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        before, small = len(self.stage.marks), radius * self.random.uniform(0.14, 0.26)
        self._ball(row, col, depth, radius * 0.93, tone)
        if (owner := len(self.stage.marks)) == before:
            return
        n = int(np.clip(2.2 * (radius / small) ** 2, 10, 90))
        k = np.arange(n) + 0.5
        polar, turn = np.arccos(1 - k / n), math.pi * (1 + 5**0.5) * k
        for p, t in zip(polar, turn + self.random.uniform(0, 6), strict=True):
            ball(self.stage, row + 0.93 * radius * math.sin(p) * math.sin(t),
                 col + 0.93 * radius * math.sin(p) * math.cos(t),
                 depth + 0.93 * radius * math.cos(p), (small,) * 3, tone=tone,
                 part_of=owner)  # fmt: skip

    def _rod(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        long = radius * math.sqrt(self.aspect) * math.exp(self.random.normal(0, 0.15))
        stretch = (1.0, 1.0, max(long / radius * 1.4, 1.0))
        wide = radius / math.sqrt(self.aspect)
        body = facets("dodecahedron" if self.rounding > 0.1 else "cube",
                              self.random, stretch)  # fmt: skip
        turn = self.random.uniform(0, math.pi)
        cos, sin = math.cos(turn), math.sin(turn)
        lying = np.array([[cos, 0, sin], [-sin, 0, cos], [0, 1, 0]])
        solid(self.stage, row, col, depth - radius * 0.85 + 0.6 * wide, wide * 1.5,
              body.turned(lying), tone=tone, bumps=self._crop(radius), rounding=self.rounding,
              kind=KIND, parameters={"form": "rod"})  # fmt: skip

    def _plate(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        n = int(self.random.choice([3, 4, 6, 6]))
        angles = np.arange(n) * 2 * math.pi / n + self.random.uniform(0, math.pi)
        normals = np.stack([np.sin(angles), np.cos(angles), 0 * angles], axis=1)
        normals = np.concatenate([normals, [[0, 0, 1], [0, 0, -1]]])
        far = np.concatenate([self.random.uniform(0.75, 1.0, n), [self.flat / 2] * 2])
        lean = self.random.normal(0, 0.35) if self.random.random() < 0.7 else 1.3
        about = self.random.uniform(0, math.pi)
        body = Solid.of(normals, far).turned(_leaning(lean, about))
        solid(self.stage, row, col, depth - 0.5 * radius, radius * 1.15, body, tone=tone,
              kind=KIND, parameters={"form": "plate"})  # fmt: skip

    def _crystal(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        body = facets(self.body, self.random)
        if self.random.random() < 0.5:
            matrix = turned(self.random)
        else:
            about = self.random.uniform(0, math.pi)
            matrix = _leaning(0.0, 0.0) @ _spun(about)
        matrix = _leaning(self.stage.tilt, math.pi / 2) @ matrix
        before = len(self.stage.marks)
        solid(self.stage, row, col, depth - 0.2 * radius, radius * 1.35, body.turned(matrix),
              tone=tone, bumps=self._crop(radius), rounding=self.rounding, kind=KIND,
              parameters={"form": self.body})  # fmt: skip
        for _ in range(self.steps if len(self.stage.marks) > before else 0):
            away = matrix @ self.random.uniform(-0.55, 0.55, 3) * radius
            part = radius * 1.35 * self.random.uniform(0.4, 0.8)
            solid(self.stage, row + away[0], col + away[1], depth - 0.2 * radius + away[2], part,
                  body.turned(matrix), tone=tone, rounding=self.rounding,
                  part_of=len(self.stage.marks))  # fmt: skip

    def _grain(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        stretch = [math.exp(one) for one in self.random.normal(0, 0.25, 3)]
        body = facets("grain", self.random, stretch)
        solid(self.stage, row, col, depth - 0.2 * radius, radius * 1.2,
              body.turned(turned(self.random)), tone=tone, bumps=self._crop(radius),
              rounding=self.rounding, kind=KIND, parameters={"form": "grain"})  # fmt: skip

    def _flower(self, row: float, col: float, depth: float, radius: float, tone: float) -> None:
        before = len(self.stage.marks)
        self._ball(row, col, depth - 0.3 * radius, 0.75 * radius, tone * 0.7)
        if (owner := len(self.stage.marks)) == before:
            return
        petal = facets("cube", self.random, self.petal)
        for _ in range(int(self.random.integers(12, 30))):
            polar, turn = math.acos(self.random.uniform(0, 1)), self.random.uniform(0, 2 * math.pi)
            out = 0.55 * radius
            solid(self.stage, row + out * math.sin(polar) * math.sin(turn),
                  col + out * math.sin(polar) * math.cos(turn),
                  depth - 0.3 * radius + out * math.cos(polar), 0.6 * radius,
                  petal.turned(turned(self.random)), tone=tone, part_of=owner)  # fmt: skip


def _leaning(angle: float, about: float) -> NDArray[np.float64]:
    """Rotation by `angle` about an axis in the plane at `about` from the rows' direction."""
    r, c = math.cos(about), math.sin(about)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([
        [cos + r * r * (1 - cos), r * c * (1 - cos), c * sin],
        [r * c * (1 - cos), cos + c * c * (1 - cos), -r * sin],
        [-c * sin, r * sin, cos],
    ])  # fmt: skip


def _spun(angle: float) -> NDArray[np.float64]:
    """Rotation about the direction of the beam."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay particles of median diameter `size` [fine px]; over what is there, or on new ground."""
    random = stage.random
    ground = None if over else lay_ground(stage, size, random)
    maker = _Maker(stage, size)
    layout = str(random.choice(_LAYOUTS, p=[0.3, 0.3, 0.17, 0.13, 0.1]))
    if over and layout in ("pile", "lattice"):
        layout = "clusters"
    most = 26 if maker.form in ("raspberry", "flower") else 330
    area = stage.shape[0] * stage.shape[1]
    cover = {"sparse": (0.02, 0.25), "clusters": (0.04, 0.45), "layer": (0.5, 1.0),
             "pile": (1.2, 2.5), "lattice": (1.0, 1.0)}[layout]  # fmt: skip
    share = log_uniform(random, (0.03, 0.3) if over else cover)
    n = int(np.clip(share * area / (math.pi / 4 * size**2), 2, most))
    radii = np.array([maker.radius(size) for _ in range(n)])
    lift: float | None = None
    if layout == "sparse":
        places = apart(radii, stage.shape, random, 1.1)
    elif layout == "clusters":
        places = clustered(
            radii,
            stage.shape,
            int(random.integers(1, max(n // 4, 2))),
            random,
            contact=random.uniform(0.8, 1.0),
            overlap=random.uniform(0.6, 0.95),
        )
    elif layout == "layer":
        places = clustered(radii, stage.shape, max(n // 12, 1), random, overlap=0.97)
    elif layout == "pile":
        places = scattered(n, stage.shape, random, size / 2)
    else:
        pitch = size * random.uniform(1.0, 1.12)
        places = hexagonal(stage.shape, pitch, random, jitter=log_uniform(random, (0.004, 0.05)),
                           squeeze=stage.cos)  # fmt: skip
        places = places[random.random(len(places)) > random.choice([0, 0.01, 0.1])][:700]
        radii = np.array([maker.radius(size) for _ in range(len(places))])
        maker.spread, lift = 0.03, size / 2
    for (row, col), radius in zip(places, radii, strict=True):
        if not math.isnan(row):
            maker.lay(float(row), float(col), float(radius), lift if layout == "lattice" else None)
    return {"variant": f"{maker.form}, {layout}", "ground": ground, "laid": len(places)}
