"""The models that name particles in an analysis: a row a model."""

import dataclasses

__all__ = ["FINDER", "PARTICLE_MODELS", "ParticleModel"]

FINDER = "particles"
"""Name of the model that finds particles, where the method of segmentation is network."""


@dataclasses.dataclass(frozen=True)
class ParticleModel:
    """One model, and the columns that it adds: ``<name>``, ``<name>_p``, ``<name>_verdict``.

    Parameters
    ----------
    name : str
        Of the model, of its built-in bundle and of its column.
    definition : str
        What it tells.
    built_in : bool
        Whether a bundle of that name is used without being asked for.
    """

    name: str
    definition: str
    built_in: bool = True


PARTICLE_MODELS: dict[str, ParticleModel] = {
    row.name: row
    for row in (
        ParticleModel("outline", "Class of the particle's outline."),
        # only where asked for: cubes that lie on a facet are called octahedra too often
        ParticleModel(
            "polyhedron",
            "Body that casts the particle's outline, or `other` for none of the eight.",
            built_in=False,
        ),
        ParticleModel("crystallinity", "Whether the particle is a single crystal."),
    )
}
"""In the order in which they run: an answer may depend on those before it."""
