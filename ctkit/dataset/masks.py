"""Masks that belong to a scan: what their numbers mean, and whether they lie where it lies."""

from __future__ import annotations

import numpy as np

from ..errors import CTError, GeometryError, LoadError, UnitError
from ..files.loading import load
from ..volume import Volume, own, same_grid

_YES = (1, 255)  # how files say that a voxel belongs to a mask; any other number is a label
_SOME = 100_000  # voxels that say where a mask lies
_MOST_OUTSIDE, _FEW_OUTSIDE = 0.5, 0.01


def read_mask(name: str, path: str) -> Volume:
    """A mask or a label map whose numbers stay what they are in the file.

    `load` judges each file alone. Here it is known that it is no scan: a label map of which only
    label 2 occurs stays one, and so does one of 400 labels.

    Raises
    ------
    LoadError, UnitError
        Where it can't be read, or holds no whole numbers in regions.
    """
    try:
        mask = load(path)
    except LoadError:
        if (numbers := _as_labels(path)) is None:
            raise
        return numbers
    if mask.is_labels:
        return mask
    numbers = _as_labels(path)
    if mask.is_mask and (numbers is None or set(numbers.labels or ()) <= set(_YES)):
        return mask
    if numbers is None:
        message = f"{name} is no mask and no label map, but {mask!r}"
        raise UnitError(message)
    return numbers


def _as_labels(path: str) -> Volume | None:
    """The stored numbers as labels; None where they are no labels."""
    try:
        stored = load(path, rescale=(1, 0))
    except CTError:
        return None
    array = stored.array
    if array.dtype == bool or not (array.min() >= -1 and array.max() < 2**15):
        return None
    labels = array.astype(np.int16)
    if not (np.array_equal(labels, array) and _in_regions(labels)):
        return None
    names = {int(n): f"label {n}" for n in np.unique(labels) if n}
    return Volume(own(labels), stored.affine, labels=names)


def _in_regions(labels: np.ndarray) -> bool:
    """Whether what is marked mostly has neighbours of its kind, as noise has not."""
    marked = np.count_nonzero(labels)
    if not marked:
        return True
    for axis in range(3):
        one, other = np.delete(labels, -1, axis), np.delete(labels, 0, axis)
        if 2 * np.count_nonzero((one == other) & (one != 0)) >= marked:
            return True
    return bool(marked <= 8)  # a region of a few voxels has few neighbours


def place_of(name: str, mask: Volume, scan: Volume) -> list[str]:
    """What is to be known of where a mask lies, in sentences.

    Raises
    ------
    GeometryError
        Where most of it lies beside the scan.
    """
    if same_grid(mask, scan):
        return []
    marked = np.flatnonzero(mask.array)
    marked = marked[:: len(marked) // _SOME + 1]
    found = scan.to_index(mask.to_world(np.stack(np.unravel_index(marked, mask.shape), -1)))
    beyond = ~np.all((found >= -0.5) & (found <= np.array(scan.shape) - 0.5), axis=-1)
    outside = float(beyond.mean()) if len(marked) else 0.0
    if outside > _MOST_OUTSIDE:
        message = (
            f"{outside:.0%} of {name} lies beside the scan, not in it: are their affines of the "
            "same kind?"
        )
        raise GeometryError(message)
    notes = [f"{outside:.0%} of {name} lies beyond the scan"] if outside > _FEW_OUTSIDE else []
    if mask.shape == scan.shape:
        notes.append(
            f"{name} has as many voxels as the scan and lies on another grid: are their affines "
            "of the same kind?"
        )
    return notes
