"""Arguments: the one place that takes numbers and choices, whoever made them.

NumPy's numbers are numbers too: ``np.int64(3)`` is a slice, ``np.float32(0.5)`` a length, and an
array of two a window. A bool is no number, and neither is a text that looks like one.
"""

from collections.abc import Collection
from typing import Any, TypeVar

import numpy as np

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
    if _is_number(value) and np.isfinite(value) and low <= value <= high and value > above:
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
    value: Any, words: str, count: int, *, error: type[CTError] = ParameterError
) -> tuple[float, ...]:
    """So many finite numbers, from a tuple, a list or an array, as floats.

    Examples
    --------
    >>> reals(np.array([40, 80]), "a window is (center, width)", 2)
    (40.0, 80.0)
    """
    many = list(value) if np.ndim(value) == 1 else []
    if len(many) != count or not all(_is_number(one) and np.isfinite(one) for one in many):
        message = f"{words}, not {value!r}"
        raise error(message)
    return tuple(float(one) for one in many)


def choice(value: Any, name: str, allowed: Collection[Choice]) -> Choice:
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
    raise ParameterError(message)


def _is_number(value: Any) -> bool:
    """Whether this is one real number, and no bool."""
    if isinstance(value, (bool, np.bool_, str, bytes)) or np.ndim(value) != 0:
        return False
    return np.asarray(value).dtype.kind in "iuf"
