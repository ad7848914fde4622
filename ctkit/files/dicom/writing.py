"""Writing a Volume as a series of CT images, one file a slice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from ...errors import SaveError, UnitError
from ...volume import Volume, as_hu
from ..atomic import new_folder
from ..sources import read_head
from ..wording import counted
from .headers import words

#: Stored values are HU + 1024, as scanners have them, so that there is something to convert.
INTERCEPT = -1024
_METHOD = "Written by ctkit from voxels and an affine alone"
#: Of type 2 in the CT Image IOD (PS3.3 A.3.3): to be there, even where nobody knows them.
TYPE_2 = tuple(
    words(
        "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime StudyID "
        "AccessionNumber ReferringPhysicianName SeriesNumber Laterality PatientPosition "
        "PositionReferenceIndicator Manufacturer InstanceNumber KVP AcquisitionNumber "
        "SliceThickness"
    )
)


def write_dicom(
    volume: Volume,
    folder: str | os.PathLike[str],
    *,
    name: str = "CTKIT^SAMPLE",
    description: str = "ctkit",
    seed: str | None = None,
) -> Path:
    """Write a volume as a CT Image Storage series.

    Parameters
    ----------
    volume : Volume
        Whole HU from -1024 to 64511. Its slices may be sheared against each other;
        rows and columns have to be perpendicular.
    folder : str or Path
        Made where it is absent. Files are called ``0001.dcm`` and so on; they come there
        together, once all are written. A series that ctkit wrote there before is replaced,
        if the new one has as many slices or more.
    name : str
        PatientName and PatientID; let it not pass for that of a person.
    description : str
        SeriesDescription.
    seed : str, optional
        What the UIDs are made of: the same seed gives the same UIDs. By default the
        voxels and the affine.

    Returns
    -------
    Path of the folder

    Raises
    ------
    UnitError
        Where the volume is a mask, or its values are not whole HU in that range.
    SaveError
        Where rows and columns are not perpendicular, or the folder holds other files: they
        would be lost, or be loaded with the series. Where the disk is full, or can't be
        written: then nothing of the series is there.

    Notes
    -----
    ImageType is DERIVED, SECONDARY, AXIAL. What the CT Image IOD (PS3.3 A.3.3) asks for
    and nobody knows here is present and empty.
    """
    stored = _stored(as_hu(volume))
    seed = seed or hashlib.sha256(volume.array.tobytes() + volume.affine.tobytes()).hexdigest()
    common = _common(volume, max(12, int(stored.max()).bit_length()), seed)
    common.PatientName = common.PatientID = name
    common.SeriesDescription = description
    names = [f"{k + 1:04d}.dcm" for k in range(len(stored))]
    with new_folder(folder, lambda there: _refuse_others(there, names)) as part:
        for k, picture in enumerate(stored):
            dataset = copy(common)
            dataset.SOPInstanceUID = _uid(seed, f"slice {k}")
            dataset.InstanceNumber = k + 1
            dataset.ImagePositionPatient = _decimals(volume.to_world((k, 0, 0)))
            dataset.PixelData = picture.tobytes()
            dataset.file_meta = FileMetaDataset()
            dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            dataset.save_as(part / names[k], enforce_file_format=True)
    return Path(folder)


def _refuse_others(folder: Path, names: list[str]) -> None:
    """Refuse a folder where something stands in the way that is no own series."""
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    other = [path.name for path in paths if not (path.name in names and _is_own(path))]
    if other:
        message = (
            f"{folder} holds {counted(len(other), 'other file')}, such as {other[0]}, which would "
            "be lost or loaded with this series: write into a new folder, or empty this one first"
        )
        raise SaveError(message)


def _is_own(path: Path) -> bool:
    return path.is_file() and _METHOD.encode() in read_head(path)


def _stored(volume: Volume) -> np.ndarray:
    values = volume.array
    if not np.array_equal(values, np.rint(values)):
        message = "a CT image holds whole HU, and this volume has fractions: round it first"
        raise UnitError(message)
    low, high = values.min(), values.max()
    if low < INTERCEPT or high > 65535 + INTERCEPT:
        message = f"HU from {low:g} to {high:g} don't fit into 16 bits from {INTERCEPT} on"
        raise UnitError(message)
    return (values.astype(np.int32) - INTERCEPT).astype("<u2")


def _common(volume: Volume, bits: int, seed: str) -> Dataset:
    """The attributes that all slices share."""
    between_slices, between_rows, between_columns = volume.spacing
    down, across = volume.affine[:3, 1] / between_rows, volume.affine[:3, 2] / between_columns
    if abs(down @ across) > 1e-4:
        message = "rows and columns of this volume are not perpendicular: no CT image has that"
        raise SaveError(message)
    known: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 100",
        "ImageType": ["DERIVED", "SECONDARY", "AXIAL"],
        "SOPClassUID": CTImageStorage,
        "Modality": "CT",
        "StudyInstanceUID": _uid(seed, "study"),
        "SeriesInstanceUID": _uid(seed, "series"),
        "FrameOfReferenceUID": _uid(seed, "frame of reference"),
        "SeriesNumber": 1,
        "AcquisitionNumber": 1,
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": _METHOD,
        "BurnedInAnnotation": "NO",
        "InstanceNumber": 1,
        "SliceThickness": _decimals([between_slices])[0],
        "ImageOrientationPatient": _decimals([*across, *down]),
        "PixelSpacing": _decimals([between_rows, between_columns]),
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": volume.shape[1],
        "Columns": volume.shape[2],
        "BitsAllocated": 16,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
        "RescaleIntercept": INTERCEPT,
        "RescaleSlope": 1,
        "RescaleType": "HU",
        "WindowCenter": 40,
        "WindowWidth": 80,
    }
    dataset = Dataset()
    for keyword, value in {**dict.fromkeys(TYPE_2), **known}.items():
        setattr(dataset, keyword, value)
    return dataset


def _uid(seed: str, what: str) -> str:
    return as_uid(hashlib.sha256(f"{seed} {what}".encode()).digest())


def as_uid(digest: bytes) -> str:
    """A UID of the kind that needs no registration (PS3.5 B.2) from a hash."""
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _decimals(numbers: Iterable[float]) -> list[str]:
    """Decimal strings of at most 16 characters (PS3.5 6.2, DS)."""
    return [f"{number:.10g}" if abs(number) >= 1e-9 else "0" for number in numbers]
