"""What is drawn over a volume: a mask, a label map, or several masks that may overlap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import ParameterError
from ..labels import MASK_COLOR, PALETTE, Label, counts_of, label_of, labels_of
from ..volume import Volume, as_labels, as_mask, own

_MOST = 2**15 - 1


class Layers(NamedTuple):
    """Voxels to be drawn, the labels of their values, and which values stand for several labels.

    ``volume`` is a mask or a label map. See `ctkit.labels` for ``labels`` and ``overlaps``.
    """

    volume: Volume
    labels: list[Label]
    overlaps: list[tuple[int, list[int]]]


def layers_of(mask: Any, name: str = "mask", *, on: Volume | None = None) -> Layers:
    """What is drawn of a mask, of a label map, or of a dict of name to mask.

    Parameters
    ----------
    mask : Volume of bool, array of bool in the shape of `on`, label map, or dict of these masks
    name : str
        What an error calls it.
    on : Volume, optional
        The grid that each has to lie on.

    Raises
    ------
    UnitError
        On HU.
    GeometryError
        On another grid.
    ParameterError
        On anything else, and on an empty dict or names that are no texts.
    """
    if isinstance(mask, Mapping):
        return _of_masks(mask, name, on)
    if isinstance(mask, Volume) and mask.is_labels:
        return _of_labels(as_labels(mask, name, on=on))
    one = as_mask(mask, name, on=on)
    ml = int(np.count_nonzero(one.array)) * one.voxel_ml
    return Layers(one, [label_of(1, "mask", MASK_COLOR, ml)], [])


def _of_labels(volume: Volume) -> Layers:
    counts = counts_of(volume.array)
    return Layers(volume, labels_of(volume.labels or {}, counts, volume.voxel_ml), [])


def _of_masks(masks: Mapping[Any, Any], name: str, on: Volume | None) -> Layers:
    """Several masks as one label map; where they overlap, a value of its own stands for them."""
    if not masks or not all(isinstance(key, str) for key in masks):
        message = f"{name} is a dict of names to masks, with one at least; not {masks!r}"
        raise ParameterError(message)
    each: list[Volume] = []
    for key, mask in masks.items():
        grid = on or (each[0] if each else None)
        each.append(as_mask(mask, f"{name}[{key!r}]", on=grid))
    names, voxel_ml = list(masks), each[0].voxel_ml
    voxels, sets = _codes([mask.array for mask in each])
    labels = [
        label_of(
            place + 1,
            key,
            PALETTE[place % len(PALETTE)],
            int(np.count_nonzero(mask.array)) * voxel_ml,
        )
        for place, (key, mask) in enumerate(zip(names, each, strict=True))
    ]
    called = {
        code: " + ".join(names[value - 1] for value in members)
        for code, members in enumerate(sets)
        if code
    }
    overlaps = [(code, members) for code, members in enumerate(sets) if len(members) > 1]
    return Layers(Volume(own(voxels), each[0].affine, (), called), labels, overlaps)


def _codes(masks: list[np.ndarray]) -> tuple[np.ndarray, list[list[int]]]:
    """One value a voxel for the set of masks that it lies in, and the sets by value.

    A voxel of the first mask alone has the value 1, and so on.
    """
    voxels = np.zeros(masks[0].shape, np.int16)
    sets: list[list[int]] = [[], *[[value + 1] for value in range(len(masks))]]
    known = {tuple(members): code for code, members in enumerate(sets)}
    flat = voxels.reshape(-1)
    for value, mask in enumerate(masks, start=1):
        inside = np.flatnonzero(mask)
        before = flat[inside]
        change = np.zeros(len(sets), np.int16)
        for code in np.flatnonzero(np.bincount(before, minlength=len(sets))).tolist():
            members = [*sets[code], value]
            if tuple(members) not in known:
                known[tuple(members)] = len(sets)
                sets.append(members)
            if len(sets) > _MOST:
                message = f"the masks overlap in {_MOST} ways: draw fewer of them at once"
                raise ParameterError(message)
            change[code] = known[tuple(members)]
        flat[inside] = change[before]
    return voxels, sets
