"""check, hint and solution: what a learner calls."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

from . import keeping
from .judging import judge
from .registry import exercises_of, find
from .verdict import Verdict
from .words import Said, boxed, marked

_GIVEN: dict[str, int] = {}


def check(id: str, answer: Any) -> Verdict:
    """Try an answer of an exercise on inputs that it hasn't seen, and say what is wrong with it.

    Parameters
    ----------
    id : str
        Of the exercise: "05.1".
    answer
        The function itself, or the value, that the exercise asks for.

    Returns
    -------
    Verdict
        Its ``state`` is "right", "not yet" or "not tried". It shows itself: which mistake was made,
        on which smallest input, and both results as a picture. It never raises what the answer
        raises.

    Raises
    ------
    ParameterError
        Where there is no such exercise; it names the nearest.

    Examples
    --------
    >>> def ends(center, width):
    ...     return ...
    >>> check("05.1", ends)
    05.1: not tried yet
    """
    exercise = find(id)
    verdict = judge(exercise, answer, exercises_of(exercise.page))
    if verdict.state != "not tried":
        keeping.record_try(exercise.id, verdict.state)
    return replace(verdict, notes=(*verdict.notes, *keeping.notes()))


def hint(id: str) -> Said:
    """One more hint each time, from the idea to the line; after the last one all of them.

    Parameters
    ----------
    id : str
        Of the exercise: "05.1".

    Raises
    ------
    ParameterError
        Where there is no such exercise.

    Examples
    --------
    >>> hint("05.1")  # doctest: +SKIP
    05.1, hint 1 of 3: The window lies around `center - 0.5`, not around the center.
    """
    exercise = find(id)
    count = len(exercise.hints)
    place = _GIVEN[exercise.id] = _GIVEN.get(exercise.id, 0) + 1
    keeping.record_help(exercise.id, "hints", min(place, count))
    shown = exercise.hints[:place]
    number = min(place, count)
    plain = f"{exercise.id}, hint {number} of {count}: {shown[-1]}"
    if place > count:
        plain = f"{exercise.id}, all hints: " + " ".join(exercise.hints)
    more = f"There are {count - number} more." if number < count else ""
    if number == count:
        more = (
            f'That was the last one. <code>ctkit.solution("{exercise.id}")</code> shows the code.'
        )
    head = f"<b>Exercise {exercise.id}: hint {number} of {count}</b>"
    return Said(plain, boxed("hint", head, *map(marked, shown), more))


def solution(id: str) -> Said:
    """One right answer as code, with a sentence on why it is written so.

    Parameters
    ----------
    id : str
        Of the exercise: "05.1".

    Raises
    ------
    ParameterError
        Where there is no such exercise.

    Examples
    --------
    >>> solution("05.1")  # doctest: +SKIP
    def ends(center, width):
        low = center - 0.5 - (width - 1) / 2
        return low, low + width - 1
    <BLANKLINE>
    # It is the standard's formula, term by term (PS3.3 C.11.2.1.2.1).
    """
    exercise = find(id)
    keeping.record_help(exercise.id, "solution", 1)
    code = exercise.code().rstrip()
    head = f"<b>Exercise {exercise.id}: one solution</b>"
    block = f"<pre>{escape(code, quote=False)}</pre>"
    plain = f"{code}\n\n# {exercise.explained}"
    return Said(plain, boxed("hint", head, block, marked(exercise.explained)))
