"""Right answers of page 06, written otherwise."""

import numpy as np
from scipy import ndimage
from scipy.spatial import distance

import ctkit


def largest_by_argmax(matter):
    pieces, count = ndimage.label(matter)
    if count == 0:
        return np.zeros(matter.shape, bool)
    return pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()


def largest_by_sums(matter):
    pieces, count = ndimage.label(matter)
    sizes = [0, *ndimage.sum_labels(matter, pieces, range(1, count + 1))]
    best = max(range(count + 1), key=lambda number: sizes[number])
    return (pieces == best) & (best > 0)


def largest_by_flooding(matter):
    left, best = {tuple(place) for place in np.argwhere(matter)}, []
    while left:
        piece = [left.pop()]
        for place in piece:
            for axis in range(3):
                for step in (-1, 1):
                    near = (*place[:axis], place[axis] + step, *place[axis + 1 :])
                    if near in left:
                        left.remove(near)
                        piece.append(near)
        best = max(best, piece, key=len)
    kept = np.zeros(matter.shape, bool)
    for place in best:
        kept[place] = True
    return kept


def ml_by_sum(mask, spacing):
    return (np.asarray(mask) != 0).sum() * spacing[0] * spacing[1] * spacing[2] / 1e3


def ml_by_loop(mask, spacing):
    count = sum(1 for value in mask.ravel() if value)
    return count * (spacing[0] / 10) * (spacing[1] / 10) * (spacing[2] / 10)


def ml_by_volume(mask, spacing):
    whole = ctkit.Volume.from_spacing(mask.astype(bool), spacing)
    return float(whole.array.sum() * whole.voxel_ml)


def only_by_index(volume, mask):
    array = np.array(volume.array)
    array[~mask.array] = -1000
    return volume.with_array(array)


def only_by_choice(volume, mask):
    full = np.full_like(volume.array, -1000)
    np.copyto(full, volume.array, where=mask.array)
    return ctkit.Volume(full, volume.affine)


def only_by_arithmetic(volume, mask):
    return volume.with_array(mask.array * (volume.array + 1000.0) - 1000.0)


def dice_by_sets(first, second):
    one, other = ({tuple(place) for place in np.argwhere(mask)} for mask in (first, second))
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1


def dice_by_counts(first, second):
    shared = np.count_nonzero(np.logical_and(first, second))
    alone = np.count_nonzero(first != second)
    return 1.0 if shared + alone == 0 else 2 * shared / (2 * shared + alone)


def dice_by_library(first, second):
    if not (first.any() or second.any()):
        return 1.0
    return 1 - distance.dice(first.ravel(), second.ravel())


def ball(spacing, radius):
    """The steps, in voxels, that lie within a radius in mm."""
    most = [int(radius / step) for step in spacing]
    grid = np.mgrid[tuple(slice(-n, n + 1) for n in most)]
    return sum((g * step) ** 2 for g, step in zip(grid, spacing, strict=True)) <= radius**2


def opened_by_structure(matter, spacing, radius):
    form = ball(spacing, radius)
    eroded = ndimage.binary_erosion(matter, form, border_value=1)
    return ndimage.binary_dilation(eroded, form)


def within(mask, spacing, radius):
    """Places within a radius of a mask's voxels, by all distances."""
    places, found = np.argwhere(mask), np.zeros(mask.shape, bool)
    for place in np.ndindex(mask.shape):
        steps = (places - place) * spacing
        found[place] = (np.sqrt((steps**2).sum(axis=1)) <= radius).any()
    return found


def opened_by_distances(matter, spacing, radius):
    return within(matter & ~within(~matter, spacing, radius), spacing, radius)


def opened_by_shifts(matter, spacing, radius):
    form = ball(spacing, radius)
    half = [n // 2 for n in form.shape]
    padded = np.pad(matter, [(n, n) for n in half], constant_values=True)
    eroded = np.ones(matter.shape, bool)
    for place in np.argwhere(form):
        part = tuple(slice(p, p + n) for p, n in zip(place, matter.shape, strict=True))
        eroded &= padded[part]
    padded, wide = np.pad(eroded, [(n, n) for n in half]), np.zeros(matter.shape, bool)
    for place in np.argwhere(form):
        part = tuple(slice(p, p + n) for p, n in zip(place, matter.shape, strict=True))
        wide |= padded[part]
    return wide


RIGHT = {
    "06.1": [largest_by_argmax, largest_by_sums, largest_by_flooding],
    "06.2": [ml_by_sum, ml_by_loop, ml_by_volume],
    "06.3": [only_by_index, only_by_choice, only_by_arithmetic],
    "06.4": [dice_by_sets, dice_by_counts, dice_by_library],
    "06.5": [opened_by_structure, opened_by_distances, opened_by_shifts],
}
