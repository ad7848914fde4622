"""Values, arguments and differences in words."""

from __future__ import annotations

import inspect
import numbers
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..volume import Volume
from .exercise import Case
from .sameness import apart, as_values, same

_FEW = 8  # so many numbers stand in a sentence
_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth")


def told(value: Any) -> str:
    """A value in a few words.

    Examples
    --------
    >>> told(np.float64(79.5)), told((0, 80)), told(None), told(np.zeros((4, 5), np.int16))
    ('79.5', '(0, 80)', 'None', 'an array of int16, 4 x 5')
    """
    if isinstance(value, Volume):
        return f"a {value!r}"
    if isinstance(value, str):
        return repr(str(value)) if len(value) <= 60 else f"a text of {len(value)} letters"
    if isinstance(value, Mapping):
        return f"a dict with {', '.join(map(repr, list(value)[:6]))}"
    values = as_values(value)
    if values is not None and values.ndim == 0:
        return number(values[()])
    if isinstance(value, list | tuple):
        return _listed(value)
    if values is not None:
        return _array(values)
    if value is None:
        return "None"
    if isinstance(value, numbers.Number):  # one that NumPy doesn't take: of any length, a fraction
        words = str(value)
        return words if len(words) <= 40 else f"{words[:37]}..."
    return thing_told(value)


def thing_told(value: Any) -> str:
    """What kind of thing a value is.

    Examples
    --------
    >>> thing_told(2.5), thing_told([1]), thing_told(np.array(["a"])), thing_told(np)
    ('a number', 'a list', 'an array of texts', 'a module')
    """
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, numbers.Number):
        return "a number"
    if isinstance(value, np.ndarray):
        more = {"U": " of texts", "S": " of texts", "O": " of objects"}
        return f"an array{more.get(value.dtype.kind, '')}"
    if isinstance(value, types.ModuleType):
        return "a module"
    return with_article(type(value).__name__)


def with_article(name: str) -> str:
    """A name with "a" or "an" before it."""
    return f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"


def number(value: Any) -> str:
    """A number as people write it."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, complex | np.complexfloating):
        return f"{value:.6g}"
    plain = float(value) + 0.0  # a zero has no sign here
    return f"{plain:.6g}" if abs(plain) < 1e6 else f"{plain:.10g}"


def _listed(value: list | tuple) -> str:
    if len(value) > _FEW:
        return f"{len(value)} values, the first of them {told(value[0])}"
    inside = ", ".join(map(told, value))
    return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"


def _array(values: np.ndarray) -> str:
    if values.ndim == 1 and values.size <= _FEW:
        return f"[{', '.join(map(number, values))}]"
    return f"an array of {values.dtype}, {' x '.join(map(str, values.shape))}"


def arguments_told(case: Case, function: Callable) -> str:
    """What a case calls an answer with: "center 40 and width 81"; "" where that is much."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ""
    parts = []
    for name, argument in zip(names, case.arguments, strict=False):
        given = argument() if callable(argument) else argument
        short = told(given).removeprefix("a Volume ")
        parts.append(f"{name} {short}")
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + "".join(parts[-1:])


def on_case(case: Case, function: Callable) -> str:
    """A case as the beginning of a sentence: "On an odd width, with center 40 and width 81, "."""
    words = f"On {case.words}, " if case.words else ""
    given = arguments_told(case, function)
    if not given:
        return words or "Here "
    return f"{words}with {given}, " if words else f"With {given}, "


