"""Right answers of page 08, written otherwise."""

import math

import numpy as np
from scipy import ndimage

import ctkit


def box_by_axes(mask):
    if not mask.any():
        raise ctkit.ParameterError("empty")
    start, stop = [], []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        found = np.flatnonzero(mask.any(axis=others))
        start.append(found[0])
        stop.append(found[-1] + 1)
    return start, stop


def box_by_scipy(mask):
    found = ndimage.find_objects(mask.astype(int))
    if not found:
        raise ctkit.ParameterError("empty")
    return [part.start for part in found[0]], [part.stop for part in found[0]]


def box_by_loop(mask):
    voxels = [place for place in np.ndindex(mask.shape) if mask[place]]
    if not voxels:
        raise ctkit.GeometryError("of another kind")
    axes = list(zip(*voxels, strict=True))
    return tuple(min(axis) for axis in axes), tuple(max(axis) + 1 for axis in axes)


def cropped_by_matrix(volume, start, stop):
    step = np.eye(4)
    step[:3, 3] = start
    (a, b, c), (d, e, f) = start, stop
    return ctkit.Volume(volume.array[a:d, b:e, c:f], volume.affine @ step)


def cropped_by_ctkit(volume, start, stop):
    return ctkit.crop_box(volume, start, stop)


def cropped_by_steps(volume, start, stop):
    affine = np.array(volume.affine)
    for axis, count in enumerate(start):
        affine[:3, 3] += count * affine[:3, axis]
    (a, b, c), (d, e, f) = start, stop
    return ctkit.Volume(volume.array[a:d][:, b:e][:, :, c:f].copy(), affine)


def padded_by_full(volume, before, after):
    shape = np.array(volume.shape) + before + after
    array = np.full(shape, -1000, volume.array.dtype)
    ends = np.array(before) + volume.shape
    array[tuple(map(slice, before, ends))] = volume.array
    affine = volume.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ before
    return ctkit.Volume(array, affine)


def padded_by_matrix(volume, before, after):
    step = np.eye(4)
    step[:3, 3] = np.negative(before)
    array = np.pad(volume.array, np.stack([before, after], axis=1), constant_values=-1000)
    return ctkit.Volume(array, volume.affine @ step)


def padded_by_ctkit(volume, before, after):
    shape = np.array(volume.shape) + before + after
    whole = ctkit.Volume(np.zeros(shape, np.int16), padded_by_matrix(volume, before, after).affine)
    return ctkit.pad(volume, like=whole)


def margins_by_ceil(size, frame):
    if size > frame:
        raise ctkit.GeometryError("larger")
    return math.floor((frame - size) / 2), math.ceil((frame - size) / 2)


def margins_by_divmod(size, frame):
    if size > frame:
        raise ctkit.ParameterError("of another kind")
    half, odd = divmod(frame - size, 2)
    return [half, half + odd]


def margins_by_loop(size, frame):
    if size > frame:
        raise ctkit.CTError("larger")
    before = after = 0
    while before + size + after < frame:
        if after > before:
            before += 1
        else:
            after += 1
    return np.array([before, after])


RIGHT = {
    "08.1": [box_by_axes, box_by_scipy, box_by_loop],
    "08.2": [cropped_by_matrix, cropped_by_ctkit, cropped_by_steps],
    "08.3": [padded_by_full, padded_by_matrix, padded_by_ctkit],
    "08.4": [margins_by_ceil, margins_by_divmod, margins_by_loop],
}
