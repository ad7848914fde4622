"""How an answer differs where no slip explains it: in which part, to which side, where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..volume import Volume
from .exercise import Exercise
from .outcome import Outcome
from .sameness import alike, apart, as_values, same
from .telling import number

Arrays = Sequence[tuple[np.ndarray, np.ndarray]]
_ORDER = ("first", "second", "third", "fourth")
_NAMES = {2: ("row", "column"), 3: ("slice", "row", "column")}


def compared(exercise: Exercise, mine: Sequence[Outcome], right: Sequence[Outcome]) -> str | None:
    """A sentence or two on what is right already, and what is not; None where nothing stands out.

    Parameters
    ----------
    mine, right : sequences of Outcome
        On all cases, in their order.
    """
    wrong = [
        (one.value, other.value)
        for one, other in zip(mine, right, strict=True)
        if not alike(one, other, exercise) and one.raised is None and other.raised is None
    ]
    pairs = [pair for pair in map(_numbers, wrong) if pair is not None]
    found = _pieces(wrong, exercise) if wrong else None
    if found is None and wrong and len(pairs) == len(wrong):
        looks = (_parts, _mask, _level, _few, _side)
        found = next(filter(None, (look(pairs, exercise) for look in looks)), None)
    return " ".join(filter(None, (found, _on_others(exercise, mine, right)))) or None


def _numbers(pair: tuple[Any, Any]) -> tuple[np.ndarray, np.ndarray] | None:
    one, other = (value.array if isinstance(value, Volume) else as_values(value) for value in pair)
    if one is None or other is None or one.shape != other.shape or "c" in one.dtype.kind:
        return None
    return one, other


def _differ(one: np.ndarray, other: np.ndarray, exercise: Exercise) -> np.ndarray:
    return apart(one, other, exercise.tolerance)


def _parts(pairs: Arrays, exercise: Exercise) -> str | None:
    """Which of two to four values are right on every case."""
    if any(one.ndim != 1 or not 2 <= one.size <= 4 for one, _ in pairs):
        return None
    if len({one.size for one, _ in pairs}) > 1:
        return None
    off = np.any([_differ(one, other, exercise) for one, other in pairs], axis=0)
    return _parts_told(off, "values")


def _parts_told(off: np.ndarray, name: str) -> str | None:
    """Which of several parts are right, where some are."""
    if off.all() or not off.any():
        return None
    good, bad = (
        " and ".join(f"the {_ORDER[i]}" for i in np.flatnonzero(which)) for which in (~off, off)
    )
    be = (
        "is" if np.count_nonzero(~off) == 1 else "are",
        "is" if np.count_nonzero(off) == 1 else "are",
    )
    return f"Of the {off.size} {name} {good} {be[0]} right, and {bad} {be[1]} not."


def _pieces(wrong: Sequence[tuple[Any, Any]], exercise: Exercise) -> str | None:
    """Which letters of a text, or results that are more than numbers, are right on every case."""
    if all(isinstance(one, str) and isinstance(other, str) for one, other in wrong):
        name = "letters"
    elif all(_are_results(one) and _are_results(other) for one, other in wrong):
        name = "results"
    else:
        return None
    counts = {len(value) for pair in wrong for value in pair}
    if len(counts) > 1 or not 2 <= min(counts) <= len(_ORDER):
        return None
    rows = [
        [not same(*parts, exercise.tolerance) for parts in zip(*pair, strict=True)]
        for pair in wrong
    ]
    return _parts_told(np.any(rows, axis=0), name)


def _are_results(value: Any) -> bool:
    """Whether a value is a list of parts, which are more than numbers."""
    values = as_values(value)
    return isinstance(value, list | tuple) and (values is None or values.ndim > 1)


def _mask(pairs: Arrays, exercise: Exercise) -> str | None:
    one, other = pairs[0]
    if one.dtype != bool or one.ndim == 0:
        return None
    more, less = np.count_nonzero(one & ~other), np.count_nonzero(other & ~one)
    if not more:
        return f"Your mask lacks {less} of {other.sum()}, and holds nothing that it should not."
    if not less:
        return f"Your mask holds {more} too many, and lacks nothing."
    return f"Your mask holds {more} too many, and lacks {less} others."


def _level(pairs: Arrays, exercise: Exercise) -> str | None:
    """All values are one."""
    values = np.concatenate([one.ravel() for one, _ in pairs]).astype(float)
    wanted = np.concatenate([other.ravel() for _, other in pairs]).astype(float)
    if values.size < 3 or np.ptp(wanted) == 0 or np.ptp(values) != 0:
        return None
    return f"Your values are all {number(values[0])}, whatever the input is."


def _few(pairs: Arrays, exercise: Exercise) -> str | None:
    """How many values of an array differ, and whether they stand at one end of it."""
    one, other = pairs[0]
    if one.ndim == 0 or one.size < 4:
        return None
    off = _differ(one, other, exercise)
    count, places = int(off.sum()), np.argwhere(off)
    where = ""
    for axis, name in enumerate(_NAMES.get(one.ndim, ("value",))):
        for end, word in ((0, "first"), (one.shape[axis] - 1, "last")):
            if one.shape[axis] > 1 and (places[:, axis] == end).all():
                where = f", {'' if count == 1 else 'all of them '}in the {word} {name}"
    side = _side_of((one - other.astype(float))[off])
    if count == off.size and not side:
        return None
    where = where.replace("in the first value", "at the beginning")
    where = where.replace("in the last value", "at the end")
    it = "It is" if count == 1 else "They are"
    told = f" {it} {side}." if side else ""
    return f"{count} of {off.size} values differ{'s' if count == 1 else ''}{where}.{told}"


def _side(pairs: Arrays, exercise: Exercise) -> str | None:
    """Whether numbers are too high or too low, by how much, and of which sign."""
    off = np.concatenate(
        [(one - other.astype(float))[_differ(one, other, exercise)] for one, other in pairs]
    )
    if not np.isfinite(off).all() or not off.size:
        return None
    side = _side_of(off)
    if not side:
        return None
    low, high = sorted((np.abs(off).min(), np.abs(off).max()))
    unit = f" {exercise.unit}" if exercise.unit else ""
    by = number(low) if high - low <= 1e-6 * high else f"{number(low)} to {number(high)}"
    return f"Where your answer differs it is {side}, by {by}{unit}."


def _side_of(off: np.ndarray) -> str:
    if (off > 0).all():
        return "too high"
    return "too low" if (off < 0).all() else ""


def _on_others(exercise: Exercise, mine: Sequence[Outcome], right: Sequence[Outcome]) -> str:
    """How many of the cases are right already."""
    good = sum(alike(one, other, exercise) for one, other in zip(mine, right, strict=True))
    whole = len(exercise.cases)
    if not good:
        return ""
    return f"Your answer is right on {good} of {whole} cases, and not on this one."
