"""DICOM: the series among some files, and one of them as a Volume.

Everything is checked on headers, before any pixel is read.
"""

from pathlib import Path

import numpy as np
import pydicom

from . import stacking
from .archives import Source, is_dicom, read_head
from .dicom_headers import items, number, read_header, text
from .dicom_pixels import air_outside, progress, read_stack
from .errors import CTError, LoadError
from .geometry import shear_of, spacing_of
from .volume import Volume

_DIRECTORY = b"1.2.840.10008.1.3.10"  # Media Storage Directory Storage
_RESCALE_HINT = "If you know how to turn its stored values into HU, pass rescale=(slope, intercept)"


def read_series(sources, zip_limits=None):
    """The series among files, from their headers alone.

    Parameters
    ----------
    sources : list of Source
    zip_limits : mapping, optional

    Returns
    -------
    dict of (SeriesInstanceUID, kind) to list of Header, in the order of SeriesNumber
    list of str: files that are DICOM but can't be read, and why
    list of str: names of files that are no DICOM at all
    """
    series, broken, others = {}, [], []
    for source in progress(sources, "headers"):
        try:
            header = read_header(source, zip_limits)
        except LoadError as error:
            broken.append(str(error))
            continue
        if header is None:
            others.append(source.name)
        else:
            series.setdefault((header.series_uid, header.kind), []).append(header)
    order = sorted(series, key=lambda key: (_series_number(series[key][0]), key))
    return {key: series[key] for key in order}, broken, others


def _series_number(header):
    return number(header.elements, "SeriesNumber", np.inf)


def load_series(
    headers,
    *,
    uneven="error",
    duplicates="error",
    missing="error",
    tolerance=None,
    rescale=None,
    zip_limits=None,
):
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
    frames = check_series(headers, rescale)
    frames, notes = _one_a_position(frames, duplicates, rescale, zip_limits)
    grid = _plan(frames, uneven, missing, tolerance)
    stack, met = read_stack(frames, rescale, zip_limits)
    notes += [*grid.notes, *_notes(frames, grid), *met, *air_outside(stack)]
    if not grid.is_whole:
        stack = stacking.resample_stack(stack, grid)
    if rescale is not None:
        notes.append(f"HU = {rescale[0]:g} x stored value + {rescale[1]:g}, on your word")
    return Volume(stack, grid.affine, notes)


def check_series(headers, rescale=None):
    """The frames of a series, if their headers say what a Volume needs.

    Raises
    ------
    LoadError
    """
    problems = [header.problem for header in headers if header.problem]
    if problems:
        more = f" (and {len(problems) - 1} files more)" if len(problems) > 1 else ""
        message = problems[0] + more
        raise LoadError(message)
    frames = [frame for header in headers for frame in header.frames]
    for frame in frames:
        if rescale is None:
            _check_rescale(frame)
    stacking.check_alike(frames)
    return frames


def describe(headers):
    """Number of slices, spacing or None, and why a series can't be loaded or "".

    The pixels are not read: whether slices at the same position are equal stays open.
    """
    if headers[0].kind != "CT":
        return len(headers), None, f"{headers[0].kind}, not CT slices"
    slices = sum(len(header.frames) or 1 for header in headers)
    try:
        groups = stacking.group_by_depth(check_series(headers))
        grid = _plan([group[0] for group in groups], "error", "error", None)
    except CTError as error:
        return slices, None, str(error)
    return slices, spacing_of(grid.affine), ""


def _check_rescale(frame):
    header = frame.header
    slope, intercept, kind = frame.slope, frame.intercept, frame.rescale_type
    if lut := items(header.elements, "ModalityLUTSequence"):
        kind = text(lut[0], "ModalityLUTType")
        if kind == "HU":
            return
        message = f"{frame.name} has a Modality LUT of {kind[:16]} (ModalityLUTType), not of HU. "
        message += _RESCALE_HINT
    elif slope is None or intercept is None:
        message = f"{frame.name} has no RescaleSlope or RescaleIntercept. {_RESCALE_HINT}"
    elif slope == 0:
        message = f"{frame.name} has a RescaleSlope of 0, which is no rescale. {_RESCALE_HINT}"
    elif kind.upper() not in ("HU", ""):
        message = f"{frame.name} holds {kind[:16]} (RescaleType), not HU. {_RESCALE_HINT}"
    else:
        return
    raise LoadError(message)


