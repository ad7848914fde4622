"""Writing a mask or a label map as a DICOM Segmentation that belongs to a series.

highdicom writes it: the extra ``seg``.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from ...arguments import choice
from ...errors import GeometryError, LoadError, SaveError, UnitError
from ...volume import Volume
from ..atomic import write_file
from ..damage import library, reading
from ..loading import each_scan
from ..sources import Paths, open_sources
from .headers import Frame

#: How a mask was made, as DICOM says it (PS3.3 C.8.20.4).
ALGORITHMS = ("MANUAL", "SEMIAUTOMATIC", "AUTOMATIC")
_EXTRA = 'python -m pip install -e ".[seg]"'
_OFF = 0.02  # slices: how far a frame may lie from a slice of the mask


def write_segmentation(
    mask: Volume,
    source: Paths,
    path: str | os.PathLike[str],
    *,
    series: int | str | None = None,
    algorithm: str = "AUTOMATIC",
    name: str = "ctkit",
    description: str = "ctkit segmentation",
) -> Path:
    """Write a mask or a label map as a DICOM SEG of the series that it was drawn on.

    Parameters
    ----------
    mask : Volume of bool, or a label map
        On the slices of the series, as `load` opens it; `Run.to_original` brings one there.
    source : path
        The DICOM files of the series.
    path : str or Path
        The file to write.
    series : int or str, optional
        Which series, where `source` holds several.
    algorithm : {"AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"}
        How it was made.
    name : str
        What made it, where it wasn't made by hand.
    description : str
        SeriesDescription and ContentDescription.

    Returns
    -------
    Path of the file

    Raises
    ------
    SaveError
        Where highdicom isn't installed: the extra ``seg`` brings it.
    UnitError
        Where it is no mask and no label map, or is empty.
    GeometryError
        Where it lies on other slices than the series.
    LoadError
        Where the series can't be read.

    Notes
    -----
    Each label is a segment; empty frames are left out (PS3.3 A.51). The segments are said to be
    tissue, without a code of what they are: change them in highdicom where you know it.
    """
    hd = _highdicom()
    kind = choice(algorithm, "algorithm", ALGORITHMS)
    labels = _labels(mask)
    with open_sources(source) as sources:
        (scan,) = each_scan(sources, series=series)
        frames = [frame for header in scan.headers for frame in header.frames]
        if not frames:
            message = f"{source!r} is no DICOM series: save(mask, 'mask.nii.gz') keeps it as NIfTI"
            raise LoadError(message)
        slices = _slices_of(frames, mask)
        datasets = _datasets(frames)
    pixels = np.stack([mask.array[slices] == label for label in labels], -1)
    with library("highdicom refuses the series"):
        made = _segmentation(hd, datasets, pixels, labels, (kind, name, description))
    held = io.BytesIO()
    made.save_as(held)
    return write_file(path, held.getvalue())


def _labels(mask: Volume) -> dict[int, str]:
    """Value and name of each segment."""
    if mask.is_mask:
        found = {1: "mask"} if mask.array.any() else {}
    elif mask.is_labels:
        values = [int(value) for value in np.unique(mask.array) if value]
        found = {value: (mask.labels or {}).get(value) or f"label {value}" for value in values}
    else:
        message = f"a segmentation is made of a mask or a label map, and this is {mask!r}"
        raise UnitError(message)
    if not found:
        message = "the mask is empty: a segmentation needs a voxel at least"
        raise UnitError(message)
    return found


def _slices_of(frames: Sequence[Frame], mask: Volume) -> list[int]:
    """The slice of the mask on which each frame lies.

    Raises
    ------
    GeometryError
        Where a frame lies between slices, or has other rows and columns.
    """
    rows_and_columns = mask.shape[1:]
    found = []
    for frame in frames:
        index = mask.to_index(frame.position)
        nearest = round(float(index[0]))
        off = np.abs(index - (nearest, 0, 0)).max()
        inside = 0 <= nearest < mask.shape[0]
        if off > _OFF or not inside or frame.header.shape != rows_and_columns:
            message = (
                f"the mask ({mask!r}) lies on other slices than the series ({frame.name}): bring "
                "it there, resample(mask, like=load(series), kernel='nearest')"
            )
            raise GeometryError(message)
        found.append(nearest)
    return found


def _datasets(frames: Sequence[Frame]) -> list[pydicom.Dataset]:
    """The files of the frames, without pixels, each once."""
    headers = {id(frame.header): frame.header for frame in frames}
    found: list[pydicom.Dataset] = []
    for header in headers.values():
        with reading(header.name):
            found.append(pydicom.dcmread(header.source.path, stop_before_pixels=True))
    return found


def _segmentation(
    hd: Any,
    datasets: Sequence[pydicom.Dataset],
    pixels: np.ndarray,
    labels: dict[int, str],
    told: tuple[str, str, str],
) -> Any:
    """A highdicom Segmentation, a segment for each label."""
    from pydicom.sr.codedict import codes

    kind, name, description = told
    family = codes.DCM.ArtificialIntelligence
    by = hd.AlgorithmIdentificationSequence(name=name, version="1", family=family)
    segments = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Tissue,
            algorithm_type=kind,
            algorithm_identification=None if kind == "MANUAL" else by,
        )
        for number, label in enumerate(labels.values(), start=1)
    ]
    return hd.seg.Segmentation(
        source_images=datasets,
        pixel_array=pixels,
        segmentation_type="BINARY",
        segment_descriptions=segments,
        series_instance_uid=hd.UID(),
        series_number=900,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="ctkit",
        manufacturer_model_name="ctkit",
        software_versions="1",
        device_serial_number="0",
        content_description=description[:64],
        series_description=description[:64],
    )


def _highdicom() -> Any:
    try:
        import highdicom
    except ImportError as error:
        message = f"{error.name} is not installed, which a DICOM SEG needs: {_EXTRA}"
        raise SaveError(message) from None
    return highdicom
