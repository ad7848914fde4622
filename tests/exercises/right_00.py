"""Right answers of page 00, written otherwise."""

import math

import numpy as np


def ml_by_loop(mask, spacing):
    count = 0
    for value in mask.ravel().tolist():
        if value:
            count += 1
    return count * spacing[0] * spacing[1] * spacing[2] * 0.001


def ml_by_slices(mask, spacing):
    areas = [(part != 0).sum() * spacing[1] * spacing[2] for part in mask]
    return sum(areas) * spacing[0] / 1000


def ml_in_cm(mask, spacing):
    return len(np.argwhere(mask)) * math.prod(mm / 10 for mm in spacing)


def mm_by_dist(first, second, spacing):
    return math.dist(np.multiply(first, spacing), np.multiply(second, spacing))


def mm_by_loop(first, second, spacing):
    total = 0.0
    for one, other, mm in zip(first, second, spacing, strict=True):
        total += ((one - other) * mm) ** 2
    return total**0.5


def mm_by_norm(first, second, spacing):
    return np.linalg.norm(np.diag(spacing) @ np.subtract(first, second))


def side_by_places(column, columns, spacing):
    places = (np.arange(columns) - np.mean(np.arange(columns))) * spacing
    return ["R", "L"][int(places[column] > 0)], np.abs(places)[column]


def side_by_ends(column, columns, spacing):
    before, after = column, columns - 1 - column
    return ("R" if before < after else "L"), abs(before - after) * spacing / 2


def side_by_linspace(column, columns, spacing):
    half = (columns - 1) * spacing / 2
    x = np.linspace(-half, half, columns)[column]
    return ("L", x) if x > 0 else ("R", -x)


RIGHT = {
    "00.1": [ml_by_loop, ml_by_slices, ml_in_cm],
    "00.2": [mm_by_dist, mm_by_loop, mm_by_norm],
    "00.3": [side_by_places, side_by_ends, side_by_linspace],
}
