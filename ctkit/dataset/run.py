"""What a preparation gave: its table, its scans, and what is made of the whole set."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .layouts import write_nnunet
from .manifest import sources_of
from .notes import notes_on
from .prepared import Prepared
from .report import write_report
from .splits import split
from .training import TrainingSet, training_set

if TYPE_CHECKING:
    import pandas


class Run(Prepared):
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

    @property
    def failed(self) -> pandas.DataFrame:
        """The rows that have no result, with the reason, and the path that only you can see."""
        table = self.table.assign(source=sources_of(self.store, len(self.table)))
        return table.loc[table["ending"] != "ready", ["id", "ending", "reason", "source"]]

    @property
    def notes(self) -> list[str]:
        """What the set mixes, in sentences: kernels, units, orientations, spacings, copies."""
        return notes_on(self.table)

    def split(
        self, shares: Mapping[str, float], *, seed: int = 0, stratify: str | None = None
    ) -> pandas.Series:
        """Which part each scan belongs to: by patient, and scans of one study, or with the same
        voxels, together.

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

    def report(self, views: int = 200) -> Path:
        """Write one static page on the quality of the set, in the folder ``report``.

        It holds the scans without a result and why, those that are unlike the others, histograms,
        and the middle slice of each scan, which opens it in a viewer with its masks. It needs no
        network and no Python. It shows pictures of the scans: mind who sees it.

        Parameters
        ----------
        views : int
            How many scans get a viewer, those that are unlike the others first; each is a file
            about as large as the scan.

        Returns
        -------
        Path of its ``index.html``
        """
        rows = self.table[self.table["ending"] != "ready"]
        failed = [[str(row.Index), row.ending, row.reason] for row in rows.itertuples()]
        return write_report(self, self.notes, failed, views)

    def to_nnunet(
        self,
        folder: str | os.PathLike[str],
        *,
        mask: str = "mask",
        test: Sequence[bool] | None = None,
    ) -> Path:
        """Write the set in the folders that nnU-Net v2 reads.

        Parameters
        ----------
        folder : path
            Such as ``nnUNet_raw/Dataset001_Heads``.
        mask : str
            The mask or label map to learn.
        test : sequence of bool, optional
            Rows to hold back: ``run.split(shares) == "test"``. They go to ``imagesTs``.

        Returns
        -------
        Path of the folder

        Raises
        ------
        ParameterError
            On a name that nnU-Net doesn't take, a mask that no scan has, or labels with a gap.
        SaveError
            Where the folder is not empty, or can't be written.
        """
        return write_nnunet(self, folder, mask, test)

    def __repr__(self) -> str:
        ends = self.table["ending"].value_counts()
        told = ", ".join(f"{count} {ending}" for ending, count in ends.items())
        return "\n".join([f"Run of {len(self)} scans: {told}", *self.notes])

    def _repr_html_(self) -> str:
        return self.table[[c for c in _SHOWN if c in self.table]].to_html(max_rows=20)


# The columns that a notebook shows.
_SHOWN = ("ending", "reason", "patient", "slices", "rows", "columns", "spacing_slice", "seconds")
