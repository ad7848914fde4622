"""Is an answer right? If not: which mistake was made, and on which smallest case it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..volume import Volume
from .exercise import Case, Exercise, Mistake
from .trying import Outcome, try_answer


@dataclass(frozen=True)
class Verdict:
    """What `check` found.

    Attributes
    ----------
    exercise : Exercise
    state : str
        "right", "not yet" or "not tried".
    case : Case or None
        The smallest case on which the answer differs.
    yours, right : Outcome or None
        What came out there, of the answer and of the solution.
    mistake : Mistake or None
        The one that explains what came out, on all cases.
    """

    exercise: Exercise
    state: str
    case: Case | None = None
    yours: Outcome | None = None
    right: Outcome | None = None
    mistake: Mistake | None = None


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """Try `answer` on all cases of `exercise`, and recognise the mistake behind it."""
    mine = [try_answer(answer, case) for case in exercise.cases]
    if any(outcome.value is ... for outcome in mine):
        return Verdict(exercise, "not tried")
    right = [try_answer(exercise.solve, case) for case in exercise.cases]
    if not exercise.is_function:
        right = [try_answer(exercise.solve, Case("")) for _ in exercise.cases]
    wrong = [
        i for i, pair in enumerate(zip(mine, right, strict=True)) if not alike(*pair, exercise)
    ]
    if not wrong:
        return Verdict(exercise, "right")
    first = wrong[0]
    return Verdict(
        exercise,
        "not yet",
        exercise.cases[first],
        mine[first],
        right[first],
        recognise(exercise, mine),
    )


def recognise(exercise: Exercise, outcomes: list[Outcome]) -> Mistake | None:
    """The mistake that gives these very outcomes on all cases, or None."""
    for mistake in exercise.mistakes:
        theirs = (try_answer(mistake.wrong, case) for case in exercise.cases)
        if all(alike(mine, other, exercise) for mine, other in zip(outcomes, theirs, strict=True)):
            return mistake
    return None


def alike(one: Outcome, other: Outcome, exercise: Exercise) -> bool:
    """Whether two tries came to the same."""
    if one.raised is not None or other.raised is not None:
        return type(one.raised) is type(other.raised)
    return one.changed == other.changed and same(one.value, other.value, exercise.tolerance)


def same(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two answers are the same: texts and choices exactly, numbers within `tolerance`.

    Arrays and Volumes must agree in shape, and Volumes in their affines as well (within 1e-3 mm).
    """
    if isinstance(one, Volume) or isinstance(other, Volume):
        if not (isinstance(one, Volume) and isinstance(other, Volume)):
            return False
        return bool(
            np.allclose(one.affine, other.affine, atol=1e-3)
            and same(one.array, other.array, tolerance)
        )
    if isinstance(one, str) or isinstance(other, str) or one is None or other is None:
        return type(one) is type(other) and bool(one == other)
    try:
        first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    except (TypeError, ValueError):
        return False
    return first.shape == second.shape and bool(
        np.allclose(first, second, rtol=0, atol=tolerance, equal_nan=True)
    )
