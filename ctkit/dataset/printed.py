"""What a step prints, kept for its row: of several threads each its own."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MOST = 1000  # characters of a row; of a million lines nobody reads the second thousand
_lock = threading.Lock()
_here = threading.local()
_count = 0


class Printed:
    """The beginning of what was printed."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """As a file's."""
        self.text += text[: _MOST - len(self.text)]
        return len(text)


class _Output:
    """Stands for ``sys.stdout``: a thread whose printing is kept writes to what keeps it."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def write(self, text: str) -> int:
        return (getattr(_here, "kept", None) or self.real).write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@contextmanager
def kept() -> Iterator[Printed]:
    r"""Keep what this thread prints; other threads print as before.

    Examples
    --------
    >>> with kept() as printed:
    ...     print("hello")
    >>> printed.text
    'hello\n'
    """
    global _count
    with _lock:
        if _count == 0:
            sys.stdout = _Output(sys.stdout)
        _count += 1
    before, _here.kept = getattr(_here, "kept", None), Printed()
    try:
        yield _here.kept
    finally:
        _here.kept = before
        with _lock:
            _count -= 1
            if _count == 0 and isinstance(sys.stdout, _Output):
                sys.stdout = sys.stdout.real
