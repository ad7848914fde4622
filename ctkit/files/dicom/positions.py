"""Where the slices of a series lie, and whether they belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import LoadError
from ...geometry import slice_normal
from .headers import Frame, text

_UIDS = ("SeriesInstanceUID", "FrameOfReferenceUID", "StudyInstanceUID")


def check_alike(frames: Sequence[Frame], uids: str = "error") -> list[str]:
    """Refuse slices that say too little of where they are, or don't belong together.

    Parameters
    ----------
    frames : sequence of Frame
    uids : {"error", "ignore"}, as for `ctkit.load`

    Returns
    -------
    list of str, what a report has to say

    Raises
    ------
    LoadError
        Naming the first file that differs, and in what.
    """
    first = frames[0]
    for frame in frames:
        _check_placed(frame)
        if frame.header.shape != first.header.shape:
            _refuse(frame, first, "Rows and Columns", frame.header.shape, first.header.shape)
        # Bad anonymizers give the scans of many people the same SeriesInstanceUID.
        _check_same(frame, first, "PatientID")
        # Half a pixel off at the far corner of 512 would be 1 in 1000.
        if _apart(frame.spacing, first.spacing) > 1e-4 * min(first.spacing):
            _refuse(frame, first, "PixelSpacing", frame.spacing, first.spacing)
        if _apart(frame.orientation, first.orientation) > 3e-4:
            _refuse(frame, first, "ImageOrientationPatient", frame.orientation, first.orientation)
    return [note for keyword in _UIDS for note in _check_uids(frames, keyword, uids)]


def _check_same(frame: Frame, first: Frame, keyword: str, accepts: str = "") -> None:
    if text(frame.header.elements, keyword) != text(first.header.elements, keyword):
        _refuse(frame, first, keyword, "another one", "its own", accepts)


def _check_uids(frames: Sequence[Frame], keyword: str, uids: str) -> list[str]:
    """Refuse slices with different UIDs, unless these say nothing or the caller knows better."""
    headers = list({id(frame.header): frame.header for frame in frames}.values())
    found = {text(header.elements, keyword) for header in headers}
    if len(found) == 1:
        return []
    if uids == "ignore":
        return [f"{keyword} differs among the slices, which is ignored on your word"]
    # No two slices share one: it can't say which of them belong together.
    if keyword == "FrameOfReferenceUID" and len(found) == len(headers) > 2:
        return [
            f"each slice has a {keyword} of its own, as bad anonymizers leave it: "
            "they were taken to lie in one"
        ]
    for frame in frames:
        _check_same(frame, frames[0], keyword, ', or pass uids="ignore" if an anonymizer broke it')
    return []


def _apart(some: Sequence[float], others: Sequence[float]) -> float:
    return max(abs(one - other) for one, other in zip(some, others, strict=True))


def _refuse(
    frame: Frame, first: Frame, keyword: str, found: Any, other: Any, accepts: str = ""
) -> None:
    message = (
        f"the slices are no stack: {frame.name} has {keyword} {found}, {first.name} has {other}. "
        f"Load them apart, or take away those that don't belong{accepts}"
    )
    raise LoadError(message)


def _check_placed(frame: Frame) -> None:
    wanted = (
        ("ImagePositionPatient", frame.position, 3),
        ("ImageOrientationPatient", frame.orientation, 6),
        ("PixelSpacing", frame.spacing, 2),
    )
    for keyword, values, count in wanted:
        if len(values) != count:
            message = f"{frame.name} has no usable {keyword}: where its voxels are is not known"
            raise LoadError(message)
    row, column = frame.orientation[:3], frame.orientation[3:]
    across = sum(x * y for x, y in zip(row, column, strict=True))
    lengths = math.hypot(*row), math.hypot(*column)
    if _apart(lengths, (1, 1)) > 1e-3:
        message = (
            f"{frame.name}: the directions of ImageOrientationPatient {row}, {column} have a "
            f"length of {lengths[0]:.4g} and {lengths[1]:.4g}, not of 1"
        )
        raise LoadError(message)
    if abs(across) > 1e-3:
        message = f"{frame.name}: ImageOrientationPatient {row}, {column} is not perpendicular"
        raise LoadError(message)
    if min(frame.spacing) <= 0 or max(map(abs, frame.position + frame.spacing)) > 1e5:
        message = (
            f"{frame.name}: PixelSpacing {frame.spacing} and ImagePositionPatient "
            f"{frame.position} in mm can't be those of a scan"
        )
        raise LoadError(message)


def directions(frames: Sequence[Frame]) -> tuple[np.ndarray, np.ndarray]:
    """Mean directions of rows and columns (2, 3), and the normal (3,), of length 1."""
    mean = np.mean([frame.orientation for frame in frames], axis=0).reshape(2, 3)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    normal = slice_normal(mean)
    return mean, normal / np.linalg.norm(normal)


def positions(frames: Sequence[Frame]) -> np.ndarray:
    """ImagePositionPatient of each (n, 3), in mm."""
    return np.array([frame.position for frame in frames], dtype=np.float64)


def same_place(steps: np.ndarray) -> float:
    """How close two slices are, in mm along the normal, that lie at the same place.

    That is closer than rounding moves a slice, and far closer than the slices are: of
    `steps` (n,), the distances from slice to slice, those of slices that are there twice are
    next to nothing, and a gap may be among the others.
    """
    real = steps[steps > 1e-3]
    return min(0.05, 0.1 * float(np.quantile(real, 0.75))) if real.size else 1e-3


def group_by_depth(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames in increasing position along their normal, those at the same one together.

    Returns
    -------
    list of list of Frame
    """
    normal = directions(frames)[1]
    depths = positions(frames) @ normal
    order = sorted(range(len(frames)), key=lambda k: (depths[k], frames[k].name))
    steps = np.diff(depths[order])
    same = same_place(steps)
    groups = [[frames[order[0]]]]
    for k, step in zip(order[1:], steps, strict=True):
        if step <= same:
            groups[-1].append(frames[k])
        else:
            groups.append([frames[k]])
    return groups
