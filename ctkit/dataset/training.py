"""A prepared set as a network takes it: whole scans, or patches read without the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import choice, whole, wholes
from ..errors import GeometryError, LoadError, ParameterError
from .formats import Box, format_of
from .prepared import Prepared
from .store import Store

Item = dict[str, Any]


@dataclass(frozen=True)
class TrainingSet:
    """What a PyTorch DataLoader takes: it has a length, and gives arrays by number.

    It imports no torch, it can be pickled, so that workers of a DataLoader may have it, and what
    it gives depends on the number and the epoch alone. torch's own collate function makes tensors
    of the arrays.

    Attributes
    ----------
    store : Store
    scans : tuple of mapping
        Of each scan the row, its id, shape and files.
    patch : (slice, row, column) or None
        The shape of a patch; whole scans without one.
    per_scan : int
        Patches of each scan in an epoch.
    balance : str or None
        The mask whose labels get patches equally often; the voxel in the middle of a patch has the
        label, as far as the border of the scan allows it.
    seed : int
    epoch : int
        Which patches there are: another epoch, other patches.
    """

    store: Store
    scans: tuple[Item, ...]
    patch: tuple[int, int, int] | None
    per_scan: int
    balance: str | None
    seed: int
    epoch: int = 0

    def __len__(self) -> int:
        return len(self.scans) * self.per_scan

    def __getitem__(self, number: int) -> Item:
        """One item: ``image`` as (1, slice, row, column) float32, the masks likewise as int16,
        ``row`` in the run's table, and ``start``, the first voxel of the patch.
        """
        count = len(self)
        if not -count <= number < count:  # this ends a `for` loop
            message = f"item {number} of {count}"
            raise IndexError(message)
        number %= count
        scan = self.scans[number // self.per_scan]
        start = self._start(scan, number) if self.patch else (0, 0, 0)
        shape = self.patch or scan["shape"]
        box: Box = tuple(slice(s, s + n) for s, n in zip(start, shape, strict=True))  # type: ignore[assignment]
        item: Item = {"row": scan["row"], "start": np.array(start)}
        for name, file in scan["files"].items():
            # One type for all scans: of a label map some have label 1 alone, as a mask.
            kind = np.float32 if name == "image" else np.int16
            item[name] = _read(self.store, file, box).astype(kind)
        return item

    def at_epoch(self, epoch: int) -> TrainingSet:
        """The same set with other patches."""
        number = whole(epoch, "epoch is a whole number from 0", low=0)
        return TrainingSet(
            self.store, self.scans, self.patch, self.per_scan, self.balance, self.seed, number
        )

    def _start(self, scan: Item, number: int) -> tuple[int, ...]:
        """The first voxel of a patch that lies in the scan."""
        assert self.patch is not None
        chance = np.random.default_rng((self.seed, self.epoch, number))
        room = np.array(scan["shape"], int) - np.array(self.patch, int)
        middle = self._middle(scan, chance)
        if middle is None:
            return tuple(int(one) for one in chance.integers(0, room + 1))
        return tuple(int(one) for one in np.clip(middle - np.array(self.patch) // 2, 0, room))

    def _middle(self, scan: Item, chance: np.random.Generator) -> np.ndarray | None:
        """A voxel of a label, each label as often; None for a place that is anywhere."""
        if self.balance is None:
            return None
        places = self.store.read_places(scan["id"])
        held = [v for k, v in sorted(places.items()) if k.rpartition(" ")[0] == self.balance]
        turn = int(chance.integers(len(held) + 1))  # the background is one of the labels
        return held[turn][chance.integers(len(held[turn]))] if turn < len(held) else None


def training_set(
    run: Prepared,
    part: Sequence[bool] | None,
    patch: Sequence[int] | None,
    per_scan: int,
    balance: str | None,
    masks: Sequence[str] | None,
    seed: int,
) -> TrainingSet:
    """See `Run.torch`, whose arguments these are."""
    chosen = run.chosen(part)
    rows = [n for n in run.ready if chosen[n]]
    names = run.mask_names if masks is None else [masks] if isinstance(masks, str) else list(masks)
    asked = [*names, *([balance] if balance else ())]
    if asked and not run.mask_names:
        message = f"the set has no masks, and so no {asked[0]!r}"
        raise ParameterError(message)
    for name in asked:
        choice(name, "a mask", run.mask_names)
    frame = None
    if patch is not None:
        size = wholes(patch, "patch is (slice, row, column)", 3, low=1)
        frame = (size[0], size[1], size[2])
    count = whole(per_scan, "per_scan is a whole number from 1", low=1)
    if frame is None and (count != 1 or balance):
        message = "per_scan and balance are of patches: give patch=(slice, row, column) as well"
        raise ParameterError(message)
    scans = tuple(_scan(run, row, ["image", *names], frame) for row in rows)
    return TrainingSet(
        run.store, scans, frame, count, balance, whole(seed, "seed is a whole number", low=0)
    )


def _scan(run: Prepared, row: int, names: Sequence[str], patch: tuple[int, ...] | None) -> Item:
    told, files = run.table.iloc[row], run.files(row)
    shape = tuple(int(told[axis]) for axis in ("slices", "rows", "columns"))
    if patch is not None and any(p > n for p, n in zip(patch, shape, strict=True)):
        message = f"a patch of {patch} is larger than the scan of row {row}, {shape}"
        raise GeometryError(message)
    missing = [name for name in names if name not in files]
    if missing:
        message = (
            f"row {row} has no mask {missing[0]!r}: leave it out by masks=, or its rows by part="
        )
        raise ParameterError(message)
    return {
        "row": row,
        "id": told["id"],
        "shape": shape,
        "files": {name: files[name]["file"] for name in names},
    }


def _read(store: Store, file: str, box: Box) -> np.ndarray:
    try:
        return format_of(file).part(store.at(file), box)[None]
    except FileNotFoundError:
        message = f"{file} is gone: dataset.prepare with the same sources and steps makes it again"
        raise LoadError(message) from None
