"""What a preparation gave: a table of scans, and each of them as an array, or back where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import whole
from ..errors import GeometryError, LoadError, ParameterError
from ..volume import Volume, own
from .manifest import read_manifest
from .notes import notes_on
from .splits import split
from .state import follow
from .store import Store
from .training import TrainingSet, training_set

if TYPE_CHECKING:
    import pandas


class Run:
    """A prepared set in its folder.

    Parameters
    ----------
    folder : path
        What `dataset.prepare` wrote.

    Raises
    ------
    LoadError
        Where there is none.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a scan: how it ended, why, and what is known of it. It holds no name, path or
        identifier; patients and studies are salted hashes.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.store = Store.open(folder)
        try:
            self.table = read_manifest(self.store)
        except OSError:
            message = f"{folder} has no manifest: dataset.prepare writes it when it ends"
            raise LoadError(message) from None

    @property
    def folder(self) -> Path:
        """Where it is."""
        return Path(self.store.folder)

    @property
    def failed(self) -> pandas.DataFrame:
        """The rows that have no result, with the reason, and the path that only you can see."""
        import pandas

        sources = pandas.read_csv(self.store.at("private", "sources.csv"))
        table = self.table.assign(source=sources["source"])
        return table.loc[table["ending"] != "ready", ["id", "ending", "reason", "source"]]

    @property
    def notes(self) -> list[str]:
        """What the set mixes, in sentences: kernels, units, orientations, spacings, copies."""
        return notes_on(self.table)

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

    def split(
        self, shares: Mapping[str, float], *, seed: int = 0, stratify: str | None = None
    ) -> pandas.Series:
        """Which part each scan belongs to: by patient, and scans with the same voxels together.

        Parameters
        ----------
        shares : mapping of name to share
            Such as ``{"train": 0.7, "val": 0.15, "test": 0.15}``.
        seed : int
        stratify : str, optional
            A column of the table, whose values are spread over the parts alike.

        Returns
        -------
        pandas.Series of the names, a row each; "" for scans that have no result
        """
        return split(self.table, shares, seed, stratify)

    def torch(
        self,
        part: Sequence[bool] | None = None,
        *,
        patch: Sequence[int] | None = None,
        per_scan: int = 1,
        balance: str | None = None,
        masks: Sequence[str] | None = None,
        seed: int = 0,
    ) -> TrainingSet:
        """The set as a PyTorch DataLoader takes it; torch itself isn't needed.

        Parameters
        ----------
        part : sequence of bool, optional
            Which rows: ``run.split(shares) == "train"``. All that are ready without it.
        patch : (slice, row, column), optional
            The shape of patches, which are read without the rest of the scan. Whole scans without.
        per_scan : int
            Patches of each scan in an epoch.
        balance : str, optional
            A mask: each of its labels, and the background, is as often in the middle of a patch.
        masks : list of str, optional
            Which masks come along; all without it.
        seed : int

        Returns
        -------
        TrainingSet
            Its items are dicts of numpy arrays: ``image`` (1, slice, row, column) float32, and the
            masks in the same shape.
        """
        return training_set(self, part, patch, per_scan, balance, masks, seed)

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
        """
        row = self._row(number)
        if not isinstance(mask, Volume):
            mask = self._on_grid(row, np.asarray(mask))
        return follow(mask, _grid(row, "original_"))

    def _on_grid(self, row: Any, array: np.ndarray) -> Volume:
        grid = _grid(row, "")
        if array.shape != grid.shape:
            message = f"the mask is {array.shape}, but the prepared scan is {grid.shape}"
            raise GeometryError(message)
        names = {int(k): f"label {k}" for k in np.unique(array)} if array.dtype != bool else None
        return grid.with_array(array, labels=names)

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

    def __repr__(self) -> str:
        ends = self.table["ending"].value_counts()
        told = ", ".join(f"{count} {ending}" for ending, count in ends.items())
        return "\n".join([f"Run of {len(self)} scans: {told}", *self.notes])

    def _repr_html_(self) -> str:
        return self.table[[c for c in _SHOWN if c in self.table]].to_html(max_rows=20)


# The columns that a notebook shows.
_SHOWN = ("ending", "reason", "patient", "slices", "rows", "columns", "spacing_slice", "seconds")


def _grid(row: Any, before: str) -> Volume:
    shape = tuple(int(row[f"{before}{axis}"]) for axis in ("slices", "rows", "columns"))
    affine = np.array(json.loads(row[f"{before}affine"])).reshape(4, 4)
    return Volume(own(np.zeros(shape, bool)), affine)
