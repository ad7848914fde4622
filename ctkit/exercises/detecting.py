"""What an answer does that no registered mistake explains: slips that every exercise knows."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..volume import Volume
from .exercise import Exercise
from .outcome import Outcome
from .sameness import as_values, same
from .telling import affine_off, number, thing_told, with_article

Pair = tuple[Any, Any]


def detect(exercise: Exercise, mine: Sequence[Outcome], right: Sequence[Outcome]) -> str | None:
    """A sentence or two on what the answer does, or None.

    Parameters
    ----------
    mine, right : sequences of Outcome
        On all cases, in their order. None of `mine` raised.
    """
    pairs = [
        (one.value, other.value)
        for one, other in zip(mine, right, strict=True)
        if one.raised is None and other.raised is None
    ]
    wrong = [pair for pair in pairs if not _same(exercise, *pair)]
    if not wrong:
        return None
    for look in _OF_ONE:
        if found := look(*wrong[0], exercise):
            return found
    values = [pair for pair in map(_as_pair, pairs) if pair is not None]
    if len(values) != len(pairs):
        return None
    for find in _OF_ALL:
        if found := find(values, exercise):
            return found
    return None


def _same(exercise: Exercise, one: Any, other: Any) -> bool:
    return same(one, other, exercise.tolerance, types=exercise.types)


# ---- kinds: one pair tells


def _nothing(yours: Any, right: Any, exercise: Exercise) -> str | None:
    if yours is None and right is not None:
        return "Your function gives None: is there a `return` on every way through it?"
    return None


def _not_called(yours: Any, right: Any, exercise: Exercise) -> str | None:
    if isinstance(yours, types.GeneratorType):
        return "Your function gives a generator, as `yield` makes one: return the values at once."
    if isinstance(yours, Iterator):
        name = type(yours).__name__
        return f"Your function gives {with_article(name)}, which holds no values yet: use `list`."
    if isinstance(yours, types.CoroutineType):
        return "Your function is an `async` one, and gives no values: leave that word out."
    if callable(yours) and not callable(right) and not isinstance(yours, Volume):
        name = getattr(yours, "__name__", type(yours).__name__)
        return f"Your function gives `{name}` itself: call it, with brackets, for its value."
    return None


def _kind(yours: Any, right: Any, exercise: Exercise) -> str | None:
    one, other = _kind_of(yours), _kind_of(right)
    if one == other or {one, other} == {_ARRAY, _SEVERAL}:
        return None
    more = ""
    if other in ("a Volume", "a mask", "a label map") and one == _ARRAY:
        more = " An array alone has lost its affine."
    return f"Your answer is {one}, and the right one is {other}.{more}"


_ARRAY, _SEVERAL = "an array", "several values"


def _kind_of(value: Any) -> str:
    if isinstance(value, Volume):
        return "a mask" if value.is_mask else "a label map" if value.is_labels else "a Volume"
    if isinstance(value, str):
        return "a text"
    values = as_values(value)
    if values is None:
        return _SEVERAL if isinstance(value, list | tuple) else thing_told(value)
    if values.dtype == bool:
        return "True or False" if values.ndim == 0 else "an array of True and False"
    if values.ndim == 0:
        return "a number"
    return _SEVERAL if isinstance(value, list | tuple) else _ARRAY


def _type(yours: Any, right: Any, exercise: Exercise) -> str | None:
    one, other = as_values(yours), as_values(right)
    if exercise.types and one is not None and other is not None and one.dtype != other.dtype:
        return f"Your values are of {one.dtype}, the right ones of {other.dtype}."
    return None


def _complex(yours: Any, right: Any, exercise: Exercise) -> str | None:
    one, other = _array_of(yours), _array_of(right)
    if one is None or other is None or one.dtype.kind != "c" or other.dtype.kind == "c":
        return None
    return "Complex numbers come out: was a root taken of something below 0?"


def _shape(yours: Any, right: Any, exercise: Exercise) -> str | None:
    one, other = _array_of(yours), _array_of(right)
    if one is None or other is None or one.shape == other.shape:
        return None
    shapes = f"{_by(one.shape)} and not {_by(other.shape)}"
    if one.ndim != other.ndim:
        if one.size == other.size:
            return f"Your answer has {one.ndim} axes and not {other.ndim}: {shapes}."
        return f"Your answer has another number of axes: {shapes}."
    if sorted(one.shape) == sorted(other.shape):
        return f"Two axes have changed places: your answer is {shapes}."
    off = np.array(one.shape) - np.array(other.shape)
    if np.abs(off).max() == 1:
        axes = _axes(off, other.ndim)
        many = "too many" if off.max() > 0 else "missing"
        return f"One is {many} along {axes}: your answer is {shapes}."
    return f"Your answer has another shape: {shapes}."


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) if shape else "a single number"


def _axes(off: np.ndarray, ndim: int) -> str:
    names = {1: ["its length"], 2: ["rows", "columns"], 3: ["slices", "rows", "columns"]}
    found = names.get(ndim, [f"axis {i}" for i in range(ndim)])
    return " and ".join(name for name, one in zip(found, off, strict=True) if one)


def _array_of(value: Any) -> np.ndarray | None:
    return value.array if isinstance(value, Volume) else as_values(value)


def _place(yours: Any, right: Any, exercise: Exercise) -> str | None:
    if not (isinstance(yours, Volume) and isinstance(right, Volume)):
        return None
    off = affine_off(yours, right)
    if not off:
        return None
    voxels = " The voxels are right." if same(yours.array, right.array, exercise.tolerance) else ""
    return f"Your Volume lies elsewhere: {off}.{voxels}"


_OF_ONE: tuple[Callable[[Any, Any, Exercise], str | None], ...] = (
    _nothing,
    _not_called,
    _kind,
    _type,
    _complex,
    _shape,
    _place,
)

# ---- values: all pairs have to agree

Arrays = Sequence[tuple[np.ndarray, np.ndarray]]


def _as_pair(pair: Pair) -> tuple[np.ndarray, np.ndarray] | None:
    one, other = _array_of(pair[0]), _array_of(pair[1])
    if one is None or other is None or one.shape != other.shape or "c" in one.dtype.kind:
        return None
    return one, other


def _nan(pairs: Arrays, exercise: Exercise) -> str | None:
    for one, other in pairs:
        new = np.isnan(one.astype(float)) & ~np.isnan(other.astype(float))
        if new.any():
            count = "the value" if one.ndim == 0 else f"{new.sum()} of {new.size} values"
            return f"NaN comes out for {count}: was 0 divided by 0, or a mean of nothing taken?"
    return None


def _infinite(pairs: Arrays, exercise: Exercise) -> str | None:
    new = (np.isinf(one.astype(float)) & ~np.isinf(other.astype(float)) for one, other in pairs)
    if any(found.any() for found in new):
        return "An infinite value comes out: was something divided by 0?"
    return None


def _turned(pairs: Arrays, exercise: Exercise) -> str | None:
    """Each value is right, at another place."""
    tried: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "Two values have changed places": _swapped,
        "Your answer is transposed": lambda values: values.T,
    }
    names = {1: ("",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}
    deepest = max(one.ndim for one, _ in pairs)
    for axis, name in enumerate(names.get(deepest, ())):
        what = f"along the {name}" if name else "from end to end"
        tried[f"Your answer is mirrored {what}"] = partial(_mirrored, axis=axis)
    for words, turn in tried.items():
        if _all_become(pairs, turn, exercise):
            return f"{words}: the values are right, the order is not."
    return None


def _mirrored(values: np.ndarray, axis: int) -> np.ndarray:
    return np.flip(values, axis) if values.ndim > axis else values


def _swapped(values: np.ndarray) -> np.ndarray:
    return values[::-1] if values.shape == (2,) else values


def _all_become(pairs: Arrays, change: Callable, exercise: Exercise) -> bool:
    for one, other in pairs:
        changed = change(one)
        if changed.shape != other.shape or not same(changed, other, exercise.tolerance):
            return False
    return True


def _wrapped(pairs: Arrays, exercise: Exercise) -> str | None:
    for bits in (8, 16, 32):
        times = 2.0**bits
        off = _all_off(pairs)
        moved = off[np.abs(off) > max(exercise.tolerance, 1e-6)]
        turns = np.round(moved / times)
        if moved.size and turns.all() and np.allclose(moved / times, turns, rtol=0, atol=1e-9):
            return (
                f"Some values are off by {2**bits} or several times that: an integer of {bits} "
                "bits has begun again from its other end. Compute in a wider type."
            )
    return None


def _all_off(pairs: Arrays) -> np.ndarray:
    """Yours minus the right one, of all values."""
    offs = [(one.astype(float) - other.astype(float)).ravel() for one, other in pairs]
    return np.concatenate(offs)


def _rounded(pairs: Arrays, exercise: Exercise) -> str | None:
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "rounded": np.round,
        "cut off after the point": np.trunc,
        "rounded down": np.floor,
        "rounded up": np.ceil,
    }
    for words, way in ways.items():
        if all(same(one, way(other.astype(float)), exercise.tolerance) for one, other in pairs):
            return f"Your values are the right ones {words}: keep the fractions."
    return None


def _moved(pairs: Arrays, exercise: Exercise) -> str | None:
    off = _all_off(pairs)
    if off.size > 2 and np.ptp(off) <= max(exercise.tolerance, 1e-6 * np.abs(off).max()):
        unit = f" {exercise.unit}" if exercise.unit else ""
        side = "too high" if off[0] > 0 else "too low"
        return f"Every value is {side} by the same {number(abs(off[0]))}{unit}."
    return None


def _scaled(pairs: Arrays, exercise: Exercise) -> str | None:
    one = np.concatenate([pair[0].astype(float).ravel() for pair in pairs])
    other = np.concatenate([pair[1].astype(float).ravel() for pair in pairs])
    used = np.abs(other) > max(exercise.tolerance, 1e-6)
    if used.sum() < 3 or not np.isfinite(one).all() or not np.isfinite(other).all():
        return None
    factor = np.median(one[used] / other[used])
    close = np.allclose(one, factor * other, rtol=1e-5, atol=exercise.tolerance)
    if not close or abs(factor) < 1e-9:
        return None
    if abs(factor + 1) < 1e-6:
        return "Every value has the other sign."
    return f"Every value is {number(factor)} times the right one."


_OF_ALL: tuple[Callable[[Arrays, Exercise], str | None], ...] = (
    _nan,
    _infinite,
    _turned,
    _wrapped,
    _moved,
    _scaled,
    _rounded,
)
