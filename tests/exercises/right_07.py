"""Right answers of page 07, written otherwise."""

import math
import statistics

import numpy as np
from scipy import ndimage, stats


def noise_by_variance(first, second):
    return math.sqrt(np.var(np.subtract(first, second, dtype=np.float32)) / 2)


def noise_by_loop(first, second):
    apart = [int(a) - int(b) for a, b in zip(first.ravel(), second.ravel(), strict=True)]
    return statistics.pstdev(apart) / 2**0.5


def noise_by_half(first, second):
    return np.std((first.astype(np.int32) - second.astype(np.int32)) / np.sqrt(2))


def median_by_loop(row):
    result = []
    for i in range(len(row)):
        left, right = row[max(i - 1, 0)], row[min(i + 1, len(row) - 1)]
        result.append(sorted([left, row[i], right])[1])
    return result


def median_by_scipy(row):
    return ndimage.median_filter(row, size=3, mode="nearest")


def median_inside(row):
    # With its own value twice, an end is always the middle one.
    result = row.copy()
    if len(row) > 2:
        result[1:-1] = np.median(np.stack([row[:-2], row[1:-1], row[2:]]), axis=0)
    return result


def scaled_in_float32(hu, noise_hu):
    return (hu.astype(np.float32) - np.float32(-1024)) / np.float32(4095), noise_hu / 4095


def scaled_by_interp(hu, noise_hu):
    span = 3071 - (-1024)
    return [np.add(hu, 1024, dtype=np.float64) / span, noise_hu / span]


def scaled_by_loop(hu, noise_hu):
    result = np.zeros(hu.shape)
    for place in np.ndindex(hu.shape):
        result[place] = (float(hu[place]) + 1024) / 4095
    return result, noise_hu * (1 / 4095)


def pairs_by_loop(lesion, ring):
    count = 0.0
    for one in lesion:
        for other in ring:
            count += 1 if one > other else 0.5 if one == other else 0
    return 100 * count / (len(lesion) * len(ring))


def pairs_by_rank(lesion, ring):
    statistic = stats.mannwhitneyu(lesion, ring).statistic
    return 100 * statistic / (lesion.size * ring.size)


def pairs_by_sign(lesion, ring):
    apart = np.subtract.outer(lesion.astype(float), ring.astype(float))
    return 50 * (1 + np.sign(apart).mean())


RIGHT = {
    "07.1": [noise_by_variance, noise_by_loop, noise_by_half],
    "07.2": [median_by_loop, median_by_scipy, median_inside],
    "07.3": [scaled_in_float32, scaled_by_interp, scaled_by_loop],
    "07.4": [pairs_by_loop, pairs_by_rank, pairs_by_sign],
}
