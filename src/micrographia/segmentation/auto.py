"""The default method."""

from micrographia.segmentation.h_maxima import find

__all__ = ["find"]
