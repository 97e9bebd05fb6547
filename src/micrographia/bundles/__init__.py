"""A trained model as files: its card, loading it without trust, proving it, running it.

ONNX Runtime is imported when a bundle is run or verified, not before.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.bundles._bundle import Bundle
    from micrographia.bundles._load import load_bundle
    from micrographia.bundles._prepare import pixel_size_problem, prepare, seen_pixel_size
    from micrographia.bundles._save import save_bundle
    from micrographia.bundles._store import StoredBundle, add_bundle, find_bundle, list_bundles
    from micrographia.bundles.card import Card, InputCard, Metric, OodCard

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Bundle": "micrographia.bundles._bundle",
        "Card": "micrographia.bundles.card",
        "InputCard": "micrographia.bundles.card",
        "Metric": "micrographia.bundles.card",
        "OodCard": "micrographia.bundles.card",
        "StoredBundle": "micrographia.bundles._store",
        "add_bundle": "micrographia.bundles._store",
        "find_bundle": "micrographia.bundles._store",
        "list_bundles": "micrographia.bundles._store",
        "load_bundle": "micrographia.bundles._load",
        "pixel_size_problem": "micrographia.bundles._prepare",
        "prepare": "micrographia.bundles._prepare",
        "save_bundle": "micrographia.bundles._save",
        "seen_pixel_size": "micrographia.bundles._prepare",
    },
)

__all__ = [
    "Bundle",
    "Card",
    "InputCard",
    "Metric",
    "OodCard",
    "StoredBundle",
    "add_bundle",
    "find_bundle",
    "list_bundles",
    "load_bundle",
    "pixel_size_problem",
    "prepare",
    "save_bundle",
    "seen_pixel_size",
]
