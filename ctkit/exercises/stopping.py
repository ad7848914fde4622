"""Stopping an answer that doesn't end, also in a browser tab, where there are no threads.

Once the time is up, an EndlessError is raised again and again, so that no `except:` in a loop lives
on. From Python 3.12 on every line asks whether it is (PEP 669); before, a thread does. Neither
touches the trace function of a debugger or of what measures coverage. One long call in C isn't
stopped, nor is a thread that the answer starts: Python has no way to end either.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

Value = TypeVar("Value")

#: The name of the thread that stops an answer.
THREAD = "ctkit exercises"
_OFTEN = 32  # how many lines pass between two looks at the clock
_TOOL = 4  # a number that `sys.monitoring` keeps free for others than debuggers and coverage
_MONITORING: Any = getattr(sys, "monitoring", None)


class EndlessError(BaseException):
    """The answer ran out of time. No `except Exception` of the learner's may catch it."""


def run_within(seconds: float, call: Callable[[], Value]) -> Value:
    """What `call` gives, if it gives it in time.

    Parameters
    ----------
    seconds : float
        Of work; of waiting, ten times as much, and without end where a debugger is at work.
    call : callable without arguments

    Raises
    ------
    EndlessError
        Also where `call` has swallowed it.
    """
    watch = _Watch(seconds)
    value = _watched(call, watch) if _MONITORING is None else _monitored(call, watch)
    if watch.late:
        raise EndlessError
    return value


class _Watch:
    """A stopwatch of the thread that makes it: a busy machine takes nothing from an answer."""

    def __init__(self, seconds: float) -> None:
        self.late = False
        self.thread = threading.get_ident()
        self._clock = _clock_of(self.thread)
        self._end = self._clock() + seconds
        self._last = time.monotonic() + 10 * seconds if sys.gettrace() is None else float("inf")

    def look(self) -> bool:
        """Whether the time is up."""
        self.late = self.late or self._clock() > self._end or time.monotonic() > self._last
        return self.late


def _clock_of(thread: int) -> Callable[[], float]:
    """The seconds that a thread has worked; where no clock tells that, those that have passed."""
    try:
        number = time.pthread_getcpuclockid(thread)  # type: ignore[attr-defined, unused-ignore]
        time.clock_gettime(number)
    except (AttributeError, OSError):
        return time.monotonic
    return lambda: time.clock_gettime(number)


def _monitored(call: Callable[[], Value], watch: _Watch) -> Value:
    lines = 0

    def look(code: Any, *_: Any) -> None:
        nonlocal lines
        if code.co_filename == __file__ or threading.get_ident() != watch.thread:
            return
        lines += 1
        if watch.late or (lines % _OFTEN == 0 and watch.look()):
            raise EndlessError

    if _MONITORING.get_tool(_TOOL) is not None:  # an answer that checks an answer
        return call()
    events = _MONITORING.events
    # JUMP: a loop that stands on one line.
    wanted = (events.LINE, events.JUMP, events.PY_START, events.PY_RESUME)
    _MONITORING.use_tool_id(_TOOL, THREAD)
    try:
        for event in wanted:
            _MONITORING.register_callback(_TOOL, event, look)
        _MONITORING.set_events(_TOOL, sum(wanted))
        return call()
    finally:
        _MONITORING.set_events(_TOOL, 0)
        for event in wanted:
            _MONITORING.register_callback(_TOOL, event, None)
        _MONITORING.free_tool_id(_TOOL)


def _watched(call: Callable[[], Value], watch: _Watch) -> Value:
    again, raise_it = _raised_again(watch.thread)
    done, here = threading.Event(), []

    def inside() -> Value:
        here.append(sys._getframe())
        return call()

    def runs() -> bool:
        frame = sys._current_frames().get(watch.thread)
        while frame is not None and frame not in here:
            frame = frame.f_back
        return frame is not None

    def stop_it() -> None:
        # What it raises may strike anywhere, and keep the other thread from saying that it is done.
        begun = False
        while not done.wait(0.02) and (runs() or not begun):
            begun = begun or runs()
            if watch.look() and runs():
                raise_it()

    thread = threading.Thread(target=stop_it, name=THREAD, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can start here: nothing stops it, and it is tried all the same
        return call()
    try:
        return inside()
    finally:
        # Nothing of Python's comes before this line, at which an error could strike.
        again.__init__ = BaseException.__init__
        done.set()
        here.clear()
        if watch.late:
            _let_strike()


def _raised_again(thread: int) -> tuple[Any, Callable[[], None]]:
    """An EndlessError that is on its way again once an `except` has taken it, and what raises it.

    Python makes an error when it is caught. Here a function in C is what makes it, and sends the
    next one: that strikes behind the `except`, not inside of its `try`. So each gets out of one
    more loop, however deep they lie.
    """
    import ctypes

    kind = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)
    raise_in: Any = kind(("PyThreadState_SetAsyncExc", ctypes.pythonapi))
    again: Any = type("EndlessError", (EndlessError,), {})
    raise_it = partial(raise_in, thread, again)
    again.__init__ = raise_it
    return again, raise_it


def _let_strike() -> None:
    """Take what was raised by another thread, and has not struck yet."""
    for _ in range(3):
        try:
            for _ in range(1000):
                pass
        except EndlessError:
            pass
