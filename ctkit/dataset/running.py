"""Jobs on the workers of a Dask cluster, so that a killed worker costs no scan.

A task that returns is done: its rows are committed. One whose worker died is put aside, and tried
once more when nothing else runs, so that who was merely near is not blamed. Results are let go at
once: what the scheduler holds of a killed worker it would work out again.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import process
from typing import Any

from ..arguments import whole
from ..errors import CTError, ParameterError, SaveError
from .extra import needed
from .scrubbing import scrubbed
from .work import Job, Row, do, row_of

_KILLED = (
    "its worker died twice while working on it, the second time alone: mostly of memory. "
    "A worker may use {limit} here"
)
_NEVER_BEGUN = (
    "the cluster could not run it, and no worker died of it: {error}. Mostly a worker lacks what a "
    "step imports"
)
_GUARD = (
    'A script that starts processes needs the line `if __name__ == "__main__":` before what it '
    "does, as each process reads it anew"
)
_LEAST = 250e6  # bytes: Python and its libraries alone take 150 MB
# Of Linux, where Dask lets all memory go back to the system at once, down to a slice's: a third of
# the time went into asking for it anew. Here pieces of up to 4 MB stay with the worker.
_MEMORY = {
    f"distributed.nanny.pre-spawn-environ.{name}": size
    for name, size in (("MALLOC_MMAP_THRESHOLD_", 2**22), ("MALLOC_TRIM_THRESHOLD_", 2**24))
}
# By its own settings Dask looks at its loops and at the work up to a hundred times a second: on two
# cores that took a twentieth of one of them. Nothing is held in several workers either.
_WATCHING = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.scheduler.active-memory-manager.start": False,
}
_PATIENCE = 0.5  # seconds that a job that is done may wait for others, to be told with them


def check_cluster(client: Any, count: int | None, memory: str | int | None) -> None:
    """Refuse a client that can't be worked with, and a local cluster that can't be made.

    Raises
    ------
    ParameterError
    """
    distributed = needed("distributed")
    if client is None:
        if getattr(process.current_process(), "_inheriting", False):
            raise ParameterError(_GUARD)
        if count is not None:
            whole(count, "workers is a number of processes from 1", low=1)
        if memory is not None and _bytes_of(memory) < _LEAST:
            message = (
                f'memory is what a worker may use, as "4 GB", and at least {_LEAST / 1e6:.0f} MB, '
                f"not {memory!r}"
            )
            raise ParameterError(message)
        return
    if count is not None or memory is not None:
        message = "workers and memory are of a local cluster: leave them out, or the client"
        raise ParameterError(message)
    if not isinstance(client, distributed.Client):
        message = f"client is a distributed.Client, not {type(client).__name__}"
        raise ParameterError(message)
    if client.asynchronous or client.status != "running":
        state = "asynchronous" if client.asynchronous else client.status
        message = f"the client is {state}: pass one that is connected, as Client() makes it"
        raise ParameterError(message)
    if not client.nthreads():
        words = "the cluster has no worker yet: the run begins when the first one comes"
        warnings.warn(words, stacklevel=4)


def _bytes_of(memory: Any) -> float:
    from dask.utils import parse_bytes

    try:
        return float(parse_bytes(memory))
    except (ValueError, TypeError, AttributeError):
        return 0


@contextmanager
def workers_of(client: Any, count: int | None, memory: str | int | None) -> Iterator[Any]:
    """The client that is handed over, or one of a local cluster as long as the block runs.

    Parameters
    ----------
    client : distributed.Client or None
    count : int, optional
        Workers of the local cluster; as many as there are cores.
    memory : str or int, optional
        What each of them may use, in bytes or as text ("4 GB"). By default an equal share of four
        fifths of what is free now.
    """
    distributed = needed("distributed")
    if client is not None:
        yield client
        return
    count = count or os.cpu_count() or 1
    settings = {
        # One death puts a task aside: `run` tries it again, alone.
        "distributed.scheduler.allowed-failures": 0,
        # A worker that can't take more is killed, and not stopped for ever.
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.target": False,
        "distributed.comm.timeouts.connect": "60s",
        "distributed.worker.preload": ["ctkit.dataset.interrupts"],
        **_WATCHING,
        **_MEMORY,
    }
    from dask import config

    with (
        config.set(settings),
        _cluster(
            n_workers=count,
            threads_per_worker=1,
            memory_limit=memory or share_of_memory(count),
            dashboard_address="127.0.0.1:0",
            # Of workers that are stopped at the end, and of those that were killed, `run` tells.
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster) as own,
    ):
        yield own


def _cluster(**settings: Any) -> Any:
    try:
        return needed("distributed").LocalCluster(**settings)
    except RuntimeError as error:
        message = f"the workers could not be started: {error} {_GUARD}"
        raise CTError(message) from error


def share_of_memory(count: int) -> int:
    """Four fifths of the memory that is free now, in `count` equal parts, in bytes."""
    import psutil

    return int(0.8 * psutil.virtual_memory().available / count)


def run(client: Any, jobs: Sequence[Job], told: Callable[[Job, list[Row]], None]) -> None:
    """Do all jobs; ``told(job, rows)`` hears of each as it is done.

    Raises
    ------
    SaveError
        Where the disk is full. What is done stays.
    CTError
        Where the scheduler is gone.
    """
    limit = _limit(client)  # now, as a worker that died is not listed
    aside = list(_flight(client, jobs, told, _few(client)))
    for job, _ in aside:
        # It said itself why it was given up.
        if (rows := job.store.committed(job.key())) is not None:
            told(job, rows)
            continue
        for again, error in _flight(client, [job], told, 1):
            late = again.store.committed(again.key())
            told(again, late or [unfinished(again, error, limit)])


def unfinished(job: Job, error: BaseException | None, limit: str) -> Row:
    """The row of a job that came to no end twice: its worker died, or it was never begun.

    It isn't committed: another run tries again.
    """
    if not isinstance(error, needed("distributed").KilledWorker):
        cause = error
        while cause is not None and cause.__cause__ is not None:  # Dask's own words come first
            cause = cause.__cause__
        told = f"{type(cause).__name__}: {cause}".partition("\n")[0]
        return row_of(job, "", "failed", scrubbed(_NEVER_BEGUN.format(error=told), job.unit))
    return row_of(job, "", "killed", _KILLED.format(limit=limit))


def _limit(client: Any) -> str:
    """The memory that a worker may use."""
    limits = [one["memory_limit"] for one in client.scheduler_info()["workers"].values()]
    return f"{min(limits) / 1e9:.1f} GB" if limits and min(limits) else "all that there is"


def _few(client: Any) -> int:
    """How many jobs keep all workers busy: two for each thread, so that none waits for the next."""
    return 2 * max(1, sum(client.nthreads().values()))


def _flight(
    client: Any, jobs: Sequence[Job], told: Callable[[Job, list[Row]], None], few: int
) -> Iterator[tuple[Job, BaseException | None]]:
    """Do jobs; yields those that came to no end, and why, once all others are done.

    At least `few` are under way, as long as there are so many, and twice as many more as were done
    at once before: quick ones go out and come back together, and of slow ones no worker hoards any.
    """
    distributed = needed("distributed")
    waiting, flying, more = deque(jobs), dict[Any, Job](), few
    aside = list[tuple[Job, BaseException | None]]()
    landing = distributed.as_completed(raise_errors=False)
    try:
        while waiting or flying:
            count = min(few + more - len(flying), len(waiting))
            some = [waiting.popleft() for _ in range(count)]
            futures = client.map(do, some, pure=False, retries=0) if some else []
            flying |= zip(futures, some, strict=True)
            landing.update(futures)
            landed = _landed(landing, len(flying), few if waiting else 0)
            more = 2 * len(landed)
            found = _rows_of(client, landed)
            for future in landed:
                job, rows = flying.pop(future), found.get(future.key)
                if rows is None:
                    aside.append((job, _why(client, future)))
                else:
                    told(job, rows)
                future.release()
    finally:
        for future in flying:  # after an error: what isn't begun is taken back
            future.release()
    yield from aside


def _rows_of(client: Any, landed: Sequence[Any]) -> dict[str, list[Row] | None]:
    """The rows of those that are finished, by key, fetched together.

    What was lost with its worker meanwhile is worked out again, which may fail: it is None.
    """
    done = {future.key: future for future in landed if future.status == "finished"}
    return client.gather(done, errors="skip") if done else {}


def _why(client: Any, future: Any) -> BaseException | None:
    """What ended a job that has no rows; raises what ends the run."""
    error = future.exception() if future.status == "error" else None
    if isinstance(error, SaveError):
        raise error
    if client.status != "running":
        message = "the scheduler is gone: start again, and go on from what is done"
        raise CTError(message)
    return error


def _landed(landing: Any, flying: int, left: int) -> list[Any]:
    """The next futures that are done: several, as each message takes milliseconds of a core.

    Parameters
    ----------
    landing : distributed.as_completed
    flying : int
        How many are under way.
    left : int
        How many stay with the workers at least, so that none of them waits.
    """
    landed = landing.next_batch()
    end = time.monotonic() + _PATIENCE
    while flying - len(landed) > left and time.monotonic() < end:
        time.sleep(0.05)
        landed += landing.next_batch(block=False)
    return landed
