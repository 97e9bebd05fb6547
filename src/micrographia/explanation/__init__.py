"""What a classifier looks at: maps of relevance, inputs that it likes best, checks of both.

Class activation maps and occlusion come from a bundle alone; gradients need PyTorch
(``pip install 'micrographia[train]'``).
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.explanation._maximise import maximise
    from micrographia.explanation.attribution import METHODS, attribute
    from micrographia.explanation.channels import like_channels, list_layers
    from micrographia.explanation.maps import activation_maps, occlusion_map
    from micrographia.explanation.randomisation import check_by_randomisation
    from micrographia.explanation.run import explain_image
    from micrographia.explanation.settings import ExplanationSettings

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "METHODS": "micrographia.explanation.attribution",
        "ExplanationSettings": "micrographia.explanation.settings",
        "activation_maps": "micrographia.explanation.maps",
        "attribute": "micrographia.explanation.attribution",
        "check_by_randomisation": "micrographia.explanation.randomisation",
        "explain_image": "micrographia.explanation.run",
        "like_channels": "micrographia.explanation.channels",
        "list_layers": "micrographia.explanation.channels",
        "maximise": "micrographia.explanation._maximise",
        "occlusion_map": "micrographia.explanation.maps",
    },
)

__all__ = [
    "METHODS",
    "ExplanationSettings",
    "activation_maps",
    "attribute",
    "check_by_randomisation",
    "explain_image",
    "like_channels",
    "list_layers",
    "maximise",
    "occlusion_map",
]
