"""Right answers of page 11, written otherwise."""

import numpy as np

import ctkit


def frame_by_make_grid(middle, shape, spacing):
    return ctkit.phantom.make_grid(shape, spacing, center=middle).affine


def frame_by_numbers(middle, shape, spacing):
    x, y, z = middle
    slices, rows, columns = shape
    up, down, across = spacing
    return [
        [0, 0, across, x - across * (columns - 1) / 2],
        [0, down, 0, y - down * (rows - 1) / 2],
        [up, 0, 0, z - up * (slices - 1) / 2],
        [0, 0, 0, 1],
    ]


def frame_by_loop(middle, shape, spacing):
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    for axis in range(3):
        affine[2 - axis, axis] = spacing[axis]
        affine[2 - axis, 3] = middle[2 - axis] - spacing[axis] * (shape[axis] - 1) / 2
    return affine


def pooled_by_hstack(scans):
    values = np.hstack(scans).astype(np.float64)
    return [np.mean(values), np.std(values)]


def pooled_by_sums(scans):
    count = sum(len(scan) for scan in scans)
    mean = sum(int(value) for scan in scans for value in scan) / count
    squares = sum((int(value) - mean) ** 2 for scan in scans for value in scan)
    return mean, (squares / count) ** 0.5


def pooled_by_parts(scans):
    # The law of total variance: within the scans, and between them.
    scans = [scan.astype(float) for scan in scans]
    share = np.array([len(scan) for scan in scans]) / sum(len(scan) for scan in scans)
    means, variances = (np.array([f(scan) for scan in scans]) for f in (np.mean, np.var))
    mean = share @ means
    return mean, np.sqrt(share @ (variances + (means - mean) ** 2))


def split_by_loop(rows, patients):
    train, test = [], []
    for row in rows:
        if row["ending"] != "ready":
            continue
        (test if row["patient"] in patients else train).append(row["scan"])
    return train, test


def split_by_sets(rows, patients):
    held = set(patients)
    sides = {False: [], True: []}
    for row in rows:
        if row["ending"] == "ready":
            sides[row["patient"] in held].append(row["scan"])
    return [sides[False], sides[True]]


def split_by_filter(rows, patients):
    ready = list(filter(lambda row: row["ending"] == "ready", rows))
    test = tuple(row["scan"] for row in ready if patients.count(row["patient"]))
    return tuple(row["scan"] for row in ready if row["scan"] not in test), test


def step_by_loop(weights, x, y, rate):
    total = np.zeros(len(weights))
    for row, wanted in zip(x, y, strict=True):
        total += (1 / (1 + np.exp(-np.dot(row, weights))) - wanted) * row
    return weights - rate * total / len(y)


def step_by_mean(weights, x, y, rate):
    p = 0.5 * (1 + np.tanh(x @ weights / 2))
    return weights - rate * ((p - y)[:, None] * x).mean(axis=0)


def step_by_einsum(weights, x, y, rate):
    p = 1 / (1 + np.exp(-np.einsum("ij,j", x, weights)))
    return weights - rate * np.einsum("ij,i->j", x, p - y) / x.shape[0]


def back_by_order(answer, scan):
    return ctkit.resample(answer, kernel="nearest", like=scan)


def back_by_labels(answer, scan):
    labels = answer.with_array(answer.array.astype(np.int16), labels={1: "blood"})
    return scan.with_array(ctkit.resample(labels, like=scan, kernel="nearest").array == 1)


def back_by_places(answer, scan):
    index = np.stack(np.indices(scan.shape), axis=-1)
    found = np.rint(answer.to_index(scan.to_world(index))).astype(int)
    inside = ((found >= 0) & (found < answer.shape)).all(axis=-1)
    marked = np.zeros(scan.shape, bool)
    marked[inside] = answer.array[tuple(found[inside].T)]
    return scan.with_array(marked)


RIGHT = {
    "11.1": [frame_by_make_grid, frame_by_numbers, frame_by_loop],
    "11.2": [pooled_by_hstack, pooled_by_sums, pooled_by_parts],
    "11.3": [split_by_loop, split_by_sets, split_by_filter],
    "11.4": [step_by_loop, step_by_mean, step_by_einsum],
    "11.5": [back_by_order, back_by_labels, back_by_places],
}
