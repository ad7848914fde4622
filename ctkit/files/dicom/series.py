"""DICOM: the series among some files, and one of them as a Volume.

Everything is checked on headers, before any pixel is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from ...errors import CTError, LoadError
from ...geometry import shear_of, spacing_of
from ...volume import Volume, own
from ..damage import library, reading
from ..sources import BoundedFile, Source, ZipLimits, is_dicom, progress, read_head
from ..values import Rescale, air_outside, check_sign
from .allowed import term
from .grid import Grid, plan_grid, resample_stack
from .headers import Frame, Header, number, read_header, text
from .pixels import read_stack
from .positions import check_alike, directions, group_by_depth, positions

_DIRECTORY = b"1.2.840.10008.1.3.10"  # Media Storage Directory Storage


def read_series(
    sources: list[Source], zip_limits: ZipLimits = None
) -> tuple[dict[tuple[str, str], list[Header]], list[LoadError], list[str]]:
    """The series among files, from their headers alone.

    Parameters
    ----------
    sources : list of Source
    zip_limits : mapping, optional

    Returns
    -------
    dict of (SeriesInstanceUID, kind) to list of Header, in the order of SeriesNumber
    list of LoadError, one for each file that is DICOM but can't be read
    list of str: names of files that are no DICOM at all
    """
    series: dict[tuple[str, str], list[Header]] = {}
    broken: list[LoadError] = []
    others: list[str] = []
    for source in progress(sources, "headers"):
        try:
            header = read_header(source, zip_limits)
        except LoadError as error:
            broken.append(error)
            continue
        if header is None:
            others.append(source.name)
        else:
            series.setdefault((header.series_uid, header.kind), []).append(header)
    order = sorted(series, key=lambda key: (_sort_number(series[key][0], "SeriesNumber"), key))
    return {key: series[key] for key in order}, broken, others


def load_series(
    headers: list[Header],
    *,
    uneven: str = "error",
    duplicates: str = "error",
    missing: str = "error",
    tolerance: float | None = None,
    rescale: Rescale = None,
    zip_limits: ZipLimits = None,
) -> Volume:
    """The Volume of one series.

    Parameters
    ----------
    headers : list of Header of one series
    uneven, duplicates, missing, tolerance, rescale, zip_limits : as for `ctkit.load`

    Returns
    -------
    Volume

    Raises
    ------
    LoadError
        Where the series can't be told truthfully as a Volume.
    """
    groups = _check_series(headers, rescale)
    frames, notes = _one_a_position(groups, duplicates, rescale, zip_limits)
    grid = plan_grid(frames, uneven=uneven, missing=missing, tolerance=tolerance)
    stack, met = read_stack(frames, rescale, zip_limits)
    if rescale is None:
        with reading(frames[0].header.name):
            check_sign(stack)
    notes += [*grid.notes, *_notes(frames, grid), *met, *air_outside(stack)]
    if not grid.is_whole:
        stack = resample_stack(stack, grid)
    if rescale is not None:
        notes.append(f"HU = {rescale[0]:g} x stored value + {rescale[1]:g}, on your word")
    return Volume(own(stack), grid.affine, tuple(notes))


def survey_series(
    headers: list[Header],
) -> tuple[int, tuple[float, float, float] | None, str]:
    """Number of slices, spacing or None, and why a series can't be loaded or "".

    The pixels are not read: whether slices at the same position are equal stays open.
    """
    slices = sum(len(header.frames) or 1 for header in headers)
    if headers[0].kind != "CT":
        return slices, None, f"{headers[0].kind}, not CT slices"
    try:
        grid = plan_grid([group[0] for group in _check_series(headers)])
    except CTError as error:
        return slices, None, str(error)
    return slices, spacing_of(grid.affine), ""


def depths_of(headers: list[Header]) -> tuple[np.ndarray, np.ndarray]:
    """Positions of slices along their normal and their thickness, (n,) and (n,), in mm."""
    frames = [frame for group in _check_series(headers, rescale=()) for frame in group]
    depths = positions(frames) @ directions(frames)[1]
    order = np.argsort(depths, kind="stable")
    usual = np.median(np.diff(depths[order])) if len(frames) > 1 else 1.0
    return depths[order], np.array([frames[k].thickness or usual for k in order], float)


def follow_directory(source: Source) -> list[Source]:
    """The files that a DICOMDIR lists, or `source` itself where it is none.

    Raises
    ------
    LoadError
        Where one of them is not there, or lies outside of the DICOMDIR's folder.
    """
    with reading(source.name):
        head = read_head(source.path, 1024)
        if not is_dicom(head) or _DIRECTORY not in head:
            return [source]
        names = _listed(source)
        root = Path(source.path).resolve().parent
        with library("it lists a path that can't be followed"):
            paths = [(root / name).resolve() for name in names]
        for name, path in zip(names, paths, strict=True):
            if not path.is_relative_to(root) or not path.is_file():
                message = f"it lists {name}, which is not there. Pass the folder to load the rest"
                raise LoadError(message)
        if not names:
            message = "it lists no files"
            raise LoadError(message)
    return [Source(str(path), name) for path, name in zip(paths, names, strict=True)]


def _listed(source: Source) -> list[str]:
    """The paths that a DICOMDIR lists, relative to its folder."""
    with library("its directory records can't be read"), BoundedFile(source.path) as file:
        listing = pydicom.dcmread(file, specific_tags=["DirectoryRecordSequence"])
        found = [record.get("ReferencedFileID") for record in listing.DirectoryRecordSequence]
    return ["/".join([name] if isinstance(name, str) else map(str, name)) for name in found if name]


def _check_series(
    headers: list[Header], rescale: tuple[float, ...] | None = None
) -> list[list[Frame]]:
    """The frames of a series by their position, if the headers say what a Volume needs."""
    problems = [header.problem for header in headers if header.problem]
    if problems:
        more = f" ({len(problems) - 1} more like it)" if len(problems) > 1 else ""
        message = f"{problems[0]}{more}"
        raise LoadError(message) from problems[0].__cause__
    frames = [frame for header in headers for frame in header.frames]
    for frame in frames if rescale is None else ():
        _check_rescale(frame)
    check_alike(frames)
    return group_by_depth(frames)


def _named(kind: str) -> str:
    """What values are, where that is a term that is known."""
    return term("RescaleType", kind) or "values of another kind"


def _check_rescale(frame: Frame) -> None:
    kind = frame.rescale_type
    if frame.lut:
        kind = text(frame.lut, "ModalityLUTType")
        what = "" if kind == "HU" else f"holds {_named(kind)} (ModalityLUTType), not HU"
    elif frame.slope is None or frame.intercept is None:
        what = "has no RescaleSlope or no RescaleIntercept"
    elif frame.slope == 0:
        what = "has a RescaleSlope of 0, which is no rescale"
    else:
        what = "" if kind.upper() in ("HU", "") else f"holds {_named(kind)} (RescaleType), not HU"
    if what:
        message = f"{frame.name} {what}. If you know better, pass rescale=(slope, intercept)"
        raise LoadError(message)


def _one_a_position(
    groups: list[list[Frame]],
    duplicates: str,
    rescale: Rescale,
    zip_limits: ZipLimits,
) -> tuple[list[Frame], list[str]]:
    """Drop slices that are there twice, if they are the same or the caller says so."""
    kept, equal, other = [], 0, 0
    for group in groups:
        first, *rest = sorted(group, key=_acquired)
        kept.append(first)
        for frame in rest:
            if _same_pixels(first, frame, rescale, zip_limits):
                equal += 1
            elif duplicates == "first":
                other += 1
            else:
                message = (
                    f"{first.name} and {frame.name} lie at the same position with different "
                    "pixels: two phases, or two versions of a slice. Pass "
                    'duplicates="first" to take the one that was acquired first'
                )
                raise LoadError(message)
    found = {f"slices there twice, with the same pixels, taken once: {equal}": equal}
    found |= {f"slices left out, as another was acquired first at their place: {other}": other}
    return kept, [note for note, count in found.items() if count]


def _acquired(frame: Frame) -> tuple[Any, ...]:
    keys = [_sort_number(frame.header, key) for key in ("AcquisitionNumber", "InstanceNumber")]
    return (*keys, frame.index, frame.name)


def _sort_number(header: Header, keyword: str) -> float:
    """A number to sort by, the last one where there is none."""
    try:
        return number(header.elements, keyword, np.inf)
    except LoadError:
        return np.inf


def _same_pixels(
    first: Frame,
    second: Frame,
    rescale: Rescale,
    zip_limits: ZipLimits,
) -> bool:
    if np.abs(np.subtract(first.position, second.position)).max() > 0.05:
        return False
    one, other = (read_stack([frame], rescale, zip_limits)[0] for frame in (first, second))
    return np.array_equal(one, other)


def _notes(frames: list[Frame], grid: Grid) -> Iterator[str]:
    """What a reader should know of the geometry."""
    spacing = spacing_of(grid.affine)[0]
    if (tilt := shear_of(grid.affine)) > 0.05:
        yield f"gantry tilt of {tilt:.1f} deg, kept as shear: regularize(volume) takes it away"
    said = abs(_sort_number(frames[0].header, "SpacingBetweenSlices"))
    if len(frames) > 1 and max(0.05, 0.01 * spacing) < abs(said - spacing) < np.inf:
        yield f"SpacingBetweenSlices says {said:g} mm; the positions, which count, {spacing:.4g} mm"
