"""`prepare`: many scans through the same steps, into a folder, with a row for each."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..arguments import choice, real
from ..errors import LoadError, ParameterError
from ..files.atomic import as_target
from ..files.loading import each_scan, load
from ..files.sources import limits
from ..threads import workers as threads_of
from . import running
from .extra import needed
from .finding import Unit, digests_of, find_units
from .formats import FORMATS
from .manifest import assemble, write_manifest
from .progress import Progress
from .run import Run
from .steps import Step, as_steps
from .store import Store
from .work import Job, Row


def prepare(
    sources: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    steps: Sequence[Step],
    out: str | os.PathLike[str],
    *,
    accept: Mapping[str, Any] | None = None,
    client: Any = None,
    workers: int | None = None,
    memory: str | int | None = None,
    timeout: float | None = 3600,
    format: str = "nifti",
    retry: bool = False,
    progress: bool = True,
) -> Run:
    """Take every scan through the same steps, and keep what came out, with a row for each.

    Started again it does nothing that is done: the content of a scan and of its masks, the steps
    and the version of ctkit decide. It may be killed at any moment. A scan that can't be prepared
    is a row with the reason, and stops nothing.

    Parameters
    ----------
    sources : path, or a list of them
        Folders, searched through, each of whose folders with DICOM files is a unit of work; NIfTI,
        MetaImage and NRRD files, zips; a ``.csv`` with a column ``scan``, and as far as there are
        such ``mask`` (or ``mask:name``), ``series``, ``patient`` and others, which come along; the
        folder of an earlier run.
    steps : list of steps
        As ``[steps.keep_head(), steps.resample(1.0)]``; a function of a Volume counts as one.
    out : path
        An empty folder, or one that was prepared before.
    accept : mapping, optional
        What `ctkit.load` may repair, as its arguments: ``{"uneven": "resample"}``.
    client : distributed.Client, optional
        A Dask cluster. Without one a local one is made.
    workers : int, optional
        How many processes the local cluster has; as many as there are cores.
    memory : str or int, optional
        What each of them may use ("4 GB"). By default an equal share of four fifths of what is
        free.
    timeout : float, optional
        Seconds that a unit of work may take, an hour by default. A worker that takes longer is
        ended, and the row says so; None for no limit. Workers without a nanny, as threads, aren't
        ended.
    format : {"nifti", "zarr"}
        Of what comes out: gzipped NIfTI files, which nnU-Net, MONAI and TorchIO read as they are;
        or a Zarr group a scan, in slabs that are read alone.
    retry : bool
        Whether scans that were refused or failed are tried again: what was in their way may be
        gone. Those that killed their worker, or changed while they were read, always are.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Run

    Raises
    ------
    LoadError
        Where nothing is found, or a table is wrong.
    SaveError
        Where `out` can't be written, holds something else, is being written by another run, or the
        disk is full. What is done stays.
    MissingError
        Where Dask isn't installed.
    """
    chosen, accepted = as_steps(steps), as_accepted(accept)
    way = choice(format, "format", tuple(FORMATS))
    for name in ("distributed", "pandas", "pyarrow", "psutil", "tqdm", *FORMATS[way].needs):
        needed(name)
    if timeout is not None:
        timeout = real(timeout, "timeout is a number of seconds above 0, or None", above=0)
    running.check_cluster(client, workers, memory)
    check_can_travel(chosen)
    units = find_units(sources, but=as_target(out))
    with Store.writing(out) as store:
        jobs = plan(units, chosen, accepted, store, way, timeout)
        done = finished(jobs, retry)
        todo = {job.key(): job for job in jobs if job.key() not in done}
        try:
            if todo:
                _do(list(todo.values()), done, client, workers, memory, progress)
        finally:
            write_manifest(store, assemble(jobs, done))
    return Run(out)


def check_can_travel(steps: Sequence[Step]) -> None:
    """Refuse a step that holds something that no other process can be given, as an open file."""
    pickle = needed("cloudpickle")
    for number, step in enumerate(steps, start=1):
        try:
            pickle.dumps(step)
        except Exception as error:
            message = f"step {number}, {step!r}, can't be sent to another process: {error}"
            raise ParameterError(message) from error


def plan(
    units: Sequence[Unit],
    steps: tuple[Step, ...],
    accept: Mapping[str, Any],
    store: Store,
    format: str,
    timeout: float | None = None,
) -> list[Job]:
    """The job of each unit, in order; the contents of all files are read for it."""
    digests = digests_of(units)
    return [
        Job(unit, digest, steps, accept, store, format, timeout)
        for unit, digest in zip(units, digests, strict=True)
    ]


def finished(jobs: Sequence[Job], retry: bool = False) -> dict[str, list[Row]]:
    """The rows of those jobs that an earlier run did, by key, whose files are whole."""

    def one(job: Job) -> list[Row] | None:
        rows = job.store.is_done(job.key())
        again = retry and rows is not None and any(row["ending"] != "ready" for row in rows)
        if rows is None or again:
            job.store.forget(job.key())  # whatever is there from now on, this run has done
            return None
        return rows

    keys = [job.key() for job in jobs]
    with threads_of(os.cpu_count()) as threads:
        return {
            key: rows
            for key, rows in zip(keys, threads.map(one, jobs), strict=True)
            if rows is not None
        }


def as_accepted(accept: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `load` may repair, checked: the names of its arguments."""
    known = set(inspect.signature(load).parameters) - {"path", "series"}
    if not isinstance(accept, Mapping | None):
        message = f'accept is a mapping such as {{"uneven": "resample"}}, not {accept!r}'
        raise ParameterError(message)
    given = dict(accept or {})
    if unknown := sorted(set(given) - known):
        message = f"accept takes what ctkit.load takes, {sorted(known)}, and not {unknown[0]!r}"
        raise ParameterError(message)
    limits(given.get("zip_limits"))
    with suppress(LoadError):  # of no file at all; what it says of its arguments comes before
        list(each_scan([], **given))
    return given


def _do(
    jobs: Sequence[Job],
    done: dict[str, list[Row]],
    client: Any,
    workers: int | None,
    memory: str | int | None,
    progress: bool,
) -> None:
    """Do what is left, and put the rows of each job into `done`."""
    with (
        running.workers_of(client, workers, memory) as hands,
        Progress(len(jobs), hands, progress) as bar,
    ):

        def told(job: Job, rows: list[Row]) -> None:
            done[job.key()] = rows
            bar.step(rows)

        running.run(hands, jobs, told)
