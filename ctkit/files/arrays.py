"""Arrays for a network, and the way back to a Volume."""

import numpy as np

from ..errors import GeometryError, ParameterError
from ..windowing import apply_window, as_window


def to_array(volume, window=None, dtype="float32"):
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
        On a window for a mask.

    Examples
    --------
    >>> import ctkit
    >>> tiny = ctkit.Volume.from_spacing([[[-100, 0, 40, 80]]], (1, 1, 1))
    >>> to_array(tiny, "brain")
    array([[[[0. , 0. , 0.5, 1. ]]]], dtype=float32)
    """
    if np.dtype(dtype).kind != "f":
        message = f"dtype is a float type, not {np.dtype(dtype)}"
        raise ParameterError(message)
    if window is None:
        return volume.array[np.newaxis].astype(dtype)
    center, width = as_window(window)
    return apply_window(volume, center, width, "LINEAR_EXACT", dtype)[np.newaxis]


def from_array(array, like, window=None):
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
    values = np.asarray(array, dtype=np.float32)
    if values.ndim == 4 and values.shape[0] == 1:
        values = values[0]
    if values.shape != like.shape:
        message = f"the array is {values.shape}, but the grid is {like.shape}"
        raise GeometryError(message)
    if window is not None:
        center, width = as_window(window)
        values = (values - np.float32(0.5)) * np.float32(width) + np.float32(center)
    return like.with_array(values)
