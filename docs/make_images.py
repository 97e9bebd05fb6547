"""Make the pictures of the documentation: python docs/make_images.py"""

from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

import micrographia as mg

ROOT = Path(__file__).parents[1]


def result_picture() -> np.ndarray:
    """Overlay and histogram of one example, side by side on white."""
    with TemporaryDirectory() as folder:
        saved = mg.analyze(mg.read(ROOT / "examples" / "gold-spheres-ripened.tif")).save(folder)
        overlay = cv2.imread(str(saved / "overlay.png"))
        histogram = cv2.imread(str(saved / "histogram.png"))
    height = 560
    pictures = [
        cv2.resize(picture, None, fx=height / len(picture), fy=height / len(picture),
                   interpolation=cv2.INTER_AREA)
        for picture in (overlay, histogram)
    ]  # fmt: skip
    gap = np.full((height, 24, 3), 255, np.uint8)
    return np.hstack([pictures[0], gap, pictures[1]])


if __name__ == "__main__":
    target = ROOT / "docs" / "images" / "result.png"
    target.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(target), result_picture(), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(target)
