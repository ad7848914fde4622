"""Is an answer right? If not: which mistake was made, and on which smallest case it shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from .comparing import compared
from .detecting import detect
from .exercise import Case, Exercise, Mistake
from .explaining import explained
from .kinds import is_untouched, letters_of, misplaced
from .outcome import Outcome
from .sameness import alike, same
from .trying import try_answer
from .verdict import Verdict

_CHANGES = (
    "The values are right, but your answer changes what it was given. Whoever calls it still needs "
    "that: work on a copy."
)
_LIKE = "On this case your answer gives what comes of this mistake: "
_DIFFERS = "Your answer differs here."


def judge(exercise: Exercise, answer: Any, others: Sequence[Exercise] = ()) -> Verdict:
    """Try `answer` on all cases of `exercise`, and recognise the mistake behind it.

    Parameters
    ----------
    others : sequence of Exercise
        Of the same page: their answers are recognised.
    """
    if is_untouched(answer):
        return Verdict(exercise, "not tried")
    if message := misplaced(exercise, answer, others):
        return Verdict(exercise, "not yet", message=message)
    mine = tries(exercise, answer)
    if any(is_untouched(outcome.value) for outcome in mine) or _is_as_it_came(exercise, mine):
        return Verdict(exercise, "not tried")
    return _compared(exercise, answer, mine)


def _is_as_it_came(exercise: Exercise, mine: list[Outcome]) -> bool:
    """Whether an answer does what the stub does that comes with a bug, however it is written."""
    if not exercise.comes_wrong:
        return False
    came = came_outcomes(exercise)
    pairs = zip(mine, came, strict=False)
    return len(mine) == len(came) and all(alike(*pair, exercise) for pair in pairs)


def tries(exercise: Exercise, answer: Any) -> list[Outcome]:
    """What an answer gives on each case; after one that does not end, no more are tried."""
    if exercise.choices:
        answer = letters_of(answer)
    done: list[Outcome] = []
    for case in exercise.cases:
        done.append(try_answer(answer, case))
        if _is_endless(done[-1]):
            break
    return done


def _is_endless(outcome: Outcome) -> bool:
    return outcome.raised is not None and not isinstance(outcome.raised, Exception)


def _compared(exercise: Exercise, answer: Any, mine: list[Outcome]) -> Verdict:
    right = right_outcomes(exercise)
    wrong = [
        i for i, pair in enumerate(zip(mine, right, strict=False)) if not alike(*pair, exercise)
    ]
    if not wrong:
        return Verdict(exercise, "right", notes=_beside(mine))
    first = wrong[0]
    mistake, message = _reason(exercise, answer, mine, wrong)
    return Verdict(
        exercise,
        "not yet",
        exercise.cases[first],
        mine[first],
        right[first],
        mistake,
        message,
        _beside(mine),
    )


def _reason(
    exercise: Exercise, answer: Any, mine: list[Outcome], wrong: list[int]
) -> tuple[Mistake | None, str]:
    """The mistake where one is known, and the most precise message there is."""
    right, first = right_outcomes(exercise), wrong[0]
    if len(mine) == len(right) and (known := recognise(exercise, mine)):
        return known, known.message
    one, other = mine[first], right[first]
    if one.raised is not None:
        return None, explained(one, answer)
    if other.raised is not None:
        name = type(other.raised).__name__
        return None, f"This case has no answer: it is refused by an error, such as {name}."
    if one.changed and _only_changed(exercise, mine, wrong):
        return None, _CHANGES
    if near := _nearest(exercise, mine, wrong):
        return near, _LIKE + near.message
    if exercise.is_function and (found := detect(exercise, mine, right)):
        return None, found
    if exercise.is_function and (found := compared(exercise, mine, right)):
        return None, found
    return None, _DIFFERS if exercise.is_function else "This is not the answer."


def _only_changed(exercise: Exercise, mine: list[Outcome], wrong: list[int]) -> bool:
    right = right_outcomes(exercise)
    return all(
        mine[i].raised is None
        and same(mine[i].value, right[i].value, exercise.tolerance, types=exercise.types)
        for i in wrong
    )


def recognise(exercise: Exercise, mine: list[Outcome]) -> Mistake | None:
    """The mistake that gives these very outcomes on all cases, or None.

    An answer that fails on every case has another reason, unless it says the very same.
    """
    words = all(outcome.raised is not None for outcome in mine)
    for mistake, theirs in zip(exercise.mistakes, wrong_outcomes(exercise), strict=True):
        pairs = list(zip(mine, theirs, strict=True))
        if all(alike(*pair, exercise) for pair in pairs) and (
            not words or all(str(one.raised) == str(other.raised) for one, other in pairs)
        ):
            return mistake
    return None


def _nearest(exercise: Exercise, mine: list[Outcome], wrong: list[int]) -> Mistake | None:
    """The mistake that explains the first case that differs, and most of the others."""
    best, most = None, len(wrong) / 2
    for mistake, theirs in zip(exercise.mistakes, wrong_outcomes(exercise), strict=True):
        fits = [
            i
            for i in wrong
            if theirs[i].raised is None and _same_value(exercise, mine[i], theirs[i])
        ]
        if wrong[0] in fits and len(fits) > most - (best is None) * 0.5:
            best, most = mistake, len(fits)
    return best


def _same_value(exercise: Exercise, one: Outcome, other: Outcome) -> bool:
    return one.raised is None and same(
        one.value, other.value, exercise.tolerance, types=exercise.types
    )


@cache
def right_outcomes(exercise: Exercise) -> list[Outcome]:
    """What the solution gives on each case."""
    return [_known(exercise, exercise.solve, case) for case in exercise.cases]


@cache
def came_outcomes(exercise: Exercise) -> list[Outcome]:
    """What a stub that comes wrong gives on each case."""
    return [_known(exercise, exercise.as_it_came(), case) for case in exercise.cases]


@cache
def wrong_outcomes(exercise: Exercise) -> list[list[Outcome]]:
    """What each mistake gives on each case."""
    return [
        [_known(exercise, mistake.wrong, case) for case in exercise.cases]
        for mistake in exercise.mistakes
    ]


def _known(exercise: Exercise, function: Any, case: Case) -> Outcome:
    """A try of what is known to end. An answer that is no function is made without arguments."""
    return try_answer(function, case if exercise.is_function else Case(""), patience=None)


def _beside(outcomes: list[Outcome]) -> tuple[str, ...]:
    """What an answer did beside answering, a sentence each."""
    notes = []
    if any(outcome.printed for outcome in outcomes):
        notes.append("It also prints: leave that out, whoever calls it may not want it.")
    if any(outcome.plotted for outcome in outcomes):
        notes.append("It also draws a figure, which is closed again: leave that out.")
    if any(outcome.threads for outcome in outcomes):
        notes.append("It also starts a thread, which goes on running: wait for it by `join`.")
    return tuple(notes)
