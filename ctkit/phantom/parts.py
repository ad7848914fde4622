"""The parts of a phantom: ellipsoids of one tissue each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from ..arguments import members, real, reals

Triple: TypeAlias = tuple[float, float, float]
Cut: TypeAlias = tuple[Triple, float]


@dataclass(frozen=True)
class Part:
    """An ellipsoid of one tissue, painted over the parts before it.

    Parameters
    ----------
    name : str
    hu : float
    center : (x, y, z) in LPS+ mm
    axes : (x, y, z) in mm
        Semi-axes; an infinite one makes a cylinder.
    turn : float
        Degrees about z.
    within : (normal, offset), optional
        A cut that keeps the places with ``normal @ place > offset``.
    outline : bool
        Whether the part belongs to the outer form of the head.

    Raises
    ------
    ParameterError
        On a number that is none, or an axis not above 0.
    """

    name: str
    hu: float
    center: Triple
    axes: Triple
    turn: float = 0.0
    within: Cut | None = None
    outline: bool = False

    def __post_init__(self) -> None:
        real(self.hu, "hu is a number of HU")
        reals(self.center, "center is (x, y, z) in mm", 3)
        real(self.turn, "turn is a number of degrees")
        words = "axes are three lengths above 0 in mm, or inf"
        finite = [
            1.0 if isinstance(axis, float) and axis == math.inf else axis
            for axis in members(self.axes)
        ]
        reals(finite, words, 3, above=0)
        if self.within is not None:
            normal, offset = (*members(self.within), None, None)[:2]
            reals(normal, "within is (normal, offset), and normal is (x, y, z)", 3)
            real(offset, "within is (normal, offset), and offset is a number of mm")

    @property
    def ml(self) -> float:
        """Volume of the whole ellipsoid in millilitres."""
        return 4 / 3 * math.pi * math.prod(self.axes) / 1000
