"""Where the slices of a series lie, and whether they belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import LoadError
from ...geometry import slice_normal
from .headers import Frame, text


def check_alike(frames: Sequence[Frame]) -> None:
    """Refuse slices that say too little of where they are, or don't belong together.

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
        for keyword in ("FrameOfReferenceUID", "StudyInstanceUID", "PatientID"):
            if text(frame.header.elements, keyword) != text(first.header.elements, keyword):
                _refuse(frame, first, keyword, "another one", "its own")
        # Half a pixel off at the far corner of 512 would be 1 in 1000.
        if _apart(frame.spacing, first.spacing) > 1e-4 * min(first.spacing):
            _refuse(frame, first, "PixelSpacing", frame.spacing, first.spacing)
        if _apart(frame.orientation, first.orientation) > 3e-4:
            _refuse(frame, first, "ImageOrientationPatient", frame.orientation, first.orientation)


def _apart(some: Sequence[float], others: Sequence[float]) -> float:
    return max(abs(one - other) for one, other in zip(some, others, strict=True))


def _refuse(frame: Frame, first: Frame, keyword: str, found: Any, other: Any) -> None:
    message = (
        f"the slices are no stack: {frame.name} has {keyword} {found}, {first.name} has {other}. "
        "Load them apart, or take away those that don't belong"
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
    if _apart((math.hypot(*row), math.hypot(*column), across), (1, 1, 0)) > 1e-3:
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
    # Closer than rounding moves a slice, and far closer than the slices are.
    same = min(0.05, 0.25 * steps.max()) if len(steps) else 0
    groups = [[frames[order[0]]]]
    for k, step in zip(order[1:], steps, strict=True):
        if step <= same:
            groups[-1].append(frames[k])
        else:
            groups.append([frames[k]])
    return groups
