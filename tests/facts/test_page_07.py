"""Page 07: noise, edges and nearness to the truth, recomputed with NumPy and SciPy."""

from functools import cache

import _pages
import numpy as np
from _truth import head
from scipy import ndimage, stats

from ctkit import phantom


def test_the_noise_of_the_flat_region():
    values = head().array[64, 51:68, 135:152].astype(float)
    assert f"by hand: SD {values.std(ddof=1):.1f} HU" in _pages.printed("07")


def test_a_region_that_slips_measures_contrast():
    values = head().array[64, 30:47, 135:152].astype(float)
    assert f"SD {values.std(ddof=1):6.1f} HU" in _pages.printed("07")


def test_what_the_gaussian_did_to_bone():
    array = head().array[52:68].astype(np.float32)
    smooth = ndimage.gaussian_filter(array, [0.7 / step for step in head().spacing])
    change = np.abs(smooth - array)[array > 300].mean()
    assert f"was changed by {change:.0f} HU by the gaussian" in _pages.facts("07")[3]


def test_what_the_probe_reads():
    array = head().array[52:68].astype(np.float32)
    smooth = ndimage.gaussian_filter(array, [0.7 / step for step in head().spacing])
    at = (8, 28, 128)
    assert f"{array[at]:.0f} HU → {smooth[at]:.2f} HU" in _pages.prose("07")


@cache
def scanned(noise_hu=8):
    body = phantom.head_phantom(table=False)
    grid = phantom.make_grid((7, 168, 140), (3.0, 1.25, 1.2), center=(0, 0, 11))
    return body.render(grid), body.scan(grid, noise_hu=noise_hu, angles=180, seed=1)


def brain(array):
    return np.asarray(array)[:, 44:124, 35:105].astype(float)


def test_the_noise_of_the_phantom_is_what_differs_from_its_truth():
    truth, noisy = scanned()
    assert f"to {(brain(noisy) - brain(truth)).std():.1f} HU" in _pages.facts("07")[0]


def test_the_best_gaussian_in_the_brain():
    truth, noisy = scanned()
    sizes = [0.4, 0.7, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5]

    def decibels(array):
        return 10 * np.log10(80**2 / np.mean((brain(array) - brain(truth)) ** 2))

    found = []
    for size in sizes:
        sigma = [size / step for step in noisy.spacing]
        found.append(decibels(ndimage.gaussian_filter(noisy.array.astype(float), sigma)))
    gain = max(found) - decibels(noisy.array)
    line = f"a sigma of {sizes[np.argmax(found)]:.1f} mm is best and wins {gain:.1f} dB"
    assert line in _pages.facts("07")[4]
    assert f"**{max(found):.1f} dB**" in _pages.prose("07")


def test_a_size_in_voxels_reaches_further_across_the_slices():
    truth, noisy = scanned()
    peak = np.unravel_index(
        phantom.head_phantom(table=False).coverage(truth, "calcification").argmax(), truth.shape
    )
    wrong = ndimage.gaussian_filter(noisy.array.astype(np.float32), 1)[peak]
    sigma = [1.2 / step for step in noisy.spacing]
    right = ndimage.gaussian_filter(noisy.array.astype(np.float32), sigma)[peak]
    line = f"sigma of 1 voxel: {wrong:.0f} HU; sigma of 1.2 mm: {right:.0f} HU"
    assert line in _pages.printed("07")


def test_what_the_gaussian_leaves_of_faint_lesions():
    body = phantom.head_phantom(table=False)
    grid = phantom.make_grid((7, 168, 140), (3.0, 1.25, 1.2), center=(0, 0, 11))
    centres = [(-30, -30), (-30, 0), (-30, 40), (28, 30), (28, 55), (-10, -55), (12, -55), (0, 60)]
    plain, lesions = body.render(grid), []
    for place, (x, y) in enumerate(centres):
        lesions.append(phantom.Part(f"lesion {place}", 36, (x, y, 11), (5, 5, 9)))
        body = body.with_part(lesions[-1])
    noisy = body.scan(grid, noise_hu=8, angles=180, seed=1)
    sigma = [1.3 / step for step in noisy.spacing]
    smooth = ndimage.gaussian_filter(noisy.array.astype(float), sigma)
    share = sum(body.coverage(grid, lesion.name) for lesion in lesions)
    ring = ndimage.binary_dilation(share > 0, iterations=4) & ~ndimage.binary_dilation(share > 0)
    ring &= np.abs(plain.array - 28) < 0.5
    inner, outer = smooth[share > 0.95], smooth[ring]
    left = inner.mean() - outer.mean()
    # The share of pairs in which the first is the larger one is Mann and Whitney's U.
    pairs = 100 * stats.mannwhitneyu(inner, outer).statistic / (inner.size * outer.size)
    assert f"the gaussian leaves {left:.1f} HU and nlm" in _pages.facts("07")[2]
    assert f"HU; {pairs:.0f} % and" in _pages.facts("07")[2]
