"""The picture of a training: loss and accuracy over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from micrographia._files import whole_file

__all__ = ["draw_curves"]

_COLOURS = {"train": "#4c72b0", "val": "#c44e52"}
_NAMES = {"train": "learned from", "val": "held back"}


def draw_curves(history: Sequence[dict[str, float]], path: Path) -> Path:
    """Draw loss and accuracy of each epoch.

    Parameters
    ----------
    history : sequence of dict
        As training gives it.
    path : Path
        PNG to write.

    Returns
    -------
    path : Path
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots(1, 2)
    epochs = [row["epoch"] + 1 for row in history]
    for axis, kind in zip(axes, ("loss", "accuracy"), strict=True):
        for part, colour in _COLOURS.items():
            if f"{part}_{kind}" in history[0]:
                values = [row[f"{part}_{kind}"] for row in history]
                axis.plot(epochs, values, color=colour, label=_NAMES[part], linewidth=1.5)
        axis.set_xlabel("epoch")
        axis.set_ylabel(kind)
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_yscale("log")
    if "val_loss" in history[0]:
        best = min(range(len(history)), key=lambda index: history[index]["val_loss"])
        for axis in axes:
            axis.axvline(epochs[best], color="#888888", linewidth=0.8, linestyle=":")
        axes[0].annotate(
            "kept", (epochs[best], 1), xycoords=("data", "axes fraction"), color="#666666",
            fontsize=8, ha="center", va="bottom",
        )  # fmt: skip
    axes[1].legend(frameon=False, loc="lower right")
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=120, format="png")
    return path
