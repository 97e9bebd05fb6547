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
    from micrographia.learning.methods.cnn import Cnn

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Cnn": "micrographia.learning.methods.cnn",
        "ImageClassifier": "micrographia.learning.methods._base",
        "METHODS": "micrographia.learning.methods._table",
    },
)

__all__ = ["METHODS", "Cnn", "ImageClassifier"]
