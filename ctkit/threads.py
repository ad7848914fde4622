"""The same work for many slices, on all cores: NumPy and SciPy let go of Python's lock."""

import os
from concurrent.futures import ThreadPoolExecutor


def for_each(work, items):
    """Call ``work(item)`` for each item, several at once; the first error is raised."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(work, items):
            pass
