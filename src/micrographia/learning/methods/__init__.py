"""Methods that learn classes from images: scikit-learn estimators by name.

>>> from micrographia.learning.methods import METHODS
>>> sorted(METHODS)
['classical', 'cnn', 'finetune', 'hierarchy', 'linear']
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.methods._base import ImageClassifier
    from micrographia.learning.methods._table import METHODS
    from micrographia.learning.methods.classical import Classical
    from micrographia.learning.methods.cnn import Cnn
    from micrographia.learning.methods.finetune import FineTune
    from micrographia.learning.methods.hierarchy import Hierarchy
    from micrographia.learning.methods.linear import Linear

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Classical": "micrographia.learning.methods.classical",
        "Cnn": "micrographia.learning.methods.cnn",
        "FineTune": "micrographia.learning.methods.finetune",
        "Hierarchy": "micrographia.learning.methods.hierarchy",
        "ImageClassifier": "micrographia.learning.methods._base",
        "Linear": "micrographia.learning.methods.linear",
        "METHODS": "micrographia.learning.methods._table",
    },
)

__all__ = [
    "METHODS",
    "Classical",
    "Cnn",
    "FineTune",
    "Hierarchy",
    "ImageClassifier",
    "Linear",
]
