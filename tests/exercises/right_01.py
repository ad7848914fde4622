"""Right answers of page 01, written otherwise."""

import numpy as np


def hu_by_loop(stored, slope, intercept, padding):
    result = np.empty(stored.shape)
    for place in np.ndindex(stored.shape):
        value = int(stored[place])
        result[place] = -1000 if value == padding else value * slope + intercept
    return result


def hu_by_where(stored, slope, intercept, padding):
    hu = np.float32(slope) * stored.astype(np.float32) + np.float32(intercept)
    return hu if padding is None else np.where(stored == padding, np.float32(-1000), hu)


def hu_by_int64(stored, slope, intercept, padding):
    hu = stored.astype(np.int64) * slope + intercept
    outside = np.zeros(stored.shape, bool) if padding is None else stored == padding
    return np.where(outside, -1000, hu).tolist()


def pixel_by_solving(point, position, orientation, spacing):
    steps = np.column_stack(
        [np.multiply(orientation[3:], spacing[0]), np.multiply(orientation[:3], spacing[1])]
    )
    return np.linalg.lstsq(steps, np.subtract(point, position), rcond=None)[0]


def pixel_by_affine(point, position, orientation, spacing):
    right, down = np.array(orientation[:3], float), np.array(orientation[3:], float)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = down * spacing[0], right * spacing[1]
    affine[:3, 2], affine[:3, 3] = np.cross(right, down), position
    return (np.linalg.inv(affine) @ (*point, 1))[:2]


def pixel_by_sums(point, position, orientation, spacing):
    row = sum((point[i] - position[i]) * orientation[3 + i] for i in range(3)) / spacing[0]
    column = sum((point[i] - position[i]) * orientation[i] for i in range(3)) / spacing[1]
    return [row, column]


def range_by_shift(allocated, stored, representation):
    lowest = -(1 << stored - 1) * representation
    return lowest, lowest + (1 << stored) - 1


def range_by_halves(allocated, stored, representation):
    half = 2 ** (stored - 1)
    return (-half, half - 1) if representation else (0, 2 * half - 1)


def range_by_values(allocated, stored, representation):
    values = np.arange(2**stored)
    if representation:
        values = np.where(values >= 2 ** (stored - 1), values - 2**stored, values)
    return values.min(), values.max()


RIGHT = {
    "01.1": [hu_by_loop, hu_by_where, hu_by_int64],
    "01.2": [pixel_by_solving, pixel_by_affine, pixel_by_sums],
    "01.3": [range_by_shift, range_by_halves, range_by_values],
}
