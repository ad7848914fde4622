"""Right answers of page 02, written otherwise."""

from itertools import pairwise

import numpy as np

import ctkit


def spacing_by_loop(positions, orientation):
    a, b = orientation[:3], orientation[3:]
    normal = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    along = sorted(sum(p * n for p, n in zip(place, normal, strict=True)) for place in positions)
    steps = [high - low for low, high in pairwise(along)]
    if max(steps) - min(steps) > 0.05:
        raise ctkit.LoadError("uneven")
    return sum(steps) / len(steps)


def spacing_by_median(positions, orientation):
    along = np.sort(positions @ np.cross(orientation[:3], orientation[3:]))
    steps = along[1:] - along[:-1]
    if steps.max() - steps.min() > 0.05:
        raise ctkit.LoadError("a slice is missing")
    return np.median(steps)


def spacing_by_length(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    along = np.sort(np.einsum("ij,j->i", positions, normal))
    if (np.diff(along).max() - np.diff(along).min()) > 0.05:
        raise ctkit.GeometryError("uneven steps")
    return float(np.ptp(along)) / (len(along) - 1)


def missing_by_places(along):
    places = np.unique(along)
    return round(np.ptp(places) / np.diff(places).min()) + 1 - len(places)


def missing_by_loop(along):
    places = sorted(set(along.tolist()))
    steps = [high - low for low, high in pairwise(places)]
    return sum(round(step / min(steps)) - 1 for step in steps)


def missing_by_indices(along):
    places = np.unique(along)
    index = np.rint((places - places[0]) / np.diff(places).min()).astype(int)
    return len(set(range(index[-1] + 1)) - set(index.tolist()))


def affine_by_columns(first, last, count, orientation, spacing):
    right, down = np.array(orientation, float).reshape(2, 3)
    step = (np.array(last) - np.array(first)) / (count - 1)
    steps = np.column_stack([step, spacing[0] * down, spacing[1] * right, first])
    return np.vstack([steps, [0, 0, 0, 1]])


def affine_by_lists(first, last, count, orientation, spacing):
    rows = [
        [
            (last[i] - first[i]) / (count - 1),
            orientation[3 + i] * spacing[0],
            orientation[i] * spacing[1],
            first[i],
        ]
        for i in range(3)
    ]
    return [*rows, [0, 0, 0, 1]]


def affine_by_product(first, last, count, orientation, spacing):
    turned = np.eye(4)
    turned[:3, 0] = np.subtract(last, first)
    turned[:3, 1], turned[:3, 2], turned[:3, 3] = orientation[3:], orientation[:3], first
    return turned @ np.diag([1 / (count - 1), *spacing, 1])


RIGHT = {
    "02.1": [spacing_by_loop, spacing_by_median, spacing_by_length],
    "02.2": [missing_by_places, missing_by_loop, missing_by_indices],
    "02.3": [affine_by_columns, affine_by_lists, affine_by_product],
}
