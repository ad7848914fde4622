"""One try of an answer on one case: what came out, what was raised, what was done beside it."""

from __future__ import annotations

import contextlib
import copy
import io
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from .exercise import Case

# A try may last this long, in seconds: the inputs are small, and a right answer needs far less.
PATIENCE = 3.0


class EndlessError(BaseException):
    """The answer ran out of time. No `except Exception` of the learner's may catch it."""


@dataclass(frozen=True)
class Outcome:
    """What one try gave.

    Attributes
    ----------
    value
        What came out; None where it raised.
    raised : BaseException or None
        What was raised: an EndlessError for an answer that did not end.
    line : int or None
        The line of the answer, from 1, that raised it.
    changed : bool
        Whether the answer changed its input.
    printed : str
        What it printed.
    """

    value: Any
    raised: BaseException | None = None
    line: int | None = None
    changed: bool = False
    printed: str = ""


def try_answer(answer: Any, case: Case, patience: float = PATIENCE) -> Outcome:
    """Call `answer` on fresh arguments of `case`; what is no function is the outcome itself."""
    if not callable(answer):
        return Outcome(answer)
    arguments = [fresh(argument) for argument in case.arguments]
    before = copy.deepcopy(arguments)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), no_longer_than(patience):
            value = answer(*arguments)
    except (Exception, EndlessError) as error:
        return Outcome(None, error, line_of(error, answer), printed=printed.getvalue())
    return Outcome(value, changed=not _equal(arguments, before), printed=printed.getvalue())


def fresh(argument: Any) -> Any:
    """An argument of a case for one try: made by its function, or a copy."""
    return argument() if callable(argument) else copy.deepcopy(argument)


@contextlib.contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Raise an EndlessError at the next line of Python that runs after `seconds`.

    By tracing: it needs no thread, process or signal, so it works in a browser tab. One long call
    in C isn't stopped.
    """
    end = time.monotonic() + seconds

    def look(frame: FrameType, event: str, argument: Any) -> Callable:
        if time.monotonic() > end:
            raise EndlessError
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


def line_of(error: BaseException, answer: Callable) -> int | None:
    """The line of the answer in which `error` was raised, counted from its `def`."""
    code = getattr(answer, "__code__", None)
    if code is None:
        return None
    lines = [
        frame.lineno - code.co_firstlineno + 1
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == code.co_filename and frame.lineno is not None
    ]
    return lines[-1] if lines else None


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(
            one, other, equal_nan=one.dtype.kind == "f"
        )
    return one is other or one == other
