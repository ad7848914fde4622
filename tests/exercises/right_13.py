"""Right answers of page 13 that are written otherwise than its solutions."""

import numpy as np
from scipy import ndimage

import ctkit


def order_by_a_loop(positions, orientation):
    a, b = orientation[:3], orientation[3:]
    normal = (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )
    height = [sum(p * n for p, n in zip(place, normal, strict=True)) for place in positions]
    return sorted(range(len(height)), key=height.__getitem__)


def order_by_lexsort(positions, orientation):
    row, column = np.reshape(orientation, (2, 3))
    return np.lexsort([np.dot(positions, np.cross(row, column))])


def spacing_from_end_to_end(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return abs((positions[-1] - positions[0]) @ normal) / (len(positions) - 1)


def spacing_by_a_median(positions, orientation):
    row, column = np.reshape(orientation, (2, 3))
    return float(np.median(np.abs(np.diff(positions, axis=0) @ np.cross(row, column))))


def hu_by_a_loop(stored, slopes, intercepts):
    each = zip(stored, slopes, intercepts, strict=True)
    return np.stack([one.astype(np.float32) * slope + add for one, slope, add in each])


def hu_by_einsum(stored, slopes, intercepts):
    return np.einsum("krc,k->krc", stored.astype(float), slopes) + intercepts.reshape(-1, 1, 1)


def padding_in_a_copy(hu, stored, padding):
    new = np.array(hu)
    new[stored == padding] = ctkit.AIR
    return new


def padding_by_choose(hu, stored, padding):
    return np.choose(stored == padding, [hu, -1000.0])


def largest_by_sum(mask):
    labels, count = ndimage.label(mask)
    sizes = ndimage.sum_labels(mask, labels, range(1, count + 1))
    return labels == 1 + int(np.argmax(sizes))


def largest_by_a_loop(mask):
    labels, count = ndimage.label(mask)
    pieces = [labels == k for k in range(1, count + 1)]
    return max(pieces, key=np.count_nonzero)


def crop_by_scipy(hu, mask):
    return hu[ndimage.find_objects(mask.astype(int))[0]]


def crop_by_any(hu, mask):
    for axis in range(3):
        others = tuple(k for k in range(3) if k != axis)
        found = np.flatnonzero(mask.any(axis=others))
        hu = np.take(hu, range(found[0], found[-1] + 1), axis=axis)
    return hu


def moved_by_a_matrix(affine, start):
    shift = np.eye(4)
    shift[:3, 3] = start
    return affine @ shift


def moved_by_ctkit(affine, start):
    volume = ctkit.Volume(np.zeros((20, 20, 20), np.int16), affine)
    return ctkit.crop_box(volume, tuple(int(n) for n in start), (20, 20, 20)).affine.copy()


def pad_by_numpy(hu, shape):
    room = [n - m for n, m in zip(shape, hu.shape, strict=True)]
    return np.pad(hu, [(n // 2, n - n // 2) for n in room], constant_values=-1000)


def pad_by_indices(hu, shape):
    frame = np.zeros(shape, hu.dtype) - hu.dtype.type(1000)
    offset = (np.array(shape) - hu.shape) // 2
    index = np.indices(hu.shape) + offset[:, None, None, None]
    frame[tuple(index)] = hu
    return frame


def one_mm_by_ctkit(hu, spacing):
    volume = ctkit.Volume.from_spacing(hu.astype(np.float32), spacing)
    return ctkit.resample(volume, 1.0, kernel="linear").array


def one_mm_by_interp(hu, spacing):
    for axis, mm in enumerate(spacing):
        n = hu.shape[axis]
        old, new = (np.arange(n) + 0.5) * mm, np.arange(round(n * mm)) + 0.5
        hu = np.apply_along_axis(lambda line, new=new, old=old: np.interp(new, old, line), axis, hu)
    return hu


def window_by_ctkit(hu, center, width):
    return ctkit.apply_window(hu, center, width)


def window_by_interp(hu, center, width):
    low = center - 0.5 - (width - 1) / 2
    return np.interp(hu, [low, low + width - 1], [0, 1])


def ras_row_by_row(affine):
    new = affine.copy()
    new[:2] *= -1
    return new


def ras_by_product(affine):
    return affine * np.array([[-1], [-1], [1], [1]])


def split_by_a_set(patients, count):
    chosen = set(sorted(set(patients))[-count:])
    return np.array([name in chosen for name in patients])


def split_by_rank(patients, count):
    names, rank = np.unique(patients, return_inverse=True)
    return rank >= len(names) - count


def order_by_the_other_cross(positions, orientation):
    down = np.cross(orientation[3:], orientation[:3])
    return np.argsort(positions @ down)[::-1]


def spacing_by_a_loop(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    count = len(positions) - 1
    return sum(abs(np.dot(positions[k + 1] - positions[k], normal)) for k in range(count)) / count


def hu_by_broadcasting_to_the_end(stored, slopes, intercepts):
    return (stored.T * slopes + intercepts).T


def padding_by_multiplying(hu, stored, padding):
    outside = stored == padding
    return hu * ~outside - 1000 * outside


def largest_by_order(mask):
    labels, _ = ndimage.label(mask)
    values, counts = np.unique(labels[mask], return_counts=True)
    return labels == values[np.argsort(counts)[-1]]


def crop_by_nonzero(hu, mask):
    slices, rows, columns = (np.unique(found) for found in np.nonzero(mask))
    return hu[slices[0] : slices[-1] + 1, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def moved_step_by_step(affine, start):
    new = np.array(affine)
    for axis, steps in enumerate(start):
        new[:, 3] = new[:, 3] + steps * affine[:, axis]
    return new


def pad_axis_by_axis(hu, shape):
    for axis, n in enumerate(shape):
        room = n - hu.shape[axis]
        ends = [list(hu.shape), list(hu.shape)]
        ends[0][axis], ends[1][axis] = room // 2, room - room // 2
        first, last = (np.full(size, -1000, hu.dtype) for size in ends)
        hu = np.concatenate([first, hu, last], axis=axis)
    return hu


def one_mm_by_map_coordinates(hu, spacing):
    sizes = [round(n * mm) for n, mm in zip(hu.shape, spacing, strict=True)]
    index = np.indices(sizes).astype(float)
    for axis, mm in enumerate(spacing):
        index[axis] = (index[axis] + 0.5) / mm - 0.5
    return ndimage.map_coordinates(hu, index, order=1, mode="nearest")


def window_by_masks(hu, center, width):
    low = center - 0.5 - (width - 1) / 2
    grey = (np.asarray(hu, float) - low) / (width - 1)
    grey[grey < 0] = 0
    grey[grey > 1] = 1
    return grey


def ras_by_nibabel_signs(affine):
    signs = np.array([-1, -1, 1])
    new = np.eye(4)
    new[:3, :3], new[:3, 3] = signs[:, None] * affine[:3, :3], signs * affine[:3, 3]
    return new


def split_in_a_loop(patients, count):
    test = np.zeros(len(patients), bool)
    for name in sorted(set(patients))[-count:]:
        test |= np.array(patients) == name
    return test


RIGHT = {
    "13.1": [order_by_a_loop, order_by_lexsort, order_by_the_other_cross],
    "13.2": [spacing_from_end_to_end, spacing_by_a_median, spacing_by_a_loop],
    "13.3": [hu_by_a_loop, hu_by_einsum, hu_by_broadcasting_to_the_end],
    "13.4": [padding_in_a_copy, padding_by_choose, padding_by_multiplying],
    "13.5": [largest_by_sum, largest_by_a_loop, largest_by_order],
    "13.6": [crop_by_scipy, crop_by_any, crop_by_nonzero],
    "13.7": [moved_by_a_matrix, moved_by_ctkit, moved_step_by_step],
    "13.8": [pad_by_numpy, pad_by_indices, pad_axis_by_axis],
    "13.9": [one_mm_by_ctkit, one_mm_by_interp, one_mm_by_map_coordinates],
    "13.10": [window_by_ctkit, window_by_interp, window_by_masks],
    "13.11": [ras_row_by_row, ras_by_product, ras_by_nibabel_signs],
    "13.12": [split_by_a_set, split_by_rank, split_in_a_loop],
}
