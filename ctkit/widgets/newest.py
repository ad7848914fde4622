"""Work in the background for the newest request alone."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, NamedTuple


class _Answer(NamedTuple):
    """What came of a request: its number, whether it is the last word, and the answer."""

    ticket: int
    last: bool
    answer: Any


class Newest:
    """Answers the newest request; what is thorough and of an older one is dropped.

    A request is answered twice, by something quick and by something thorough, which begins after
    a rest. A quick answer that comes late still counts, until the thorough one is there; so does
    one of an older request, until a newer one is there. For while requests come faster than
    they can be answered, nothing would be told else.

    Each kind has a thread of its own, because a thorough answer can't be broken off: a quick one
    must not wait for one that is out of date. Answers are handed over one at a time, in the
    thread that made this object where that runs an event loop: that is where a kernel sets
    traits. Without a loop the thread that worked hands over.

    Parameters
    ----------
    deliver : callable
        Called with each answer that counts.
    """

    def __init__(self, deliver: Callable[[Any], None]) -> None:
        self._deliver = deliver
        self._quick = ThreadPoolExecutor(1, "ctkit-quick")
        self._thorough = ThreadPoolExecutor(1, "ctkit-thorough")
        # Guards the numbers and the queue below, which three threads change.
        self._state = threading.Condition()
        self._newest = 0
        self._finished = 0
        # The request that the last answer was to.
        self._told = 0
        self._closed = False
        self._answers: deque[_Answer] = deque()
        # One answer at a time; `close` waits for the one under way. A handed over answer may
        # ask again or close, in the same thread: so it is re-entrant.
        self._handing_over = threading.RLock()
        self._home = threading.get_ident()
        self._loop = _running_loop()

    def ask(
        self,
        quick: Callable[[], Any] | None,
        thorough: Callable[[], Any],
        rest: float = 0.0,
    ) -> None:
        """Ask for something else from now on.

        Parameters
        ----------
        quick, thorough : callable
            Each gives an answer, and raises nothing.
        rest : float
            Seconds before the thorough answer is begun.
        """
        with self._state:
            if self._closed:
                return
            self._newest += 1
            ticket, begin = self._newest, monotonic() + rest
            if quick is not None:
                self._quick.submit(self._work, ticket, quick)
            self._thorough.submit(self._work_later, ticket, thorough, begin)
            self._state.notify_all()

    def wait(self, timeout: float | None = 60) -> bool:
        """Wait for the last word on the newest request; True where it has come.

        The answers are handed over meanwhile, because nobody else can where this holds up the
        loop. After `close` nothing is waited for.
        """
        until = None if timeout is None else monotonic() + timeout
        at_home = threading.get_ident() == self._home
        with self._state:
            while not self._is_done():
                left = None if until is None else until - monotonic()
                if left is not None and left <= 0:
                    break
                if at_home and self._answers:
                    self._state.release()
                    try:
                        self._hand_over()
                    finally:
                        self._state.acquire()
                else:
                    self._state.wait(left)
            return self._finished >= self._newest

    @property
    def closed(self) -> bool:
        """Whether nothing is answered any more."""
        return self._closed

    def close(self) -> None:
        """Drop what is being worked on, and hand nothing over any more."""
        with self._state:
            self._closed = True
            self._answers.clear()
            self._quick.shutdown(wait=False, cancel_futures=True)
            self._thorough.shutdown(wait=False, cancel_futures=True)
            self._state.notify_all()
        with self._handing_over:
            self._deliver = _nobody

    def _is_done(self) -> bool:
        return self._closed or self._finished >= self._newest

    def _is_asked(self, ticket: int) -> bool:
        """Whether nothing newer has been asked, and this is not answered thoroughly yet."""
        return not self._closed and ticket == self._newest and ticket > self._finished

    def _counts(self, answer: _Answer) -> bool:
        """Whether an answer is still wanted."""
        if answer.last:
            return self._is_asked(answer.ticket)
        return not self._closed and answer.ticket >= self._told and answer.ticket > self._finished

    def _work(self, ticket: int, work: Callable[[], Any]) -> None:
        if self._is_asked(ticket):
            self._put(_Answer(ticket, False, work()))

    def _work_later(self, ticket: int, work: Callable[[], Any], begin: float) -> None:
        with self._state:
            # A newer request ends the rest, so that the next in the queue can begin its own.
            self._state.wait_for(lambda: not self._is_asked(ticket), max(begin - monotonic(), 0))
            if not self._is_asked(ticket):
                return
        self._put(_Answer(ticket, True, work()))

    def _put(self, answer: _Answer) -> None:
        with self._state:
            if not self._counts(answer):
                return
            self._answers.append(answer)
            self._told = answer.ticket
            self._state.notify_all()
        if self._loop is None or self._loop.is_closed():
            self._hand_over()
        else:
            self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        """Deliver what has come, oldest first."""
        with self._handing_over:
            while (answer := self._next()) is not None:
                try:
                    self._deliver(answer.answer)
                finally:
                    self._finish(answer)

    def _next(self) -> _Answer | None:
        with self._state:
            while self._answers:
                answer = self._answers.popleft()
                if self._counts(answer):
                    return answer
        return None

    def _finish(self, answer: _Answer) -> None:
        if answer.last:
            with self._state:
                self._finished = max(self._finished, answer.ticket)
                self._state.notify_all()


def _nobody(_: Any) -> None:
    """Whom answers are delivered to after the end."""


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
