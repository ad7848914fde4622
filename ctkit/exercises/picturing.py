"""The case on which an answer differs, as a picture: numbers, in a viewer, or as curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..volume import Volume, same_grid
from .exercise import Case, Exercise
from .sameness import NEAR, as_values, same
from .tabling import is_small, table_of
from .telling import affine_off, number, worst

_LEAST = 4  # so many values are a table or a curve; fewer stand in the sentence
_MOST = 2_000_000  # values that a page takes for one picture


@dataclass(frozen=True)
class Shown:
    """What a picture is of."""

    exercise: Exercise
    case: Case


def picture_of(exercise: Exercise, case: Case, yours: Any, right: Any) -> Any:
    """Yours and the right one where they can be seen: tables, a Film, a view, or None.

    The words say all that the picture shows: where one can't be made, none is shown.
    """
    one, other = _part(yours, right, exercise)
    try:
        return _pictured(one, other, Shown(exercise, case))
    except Exception:  # a learner's arrays may be anything; the sentence is there already
        return None


def _part(yours: Any, right: Any, exercise: Exercise) -> tuple[Any, Any]:
    """Of a pair or more the part that differs."""
    listed = isinstance(yours, list | tuple) and isinstance(right, list | tuple)
    values = as_values(right)
    if listed and len(yours) == len(right) and (values is None or values.ndim > 1):
        for pair in zip(yours, right, strict=True):
            if not same(*pair, exercise.tolerance):
                return pair
    return yours, right


def _pictured(yours: Any, right: Any, shown: Shown) -> Any:
    if isinstance(yours, Volume) and isinstance(right, Volume):
        return _small_volumes(yours, right, shown) or _volumes(yours, right, shown)
    one, other = as_values(yours), as_values(right)
    if one is None or other is None or one.ndim != other.ndim or max(one.size, other.size) > _MOST:
        return None
    if min(one.size, other.size) == 0:
        return None
    if is_small(one, other):
        few = one.ndim == 1 and max(one.size, other.size) < _LEAST
        return None if few else table_of(one, other, shown.exercise.tolerance)
    if one.ndim == 3:
        return _volumes(_on_a_grid(one, shown), _on_a_grid(other, shown), shown)
    if one.ndim == 2 and min(one.shape + other.shape) > 1:
        return _pictures(one, other, shown)
    if one.ndim == 1:
        return _curves(one, other, shown)
    return None


def _inputs(shown: Shown) -> list[Any]:
    return [one() if callable(one) else one for one in shown.case.arguments]


def _on_a_grid(array: np.ndarray, shown: Shown) -> Volume:
    """An array on the grid of the case's volume, where it has its shape, or on voxels of 1 mm."""
    for given in _inputs(shown):
        if isinstance(given, Volume) and given.shape == array.shape:
            return given.with_array(array)
    return Volume.from_spacing(array, (1, 1, 1))


def _small_volumes(yours: Volume, right: Volume, shown: Shown) -> Any:
    """Volumes of few voxels as numbers: the affines where these differ, else a slice."""
    if not is_small(yours.array, right.array):
        return None
    if yours.shape == right.shape and affine_off(yours, right):
        return table_of(yours.affine, right.affine, NEAR, "affine")
    return table_of(yours.array, right.array, shown.exercise.tolerance)


def _volumes(yours: Volume, right: Volume, shown: Shown) -> Any:
    from ..widgets import compare

    if right.is_mask or right.is_labels or yours.is_mask or yours.is_labels:
        return _masks(yours, right, shown)
    settings: dict[str, Any] = {"names": ("right", "yours"), "interpolation": "nearest"}
    if same_grid(yours, right):
        settings |= _marked(worst(yours.array, right.array), right)
    view = compare(right, yours, **settings)
    view.window = _window(view, *_limits(right.array, yours.array))
    return view


def _window(view: Any, low: float, high: float) -> tuple[float, float]:
    """Center and width from `low` to `high`, as far as a view has them: yours may be anywhere."""
    lowest, highest = view.limits["center"]
    low, high = max(low, lowest), min(high, highest)
    return (low + high) / 2, max(high - low, view.limits["width"][0])


def _masks(yours: Volume, right: Volume, shown: Shown) -> Any:
    """What two masks share, and what only one has, over the case's HU or over nothing."""
    from ..widgets import explore

    under = next(
        (
            given
            for given in _inputs(shown)
            if isinstance(given, Volume) and not given.is_mask and same_grid(given, right)
        ),
        None,
    )
    if not same_grid(yours, right):
        return None
    ground = right.with_array(np.zeros(right.shape, np.int16)) if under is None else under
    mine, theirs = yours.array != 0, right.array != 0
    # Three that do not overlap: of two that do, one would hide the other.
    masks = {"in both": mine & theirs, "yours alone": mine & ~theirs, "right alone": theirs & ~mine}
    settings = _marked(worst(yours.array, right.array), right) | {"outline": False, "opacity": 0.6}
    return explore(ground, mask=masks, interpolation="nearest", **settings)


def _marked(place: tuple[int, ...], volume: Volume) -> dict[str, Any]:
    """The slice of a voxel, with a point on it."""
    point = {"kind": "point", "points": [[float(x) for x in volume.to_world(place)]]}
    axis = volume.stack("axial").layout.axis
    return {"slice": place[axis], "cursor": place, "marks": [point]}


def _limits(*arrays: np.ndarray) -> tuple[float, float]:
    """What is black and what is white, so that all of the first is seen, and not much more."""
    values = np.concatenate([array[np.isfinite(array)].astype(float).ravel() for array in arrays])
    if values.size == 0:
        return 0.0, 1.0
    low, high = (float(np.percentile(values, part)) for part in (0, 100))
    return (low, high) if high > low else (low - 1, high + 1)


def _pictures(yours: np.ndarray, right: np.ndarray, shown: Shown) -> Any:
    from ..figures import show_pictures

    low, high = _limits(right, yours)
    unit = shown.exercise.unit or "value"
    pictures = {"yours": yours.astype(float), "right": right.astype(float)}
    film = show_pictures(pictures, window=((low + high) / 2, high - low + 1e-9), unit=unit)
    if yours.shape == right.shape:
        row, column = worst(yours, right)
        film.says(
            f"worst at row {row}, column {column}: yours {number(yours[row, column])}, right "
            f"{number(right[row, column])} {shown.exercise.unit}".rstrip()
        )
    return film


def _curves(yours: np.ndarray, right: np.ndarray, shown: Shown) -> Any:
    from ..figures import show_curves

    curves = {
        "yours": (np.arange(yours.size), yours.astype(float)),
        "right": (np.arange(right.size), right.astype(float)),
    }
    return show_curves(curves, x="index", y=shown.exercise.unit or "value", height=2.6)
