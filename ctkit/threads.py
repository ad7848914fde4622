"""The same work for many slices, on all cores: NumPy and SciPy let go of Python's lock."""

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")


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


def for_each(work: Callable[[Item], Any], items: Iterable[Item]) -> None:
    """Call ``work(item)`` for each item, several at once; the first error is raised."""
    with workers(os.cpu_count()) as pool:
        for _ in pool.map(work, items):
            pass
