"""The acquisitions of a series: scans of the same place, one after the other.

Phases of contrast or of the heart, or a scan that was repeated, often share one series, and so may
several reconstructions of one scan. Sorted by position they would be mixed slice by slice. They
are told apart first, by what the headers say of when and in which phase each slice was acquired,
and how it was reconstructed. An ordinary scan is left whole, though each slice or rotation has a
time and an AcquisitionNumber of its own: parts that lie side by side are no repetitions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from ...errors import LoadError, ParameterError
from ..wording import counted
from .acquired import (
    MOST,
    OTHERS,
    PHASES,
    Values,
    acquired,
    differing,
    instance_of,
    phase_of,
    private_of,
    said_of,
    times_of,
)
from .allowed import term
from .grid import usual_tolerance
from .headers import Frame
from .positions import directions, positions, same_place

# What one scan has one of; more than one is told.
_ONE = ("ConvolutionKernel", "KVP", "SliceThickness", "ReconstructionDiameter", "PatientPosition")
_TEMPORAL = ("TemporalPositionIndex", "TemporalPositionIdentifier", "TemporalPositionTimeOffset")
_COUNTED = (
    *("TemporalPositionIndex", "TemporalPositionIdentifier"),
    *("FrameAcquisitionNumber", "AcquisitionNumber"),
)
_STACK = "stack"  # by position alone: nothing else tells it apart
_LONG = 10_000  # a number above may be a date


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One of several scans of the same place that share a series.

    `number` or `label` picks it in ``load(path, acquisition=...)``; `slices` counts its slices.
    """

    number: int
    label: str
    slices: int


@dataclass(slots=True)
class Part:
    """The frames of one acquisition."""

    acquisition: Acquisition
    frames: list[Frame]
    told_by: str  # what tells it apart


def split(frames: Sequence[Frame]) -> list[Part]:
    """The acquisitions of a series in the order in which they were acquired, [] for one alone.

    Parameters
    ----------
    frames : sequence of Frame, of the same orientation

    Returns
    -------
    list of Part
    """
    if len(frames) < 2:
        return []
    room = _Room(frames)
    for name, values in _candidates(frames, room):
        parts = room.parts(values)
        if room.are_repeated(parts) and (name not in OTHERS or room.are_mixed(values, parts)):
            return _in_order(frames, name, values, parts)
    return []


def mixture(frames: Sequence[Frame]) -> list[str]:
    """What a report says of slices of one Volume that may not belong together.

    Parameters
    ----------
    frames : sequence of Frame, of one acquisition

    Returns
    -------
    list of str
    """
    different = [word for word in _ONE if len({said_of(frame, word) for frame in frames}) > 1]
    notes = _in_turn(frames)
    if different:
        note = f"the slices differ in {', '.join(different)}: zones, or several scans, were joined"
        if "PatientPosition" in different:
            note += "; by their PatientPosition left and right, or head and feet, may be exchanged"
        notes.append(note)
    return notes


def _in_turn(frames: Sequence[Frame]) -> list[str]:
    """A note on an even stack that was acquired in several passes, each between the others."""
    if len(frames) < 4 or not (room := _Room(frames)).is_even:
        return []
    orders = {"time": times_of(frames, False), "InstanceNumber": [instance_of(f) for f in frames]}
    for name, order in orders.items():
        if not order or np.inf in order or room.rises_with(order):
            continue
        values = _runs(order, room)
        parts = room.parts(values)
        if room.are_repeated(parts) and room.are_mixed(values, parts):
            return [
                f"by {name} its slices were acquired in {len(parts)} passes, which lie in turn: if "
                "these are phases, their HU alternate from slice to slice"
            ]
    return []


def choose(
    frames: list[Frame], parts: list[Part], wanted: int | str | None, first: bool
) -> tuple[list[Frame], list[str]]:
    """The frames of the acquisition that is asked for, and what a report has to say.

    Parameters
    ----------
    frames : list of Frame, all of a series
    parts : list of Part
    wanted : int or str, optional
        Number or label of an acquisition, ``"all"`` for all of them together.
    first : bool
        Whether to take the first acquired one where none is asked for.

    Raises
    ------
    LoadError
        Where there are several, and none is asked for.
    ParameterError
        Where there is no such acquisition.
    """
    if wanted == "all" or (wanted is None and not parts):
        note = f"{_listed(parts)}: loaded together, on your word"
        return frames, [note] if parts else []
    if not parts:
        message = f"there is one acquisition, not several: leave acquisition={wanted!r} out"
        raise ParameterError(message)
    if wanted is None and not first:
        raise LoadError(refusal(parts))
    found = [
        part for part in parts if wanted in (None, part.acquisition.number, part.acquisition.label)
    ]
    if not found:
        message = f"there is no acquisition {wanted!r}: {_listed(parts)}"
        raise ParameterError(message)
    taken = found[0]
    left = ", ".join(p.acquisition.label for p in parts[:12] if p is not taken)
    other = taken.told_by in OTHERS
    first_of = ", which comes first," if other else ", which was acquired first,"
    how = "" if wanted is not None else first_of
    told = f", told by {taken.told_by}" if other else ""
    note = f"{len(parts)} acquisitions of the same place{told}: "
    note += f"{taken.acquisition.label}{how} was taken"
    return taken.frames, [f"{note}; left out: {left}{', ...' if len(parts) > 12 else ''}"]