def difference_told(yours: Any, right: Any, unit: str, tolerance: float) -> str:
    """How two values differ: "you give 0, right is -0.5 HU".

    Of arrays and Volumes the place where they differ most, of pairs the part that differs.
    """
    if _are_listed(yours, right):
        for place, (one, other) in enumerate(zip(yours, right, strict=True)):
            if not same(one, other, tolerance):
                what = _ORDER[place] if place < len(_ORDER) else f"{place + 1}th"
                return f"of the {what} result {difference_told(one, other, unit, tolerance)}"
    if isinstance(yours, Volume) and isinstance(right, Volume):
        return _volumes_told(yours, right, unit, tolerance)
    one, other = as_values(yours), as_values(right)
    if one is not None and other is not None and _have_a_place(one, other, tolerance):
        at = worst(one, other)
        where = _place_told(at)
        values = f"you give {number(one[at])}, right is {number(other[at])}"
        return f"{where} {values}{_with(unit, other)}"
    return f"you give {told(yours)}, right is {told(right)}{_with(unit, other)}"


def _have_a_place(one: np.ndarray, other: np.ndarray, tolerance: float) -> bool:
    """Whether two arrays differ in values, and in more of them than a sentence holds."""
    many = one.size > _FEW or one.ndim > 1
    return many and one.shape == other.shape and bool(apart(one, other, tolerance).any())


def _with(unit: str, values: np.ndarray | None) -> str:
    return f" {unit}" if unit and values is not None and values.dtype != bool else ""


def _are_listed(one: Any, other: Any) -> bool:
    """Two tuples of parts that are more than numbers."""
    listed = isinstance(one, list | tuple) and isinstance(other, list | tuple)
    if not listed or len(one) != len(other):
        return False
    values = as_values(other)
    return values is None or values.ndim > 1


def _volumes_told(yours: Volume, right: Volume, unit: str, tolerance: float) -> str:
    if yours.shape != right.shape:
        return f"you give {told(yours)}, right is {told(right)}"
    if off := affine_off(yours, right):
        return off
    place = worst(yours.array, right.array)
    x, y, z = right.to_world(place)
    values = f"you give {number(yours.array[place])}, right is {number(right.array[place])}"
    shown = _with(unit or "HU", right.array)
    return f"{_place_told(place)}, at ({x:.1f}, {y:.1f}, {z:.1f}) mm, {values}{shown}"


def affine_off(yours: Volume, right: Volume) -> str:
    """How far the corners of two grids of one shape lie apart, in mm; "" where they don't."""
    ends = np.array(np.meshgrid(*[(0, n - 1) for n in right.shape])).reshape(3, -1).T
    gap = np.linalg.norm(yours.to_world(ends) - right.to_world(ends), axis=1)
    if gap.max() <= 1e-3:
        return ""
    first = np.linalg.norm(yours.to_world((0, 0, 0)) - right.to_world((0, 0, 0)))
    steps = " x ".join(f"{mm:.4g}" for mm in yours.spacing)
    wanted = " x ".join(f"{mm:.4g}" for mm in right.spacing)
    words = f"its first voxel lies {first:.3g} mm from where it should, and the worst corner "
    words += f"{gap.max():.3g} mm"
    if steps != wanted:
        words += f"; its spacing is {steps} mm, right is {wanted} mm"
    return words


def worst(yours: np.ndarray, right: np.ndarray) -> tuple[int, ...]:
    """Where two arrays of one shape differ most; a NaN that is none in the other is worst.

    Of several such places it is the one nearest to the middle, which a picture shows best.
    """
    one, other = yours.astype(complex), right.astype(complex)
    off = np.nan_to_num(np.abs(one - other), nan=0)
    off = np.where(np.isnan(one) != np.isnan(other), np.inf, off)
    places = np.argwhere(off >= off.max() * (1 - 1e-6))
    away = np.abs(places - (np.array(off.shape) - 1) / 2).sum(axis=1)
    return tuple(int(i) for i in places[away.argmin()])


def _place_told(place: tuple[int, ...]) -> str:
    names = {1: ("index",), 2: ("row", "column"), 3: ("slice", "row", "column")}.get(len(place))
    if names is None:
        return f"at {list(place)}"
    return "at " + ", ".join(f"{name} {at}" for name, at in zip(names, place, strict=True))
