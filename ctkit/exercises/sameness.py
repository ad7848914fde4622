"""Whether two answers are the same, and whether two tries came to the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import CTError
from ..volume import Volume
from .exercise import Exercise
from .outcome import Outcome

#: How far two affines may lie apart, in mm.
NEAR = 1e-3
#: What float32 loses of a value in a few steps.
RELATIVE = 1e-6


def alike(one: Outcome, other: Outcome, exercise: Exercise) -> bool:
    """Whether two tries came to the same: value or error, and what they did to their input."""
    if one.raised is not None or other.raised is not None:
        return same_error(one.raised, other.raised)
    return one.changed == other.changed and same(
        one.value, other.value, exercise.tolerance, types=exercise.types
    )


def same_error(one: BaseException | None, other: BaseException | None) -> bool:
    """Whether two errors are of one kind: those of ctkit are."""
    if isinstance(one, CTError) and isinstance(other, CTError):
        return True
    return type(one) is type(other)


def same(one: Any, other: Any, tolerance: float, *, types: bool = False) -> bool:
    """Whether two answers are the same.

    Parameters
    ----------
    tolerance : float
        Of numbers, and a millionth of the larger one besides.
    types : bool
        Whether the type of an array counts too. A bool is never a number.

    Notes
    -----
    Lists, tuples and arrays that hold the same are the same. Volumes must agree in affine (within
    1e-3 mm), labels, and in whether they are masks. NaN is NaN.
    """
    if isinstance(one, Volume) or isinstance(other, Volume):
        return _same_volume(one, other, tolerance, types)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(
            same(one[key], other[key], tolerance, types=types) for key in one
        )
    if _is_listed(one) and _is_listed(other):
        return len(one) == len(other) and all(
            same(*pair, tolerance, types=types) for pair in zip(one, other, strict=True)
        )
    first, second = as_values(one), as_values(other)
    if first is not None and second is not None:
        return _same_values(first, second, tolerance, types)
    return _equal(one, other)


def as_values(thing: Any) -> np.ndarray | None:
    """Numbers or bools as an array; None of what is neither, such as a text."""
    if thing is None or isinstance(thing, str | bytes | Mapping | set | frozenset | Volume):
        return None
    try:
        values = np.asarray(thing)
    except Exception:  # whatever a learner's object does
        return None
    return values if values.dtype.kind in "buifc" else None


def _same_volume(one: Any, other: Any, tolerance: float, types: bool) -> bool:
    if not (isinstance(one, Volume) and isinstance(other, Volume)):
        return False
    if (one.labels is None) != (other.labels is None):
        return False
    if one.labels is not None and dict(one.labels) != dict(other.labels or {}):
        return False
    return bool(np.allclose(one.affine, other.affine, rtol=0, atol=NEAR)) and _same_values(
        one.array, other.array, tolerance, types
    )


def _same_values(one: np.ndarray, other: np.ndarray, tolerance: float, types: bool) -> bool:
    if one.shape != other.shape or (one.dtype == bool) != (other.dtype == bool):
        return False
    if types and one.dtype != other.dtype:
        return False
    return not apart(one, other, tolerance).any()


def apart(one: np.ndarray, other: np.ndarray, tolerance: float) -> np.ndarray:
    """Where two arrays of one shape differ."""
    if one.dtype.kind != "c" and other.dtype.kind != "c":
        one, other = one.astype(float), other.astype(float)
    return ~np.isclose(one, other, rtol=RELATIVE, atol=tolerance, equal_nan=True)


def _is_listed(thing: Any) -> bool:
    """A list or tuple of more than numbers: of texts, of Volumes, of parts of several shapes."""
    return isinstance(thing, list | tuple) and as_values(thing) is None


def _equal(one: Any, other: Any) -> bool:
    """What is no number: by its own rule, if that says yes or no."""
    if isinstance(one, str) and isinstance(other, str):
        return str(one) == str(other)
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:
        return False
