"""The words of a figure: which plane it shows, where that lies, and through which window."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import whole
from ..geometry import PLANES, apply_affine
from ..volume import Volume
from ..windowing import as_window


def plane_facts(
    volume: Volume,
    plane: str = "axial",
    index: int | None = None,
    window: str | ArrayLike | None = None,
) -> str:
    """Words for one plane: which it is, where it lies, and through which window."""
    index = plane_index(volume, plane, index)
    stack = volume.stack(plane)
    count = stack.shape[stack.layout.axis]
    letter = "xyz"[2 - PLANES.index(plane)]
    where = f"{letter} = {mm(plane_position(volume, plane, index))} mm"
    words = f"{plane} slice {index} of {count}, {where}"
    if stack.resampled:
        words += ", resampled upright"
    return words if window is None else f"{words}, {window_words(volume, window)}"


def plane_position(volume: Volume, plane: str, index: int) -> float:
    """Where a plane of ``volume.stack(plane)`` lies: mm along its patient axis, at its centre."""
    stack = volume.stack(plane)
    centre = (np.array(stack.shape) - 1) / 2
    centre[stack.layout.axis] = index
    return float(apply_affine(stack.affine, centre)[2 - PLANES.index(plane)])


def plane_index(volume: Volume, plane: str, index: int | None) -> int:
    """The index of a plane, by default that of the middle one."""
    if index is None:
        stack = volume.stack(plane)
        return stack.shape[stack.layout.axis] // 2
    return whole(index, "index is a whole number")


def window_words(volume: Volume, window: str | ArrayLike) -> str:
    """A window by its name, if it has one, and its numbers; a mask and a label map have none."""
    if volume.is_mask:
        return "a mask"
    if volume.is_labels:
        return "a label map"
    center, width = as_window(window)
    name = f"{window} window" if isinstance(window, str) else "window"
    return f"{name} {center:g}/{width:g} HU"


def mm(value: float) -> str:
    """A length in mm with two decimals, and no minus before a zero.

    Examples
    --------
    >>> mm(-0.001)
    '0.00'
    """
    return f"{round(float(value), 2) + 0.0:.2f}"
