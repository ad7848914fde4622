"""What was handed to `check` at all: a sentence where that can't be an answer."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from ..volume import Volume
from .exercise import Exercise
from .telling import thing_told


def is_untouched(value: Any) -> bool:
    """Whether a value is the stub's ``...``, or holds it."""
    return value is ... or (isinstance(value, list | tuple) and any(part is ... for part in value))


def misplaced(exercise: Exercise, answer: Any, others: Sequence[Exercise]) -> str | None:
    """Why this can't be an answer of the exercise, or None.

    Parameters
    ----------
    others : sequence of Exercise
        Of the same page, whose answer it may be.
    """
    if exercise.is_function:
        return _no_function(exercise, answer, others)
    if answer is None:
        return f"`{exercise.name}` is None: give it a value."
    if callable(answer) and not isinstance(answer, Volume):
        return f"This is a function or a class, and the answer is a value: `{exercise.name} = ...`."
    if exercise.choices:
        return _no_choice(exercise, answer)
    return None


def _no_function(exercise: Exercise, answer: Any, others: Sequence[Exercise]) -> str | None:
    name, call = exercise.name, f'`ctkit.check("{exercise.id}", {exercise.name})`'
    if answer is None:
        return f"None was given: hand over the function itself, without brackets, as in {call}."
    if isinstance(answer, str):
        return f"A text was given: hand over the function itself, without quotes, as in {call}."
    if isinstance(answer, type):
        return f"A class was given, and the answer is a function: {call}."
    if not callable(answer):
        return (
            f"This is {thing_told(answer)}, perhaps what `{name}` gave: hand over the function "
            f"itself, without brackets, as in {call}."
        )
    return _of_another(exercise, answer, others) or _other_parameters(exercise, answer)


def _of_another(exercise: Exercise, answer: Any, others: Sequence[Exercise]) -> str | None:
    try:
        name = answer.__name__
    except Exception:  # an object with a rule of its own
        return None
    if name == exercise.name:
        return None
    for other in others:
        if other.is_function and other.name == name:
            return f"`{name}` is the answer of exercise {other.id}: here it is `{exercise.name}`."
    return None


def _other_parameters(exercise: Exercise, answer: Any) -> str | None:
    try:
        signature = inspect.signature(answer)
    except Exception:  # functions written in C may have none
        return None
    wanted = list(inspect.signature(exercise.solve).parameters)
    try:
        signature.bind(*wanted)
    except TypeError:
        bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
        return (
            f"Your function takes {inspect.Signature(bare)}, and is called with "
            f"({', '.join(wanted)}): write its first line as the exercise has it."
        )
    return None


def _no_choice(exercise: Exercise, answer: Any) -> str | None:
    letters = "abcdefghij"[: len(exercise.choices)]
    given = letters_of(answer) if isinstance(answer, str) else ""
    if not given or not set(given) <= set(letters):
        return f"The answer is a letter from {letters[0]} to {letters[-1]}, as a text: `'a'`."
    return None


def letters_of(answer: str) -> str:
    """The letters of an answer that is picked, in their order: "ac" of "C, a"."""
    return "".join(sorted(set(answer.lower()) - set(" ,")))
