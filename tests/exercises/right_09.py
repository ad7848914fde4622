"""Right answers of page 09, written otherwise."""

import numpy as np
from scipy import ndimage


def between_by_interp(values, place):
    return np.interp(place, np.arange(len(values)), values)


def between_by_scipy(values, place):
    return ndimage.map_coordinates(values.astype(float), [[place]], order=1, mode="nearest")[0]


def between_by_hats(values, place):
    place = np.clip(place, 0, len(values) - 1)
    weights = np.maximum(0, 1 - np.abs(np.arange(len(values)) - place))
    return float(weights @ values)


def spacing_by_places(slices, mm, factor):
    places = np.linspace(0, (slices - 1) * mm, round(slices * factor))
    return places[1] - places[0]


def spacing_by_ratio(slices, mm, factor):
    return mm / ((int(slices * factor + 0.5) - 1) / (slices - 1))


def spacing_by_zoom(slices, mm, factor):
    heights = np.arange(slices) * mm
    return np.diff(ndimage.zoom(heights, factor, order=1)).mean()


def shrunk_by_loop(picture, n):
    rows, columns = picture.shape[0] // n, picture.shape[1] // n
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            result[r, c] = picture[r * n : (r + 1) * n, c * n : (c + 1) * n].mean()
    return result


def shrunk_by_shifts(picture, n):
    rows, columns = picture.shape[0] // n, picture.shape[1] // n
    total = np.zeros((rows, columns))
    for r in range(n):
        for c in range(n):
            total += picture[r::n, c::n][:rows, :columns]
    return total / n**2


def shrunk_by_matrices(picture, n):
    def means(size):
        return np.kron(np.eye(size // n), np.full(n, 1 / n))

    rows, columns = (size // n * n for size in picture.shape)
    return means(rows) @ picture[:rows, :columns] @ means(columns).T


def labels_by_loop(labels, places):
    result = []
    for place in places:
        index = int(np.floor(place + 0.5))
        result.append(labels[index] if 0 <= index < len(labels) else 0)
    return result


def labels_by_pad(labels, places):
    nearest = np.rint(places).clip(-1, len(labels)).astype(int)
    return np.pad(labels, 1)[nearest + 1]


def labels_by_distance(labels, places):
    apart = np.abs(np.subtract.outer(places, np.arange(len(labels))))
    return labels[apart.argmin(axis=1)] * (apart.min(axis=1) <= 0.5)


RIGHT = {
    "09.1": [between_by_interp, between_by_scipy, between_by_hats],
    "09.2": [spacing_by_places, spacing_by_ratio, spacing_by_zoom],
    "09.3": [shrunk_by_loop, shrunk_by_shifts, shrunk_by_matrices],
    "09.4": [labels_by_loop, labels_by_pad, labels_by_distance],
}