def refusal(parts: list[Part]) -> str:
    """Why several acquisitions can't be one Volume, and what picks one."""
    if parts[0].acquisition.label.startswith(_STACK):
        return (
            f"the steps between slices vary in turn: {_listed(parts)}, or one at uneven steps. "
            'Pass acquisition= with the number of one, or acquisition="all" to take all as one scan'
        )
    if parts[0].told_by in OTHERS:
        return (
            f"{_listed(parts)}: they differ in {parts[0].told_by}, as phases do, or "
            "reconstructions of one scan. Pass acquisition= with the number or label of one, or "
            'duplicates="first" for the one that comes first'
        )
    return (
        f"{_listed(parts)}: phases, or scans that were repeated. Pass acquisition= with the number "
        'or label of one, or duplicates="first" for the one that was acquired first'
    )


def _listed(parts: list[Part]) -> str:
    told = [
        f"{p.acquisition.number}: {p.acquisition.label}, {counted(p.acquisition.slices, 'slice')}"
        for p in parts[:12]
    ]
    more = "; ..." if len(parts) > 12 else ""
    return f"the series holds {len(parts)} acquisitions of the same place ({'; '.join(told)}{more})"


class _Room:
    """Where frames lie along their normal, and whether parts of them lie at the same place."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = frames
        self.depths = positions(frames) @ directions(frames)[1]
        self.order = np.argsort(self.depths, kind="stable")
        steps = np.diff(self.depths[self.order])
        self.same = same_place(steps)
        self.places = int(np.count_nonzero(steps > self.same)) + 1
        usual = float(np.median(steps))
        # An even stack with no slice twice: an ordinary scan, as it seems.
        self.is_even = bool(np.abs(steps - usual).max() <= usual_tolerance(usual))

    def parts(self, values: Values) -> dict[Hashable, np.ndarray]:
        """Indices of the frames with each value, ordered by depth."""
        found: dict[Hashable, list[int]] = {}
        for k in self.order:
            found.setdefault(values[k], []).append(int(k))
        return {value: np.array(indices) for value, indices in found.items()}

    def are_repeated(self, parts: dict[Hashable, np.ndarray]) -> bool:
        """Whether these are several stacks, each of which lies where another one lies."""
        if not 2 <= len(parts) <= MOST or None in parts:
            return False
        depths = [self.depths[indices] for indices in parts.values()]
        if self.places == 1:
            return all(len(part) == 1 for part in depths)
        if any(len(part) < 2 or np.diff(part).min() <= self.same for part in depths):
            return False
        ends = np.array([(part[0], part[-1]) for part in depths])
        if self.is_even and (np.ptp(ends, axis=1) < 0.5 * np.ptp(self.depths)).any():
            return False
        return all(self._meets_another(ends, k) for k in range(len(ends)))

    def rises_with(self, order: Sequence[float]) -> bool:
        """Whether frames were acquired from one end to the other, as most scans are."""
        steps = np.diff(np.asarray(order)[self.order])
        return bool((steps >= 0).all() or (steps <= 0).all())

    def are_mixed(self, values: Values, parts: dict[Hashable, np.ndarray]) -> bool:
        """Whether parts alternate along the normal; in an even stack each has to be even, too.

        A zone of a scan that was reconstructed in another way is no scan of its own.
        """
        along = [values[k] for k in self.order]
        changes = sum(one != other for one, other in pairwise(along))
        if changes < min(map(len, parts.values())):
            return False
        steps = [np.diff(self.depths[indices]) for indices in parts.values()]
        return not self.is_even or all(
            np.ptp(part) <= 2 * usual_tolerance(float(part.mean())) for part in steps
        )

    def _meets_another(self, ends: np.ndarray, k: int) -> bool:
        others = np.delete(ends, k, axis=0)
        common = np.minimum(others[:, 1], ends[k, 1]) - np.maximum(others[:, 0], ends[k, 0])
        return bool((common >= -self.same).any())


def _candidates(frames: Sequence[Frame], room: _Room) -> Iterator[tuple[str, Values]]:
    """What may tell the acquisitions apart, with its value of each frame; the surest first."""
    said = differing(frames, PHASES, phase_of)
    yield from said.items()
    others = differing(frames, OTHERS, said_of)
    yield from others.items()
    times = times_of(frames, room.is_even)
    if times:
        yield "time", list(times)
    yield from _pairs(said)
    if room.is_even:
        return
    yield from _pairs(said | others)
    if times:
        yield "times", _runs(times, room)
    instances = [instance_of(frame) for frame in frames]
    if len(set(instances)) > 1 and np.inf not in instances:
        yield "InstanceNumber", _runs(instances, room)
    yield from private_of(frames)
    yield "field of view", _fields_of_view(frames, room)
    yield from _alternating(room, 2)
    yield from _alternating(room, 3)


def _pairs(said: dict[str, Values]) -> Iterator[tuple[str, Values]]:
    for one, other in combinations(said, 2):
        yield f"{one}, {other}", list(zip(said[one], said[other], strict=True))


def _runs(order: Sequence[float], room: _Room) -> Values:
    """The pass over the patient that each frame belongs to, by the order of acquisition.

    A pass ends where ground is covered again. What was acquired at once, as the slices of one
    rotation, belongs to one pass.
    """
    runs: Values = [0] * len(order)
    run, low, high = 0, np.inf, -np.inf
    groups: dict[float, list[int]] = {}
    for k, value in enumerate(order):
        groups.setdefault(value, []).append(k)
    for value in sorted(groups):
        group = groups[value]
        first, last = room.depths[group].min(), room.depths[group].max()
        if last >= low - room.same and first <= high + room.same:
            run, low, high = run + 1, np.inf, -np.inf
        low, high = min(low, first), max(high, last)
        for k in group:
            runs[k] = run
    return runs


def _fields_of_view(frames: Sequence[Frame], room: _Room) -> Values:
    """Which one of the slices at the same depth, but beside each other, a frame is."""
    (row, column), _ = directions(frames)
    across = np.round(np.stack([positions(frames) @ row, positions(frames) @ column]), 1)
    ranks: Values = [0] * len(frames)
    group: list[int] = []
    for k in room.order:
        if group and room.depths[k] - room.depths[group[-1]] > room.same:
            group = []
        group.append(int(k))
        for rank, other in enumerate(sorted(group, key=lambda n: tuple(across[:, n]))):
            ranks[other] = rank
    apart = {tuple(across[:, k]) for k in room.order}
    return ranks if len(apart) > 1 else [0] * len(frames)


def _alternating(room: _Room, count: int) -> Iterator[tuple[str, Values]]:
    """Each second (third, fourth) slice, where these are even stacks with the same step."""
    depths = room.depths[room.order]
    if len(depths) < 3 * count or room.places < len(depths):
        return
    steps = depths[count:] - depths[:-count]
    usual, single = float(np.median(steps)), np.diff(depths)
    if np.abs(steps - usual).max() > usual_tolerance(usual) or single.max() < 1.5 * single.min():
        return
    ranks: Values = [0] * len(depths)
    for place, k in enumerate(room.order):
        ranks[k] = place % count
    yield _STACK, ranks


def _in_order(
    frames: Sequence[Frame], name: str, values: Values, parts: dict[Hashable, np.ndarray]
) -> list[Part]:
    """Parts in the order of acquisition, each with a number and a label."""
    keys = {value: min(acquired(frames[k]) for k in indices) for value, indices in parts.items()}
    # A number of the phase says more than times, whose dates an anonymizer may have taken away.
    order = sorted(parts, key=lambda value: ((value,) if name in _TEMPORAL else ()) + keys[value])
    takes = name in _COUNTED and all(0 <= v < _LONG and v == int(v) for v in order)  # type: ignore
    start = keys[order[0]][0]
    label = _labels(name, takes)
    found = []
    for place, value in enumerate(order, start=1):
        count = int(value) if takes else place  # type: ignore[call-overload]
        chosen = [frames[k] for k in parts[value]]
        told = label(value, place, keys[value][0] - start, chosen)
        found.append(Part(Acquisition(count, told, len(chosen)), chosen, name))
    return found


def _harmless(name: str, value: Hashable) -> str:
    """A value of `OTHERS` as a label, "" where it might point to somebody."""
    if isinstance(value, float):
        return f"{name} {value:g}" if abs(value) < _LONG else ""
    terms = [term(name, word) for word in str(value).split("\\")]
    return f"{name} {', '.join(map(str, terms))}" if all(terms) else ""


def _labels(name: str, takes: bool) -> Callable[[Hashable, int, float, list[Frame]], str]:
    """What calls an acquisition: never a date, nor a time of day."""

    def label(value: Hashable, place: int, later: float, frames: list[Frame]) -> str:
        if takes or (isinstance(value, float) and name in PHASES and abs(value) < _LONG):
            return f"{name} {value:g}"
        if name in OTHERS:
            return _harmless(name, value) or f"acquisition {place}"
        if name in ("time", "times"):
            return "the first in time" if place == 1 else f"{later:g} s after the first"
        if name == "InstanceNumber":
            numbers = [instance_of(frame) for frame in frames]
            if max(numbers) < _LONG:
                return f"InstanceNumber {min(numbers):g} to {max(numbers):g}"
        return f"{name} {place}" if name in ("field of view", _STACK) else f"acquisition {place}"

    return label
