"""What one task does: read a unit, take each of its scans through the steps, write, and commit."""

from __future__ import annotations

import errno
import functools
import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CTError, LoadError, SaveError
from ..files.loading import Scan, each_scan
from ..files.sources import open_sources
from ..operations.measuring import volume_ml
from ..threads import at_most, workers
from ..volume import Volume, own
from . import facts
from .finding import Unit, digest_or_place
from .limits import at_most_seconds
from .masks import place_of, read_mask
from .memory import Peak
from .places import places_of
from .printed import kept
from .scrubbing import members_of, scrubbed, scrubbed_reason
from .state import State, follow
from .steps import Step, StepError, run
from .store import Store

#: Of ctkit: another version prepares all scans anew.
VERSION = metadata.version("ctkit-course")
_FULL = (errno.ENOSPC, errno.EDQUOT)
Row = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A unit, and all that decides what becomes of it.

    Attributes
    ----------
    unit : Unit
    digest : str
        The sha256 of what it held when the run was planned.
    steps : tuple of Step
    accept : mapping
        What `load` may repair.
    store : Store
    format : str
        Of what comes out: "nifti" or "zarr".
    timeout : float or None
        Seconds that it may take.
    """

    unit: Unit
    digest: str
    steps: tuple[Step, ...]
    accept: Mapping[str, Any]
    store: Store
    format: str = "nifti"
    timeout: float | None = None

    def key(self, count: int | None = None) -> str:
        """Tells this job, up to so many of its steps, from all that gives something else."""
        return self._whole_key if count is None else self._key(self.steps[:count])

    @functools.cached_property
    def _whole_key(self) -> str:
        # What is kept on the way is the same for all formats, and what comes out is not.
        return self._key(self.steps, self.format)

    def _key(self, steps: Sequence[Step], *more: str) -> str:
        told = [self.digest, sorted(self.accept.items()), [s.key() for s in steps], VERSION, *more]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def do(job: Job) -> list[Row]:
    """Prepare a unit and commit its rows; what is done already is not done again.

    Raises
    ------
    SaveError
        Where the disk is full: then no scan can be written, and this one has no row.
    """
    done = job.store.is_done(job.key())
    if done is not None:
        return done

    def late() -> None:
        told = f"it took longer than {job.timeout:g} s, its timeout, and was given up"
        job.store.commit(job.key(), [row_of(job, "", "late", told)])

    with at_most_seconds(job.timeout, late):
        # A worker for each core: their threads would stand in each other's way.
        with at_most(1):
            rows = list(_rows(job))
        if reason := _changed(job):
            return [row_of(job, "", "changed", reason)]
    job.store.commit(job.key(), rows)
    return rows


def _changed(job: Job) -> str:
    """A sentence where the files are no longer those that the run was planned for."""
    if digest_or_place(job.unit) == job.digest:
        return ""
    try:
        job.unit.digest()
    except LoadError as error:
        told = f"its files are gone, or can't be read where the worker runs: {error}"
        return scrubbed_reason(told, job.unit)
    return "its files changed while they were read: start again"


def row_of(job: Job, name: str, ending: str, reason: str = "") -> Row:
    """What every row holds, and nothing that tells whose scan it is.

    Parameters
    ----------
    name : str
        Which scan of the unit, "" for the only one.
    ending : str
        "ready"; "refused" where the scan can't be told truthfully, or not by these steps; "failed"
        where something broke; "unsaved" where what came out could not be written, "changed", "late"
        and "killed": another run tries those again.
    reason : str
        A sentence, for all but those that are ready.
    """
    return {
        "id": job.store.hashed(f"{job.digest} {name}"),
        "ending": ending,
        "reason": reason,
        "source_sha256": job.digest,
        "files": {},
        "steps": [repr(step) for step in job.steps],
        "version": VERSION,
    }


def _rows(job: Job) -> Iterator[Row]:
    """A row for each scan of a unit."""
    unit, accept = job.unit, dict(job.accept)
    names: list[str] = []
    try:
        names += members_of(unit)
        with open_sources(unit.reads, accept.get("zip_limits")) as sources:
            names += [source.name for source in sources]
            scans = list(each_scan(sources, series=_series(unit), **accept))
            for number, scan in enumerate(scans):
                yield _row(job, scan, _name(scans, number), names)
    except SaveError:
        raise
    except CTError as error:
        yield row_of(job, "", "refused", scrubbed_reason(str(error), unit, names))
    except Exception as error:
        yield row_of(job, "", "failed", scrubbed(_told(error), unit, names))


def _name(scans: Sequence[Scan], number: int) -> str:
    """What tells a scan of a unit from its others: "" for the only one."""
    before = sum(scan.name == scans[number].name for scan in scans[:number])
    return f"{scans[number].name} {before}" if before else scans[number].name * (len(scans) > 1)


def _series(unit: Unit) -> int | str | None:
    """The series that a table names: by its number where it is one."""
    return int(unit.series) if unit.series and unit.series.isdecimal() else unit.series


def _row(job: Job, scan: Scan, name: str, names: Sequence[str]) -> Row:
    """The row of one scan, whose files are written; what goes wrong is told in it."""
    begun = time.perf_counter()
    with Peak() as peak, kept() as printed:
        row = _tried(job, scan, name, names)
    row["printed"] = scrubbed(printed.text, job.unit, names)
    row["seconds"] = round(time.perf_counter() - begun, 3)
    row["peak_mb"] = round(peak.bytes / 1e6, 1)
    return row


def _tried(job: Job, scan: Scan, name: str, names: Sequence[str]) -> Row:
    def without(ending: str, reason: str, clean: Callable[..., str] = scrubbed) -> Row:
        reason = clean(reason.partition("\n")[0], job.unit, names)
        return row_of(job, name, ending, reason) | _hashed(job, scan)

    try:
        volume = _opened(job, scan, names)
    except Exception as error:
        return without(*_ending_of(error), scrubbed_reason)
    try:
        # The scan is in nobody's hands but those of the first step, which lets go of it.
        waiting = [State(volume)]
        del volume
        return _ready(job, scan, name, waiting)
    except Exception as error:
        if isinstance(error, SaveError) and getattr(error.__cause__, "errno", None) in _FULL:
            raise
        return without(*_ending_of(error))


def _ending_of(error: Exception) -> tuple[str, str]:
    """How a scan ends by an error, and the reason."""
    if isinstance(error, MemoryError):
        return "failed", "there was not enough memory for it"
    for kind, ending in ((SaveError, "unsaved"), (StepError, "failed"), (CTError, "refused")):
        if isinstance(error, kind):
            return ending, str(error)
    return "failed", _told(error)


def _opened(job: Job, scan: Scan, names: Sequence[str]) -> Volume:
    """A scan whose report names no file: it goes into files, and steps may print it."""
    volume = scan.open()
    report = [scrubbed_reason(note, job.unit, names) for note in volume.report]
    return Volume(volume.array, volume.affine, tuple(report), volume.labels)


def _ready(job: Job, scan: Scan, name: str, waiting: list[State]) -> Row:
    """Take a scan through the steps, and write what came out.

    Parameters
    ----------
    waiting : list of the State before the first step, which is taken out of it
    """
    grid = _grid_of(waiting[0].volume)
    row = row_of(job, name, "ready") | _hashed(job, scan)
    before = facts.of_volume(waiting[0].volume, "original_")
    content = job.store.hashed(facts.content_of(waiting[0].volume))
    result = _through(job, name, waiting).volume
    masks, notes = _masks(job, grid, result)
    with workers(1) as writer:  # the disk is waited for meanwhile
        written = writer.submit(_written, job, row["id"], result, masks)
        row |= {"report": list(result.report), **before, **facts.of_volume(result)}
        row |= {"content": content, "mask_notes": notes, **_measured(masks)}
    return row | {"files": written.result()}


def _masks(job: Job, grid: Volume, result: Volume) -> tuple[dict[str, Volume], list[str]]:
    """The masks of a unit on the grid of the result, and what is to be known of them."""
    masks, notes = {}, []
    for key, path in job.unit.masks.items():
        mask = read_mask(key, path)
        notes += place_of(key, mask, grid)
        masks[key] = follow(mask, result)
    return masks, notes


def _grid_of(volume: Volume) -> Volume:
    """Where the voxels of a scan are, without them: memory that is never touched takes none."""
    return Volume(own(np.zeros(volume.shape, bool)), volume.affine)


def _written(job: Job, name: str, volume: Volume, masks: Mapping[str, Volume]) -> Row:
    """Write what came out; returns what the row says of the files."""
    store = job.store
    files = {"image": store.write_volume("images", name, volume, job.format)}
    for key, mask in masks.items():
        files[key] = store.write_volume("masks", f"{name}-{key}", mask, job.format)
    store.write_places(name, places_of(masks, seed=int(name[:8], 16)))
    return files


def _through(job: Job, name: str, waiting: list[State]) -> State:
    """The state after all steps, from the last one on that was kept.

    Parameters
    ----------
    waiting : list of the State before the first step, which is taken out of it
    """
    steps = job.steps
    kept, begin = None, 0
    for begin in range(len(steps) - 1, 0, -1):
        if steps[begin - 1].costly and (kept := job.store.kept_state(job.key(begin) + name)):
            break
    state = waiting.pop()
    state, begin = (kept, begin) if kept else (state, 0)
    del kept
    for number, step in enumerate(steps[begin:], start=begin + 1):
        state = run(step, state, number)
        if step.costly and number < len(steps):
            job.store.keep_state(job.key(number) + name, state)
    return state


def _measured(masks: Mapping[str, Volume]) -> Row:
    """The ml of each mask, and of each label of a label map."""
    told: Row = {}
    for key, mask in masks.items():
        found = volume_ml(mask)
        each = found.items() if isinstance(found, dict) else [("", found)]
        told |= {f"ml_{key}_{label}".rstrip("_"): round(ml, 4) for label, ml in each}
    return told


def _hashed(job: Job, scan: Scan) -> Row:
    """What the headers say, with patient, study and series as salted hashes."""
    told = facts.of_headers(scan.headers)
    for key in ("patient", "study", "series"):
        if key in told:
            told[key] = job.store.hashed(f"{key} {told[key]}") if told[key] else None
    return told


def _told(error: Exception) -> str:
    """An error that is nobody's sentence, with the place where it was raised."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"
