"""Stored values and Hounsfield units (HU).

HU = 1000 (mu - mu_water) / (mu_water - mu_air): water is 0, air is -1000, on every
scanner. A CT file holds *stored values*; the Modality LUT, mostly a slope and an
intercept, turns them into HU (DICOM PS3.3 C.11.1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .arguments import numbers, real, reals
from .errors import ParameterError, UnitError

AIR = -1000
WATER = 0
_INT16 = np.iinfo(np.int16)

#: Usual ranges in HU (low, high), unenhanced; they overlap, and scanners and tube
#: voltages differ by some HU. MUDR RadClass collects them from T. M. Buzug, Computed
#: Tomography (Springer, 2008), p. 475, M. Prokop, Spiral and Multislice Computed
#: Tomography of the Body (Thieme, 2003) and S. Heymsfield, Human Body Composition (Human
#: Kinetics, 2005); CSF, muscle and spongy bone after Wikipedia, Hounsfield scale.
#: The brain is one range. That list has 20 to 30 for white and 37 to 45 for grey matter, out
#: of different scanners; within one scan the two are 5 to 8 HU apart (5.5 by R. A. Brooks et
#: al., J. Comput. Assist. Tomogr. 4 (1980) 489).
TISSUES = {
    "air": (-1024, -950),
    "lung": (-910, -850),
    "fat": (-100, -50),
    "water, CSF": (0, 15),
    "brain": (20, 45),
    "muscle": (35, 55),
    "fresh bleed": (40, 90),
    "spongy bone": (300, 400),
    "dense bone": (700, 3000),
}


#: Values that are not whole and lie within fewer HU than this are shares or scores, no HU.
_NARROW = 16


def may_be_hu(values: ArrayLike) -> bool:
    """Whether values can be HU: within int16, and whole or spread over at least 16 of them.

    What is no number has no say.

    Examples
    --------
    >>> may_be_hu([-1000.0, 40.5]), may_be_hu([0.0, 0.658]), may_be_hu([0.0, 731026.0])
    (True, False, False)
    """
    array = np.asarray(values)
    if array.dtype.kind in "iu" and np.can_cast(array.dtype, np.int16):
        return True
    found = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    if not found.size:
        return True
    low, high = float(found.min()), float(found.max())
    if low < _INT16.min or high > _INT16.max:
        return False
    return high - low >= _NARROW or are_whole(found)


def are_whole(values: np.ndarray) -> bool:
    """Whether all values are whole numbers that fit into int16."""
    if values.dtype.kind in "iu":
        return bool(np.can_cast(values.dtype, np.int16))
    # Piece by piece: most that are not whole are seen in the first.
    flat = values.reshape(-1)
    for start in range(0, flat.size, 1 << 20):
        part = flat[start : start + (1 << 20)]
        inside = (part >= _INT16.min) & (part <= _INT16.max)
        if not (inside & (part == np.rint(part))).all():
            return False
    return True


def to_hu(
    stored: ArrayLike,
    slope: float,
    intercept: float,
    padding: float | tuple[float, float] | None = None,
) -> np.ndarray:
    """Turn stored values into HU: ``slope * stored + intercept``.

    Parameters
    ----------
    stored : array-like of numbers, any dimension
        Stored values, as pydicom's ``pixel_array`` gives them. NaN stays NaN.
    slope, intercept : float
        RescaleSlope (0028,1053) and RescaleIntercept (0028,1052).
    padding : number or (first, last), optional
        Stored value, or range of them, ends included, that stands for "nothing was
        measured here": PixelPaddingValue (0028,0120) and its PixelPaddingRangeLimit
        (0028,0121). These become air, -1000 HU.

    Returns
    -------
    ndarray of the same shape, in HU
        int16 where that holds every result exactly, else float32. Never wraps.

    Raises
    ------
    UnitError
        On a mask or on values that are not numbers.
    ParameterError
        On a slope of 0, or a slope, intercept or padding that is no finite number.

    Notes
    -----
    PS3.3 C.11.1.1.2 (rescale) and C.7.5.1.1.2 (padding, in stored values).

    Examples
    --------
    >>> to_hu(np.array([0, 1024, 4095], np.uint16), 1, -1024)
    array([-1024,     0,  3071], dtype=int16)
    >>> to_hu([-2000, 24], 1, -1024, padding=-2000)
    array([-1000, -1000], dtype=int16)
    """
    words = "stored values are integers or floats"
    values = numbers(stored, words, error=UnitError)
    slope = real(slope, "slope is a finite number")
    intercept = real(intercept, "intercept is a finite number")
    if slope == 0:
        message = "a slope of 0 makes every voxel the same: this is no rescale"
        raise ParameterError(message)
    hu = _rescale(values, slope, intercept)
    if padding is not None:
        hu = np.where(is_padding(values, padding), hu.dtype.type(AIR), hu)
    return hu


def as_finite(values: np.ndarray, name: str) -> np.ndarray:
    """Return `values` where all of them are finite.

    A Volume may hold NaN and infinities, where nothing was measured. What copies voxels
    copies them, and a statistic leaves them out. What calculates new voxels asks here,
    because one NaN would spread over all that it is averaged with.

    Parameters
    ----------
    values : ndarray of numbers
    name : str
        What the error calls it.

    Raises
    ------
    UnitError
        Where a value is NaN or infinite.

    Examples
    --------
    >>> as_finite(np.array([-1000.0, 40.0]), "volume")
    array([-1000.,    40.])
    """
    # Both ends are NaN as soon as one value is, and they take no memory.
    if values.dtype.kind != "f" or not values.size or _are_finite(values.min(), values.max()):
        return values
    count = np.count_nonzero(~np.isfinite(values))
    message = (
        f"{name} holds {count:,} of {values.size:,} values that are NaN or infinite, with which "
        "nothing can be calculated: fill them first, such as with air by "
        "np.where(np.isfinite(array), array, -1000)"
    )
    raise UnitError(message)


def _are_finite(*ends: float) -> bool:
    return bool(np.isfinite(ends).all())


def is_padding(stored: ArrayLike, padding: float | tuple[float, float]) -> np.ndarray:
    """Which stored values are padding.

    Parameters
    ----------
    stored : array-like of numbers
    padding : number, or (first, last) with both ends included, in either order

    Returns
    -------
    ndarray of bool, the shape of `stored`

    Raises
    ------
    ParameterError
        Where `padding` is anything else.
    UnitError
        On a mask or on values that are not numbers.
    """
    ends = reals(padding, "padding is one stored value, or (first, last)", 2, spread=True)
    values = numbers(stored, "stored values are integers or floats", error=UnitError)
    return (values >= min(ends)) & (values <= max(ends))


def undeclared_padding(hu: np.ndarray) -> float | None:
    """The value of padding that no tag declares, or None.

    Scanners fill what lies outside the reconstructed circle with a constant. It is
    padding, and no air, where it is the minimum, lies below -1024 HU, and stands in all
    four corners of every slice.

    Parameters
    ----------
    hu : (slice, row, column) array of HU

    Returns
    -------
    float or None
    """
    corners = hu[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    value = corners.flat[0]
    if value >= -1024 or not (corners == value).all() or hu.min() < value:
        return None
    return float(value)


def _rescale(values: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    """The rescale in the narrowest of int16 and float32 that is exact, or nearest."""
    whole = values.dtype.kind in "iu" and slope.is_integer() and intercept.is_integer()
    if whole and values.size:
        # Ends in Python integers, which do not wrap.
        ends = [int(slope) * int(end) + int(intercept) for end in (values.min(), values.max())]
        if min(ends) >= _INT16.min and max(ends) <= _INT16.max:
            return _rescale_int16(values, int(slope), int(intercept))
    wide: type[np.floating] = np.float32 if values.dtype.itemsize <= 2 else np.float64
    result = values.astype(wide)
    result *= wide(slope)
    result += wide(intercept)
    return np.asarray(result, dtype=np.float32)


def _rescale_int16(values: np.ndarray, slope: int, intercept: int) -> np.ndarray:
    """Integer rescale whose results are known to fit.

    Arithmetic modulo 2**16 gives the right int16 whenever the true result fits in one,
    so no wider copy is needed.
    """
    result = values.astype(np.int16)
    with np.errstate(over="ignore"):
        result *= np.array(slope % 65536, np.uint16).astype(np.int16)
        result += np.array(intercept % 65536, np.uint16).astype(np.int16)
    return result
