"""What the settings of families that show one particle an image have in common."""

from __future__ import annotations

from typing import Protocol

__all__ = ["OneParticle", "check_one_particle"]

Range = tuple[float, float]


class OneParticle(Protocol):
    """Settings of such a family."""

    @property
    def size(self) -> int:
        """Rows and columns of an image [px]."""

    @property
    def extent(self) -> Range:
        """Size of the particle as a share of the field's edge, from and to."""

    @property
    def nm_per_px(self) -> Range:
        """Pixel size, from and to [nm]."""

    @property
    def contrast(self) -> Range:
        """Particle against background, of full scale."""

    @property
    def noise(self) -> Range:
        """Standard deviation of the noise, of full scale."""


def check_one_particle(config: OneParticle, what: str, smallest: float, where: str = "") -> None:
    """Refuse what cannot be drawn.

    Parameters
    ----------
    config : OneParticle
    what : str
        What one image shows, for the message: "an outline".
    smallest : float [px]
        Size from which the class of a particle can be seen.
    where : str
        In what cases a particle of more than 0.95 of the field would not fit it.

    Raises
    ------
    ValueError
        What was wrong and what would be allowed; pydantic adds it to its own findings.
    """
    for name in ("extent", "nm_per_px", "contrast", "noise"):
        low, high = getattr(config, name)
        if not low <= high:
            raise ValueError(f"{name} goes from a smaller to a larger number")
    if config.extent[1] > 0.95:
        raise ValueError(
            f"{what} of {config.extent[1]:g} of the field does not fit it{where}; extent may go "
            "up to 0.95"
        )
    if config.extent[0] * config.size < smallest:
        raise ValueError(
            f"{what} of {config.extent[0]:g} of {config.size} px is too small to show its class; "
            f"extent may begin at {smallest / config.size:.3f}, or size be "
            f"{smallest / max(config.extent[0], 1e-3):.0f} or more"
        )
    if config.nm_per_px[0] <= 0:
        raise ValueError("nm_per_px must be positive")
    if config.contrast[0] < config.noise[0]:
        raise ValueError("the least contrast must not be below the least noise")
