"""Arguments: the one place that takes numbers, choices and flags, whoever made them.

NumPy's numbers are numbers too: ``np.int64(3)`` is a slice, ``np.float32(0.5)`` a length, and an
array of two a window. A bool is no number, and neither is a text that looks like one.
"""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from .errors import CTError, ParameterError

Choice = TypeVar("Choice", bound=str)


def real(
    value: Any,
    words: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    above: float = -np.inf,
    error: type[CTError] = ParameterError,
) -> float:
    """A finite number as Python's float.

    Parameters
    ----------
    value : int, float, or a NumPy number
    words : str
        What belongs there, as the error says it: ``"width is a number of HU above 0"``.
    low, high : float
        Lowest and highest value allowed.
    above : float
        The value has to be larger than this.
    error : type of CTError

    Returns
    -------
    float

    Raises
    ------
    CTError
        Of the type of `error`, where it is no number, or lies beyond.

    Examples
    --------
    >>> real(np.float32(0.5), "margin_mm is a length from 0", low=0)
    0.5
    """
    if _lies(value, low, high, above):
        return float(value)
    message = f"{words}, not {value!r}"
    raise error(message)


def whole(
    value: Any,
    words: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    error: type[CTError] = ParameterError,
) -> int:
    """A whole number as Python's int; 3.0 is one, and 3.5 is not.

    Parameters
    ----------
    value, words, low, high, error : as for `real`

    Returns
    -------
    int

    Examples
    --------
    >>> whole(np.int64(3), "slice is an index")
    3
    """
    number = real(value, words, low=low, high=high, error=error)
    if number != int(number):
        message = f"{words}, not {value!r}"
        raise error(message)
    return int(value)


def reals(
    value: Any,
    words: str,
    count: int,
    *,
    low: float = -np.inf,
    above: float = -np.inf,
    spread: bool = False,
    error: type[CTError] = ParameterError,
) -> tuple[float, ...]:
    """So many finite numbers, from a tuple, a list or an array, as floats.

    Parameters
    ----------
    value, words, low, above, error : as for `real`
    count : int
        How many numbers it takes.
    spread : bool
        Take one number too, and let it stand for all of them.

    Returns
    -------
    tuple of `count` floats

    Examples
    --------
    >>> reals(np.array([40, 80]), "a window is (center, width)", 2)
    (40.0, 80.0)
    >>> reals(0.5, "spacing is one length or three", 3, above=0, spread=True)
    (0.5, 0.5, 0.5)
    """
    many = [value] * count if spread and _is_number(value) else members(value)
    if len(many) != count or not all(_lies(one, low, np.inf, above) for one in many):
        message = f"{words}, not {value!r}"
        raise error(message)
    return tuple(float(one) for one in many)


def wholes(
    value: Any,
    words: str,
    count: int,
    *,
    low: float = -np.inf,
    error: type[CTError] = ParameterError,
) -> tuple[int, ...]:
    """So many whole numbers, from a tuple, a list or an array, as ints.

    Examples
    --------
    >>> wholes(np.array([2, 3]), "a shape is (row, column)", 2, low=1)
    (2, 3)
    """
    numbers = reals(value, words, count, low=low, error=error)
    if not all(number.is_integer() for number in numbers):
        message = f"{words}, not {value!r}"
        raise error(message)
    return tuple(int(one) for one in members(value))


def choice(
    value: Any,
    name: str,
    allowed: Collection[Choice],
    *,
    error: type[CTError] = ParameterError,
) -> Choice:
    """One of the texts that an argument allows.

    Examples
    --------
    >>> choice("axial", "plane", ("axial", "coronal", "sagittal"))
    'axial'
    """
    for text in allowed:
        if isinstance(value, str) and value == text:
            return text
    message = f"{name} is one of {', '.join(allowed)}; not {value!r}"
    raise error(message)


def flag(value: Any, name: str) -> bool:
    """True or False, NumPy's too; 0, 1 and texts are neither.

    Examples
    --------
    >>> flag(np.True_, "antialias")
    True
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    message = f"{name} is True or False, not {value!r}"
    raise ParameterError(message)


def numbers(
    value: Any,
    words: str,
    *,
    dtype: DTypeLike | None = None,
    bools: bool = False,
    error: type[CTError] = ParameterError,
) -> np.ndarray:
    """An array of an array-like of real numbers, of no type in particular or of `dtype`.

    Parameters
    ----------
    value, words, error : as for `real`
    dtype : NumPy dtype, optional
    bools : bool
        Whether an array of bool is one of numbers here, as a mask is.

    Returns
    -------
    ndarray, `value` itself where that is one already

    Raises
    ------
    CTError
        Of the type of `error`: on complex numbers, of which no part stands for the whole, on
        texts, objects and times, and on a masked array that hides some of its values.

    Examples
    --------
    >>> numbers([1, 2], "points are numbers", dtype=float)
    array([1., 2.])
    """
    try:
        found = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as cause:
        message = f"{words}, not {value!r}"
        raise error(message) from cause
    if found.dtype.kind not in ("biuf" if bools else "iuf"):
        message = f"{words}, not {found.dtype}"
        raise error(message)
    if np.ma.is_masked(value):
        hidden = np.count_nonzero(np.ma.getmaskarray(value))
        message = (
            f"{words}, not a masked array that hides {hidden:,} of its {found.size:,} values: fill "
            "them first, such as with air by array.filled(-1000)"
        )
        raise error(message)
    return found if dtype is None else np.asarray(found, dtype=dtype)


def members(value: Any) -> list[Any]:
    """What a tuple, a list or a 1-D array holds; of anything else nothing."""
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim == 1 else []
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else []


def _lies(value: Any, low: float, high: float, above: float) -> bool:
    """Whether this is a finite number between these ends."""
    if not (_is_number(value) and np.isfinite(value)):
        return False
    return bool(low <= value <= high and value > above)


def _is_number(value: Any) -> bool:
    """Whether this is one real number, and no bool."""
    numbers = isinstance(value, int | float | np.generic | np.ndarray) and np.ndim(value) == 0
    # NumPy gives an int beyond 64 bits the kind "O", and a span of time "m".
    return numbers and not isinstance(value, bool) and np.asarray(value).dtype.kind in "iuf"
