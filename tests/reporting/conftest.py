"""Small scenes with known particles, for pictures and reports."""

import numpy as np
import pandas as pd
import pytest

from micrographia.micrograph import Micrograph, PixelSize


def particles_of(labels, pixel_size=None):
    """The columns that reporting reads, counted by numpy alone."""
    count = int(labels.max(initial=0))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(float)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    border = np.isin(np.arange(1, count + 1), edge)
    table = pd.DataFrame(
        {
            "id": np.arange(1, count + 1),
            "ecd_px": np.sqrt(4 * areas / np.pi),
            "aspect_ratio": np.full(count, 0.9),
            "counted": ~border,
            "reason": np.where(border, "border", ""),
        }
    )
    if pixel_size is not None:
        table["ecd_nm"] = table["ecd_px"] * pixel_size.mean
    return table


def discs(shape, places):
    """Labels of discs at (row, col, radius)."""
    labels = np.zeros(shape, np.int32)
    rows, cols = np.indices(shape)
    for label, (row, col, radius) in enumerate(places, start=1):
        labels[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = label
    return labels


@pytest.fixture
def scene():
    """Three discs on a grey ground: two inside, one cut by the border; 0.5 nm a pixel."""
    labels = discs((300, 400), [(80, 100, 30), (200, 260, 50), (150, 395, 25)])
    pixels = np.full(labels.shape, 160, np.uint8)
    pixels[labels > 0] = 60
    size = PixelSize(0.5, 0.5, "metadata", 0.01)
    return Micrograph(pixels, size, name="scene"), labels, particles_of(labels, size)


@pytest.fixture
def empty_scene():
    """No particles, no pixel size."""
    labels = np.zeros((120, 160), np.int32)
    return Micrograph(np.full((120, 160), 7, np.uint16)), labels, particles_of(labels)


@pytest.fixture
def make_summary():
    """Make a summary as the measurement writes it, from plain numbers."""
    return summary_of


def summary_of(values, unit="nm"):
    """A summary as the measurement writes it, from plain numbers."""

    def size(number):
        return {"value": float(number), "low": float(number) * 0.98, "high": float(number) * 1.02}

    values = np.asarray(values, float)
    quantiles = np.percentile(values, [10, 50, 90])
    ecd = {
        "unit": unit,
        "mean": size(values.mean()),
        "median": size(quantiles[1]),
        "sd": size(values.std()),
        "d10": size(quantiles[0]),
        "d50": size(quantiles[1]),
        "d90": size(quantiles[2]),
    }
    return {
        "count": len(values) + 2,
        "counted": len(values),
        "left_out": {"border": 2},
        "unit": unit,
        "pixel_size_nm": 0.5 if unit == "nm" else None,
        "pixel_size_origin": "metadata" if unit == "nm" else None,
        "pixel_size_relative_uncertainty": 0.01 if unit == "nm" else None,
        "confidence": 0.95,
        "ecd": ecd,
        "fits": {
            "best": "normal",
            "normal": {
                "parameters": {"mean": float(values.mean()), "sd": float(values.std())},
                "bic": 10.0,
                "p_value": 0.4,
            },
        },
        "families": {"number": 1, "distribution": "normal", "members": [], "reason": "one fits"},
        "warnings": [],
        "versions": {"micrographia": "9.9"},
    }
