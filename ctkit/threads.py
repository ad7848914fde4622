"""The same work for many slices, on all cores: NumPy and SciPy let go of Python's lock."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Item = TypeVar("Item")
_most: ContextVar[int | None] = ContextVar("_most", default=None)


class Serial(Executor):
    """Does what it is given at once, in the thread that gives it.

    Examples
    --------
    >>> Serial().submit(pow, 2, 3).result()
    8
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Call a function; what it returns or raises is the result."""
        done: Future = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


def workers(count: int | None = None) -> Executor:
    """So many threads, or none where none can be started: in a browser tab."""
    return Serial() if sys.platform == "emscripten" else ThreadPoolExecutor(count)


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """So many threads for each `for_each` in the block: where other processes use the other cores.

    Examples
    --------
    >>> with at_most(1):
    ...     for_each(print, "ab")
    a
    b
    """
    before = _most.set(count)
    try:
        yield
    finally:
        _most.reset(before)


def for_each(work: Callable[[Item], Any], items: Iterable[Item]) -> None:
    """Call ``work(item)`` for each item, several at once; the first error is raised."""
    count = _most.get() or os.cpu_count()
    with Serial() if count == 1 else workers(count) as pool:
        for _ in pool.map(work, items):
            pass
