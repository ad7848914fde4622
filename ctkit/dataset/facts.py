"""What a row says of a scan: where it comes from, and what is in its voxels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..files.dicom.acquired import said_of
from ..files.dicom.allowed import term
from ..files.dicom.headers import Header, text
from ..geometry import orientation_letters, patient_axes, shear_of
from ..volume import Volume
from .percentiles import percentiles

_AXES = ("slice", "row", "column")
#: The percentiles of the values that a row holds.
PERCENTILES = (0.5, 5, 50, 95, 99.5)


def of_headers(headers: Sequence[Header]) -> dict[str, Any]:
    """How a scan was made, as far as its DICOM headers say: kernel, kVp, thickness, contrast.

    `patient`, `study` and `series` are what the files say, and must be hashed before anyone sees
    them.
    """
    frames = [frame for header in headers for frame in header.frames]
    if not frames:
        return {}
    elements = headers[0].elements
    kernel = str(said_of(frames[0], "ConvolutionKernel"))
    return {
        "patient": text(elements, "PatientID"),
        "study": text(elements, "StudyInstanceUID"),
        "series": text(elements, "SeriesInstanceUID"),
        "kernel": (term("ConvolutionKernel", kernel) or "other") if kernel else "",
        "kvp": _number(said_of(frames[0], "KVP")),
        "slice_thickness": frames[0].thickness,
        # Free text, which may hold a name: only whether there is any.
        "contrast": bool(said_of(frames[0], "ContrastBolusAgent")),
        "rescale_type": term("RescaleType", frames[0].rescale_type) or "",
    }


def of_volume(volume: Volume, before: str = "") -> dict[str, Any]:
    """Shape, spacing and percentiles of a volume, with a word in front of the names."""
    told: dict[str, Any] = {}
    for axis, count, step in zip(_AXES, volume.shape, volume.spacing, strict=True):
        told[f"{before}{axis}s"] = count
        told[f"{before}spacing_{axis}"] = round(float(step), 4)
    told[f"{before}orientation"] = orientation_letters(volume.affine)
    told[f"{before}tilt_deg"] = round(shear_of(volume.affine), 2)
    told[f"{before}affine"] = volume.affine.ravel().tolist()
    found = percentiles(volume.array, PERCENTILES)
    for percentile, value in zip(PERCENTILES, found, strict=True):
        told[f"{before}p{percentile:g}"] = round(float(value), 4)
    return told


def _number(said: Any) -> float | None:
    return said if isinstance(said, float) else None


def content_of(volume: Volume) -> str:
    """A digest of the voxels, seen from one side of the patient: a scan has the same in whatever
    file it comes, and in whatever order its axes are.
    """
    mine = patient_axes(volume.affine)
    order = sorted(range(3), key=lambda index: -mine[index][0])  # slices first
    turned = volume.array.transpose(order)[tuple(slice(None, None, mine[i][1]) for i in order)]
    told = hashlib.sha256(f"{turned.dtype} {turned.shape}".encode())
    for part in turned:  # a copy of one slice, where the order is another one
        told.update(np.ascontiguousarray(part).data)
    return told.hexdigest()
