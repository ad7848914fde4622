"""What goes from step to step: a scan, the part of it that counts, and where it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from ..errors import GeometryError
from ..operations.resampling import resample
from ..volume import Volume, own, same_grid


@dataclass(frozen=True)
class State:
    """A scan under way.

    Attributes
    ----------
    volume : Volume
        HU, or what a step made of them.
    region : Volume of bool or None
        What a step found to be the head, say, on the grid of `volume`; `crop` and `center` go by
        it.
    """

    volume: Volume
    region: Volume | None = None

    def moved(self, volume: Volume) -> State:
        """The state with another volume; the region follows to its grid by nearest neighbour."""
        region = self.region
        if region is not None and not same_grid(region, volume):
            region = follow(region, volume)
        return replace(self, volume=volume, region=region)


def follow(mask: Volume, grid: Volume) -> Volume:
    """A mask or a label map on another grid, by nearest neighbour; empty where they don't meet."""
    if same_grid(mask, grid):
        return mask
    try:
        return resample(mask, like=grid, kernel="nearest")
    except GeometryError:
        if mask.array.any() and _meet(mask, grid):
            raise
        return grid.with_array(np.zeros(grid.shape, mask.array.dtype), labels=mask.labels)


def _meet(mask: Volume, grid: Volume) -> bool:
    """Whether the boxes around two grids have a part in common, in mm."""
    ends = []
    for volume in (mask, grid):
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in volume.shape])).reshape(3, -1).T
        points = volume.to_world(corners)
        ends.append((points.min(0), points.max(0)))
    (low, high), (other_low, other_high) = ends
    return bool(np.all(low <= other_high) and np.all(other_low <= high))


def pack(state: State, file: BinaryIO) -> None:
    """Write a state, every HU kept, to go on from later."""
    volume, region = state.volume, state.region
    arrays = {"volume": volume.array, "affine": volume.affine}
    if region is not None:
        arrays["region"] = np.packbits(region.array)
    arrays["report"] = np.array(json.dumps(volume.report))
    labels = None if volume.labels is None else {str(k): v for k, v in volume.labels.items()}
    arrays["labels"] = np.array(json.dumps(labels))
    np.savez(file, **arrays)  # type: ignore[arg-type]


def unpack(file: BinaryIO) -> State:
    """What `pack` wrote."""
    with np.load(file, allow_pickle=False) as held:
        arrays: Mapping[str, np.ndarray] = dict(held)
    report = json.loads(str(arrays["report"]))
    labels = json.loads(str(arrays["labels"]))
    names = None if labels is None else {int(k): v for k, v in labels.items()}
    volume = Volume(own(arrays["volume"]), arrays["affine"], report, names)
    if "region" not in arrays:
        return State(volume)
    bits = np.unpackbits(arrays["region"], count=volume.array.size)
    region = Volume(own(bits.astype(bool).reshape(volume.shape)), volume.affine)
    return State(volume, region)
