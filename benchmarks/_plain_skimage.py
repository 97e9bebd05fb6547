"""The same job written plainly with scikit-image, SciPy, pandas and pyplot: the rival.

Usage: python _plain_skimage.py IMAGE.tif FOLDER PIXEL_SIZE_NM
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tifffile
from scipy import ndimage, stats
from skimage import exposure, feature, filters, io, measure, morphology, segmentation

path, folder, scale = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)

# find
image = tifffile.imread(path).astype(float)
smooth = filters.gaussian(image, 1.5, preserve_range=True)
flat = smooth - filters.gaussian(smooth, 100, preserve_range=True)
stretched = exposure.rescale_intensity(flat, tuple(np.percentile(flat, (1, 99))), (0, 1))
binary = stretched < filters.threshold_otsu(stretched)
binary = morphology.opening(binary, morphology.disk(2))
binary = ndimage.binary_fill_holes(binary)
distance = ndimage.distance_transform_edt(binary)
peaks = feature.peak_local_max(
    filters.gaussian(distance, 2), min_distance=7, labels=measure.label(binary)
)
seeds = np.zeros(image.shape, int)
seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
labels = segmentation.watershed(-distance, seeds, mask=binary)

# measure
names = (
    "label", "centroid", "area", "perimeter", "feret_diameter_max", "axis_major_length",
    "axis_minor_length", "orientation", "solidity", "extent", "area_convex", "mean_intensity",
    "bbox",
)  # fmt: skip
table = pd.DataFrame(measure.regionprops_table(labels, image, properties=names))
table["ecd_nm"] = np.sqrt(4 * table.area / np.pi) * scale
table["circularity"] = np.sqrt(4 * np.pi * table.area) / table.perimeter

# statistics
sizes = table.ecd_nm.to_numpy()
for statistic in (np.mean, np.median, np.std):
    stats.bootstrap((sizes,), statistic, n_resamples=2000, batch=200, method="percentile")
for quantile in (10, 50, 90):

    def percentile(draws, axis, quantile=quantile):
        return np.percentile(draws, quantile, axis=axis)

    stats.bootstrap((sizes,), percentile, n_resamples=2000, batch=200, method="percentile")
fits = {family.name: family.fit(sizes) for family in (stats.norm, stats.lognorm)}
fits["weibull_min"] = stats.weibull_min.fit(sizes, floc=0)

# report
table.to_csv(folder / "particles.csv", index=False)
table.to_parquet(folder / "particles.parquet", index=False)
tifffile.imwrite(folder / "labels.tif", labels.astype(np.uint16), compression="zlib")
grey = exposure.rescale_intensity(image, tuple(np.percentile(image, (1, 99))), (0, 1))
overlay = segmentation.mark_boundaries(grey, labels, color=(0, 0.6, 1))
io.imsave(folder / "overlay.png", (overlay * 255).astype(np.uint8), check_contrast=False)
figure, axes = plt.subplots()
axes.hist(sizes, bins="fd", density=True)
grid = np.linspace(sizes.min(), sizes.max(), 200)
axes.plot(grid, stats.lognorm(*fits["lognorm"]).pdf(grid))
axes.set_xlabel("equivalent circular diameter [nm]")
figure.savefig(folder / "histogram.png", dpi=150)
print(len(table), "particles")
