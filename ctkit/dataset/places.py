"""Where some voxels of each label lie, so that patches are sampled without reading whole masks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..volume import Volume

#: Voxels that are kept of each label: enough for patches, few beside a scan.
MOST = 1000


def places_of(masks: Mapping[str, Volume], seed: int) -> dict[str, np.ndarray]:
    """Some voxels of each label of each mask, by ``"name label"``.

    Parameters
    ----------
    masks : mapping of name to Volume
        Masks, whose label is 1, and label maps.
    seed : int
        The same seed gives the same voxels.

    Returns
    -------
    mapping of text to (n, 3) int32 array of (slice, row, column), in a random order
    """
    chance = np.random.default_rng(seed)
    return {
        f"{name} {label}": _some(mask.array == label, chance)
        for name, mask in masks.items()
        for label in _labels(mask)
    }


def _labels(mask: Volume) -> list[int]:
    return [int(label) for label in np.unique(mask.array) if label]


def _some(inside: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    flat = np.flatnonzero(inside)
    picked = chance.permutation(flat)[:MOST]
    return np.stack(np.unravel_index(picked, inside.shape), -1).astype(np.int32)
