"""Arrays for a network, and the way back to a Volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..errors import GeometryError, ParameterError
from ..volume import Volume, as_hu, as_volume, own
from ..windowing import apply_window, as_window


def to_array(volume: Volume, window: Any = None, dtype: DTypeLike = "float32") -> np.ndarray:
    """Voxels as a network takes them: a float array with a channel axis in front.

    Parameters
    ----------
    volume : Volume of HU, a mask (0 and 1), or a label map
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
        On a dtype that is no float, which can't hold 0 to 1.
    UnitError
        On a window for a mask or a label map.

    Examples
    --------
    >>> import ctkit
    >>> tiny = ctkit.Volume.from_spacing([[[-100, 0, 40, 80]]], (1, 1, 1))
    >>> to_array(tiny, "brain")
    array([[[[0. , 0. , 0.5, 1. ]]]], dtype=float32)
    """
    kind = _as_float_type(dtype)
    if window is None:
        return as_volume(volume).array[np.newaxis].astype(kind)
    center, width = as_window(window)
    return apply_window(as_hu(volume).array, center, width, "LINEAR_EXACT", kind)[np.newaxis]


def _as_float_type(dtype: DTypeLike) -> np.dtype:
    try:
        kind = np.dtype(dtype)
    except TypeError:  # no type at all
        kind = None
    if kind is None or kind.kind != "f":
        message = f"dtype is a float type, such as 'float32'; not {dtype!r}"
        raise ParameterError(message)
    return kind


def from_array(array: ArrayLike, like: Volume, window: Any = None) -> Volume:
    """Back from a network's array to a Volume: the inverse of `to_array`.

    Parameters
    ----------
    array : (1, slice, row, column) or (slice, row, column) array-like
    like : Volume whose grid the array is on
    window : the window given to `to_array`; what it clipped stays clipped

    Returns
    -------
    Volume, float32 HU

    Raises
    ------
    GeometryError
        On another shape.
    """
    like = as_volume(like, "like")
    values = np.asarray(array, dtype=np.float32)
    if values.ndim == 4 and values.shape[0] == 1:
        values = values[0]
    if values.shape != like.shape:
        message = f"the array is {values.shape}, but the grid is {like.shape}"
        raise GeometryError(message)
    if window is None:
        return like.with_array(values)
    center, width = as_window(window)
    hu = (values - np.float32(0.5)) * np.float32(width) + np.float32(center)
    return like.with_array(own(hu))
