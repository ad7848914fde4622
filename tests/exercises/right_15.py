"""Right answers of page 15, written otherwise."""

import math

import numpy as np


def axis_by_loop(affine, orientation):
    """The one step that has no part within the plane."""
    normal = np.cross(orientation[:3], orientation[3:])
    best, most = 0, -1.0
    for axis in range(3):
        step = affine[:3, axis]
        share = abs(float(np.dot(step, normal))) / math.sqrt(float(step @ step))
        if share > most:
            best, most = axis, share
    return best


def axis_by_what_is_left(affine, orientation):
    """A row's axis and a column's axis are found first; the third one is left."""
    steps = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    inside = np.abs(np.reshape(orientation, (2, 3)) @ steps)
    return np.hypot(*inside).argmin()


def axis_by_inverse(affine, orientation):
    """How far one goes along each axis for 1 mm along the normal."""
    normal = np.cross(orientation[:3], orientation[3:])
    angles = np.degrees(np.arccos(np.abs(normal @ affine[:3, :3]) / lengths(affine)))
    return np.int64(np.argmin(angles))


def lengths(affine):
    return np.sqrt((affine[:3, :3] ** 2).sum(axis=0)) * (1 + 1e-12)


def undone_by_loop(wrong, slopes, intercepts):
    hu = wrong.copy()
    for n in range(len(slopes)):
        hu[:, n] = (hu[:, n] - intercepts[n]) / slopes[n]
    for n in range(len(slopes)):
        hu[n] = hu[n] * slopes[n] + intercepts[n]
    return hu


def undone_by_tables(wrong, slopes, intercepts):
    """Slope 1 and intercept 0 for the rows that the loop did not come to."""
    more = wrong.shape[1] - len(slopes)
    slope = np.pad(slopes, (0, more), constant_values=1)
    intercept = np.pad(intercepts, (0, more))
    stored = (wrong - intercept.reshape(1, -1, 1)) / slope.reshape(1, -1, 1)
    return np.einsum("ijk,i->ijk", stored, slopes) + intercepts.reshape(-1, 1, 1)


def undone_in_parts(wrong, slopes, intercepts):
    upper, lower = np.split(wrong, [len(slopes)], axis=1)
    upper = (upper.swapaxes(1, 2) - intercepts) / slopes
    stored = np.concatenate([upper.swapaxes(1, 2), lower], axis=1)
    return [one * m + b for one, m, b in zip(stored, slopes, intercepts, strict=True)]


def network_by_interp(hu, low, high):
    return np.interp(hu, [low, high], [0, 1]).astype(np.float32)


def network_clipped_last(hu, low, high):
    share = (hu.astype(np.float64) - low) / (high - low)
    return share.clip(0, 1).astype("float32")


def network_by_where(hu, low, high):
    inside = (np.asarray(hu, float) - low) / (high - low)
    return np.float32(np.where(hu <= low, 0, np.where(hu >= high, 1, inside)))


def back_by_voxels(mask, start, flipped, shape):
    back = np.zeros(shape, dtype=bool)
    for place in np.argwhere(mask):
        for axis in flipped:
            place[axis] = mask.shape[axis] - 1 - place[axis]
        back[tuple(place + start)] = True
    return back


def back_by_padding(mask, start, flipped, shape):
    for axis in flipped:
        mask = np.flip(mask, axis)
    after = np.subtract(shape, start) - mask.shape
    return np.pad(mask, list(zip(start, after, strict=True)))


def back_by_steps(mask, start, flipped, shape):
    """The scan is cropped and flipped as it was: a view, into which the mask is written."""
    back = np.full(shape, False)
    part = back[tuple(slice(a, a + n) for a, n in zip(start, mask.shape, strict=True))]
    part[tuple(slice(None, None, -1 if axis in flipped else 1) for axis in range(3))] = mask
    return back


RIGHT = {
    "15.1": [axis_by_loop, axis_by_what_is_left, axis_by_inverse],
    "15.2": [undone_by_loop, undone_by_tables, undone_in_parts],
    "15.3": [network_by_interp, network_clipped_last, network_by_where],
    "15.4": [back_by_voxels, back_by_padding, back_by_steps],
}
