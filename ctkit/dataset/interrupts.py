"""What Dask loads into each worker of a local cluster: Ctrl-C in a terminal is for the run alone.

The run ends its workers itself; each of them would print where it stood.
"""

import signal
from typing import Any


def dask_setup(_: Any) -> None:
    """Called by Dask where a worker begins, in the main thread of its process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
