"""An end for what never ends: a worker that takes too long is ended by itself."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .extra import needed


@contextmanager
def at_most_seconds(seconds: float | None, late: Callable[[], None]) -> Iterator[None]:
    """End this process where the block takes longer, after a call of `late`.

    Only a worker that is started again by its nanny is ended; for others there is no limit.
    """
    if seconds is None or not _has_nanny():
        yield
        return
    watch = threading.Timer(seconds, _end, [late])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _end(late: Callable[[], None]) -> None:
    try:
        late()
    finally:
        # Nothing else is sure to end it: what hangs may hold any lock.
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _has_nanny() -> bool:
    try:
        return needed("distributed").get_worker().nanny is not None
    except ValueError:  # no worker at all
        return False
