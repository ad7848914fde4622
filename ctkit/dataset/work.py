"""What one task does: read a unit, take each of its scans through the steps, write, and commit."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import io
import os
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CTError, GeometryError, SaveError, UnitError
from ..files.loading import Scan, each_scan, load
from ..files.sources import open_sources
from ..operations.measuring import volume_ml
from ..threads import at_most, workers
from ..volume import Volume, own, same_grid
from . import facts
from .finding import Unit, digest_or_place
from .memory import Peak
from .places import places_of
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
    """

    unit: Unit
    digest: str
    steps: tuple[Step, ...]
    accept: Mapping[str, Any]
    store: Store
    format: str = "nifti"

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
    with at_most(1):  # a worker for each core: their threads would stand in each other's way
        rows = list(_rows(job))
    if digest_or_place(job.unit) != job.digest:
        rows = [row_of(job, "", "changed", "its files changed while they were read: start again")]
    else:
        job.store.commit(job.key(), rows)
    return rows


def row_of(job: Job, name: str, ending: str, reason: str = "") -> Row:
    """What every row holds, and nothing that tells whose scan it is.

    Parameters
    ----------
    name : str
        Which scan of the unit, "" for the only one.
    ending : str
        "ready"; "refused" where the scan can't be told truthfully, or not by these steps; "failed"
        where something broke; "changed" and "killed" where another run tries again.
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
    try:
        with open_sources(unit.reads, accept.get("zip_limits")) as sources:
            names = [source.name for source in sources]
            scans = list(each_scan(sources, series=_series(unit), **accept))
            for scan in scans:
                row = _row(job, scan, scan.name if len(scans) > 1 else "")
                row["reason"] = scrubbed(row["reason"], unit, names)
                row["report"] = [scrubbed(note, unit, names) for note in row.get("report", ())]
                yield row
    except SaveError:
        raise
    except CTError as error:
        yield row_of(job, "", "refused", scrubbed(str(error), unit))
    except Exception as error:
        yield row_of(job, "", "failed", scrubbed(_told(error), unit))


def _series(unit: Unit) -> int | str | None:
    """The series that a table names: by its number where it is one."""
    return int(unit.series) if unit.series and unit.series.isdecimal() else unit.series


def _row(job: Job, scan: Scan, name: str) -> Row:
    """The row of one scan, whose files are written; what goes wrong is told in it."""
    begun, printed = time.perf_counter(), io.StringIO()
    with Peak() as peak, contextlib.redirect_stdout(printed):
        row = _tried(job, scan, name)
    row["printed"] = printed.getvalue()[:1000]
    row["seconds"] = round(time.perf_counter() - begun, 3)
    row["peak_mb"] = round(peak.bytes / 1e6, 1)
    return row


def _tried(job: Job, scan: Scan, name: str) -> Row:
    try:
        return _ready(job, scan, name)
    except SaveError as error:
        if getattr(error.__cause__, "errno", None) in _FULL:
            raise
        ending, reason = "failed", str(error)
    except StepError as error:
        ending, reason = "failed", str(error)
    except CTError as error:
        ending, reason = "refused", str(error)
    except MemoryError:
        ending, reason = "failed", "there was not enough memory for it"
    except Exception as error:
        ending, reason = "failed", _told(error)
    return row_of(job, name, ending, reason) | _hashed(job, scan)


def _ready(job: Job, scan: Scan, name: str) -> Row:
    """Take a scan through the steps, and write what came out."""
    state = State(scan.open())
    grid = _grid_of(state.volume)
    row = row_of(job, name, "ready") | _hashed(job, scan)
    before = facts.of_volume(state.volume, "original_")
    content = job.store.hashed(facts.content_of(state.volume))
    # The scan is in nobody's hands but those of the first step, which lets go of it.
    waiting = [state]
    del state
    result = _through(job, name, waiting).volume
    masks = {key: follow(_mask(key, path, grid), result) for key, path in job.unit.masks.items()}
    with workers(1) as writer:  # the disk is waited for meanwhile
        written = writer.submit(_written, job, row["id"], result, masks)
        row |= {"report": list(result.report), **before, **facts.of_volume(result)}
        row |= {"content": content, **_measured(masks)}
    return row | {"files": written.result()}


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


def _mask(key: str, path: str, scan: Volume) -> Volume:
    """A mask or a label map that belongs to a scan, on any grid that covers the same place."""
    mask = load(path)
    if not (mask.is_mask or mask.is_labels):
        message = f"{key} is no mask and no label map, but {mask!r}"
        raise UnitError(message)
    if not same_grid(mask, scan) and not follow(mask, scan).array.any() and mask.array.any():
        message = f"{key} lies beside the scan, not in it: are their affines of the same kind?"
        raise GeometryError(message)
    return mask


def _measured(masks: Mapping[str, Volume]) -> Row:
    """The ml of each mask, and of each label of a label map."""
    told: Row = {}
    for key, mask in masks.items():
        found = volume_ml(mask)
        each = found.items() if isinstance(found, dict) else [("", found)]
        told |= {f"ml_{key}_{label}".rstrip("_"): round(ml, 4) for label, ml in each}
    return told


def _hashed(job: Job, scan: Scan) -> Row:
    """What the headers say, with patient and study as salted hashes."""
    told = facts.of_headers(scan.headers)
    for key in ("patient", "study"):
        if key in told:
            told[key] = job.store.hashed(f"{key} {told[key]}") if told[key] else None
    return told


def _told(error: Exception) -> str:
    """An error that is nobody's sentence, with the place where it was raised."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"


def scrubbed(text: str, unit: Unit, names: Sequence[str] = ()) -> str:
    """The first line of a sentence, without the names of files, which may be a person's.

    Parameters
    ----------
    names : sequence of str
        What else a sentence may call its files by: those within a zip.
    """
    known: dict[str, str] = {}
    for place, path in enumerate([*unit.files, *unit.masks.values(), unit.path, *names]):
        known.setdefault(path, f"file {place}")
        known.setdefault(os.path.basename(path), known[path])
    text = text.partition("\n")[0]
    for name in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(name, known[name])
    return text
