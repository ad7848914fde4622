"""How much memory a piece of work took at its peak."""

from __future__ import annotations

import threading
from types import TracebackType


class Peak:
    """The largest memory of this process while a block runs, looked at 50 times a second.

    Examples
    --------
    >>> with Peak() as peak:
    ...     held = bytearray(1000)
    >>> peak.bytes > 1_000_000
    True
    """

    def __init__(self, every: float = 0.02) -> None:
        self.bytes = 0
        self._every = every
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Peak:
        import psutil

        self._process = psutil.Process()
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._watch.join()
        self._take()

    def _look(self) -> None:
        while not self._stop.is_set():
            self._take()
            self._stop.wait(self._every)

    def _take(self) -> None:
        self.bytes = max(self.bytes, self._process.memory_info().rss)
