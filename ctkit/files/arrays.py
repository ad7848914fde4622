"""Arrays for a network, and the way back to a Volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..arguments import numbers
from ..errors import GeometryError, ParameterError, UnitError
from ..hounsfield import as_finite
from ..volume import Volume, as_hu, as_volume, own
from ..windowing import apply_window, as_window


def to_array(volume: Volume, window: Any = None, dtype: DTypeLike = "float32") -> np.ndarray:
    """Voxels as a network takes them: a float array with a channel axis in front.

    Parameters
    ----------
    volume : Volume of HU, or a mask (0 and 1)
    window : preset's name or (center, width), optional
        Scales ``center - width / 2`` to 0 and ``center + width / 2`` to 1 and clips the
        rest (LINEAR_EXACT). Without one the values stay HU.
    dtype : float type

    Returns
    -------
    (1, slice, row, column) ndarray of `dtype`

    Raises
    ------
    ParameterError
        On a dtype that is no float: it can't hold 0 to 1.
    UnitError
        On a window for a mask or a label map, and on NaN or infinities, which a network
        spreads over all of its weights.

    Examples
    --------
    >>> import ctkit
    >>> tiny = ctkit.Volume.from_spacing([[[-100, 0, 40, 80]]], (1, 1, 1))
    >>> to_array(tiny, "brain")
    array([[[[0. , 0. , 0.5, 1. ]]]], dtype=float32)
    """
    dtype = _float_type(dtype)
    volume = as_volume(volume)
    as_finite(volume.array, "volume")
    if window is None:
        return volume.array[np.newaxis].astype(dtype)
    center, width = as_window(window)
    return apply_window(as_hu(volume), center, width, "LINEAR_EXACT", dtype)[np.newaxis]


def _float_type(dtype: DTypeLike) -> np.dtype:
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        wanted = None
    if wanted is None or wanted.kind != "f":
        message = f"dtype is a float type, not {dtype!r}"
        raise ParameterError(message)
    return wanted


def from_array(array: ArrayLike, like: Volume, window: Any = None) -> Volume:
    """Back from a network's array to a Volume: the inverse of `to_array`.

    Parameters
    ----------
    array : (1, slice, row, column) or (slice, row, column) array-like
    like : Volume whose grid the array is on
        A label map gives its names to an array of whole numbers, such as the classes that a
        network found.
    window : the window given to `to_array`; what it clipped stays clipped

    Returns
    -------
    Volume, float32 HU; a mask from an array of bool; a label map where `like` is one

    Raises
    ------
    GeometryError
        On another shape.
    UnitError
        On values that are no real numbers, NaN, infinite, or too large for float32, on a masked
        array that hides some, and on bool together with a window; on the grid of a label map, on
        a window, and on what are no whole numbers of int16.
    """
    like = as_volume(like, "like")
    words = "array holds real numbers, as to_array makes them"
    values = numbers(array, words, bools=window is None, error=UnitError)
    if values.dtype != bool:
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
            values = values.astype(np.float32, copy=False)
    if values.ndim == 4 and values.shape[0] == 1:
        values = values[0]
    if values.shape != like.shape:
        message = f"the array is {values.shape}, but the grid is {like.shape}"
        raise GeometryError(message)
    as_finite(values, "array")
    if like.is_labels and values.dtype != bool:
        return like.with_array(_classes(values, window))
    if window is not None:
        center, width = as_window(window)
        values = (values - np.float32(0.5)) * np.float32(width) + np.float32(center)
        return like.with_array(own(values))
    return like.with_array(values)


def _classes(values: np.ndarray, window: Any) -> np.ndarray:
    """Whole numbers, for the grid of a label map."""
    labels = np.clip(values, -(2**15), 2**15 - 1).astype(np.int16)
    if window is not None or not np.array_equal(labels, values):
        message = (
            "like is a label map, so the array holds whole numbers (of int16) that are its "
            "labels, and has no window: for HU pass a Volume of HU on the same grid as like"
        )
        raise UnitError(message)
    return labels
