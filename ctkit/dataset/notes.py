"""What a set mixes that a network would take for one thing: told in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

# Column, what it is called, and what to do where a set mixes several.
_MIXED = {
    "kernel": ("reconstruction kernels", "noise and edges differ between them"),
    "kvp": ("tube voltages in kV", "the HU of bone and contrast medium differ between them"),
    "rescale_type": ("units", "only HU are CT numbers"),
    "contrast": ("scans with and without contrast medium", "vessels differ by 100 HU and more"),
    "orientation": ("orientations", "put steps.reorient() before the others"),
    "spacing": ("spacings in mm", "put steps.resample() among the steps"),
    "shape": ("shapes", "put steps.center() or steps.pad() at the end"),
}


def notes_on(table: pandas.DataFrame) -> list[str]:
    """What is to be known of the scans that are ready before a network is trained on them.

    Parameters
    ----------
    table : pandas.DataFrame
        A manifest.

    Returns
    -------
    list of sentences, empty where nothing is mixed
    """
    ready = table[table["ending"] == "ready"].copy()
    if not len(ready):
        return []
    axes = ("slice", "row", "column")
    ready["shape"] = _joined(ready, [f"{axis}s" for axis in axes], "{:.0f}")
    ready["spacing"] = _joined(ready, [f"spacing_{axis}" for axis in axes], "{:.3g}")
    found = [note for name, told in _MIXED.items() if (note := _mixed(ready, name, *told))]
    if tilted := int((ready["tilt_deg"].abs() > 0.1).sum()):
        found.append(
            f"{tilted} of {len(ready)} scans keep a tilted gantry, which most readers of NIfTI "
            "ignore: put steps.regularize() before the others"
        )
    if copies := int(ready["copy_of"].notna().sum()):
        found.append(
            f"{copies} of {len(ready)} scans have the voxels of another one: keep one of them, or "
            "both on the same side of a split"
        )
    if _one_patient(ready):
        found.append(
            f"all of {len(ready)} scans have one PatientID, and several studies, as bad "
            "anonymizers leave it: a split puts them into one part. Name the patients in a table "
            "of scans"
        )
    if parts := _parts_of_series(ready):
        found.append(
            f"{parts} of {len(ready)} scans are a part of a series that lies in several folders: "
            "name the folder above them in a table of scans, or put the files together"
        )
    if "mask_notes" in ready and (doubted := int((ready["mask_notes"].fillna("[]") != "[]").sum())):
        found.append(
            f"{doubted} of {len(ready)} scans have a mask whose place is in doubt: the column "
            "mask_notes says why"
        )
    return found


def _one_patient(ready: pandas.DataFrame) -> bool:
    """Whether a set of several studies has one patient alone."""
    if "study" not in ready or ready["patient"].isna().any():
        return False
    return ready["patient"].nunique() == 1 and ready["study"].nunique() > 1


def _parts_of_series(ready: pandas.DataFrame) -> int:
    """How many scans share their series with another one, and are no copy of it."""
    if "series" not in ready:
        return 0
    own = ready[ready["series"].notna() & ready["copy_of"].isna()]
    return int(own["series"].duplicated(keep=False).sum())


def _joined(table: pandas.DataFrame, columns: list[str], form: str) -> pandas.Series:
    return table[columns].apply(lambda row: " x ".join(map(form.format, row)), axis=1)


def _mixed(table: pandas.DataFrame, name: str, what: str, advice: str) -> str:
    """The sentence on one column, "" where all scans that say it say the same."""
    if name not in table:
        return ""
    counts = table[name].replace("", None).dropna().value_counts()
    if len(counts) < 2:
        return ""
    told = ", ".join(f"{value} ({count})" for value, count in counts.head(5).items())
    more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
    return f"the set mixes {what}: {told}{more}; {advice}"
