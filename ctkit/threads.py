"""The same work for many slices, on all cores: NumPy and SciPy let go of Python's lock."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")


def for_each(work: Callable[[Item], Any], items: Iterable[Item]) -> None:
    """Call ``work(item)`` for each item, several at once; the first error is raised."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(work, items):
            pass
