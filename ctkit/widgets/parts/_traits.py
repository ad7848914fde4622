"""Traits that take NumPy's numbers too, by the rules of `ctkit.arguments`."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import traitlets

from ... import arguments
from ...errors import ParameterError
from ...zooming import FARTHEST
from .. import voxels as _voxels
from .part import StateError


class Whole(traitlets.Int):
    """A whole number, NumPy's too."""

    def validate(self, obj: Any, value: Any) -> int:
        """Return it as Python's int."""
        low, high, words = _range(self)
        words = f"{self.name} is a whole number{words}"
        return arguments.whole(value, words, low=low, high=high, error=StateError)


class Real(traitlets.Float):
    """A finite number, NumPy's too."""

    def validate(self, obj: Any, value: Any) -> float:
        """Return it as Python's float."""
        low, high, words = _range(self)
        words = f"{self.name} is a number{words}"
        return arguments.real(value, words, low=low, high=high, error=StateError)


class Flag(traitlets.Bool):
    """True or False, NumPy's too."""

    def validate(self, obj: Any, value: Any) -> bool:
        """Return it as Python's bool."""
        try:
            return arguments.flag(value, str(self.name))
        except ParameterError as error:
            raise StateError(str(error)) from None


class Index(traitlets.Tuple):
    """(slice, row, column) of a voxel: a tuple, a list or an array of whole numbers."""

    def __init__(self) -> None:
        super().__init__(*[traitlets.Int()] * 3, default_value=(0, 0, 0))

    def validate(self, obj: Any, value: Any) -> tuple[int, ...]:
        """Return it as a tuple of Python's int."""
        words = f"{self.name} is (slice, row, column), whole numbers"
        numbers = arguments.reals(value, words, 3, error=StateError)
        return tuple(arguments.whole(n, words, error=StateError) for n in numbers)


class Offset(traitlets.Tuple):
    """(x, y, z) in mm of the patient, LPS+: a tuple, a list or an array of numbers."""

    def __init__(self) -> None:
        super().__init__(*[traitlets.Float()] * 3, default_value=(0.0, 0.0, 0.0))

    def validate(self, obj: Any, value: Any) -> tuple[float, ...]:
        """Return it as a tuple of Python's float."""
        words = f"{self.name} is (x, y, z) in mm, each from {-FARTHEST:g} to {FARTHEST:g}"
        numbers = arguments.reals(value, words, 3, low=-FARTHEST, error=StateError)
        return tuple(
            arguments.real(n, words, high=FARTHEST, error=StateError) + 0.0 for n in numbers
        )


class Direction(traitlets.Any):
    """A direction (x, y, z), LPS+, made of length 1; or None."""

    def validate(self, obj: Any, value: Any) -> tuple[float, ...] | None:
        """Return it as a tuple of Python's float."""
        if value is None:
            return None
        words = f"{self.name} is a direction (x, y, z), LPS+, other than (0, 0, 0), or None"
        numbers = np.array(arguments.reals(value, words, 3, error=StateError))
        length = float(np.linalg.norm(numbers))
        if not length > 0 or not np.isfinite(length):
            message = f"{words}; not {value!r}"
            raise StateError(message)
        # What has the length already stays as it is, to the last digit.
        unit = numbers if abs(length - 1) < 1e-9 else numbers / length
        return tuple((unit + 0.0).tolist())


class Point(traitlets.Any):
    """A point (x, y, z) in mm, LPS+; or None."""

    def validate(self, obj: Any, value: Any) -> tuple[float, ...] | None:
        """Return it as a tuple of Python's float."""
        if value is None:
            return None
        words = f"{self.name} is a point (x, y, z) in mm, or None"
        return tuple(n + 0.0 for n in arguments.reals(value, words, 3, error=StateError))


def _range(trait: Any) -> tuple[float, float, str]:
    """Lowest and highest value of a trait, and both in words."""
    low = -np.inf if trait.min is None else trait.min
    high = np.inf if trait.max is None else trait.max
    if np.isinf(low) and np.isinf(high):
        return low, high, ""
    return low, high, f" from {low:g}" + ("" if np.isinf(high) else f" to {high:g}")


def voxels_trait() -> traitlets.Instance:
    """A trait that refers to voxels in the browser, or to none."""
    trait = traitlets.Instance(_voxels.VoxelData, allow_none=True)
    return trait.tag(sync=True, **ipywidgets.widget_serialization)
