"""The scans of a prepared set, each as an array, with its masks, or back where it was."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import whole
from ..errors import GeometryError, LoadError, ParameterError, UnitError
from ..volume import Volume, own
from .manifest import read_manifest
from .state import follow
from .store import Store


class Prepared:
    """A prepared set in its folder, read scan by scan; see `Run`."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.store = Store.open(folder)
        try:
            self.table = read_manifest(self.store)
        except FileNotFoundError:
            message = f"{folder} has no manifest: dataset.prepare writes it when it ends"
            raise LoadError(message) from None
        except (OSError, ValueError) as error:
            message = (
                f"{folder} has a manifest that can't be read: dataset.prepare with the same "
                f"sources and steps writes it again ({type(error).__name__})"
            )
            raise LoadError(message) from error
        wanted = ("id", "ending", "reason", *(("files",) if len(self.table) else ()))
        if lacking := [name for name in wanted if name not in self.table]:
            message = (
                f"the manifest of {folder} has no column {lacking[0]!r}: dataset.prepare with the "
                "same sources and steps writes it again"
            )
            raise LoadError(message)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return Path(self.store.folder)

    @property
    def ready(self) -> list[int]:
        """The numbers of the rows that have a result."""
        return [n for n, ending in enumerate(self.table["ending"]) if ending == "ready"]

    @property
    def mask_names(self) -> list[str]:
        """What the masks are called."""
        names = {name for number in self.ready for name in self.files(number)}
        return sorted(names - {"image"})

    def files(self, number: int) -> dict[str, dict[str, str]]:
        """The files of a scan, by "image" and the names of its masks, with their sha256."""
        return json.loads(self._row(number)["files"])

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, number: int) -> np.ndarray:
        """The voxels of a scan as (slice, row, column), by the number of its row."""
        return self.volume(number).array

    def volume(self, number: int) -> Volume:
        """A prepared scan, by the number of its row.

        Raises
        ------
        ParameterError
            Where there is no such row.
        LoadError
            Where it has no result: it says why.
        """
        return self._read(number, "image")

    def chosen(self, part: ArrayLike | None) -> np.ndarray:
        """Which rows somebody chose, as bool; all without a choice.

        Raises
        ------
        ParameterError
            Where it isn't one bool for each row.
        """
        if part is None:
            return np.ones(len(self), bool)
        array = np.asarray(part)
        if array.dtype != bool or array.shape != (len(self),):
            message = (
                f'rows are chosen by one bool for each of the {len(self)}, as split(...) == "train"'
                f" gives them, and not by {array.size} of {array.dtype}"
            )
            raise ParameterError(message)
        return array

    def mask(self, number: int, name: str = "mask") -> Volume:
        """A mask or a label map of a scan, on the grid of the prepared scan."""
        return self._read(number, name)

    def to_original(self, number: int, mask: Volume | ArrayLike) -> Volume:
        """A mask or a label map on the slices that the scan came with, by nearest neighbour.

        Parameters
        ----------
        number : int
            The row of the scan.
        mask : Volume, or array of bool or whole numbers on the grid of the prepared scan

        Returns
        -------
        Volume on the grid of the scan as `ctkit.load` opens it; empty beyond the prepared part.

        Raises
        ------
        GeometryError
            Where an array has another shape than the prepared scan.
        UnitError
            Where it is neither a mask nor a label map.
        """
        row = self._row(number)
        if not isinstance(mask, Volume):
            mask = self._on_grid(row, np.asarray(mask))
        if not (mask.is_mask or mask.is_labels):
            message = f"a mask or a label map comes back to the slices, and this is {mask!r}"
            raise UnitError(message)
        return follow(mask, _grid(row, "original_"))

    def _on_grid(self, row: Any, array: np.ndarray) -> Volume:
        grid = _grid(row, "")
        if array.shape != grid.shape:
            message = f"the mask is {array.shape}, but the prepared scan is {grid.shape}"
            raise GeometryError(message)
        if array.dtype == bool:
            return grid.with_array(array)
        # A network's labels may be floats.
        with np.errstate(invalid="ignore"):
            labels = array.astype(np.int16) if array.dtype.kind in "iuf" else None
        if labels is None or not np.array_equal(labels, array):
            message = (
                "a mask is of bool, and labels are whole numbers of int16: for probabilities pass "
                "array > 0.5"
            )
            raise UnitError(message)
        names = {int(k): f"label {k}" for k in np.unique(labels) if k}
        return grid.with_array(labels, labels=names)

    def _row(self, number: int) -> Any:
        count = len(self.table)
        number = whole(
            number, f"a row is a number from 0 to {count - 1}", low=-count, high=count - 1
        )
        row = self.table.iloc[number]
        if row["ending"] not in ("ready", "copy") or not json.loads(row["files"]):
            message = f"row {number} has no result: {row['reason']}"
            raise LoadError(message)
        return row

    def _read(self, number: int, name: str) -> Volume:
        files = self.files(number)
        if name not in files:
            known = ", ".join(sorted(set(files) - {"image"})) or "none"
            message = f"row {number} has no mask {name!r}; its masks: {known}"
            raise ParameterError(message)
        return self.store.read_volume(files[name]["file"])


def _grid(row: Any, before: str) -> Volume:
    shape = tuple(int(row[f"{before}{axis}"]) for axis in ("slices", "rows", "columns"))
    affine = np.array(json.loads(row[f"{before}affine"])).reshape(4, 4)
    return Volume(own(np.zeros(shape, bool)), affine)
