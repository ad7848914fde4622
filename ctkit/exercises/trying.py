"""One try of an answer on one case: what came out, what was raised, what was done beside it."""

from __future__ import annotations

import builtins
import contextlib
import copy
import io
import os
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .exercise import Case
from .outcome import Outcome
from .sameness import as_values
from .stopping import THREAD, run_within

# A try may last this long, in seconds: the inputs are small, and a right answer needs far less.
PATIENCE = 3.0
_LONG = 1000  # values of a list that is compared as one; letters that are kept of what is printed
_DEEPEST = 8  # lists within lists


class StrangeError(Exception):
    """What came out is nothing that can be looked at; the words say why, as a sentence."""


def try_answer(answer: Any, case: Case, patience: float | None = PATIENCE) -> Outcome:
    """Call `answer` on fresh arguments of `case`; what is no function is the outcome itself.

    Whatever it raises is the outcome: an interruption too, which ends the answer and not the page.

    Parameters
    ----------
    patience : float or None
        In seconds; None for what is known to end, and whose interruption is none of an answer.
    """
    arguments = [fresh(argument) for argument in case.arguments]
    before = copy.deepcopy(arguments)
    beside = _Beside()
    caught = Exception if patience is None else BaseException
    try:
        with beside:
            value = _call(answer, arguments, patience)
    except caught as error:
        file, line = place_of(error, answer)
        return Outcome(None, _with_words(error), line, file, False, *beside.found())
    return Outcome(value, None, None, "", not unchanged(arguments, before), *beside.found())


def _call(answer: Any, arguments: list, patience: float | None) -> Any:
    def call() -> Any:
        return settled(answer(*arguments) if callable(answer) else answer)

    return call() if patience is None else run_within(patience, call)


def settled(value: Any, deep: int = 0) -> Any:
    """What came out, as it can be compared and told without end: long lists are arrays.

    Raises
    ------
    StrangeError
        Where lists lie in lists without end.
    """
    if deep > _DEEPEST:
        message = (
            f"Your answer gives lists within lists, more than {_DEEPEST} deep. Does one of them "
            "hold itself?"
        )
        raise StrangeError(message)
    if isinstance(value, Mapping):
        for part in value.values():
            settled(part, deep + 1)
    elif isinstance(value, list | tuple):
        if len(value) > _LONG:
            values = as_values(value)
            return value if values is None else values
        parts = [settled(part, deep + 1) for part in value]
        if any(one is not other for one, other in zip(parts, value, strict=True)):
            return parts
    elif isinstance(value, types.CoroutineType):
        value.close()  # nobody will wait for it
    else:
        as_values(value)  # an object that fails when it is looked at fails here
    return value


def _with_words(error: BaseException) -> BaseException:
    """An error, whose words can be read."""
    try:
        str(error)
    except Exception:
        return StrangeError(
            f"Your answer stops with an error, {type(error).__name__}, without words."
        )
    return error


class _Beside:
    """Keeps what an answer does beside answering, and takes it back: `with` around its call.

    No warnings are shown: what they are about shows in the values.
    """

    def __init__(self) -> None:
        self._printed = _Beginning()
        self._figures, self._threads = _open_figures(), set(threading.enumerate())
        self._folder, self._input = _folder(), builtins.input
        self._limit = sys.getrecursionlimit()
        self._held = contextlib.ExitStack()

    def __enter__(self) -> None:
        self._held.enter_context(contextlib.redirect_stdout(self._printed))
        self._held.enter_context(contextlib.redirect_stderr(self._printed))
        self._held.enter_context(warnings.catch_warnings())
        self._held.enter_context(np.errstate())  # as it is, and so again afterwards
        warnings.simplefilter("ignore")
        builtins.input = _nobody

    def __exit__(self, *error: object) -> None:
        builtins.input = self._input
        self._held.close()
        if self._folder is not None:
            os.chdir(self._folder)
        sys.setrecursionlimit(self._limit)

    def found(self) -> tuple[str, int, int]:
        """What was printed, and how many figures and threads were left; the figures are closed."""
        left = [
            one
            for one in threading.enumerate()
            if one not in self._threads and one.name != THREAD and not one.daemon
        ]
        return self._printed.getvalue(), _close_new(self._figures), len(left)


def _folder() -> Path | None:
    """Where we are; None where that folder is gone."""
    try:
        return Path.cwd()
    except OSError:
        return None


class _Beginning(io.StringIO):
    """A stream that keeps the first of what is written into it."""

    def write(self, text: str) -> int:
        if self.tell() < _LONG:
            super().write(text[:_LONG])
        return len(text)


def _nobody(prompt: object = "") -> str:
    message = "nobody answers here"
    raise EOFError(message)


def fresh(argument: Any) -> Any:
    """An argument of a case for one try: made by its function, or a copy."""
    return argument() if callable(argument) else copy.deepcopy(argument)


def _open_figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def _close_new(before: set[int]) -> int:
    """Close the figures that an answer opened; how many there were."""
    new = _open_figures() - before
    for number in new:
        sys.modules["matplotlib.pyplot"].close(number)
    return len(new)


def place_of(error: BaseException, answer: Any) -> tuple[str, int | None]:
    """File and line of the answer in which `error` was raised; a cell is a file, too."""
    try:
        code = answer.__code__
    except Exception:  # a class, a value, an object with a rule of its own
        return "", None
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == code.co_filename
    ]
    return code.co_filename, lines[-1] if lines else None


def unchanged(one: Any, other: Any) -> bool:
    """Whether an argument is still what it was."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(unchanged(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return (
            type(one) is type(other) and len(one) == len(other) and all(map(unchanged, one, other))
        )
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and one.dtype == other.dtype
            and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        )
    if one is other:
        return True
    try:
        return bool(one == other)
    except Exception:  # an object with a rule of its own
        return True
