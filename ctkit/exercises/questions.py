"""The questions of a quiz, with feedback for each answer that can be given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..volume import Volume


@dataclass(frozen=True)
class Option:
    """One of several answers to pick from.

    Attributes
    ----------
    text : str
    says : str
        The feedback for who picks it: a sentence or two.
    right : bool
    """

    text: str
    says: str
    right: bool = False


class _Picked:
    """A question with options."""

    kind = ""

    def __init__(self, ask: str, *options: Option) -> None:
        self.ask, self.options = ask, options


class Single(_Picked):
    """One option is right.

    Parameters
    ----------
    ask : str
        The question.
    *options : Option
        Two or more.
    """

    kind = "single"


class Several(_Picked):
    """One or more options are right.

    Parameters
    ----------
    ask : str
        The question.
    *options : Option
        Two or more.
    """

    kind = "several"


@dataclass(frozen=True)
class Number:
    """A number is asked for.

    Attributes
    ----------
    ask : str
    right, tolerance : float
        In `unit`.
    unit : str
    says : str
        For who is right.
    otherwise : str
        For who is wrong in no known way. It does not give the answer away.
    wrong : sequence of (number, feedback)
        Numbers that learners come to.
    """

    ask: str
    right: float
    tolerance: float
    says: str
    otherwise: str
    unit: str = ""
    wrong: Sequence[tuple[float, str]] = ()
    kind = "number"


@dataclass(frozen=True)
class Place:
    """A place in a volume is to be pointed at, in a viewer.

    Attributes
    ----------
    ask : str
    scene : callable
        Makes the Volume.
    plane, slice, window
        How it is shown, as in `ctkit.explore`.
    target : (slice, row, column)
        The voxel in the middle of what is right.
    within : float
        How far from it a point may lie, in mm, along all three axes.
    says : str
        For who is right.
    otherwise : str
        For who is wrong in no known way.
    wrong : sequence of ((slice, row, column), mm, feedback)
        Places that learners point at.
    """

    ask: str
    scene: Callable[[], Volume]
    target: tuple[float, float, float]
    within: float
    says: str
    otherwise: str
    plane: str = "axial"
    slice: int | None = None
    window: Any = "soft tissue"
    wrong: Sequence[tuple[tuple[float, float, float], float, str]] = ()
    kind = "place"


Question = Single | Several | Number | Place
