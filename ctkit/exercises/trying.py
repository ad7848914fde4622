"""One try of an answer on one case: what came out, what was raised, what was done beside it."""

from __future__ import annotations

import contextlib
import copy
import io
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .exercise import Case
from .outcome import Outcome
from .stopping import EndlessError, run_within

# A try may last this long, in seconds: the inputs are small, and a right answer needs far less.
PATIENCE = 3.0


def try_answer(answer: Any, case: Case, patience: float | None = PATIENCE) -> Outcome:
    """Call `answer` on fresh arguments of `case`; what is no function is the outcome itself.

    Parameters
    ----------
    patience : float or None
        In seconds; None for what is known to end.
    """
    if not callable(answer):
        return Outcome(answer)
    arguments = [fresh(argument) for argument in case.arguments]
    before = copy.deepcopy(arguments)
    printed, figures = io.StringIO(), _open_figures()
    try:
        with _quiet(printed):
            value = _call(answer, arguments, patience)
    except (Exception, EndlessError, SystemExit) as error:
        file, line = place_of(error, answer)
        return Outcome(None, error, line, file, False, printed.getvalue(), _close_new(figures))
    changed = not unchanged(arguments, before)
    return Outcome(value, None, None, "", changed, printed.getvalue(), _close_new(figures))


def _call(answer: Callable, arguments: list, patience: float | None) -> Any:
    if patience is None:
        return answer(*arguments)
    return run_within(patience, lambda: answer(*arguments))


@contextlib.contextmanager
def _quiet(printed: io.StringIO) -> Iterator[None]:
    """Keep what is printed, and no warnings: what they are about shows in the values."""
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


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


def place_of(error: BaseException, answer: Callable) -> tuple[str, int | None]:
    """File and line of the answer in which `error` was raised; a cell is a file, too."""
    code = getattr(answer, "__code__", None)
    if code is None:
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
