"""Right answers of page 04, written otherwise."""

import math
import statistics

import numpy as np

import ctkit


def rescale_in_float32(stored, slope, intercept):
    return np.float32(slope) * np.float32(stored) + np.float32(intercept)


def rescale_by_loop(stored, slope, intercept):
    hu = np.empty(stored.shape)
    for place in np.ndindex(stored.shape):
        hu[place] = int(stored[place]) * slope + intercept
    return hu


def rescale_in_place(stored, slope, intercept):
    hu = stored.astype(np.float64)
    hu *= slope
    hu += intercept
    return hu


def padded_by_index(stored, slope, intercept, value, limit):
    hu = slope * stored + intercept
    first, last = sorted((value, limit))
    hu[np.logical_and(first <= stored, stored <= last)] = -1000
    return hu


def padded_by_loop(stored, slope, intercept, value, limit):
    hu = np.zeros(stored.shape)
    for place, number in np.ndenumerate(stored):
        inside = value <= number <= limit or limit <= number <= value
        hu[place] = ctkit.AIR if inside else slope * number + intercept
    return hu


def padded_by_library(stored, slope, intercept, value, limit):
    return ctkit.to_hu(stored, slope, intercept, padding=(min(value, limit), max(value, limit)))


def signed_by_shift(stored, bits):
    # The sign moves into the last bit of an int16, and back.
    shift = 16 - bits
    return np.left_shift(stored, shift).view(np.int16) >> shift


def signed_by_remainder(stored, bits):
    half = 2 ** (bits - 1)
    return (stored.astype(int) + half) % (2 * half) - half


def signed_by_loop(stored, bits):
    values = [int(v) - 2**bits if int(v) >> (bits - 1) & 1 else int(v) for v in stored.ravel()]
    return np.reshape(values, stored.shape)


def sure_by_loop(regions):
    means = [float(np.mean(region)) for region in regions]
    return statistics.fmean(means), statistics.stdev(means) / math.sqrt(len(means))


def sure_by_formula(regions):
    count = regions.shape[0]
    means = regions.sum(axis=1) / regions.shape[1]
    square = ((means - means.mean()) ** 2).sum() / (count - 1)
    return np.array([regions.mean(), np.sqrt(square / count)])


def sure_by_covariance(regions):
    means = np.average(regions, axis=1)
    return [means.mean(), np.sqrt(np.cov(means) / means.size)]


RIGHT = {
    "04.1": [rescale_in_float32, rescale_by_loop, rescale_in_place],
    "04.2": [padded_by_index, padded_by_loop, padded_by_library],
    "04.3": [signed_by_shift, signed_by_remainder, signed_by_loop],
    "04.4": [sure_by_loop, sure_by_formula, sure_by_covariance],
}
