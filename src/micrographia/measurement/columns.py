"""Every column of the Particles table: unit, definition, equation, where it is defined.

`docs/columns.md` gives the same entries at length; a test compares the two.
"""

import dataclasses

__all__ = ["COLUMNS", "Column"]

_ISO6 = "ISO 9276-6:2008"
_ISO_IMAGE = "ISO 13322-1:2014"
_IMAGEJ = "ImageJ (Analyze Particles)"
_HERE = "Micrographia"


@dataclasses.dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name : str
        As in the table.
    unit : str
        ``""`` for names, numbers without unit, yes and no.
    definition : str
        A sentence.
    equation : str
        ``""`` where the definition says it all.
    source : str
        Standard, program or paper that the definition follows.
    """

    name: str
    unit: str
    definition: str
    equation: str = ""
    source: str = _HERE


def _length(name: str, definition: str, equation: str = "", source: str = _HERE) -> list[Column]:
    return [Column(f"{name}_{unit}", unit, definition, equation, source) for unit in ("px", "nm")]


_SIZES = [
    Column("area_px", "px²", "Number of pixels of the particle.", "A", _ISO_IMAGE),
    Column("area_nm2", "nm²", "Area of the particle's pixels.", "A", _ISO_IMAGE),
    *_length(
        "perimeter",
        "Length of the outer contour; holes do not count.",
        "P",
        "Rosenfeld 1974; Malgouyres et al. 2008",
    ),
    *_length("ecd", "Diameter of the disc of the particle's area.", "√(4A/π)", _ISO6),
    *_length("feret_min", "Smallest distance between two parallel tangents.", "x_Fmin", _ISO6),
    *_length("feret_max", "Largest distance between two parallel tangents.", "x_Fmax", _ISO6),
    *_length(
        "ellipse_major",
        "Long axis of the ellipse with the particle's second moments (Legendre ellipse).",
        "4√λ₁",
        _ISO6,
    ),
    *_length(
        "ellipse_minor",
        "Short axis of the ellipse with the particle's second moments (Legendre ellipse).",
        "4√λ₂",
        _ISO6,
    ),
    *_length(
        "skeleton_length",
        "Length of the longest path through the skeleton, prolonged to the outline; elongated "
        "particles only.",
        "L",
    ),
    *_length(
        "skeleton_width",
        "Mean width across the skeleton; elongated particles only.",
        "A/L",
    ),
]

_SHAPES = [
    Column(
        "aspect_ratio",
        "",
        "Smallest over largest Feret diameter, at most 1.",
        "x_Fmin/x_Fmax",
        _ISO6,
    ),
    Column(
        "aspect_ratio_imagej",
        "",
        "Long over short axis of the ellipse, at least 1.",
        "ellipse_major/ellipse_minor",
        _IMAGEJ,
    ),
    Column(
        "orientation_deg",
        "°",
        "Direction of the ellipse's long axis, counter-clockwise from the direction of the "
        "columns as seen on the image, from 0 to below 180.",
        "½ atan2(-2µ_rc, µ_cc - µ_rr)",
        _IMAGEJ,
    ),
    Column(
        "circularity",
        "",
        "Perimeter of the disc of the same area over the perimeter; values above 1, which only "
        "the error of estimated perimeters can bring, are set to 1.",
        "√(4πA/P²)",
        _ISO6,
    ),
    Column(
        "circularity_imagej",
        "",
        "What ImageJ calls circularity and ISO 9276-6 the form factor: the square of circularity.",
        "4πA/P²",
        _IMAGEJ,
    ),
    Column(
        "roundness",
        "",
        "Area over that of the disc on the largest Feret diameter: the square of what "
        "ISO 9276-6 calls compactness; at most 1.",
        "4A/(π x_Fmax²)",
        "ASTM F1877; ISO 9276-6:2008 (compactness)",
    ),
    Column(
        "roundness_imagej",
        "",
        "What ImageJ calls roundness: short over long axis of the ellipse.",
        "ellipse_minor/ellipse_major",
        _IMAGEJ,
    ),
    Column(
        "solidity",
        "",
        "Pixels of the particle over pixel centres in its convex hull, at most 1.",
        "A/A_hull",
        _ISO6,
    ),
    Column(
        "convexity",
        "",
        "Perimeter of the convex outline over the perimeter, at most 1.",
        "P_hull/P",
        _ISO6,
    ),
    Column(
        "extent",
        "",
        "Area over the product of both Feret diameters (not the share of the bounding box that "
        "scikit-image gives this name).",
        "A/(x_Fmin x_Fmax)",
        _ISO6,
    ),
]

_OTHERS = [
    Column("id", "", "Number of the particle, which is its label in labels.tif."),
    Column("row_px", "px", "Row of the centroid; the centre of the first pixel is 0.", "Σr/A"),
    Column("col_px", "px", "Column of the centroid; the centre of the first pixel is 0.", "Σc/A"),
    Column(
        "mean_intensity",
        "",
        "Mean of the recorded intensities over the particle.",
        "I",
    ),
    Column(
        "background_intensity",
        "",
        "Mean of the recorded intensities in a ring around the particle that holds no other "
        "particle.",
        "I_b",
    ),
    Column(
        "contrast",
        "",
        "Difference to the background ring, relative to it (Weber contrast); negative for a dark "
        "particle; empty where the background is not positive.",
        "(I - I_b)/I_b",
    ),
    Column("is_fibre", "", "Whether the particle is longer than 3:1 (setting fibre_ratio)."),
    Column(
        "overlapped",
        "",
        "Whether the particle lies over or under another in transmission: place, size and shape "
        "are then those of its whole outline, intensities those of the pixels in the label image.",
    ),
    Column(
        "touches_border",
        "",
        "Whether the particle reaches the border of the image, or an area that was left out.",
    ),
    Column("counted", "", "Whether the statistics count the particle.", "", _ISO_IMAGE),
    Column("reason", "", "Why not: border, too small or too large; empty if counted."),
    Column(
        "weight",
        "",
        "How many particles of its size it stands for: one over the probability that its box lies "
        "off the border (rule miles-lantuejoul, else 1); 0 if not counted.",
        "W H/((W - w - 1)(H - h - 1))",
        "Miles 1974; Lantuéjoul 1978; ISO 13322-1:2014",
    ),
]

_ORDER = """
id row_px col_px area_px perimeter_px ecd_px feret_min_px feret_max_px aspect_ratio
ellipse_major_px ellipse_minor_px orientation_deg circularity circularity_imagej
aspect_ratio_imagej roundness roundness_imagej solidity convexity extent mean_intensity
background_intensity contrast skeleton_length_px skeleton_width_px is_fibre overlapped
touches_border counted reason weight area_nm2 perimeter_nm ecd_nm feret_min_nm feret_max_nm
ellipse_major_nm ellipse_minor_nm skeleton_length_nm skeleton_width_nm
"""

_BY_NAME = {column.name: column for column in (*_SIZES, *_SHAPES, *_OTHERS)}

COLUMNS: tuple[Column, ...] = tuple(_BY_NAME[name] for name in _ORDER.split())