def _one_a_position(frames, duplicates, rescale, zip_limits):
    """Drop slices that are there twice, if they are the same or the caller says so."""
    kept, equal, other = [], 0, 0
    for group in stacking.group_by_depth(frames):
        group.sort(key=_acquired)
        kept.append(group[0])
        for frame in group[1:]:
            if _same_pixels(group[0], frame, rescale, zip_limits):
                equal += 1
                continue
            other += 1
            if duplicates == "error":
                message = (
                    f"{group[0].name} and {frame.name} lie at the same position with different "
                    "pixels: two phases in one series, or two versions of a slice. Pass "
                    'duplicates="first" to take the one that was acquired first'
                )
                raise LoadError(message)
    notes = []
    if equal:
        notes.append(f"{equal} slices were there twice, with the same pixels: taken once")
    if other:
        notes.append(f"{other} slices at the position of another one, acquired later: left out")
    return kept, notes


def _acquired(frame):
    elements = frame.header.elements
    keys = [number(elements, key, np.inf) for key in ("AcquisitionNumber", "InstanceNumber")]
    return (*keys, frame.index, frame.name)


def _same_pixels(first, second, rescale, zip_limits):
    if np.abs(np.subtract(first.position, second.position)).max() > 0.05:
        return False
    stacks = [read_stack([frame], rescale, zip_limits)[0] for frame in (first, second)]
    return np.array_equal(*stacks)


def _plan(frames, uneven, missing, tolerance):
    return stacking.plan_grid(frames, uneven=uneven, missing=missing, tolerance=tolerance)


def _notes(frames, grid):
    """What a reader should know of the geometry."""
    spacing = spacing_of(grid.affine)[0]
    tilt = shear_of(grid.affine)
    if tilt > 0.05:
        yield (
            f"gantry tilt of {tilt:.1f} deg, kept as a sheared affine: regularize(volume) makes "
            "the grid right-angled"
        )
    said = number(frames[0].header.elements, "SpacingBetweenSlices")
    if said and len(frames) > 1 and abs(abs(said) - spacing) > max(0.05, 0.01 * spacing):
        yield f"SpacingBetweenSlices says {said:g} mm; the positions, which count, {spacing:.4g} mm"


def follow_directory(source):
    """The files that a DICOMDIR lists, or `source` itself where it is none.

    Raises
    ------
    LoadError
        Where one of them is not there, or lies outside of the DICOMDIR's folder.
    """
    if not _is_directory(source):
        return [source]
    try:
        listing = pydicom.dcmread(source.path, specific_tags=["DirectoryRecordSequence"])
        entries = [
            record.ReferencedFileID
            for record in listing.DirectoryRecordSequence
            if "ReferencedFileID" in record
        ]
        parts = [[entry] if isinstance(entry, str) else list(entry) for entry in entries]
    except Exception as error:  # pydicom on a damaged file
        message = f"the DICOMDIR {source.name} can't be read: {type(error).__name__}"
        raise LoadError(message) from None
    if not parts:
        message = f"the DICOMDIR {source.name} lists no files"
        raise LoadError(message)
    root = Path(source.path).resolve().parent
    return [_referenced(root, names) for names in parts]


def _is_directory(source):
    head = read_head(source.path, 1024)
    return is_dicom(head) and _DIRECTORY in head


def _referenced(root, names):
    name = "/".join(names)
    path = root.joinpath(*names).resolve()
    if not path.is_relative_to(root):
        message = f"the DICOMDIR lists {name}, outside of its own folder: refused"
        raise LoadError(message)
    if not path.is_file():
        message = (
            f"the DICOMDIR lists {name}, which is not there: the copy is not whole. To load "
            "what there is, pass the folder"
        )
        raise LoadError(message)
    return Source(str(path), name)
