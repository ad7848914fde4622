"""What the headers say of a slice: when it was acquired, in which phase, and how it was made.

Each of these may tell the acquisitions of a series apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date

import numpy as np
import pydicom

from ...errors import LoadError
from ..damage import library, reading
from ..sources import BoundedFile
from .headers import Frame, has, number, text

MOST = 200  # parts that are told apart: more phases than any scan has
Values = list[Hashable]  # one of each frame

# What says in which phase a slice was acquired, and the functional group it stands in.
PHASES = {
    "NominalPercentageOfCardiacPhase": "CardiacSynchronizationSequence",
    "NominalCardiacTriggerDelayTime": "CardiacSynchronizationSequence",
    "TriggerTime": "",
    "TemporalPositionIndex": "FrameContentSequence",
    "TemporalPositionIdentifier": "",
    "TemporalPositionTimeOffset": "TemporalPositionSequence",
    "FrameAcquisitionNumber": "FrameContentSequence",
    "AcquisitionNumber": "",
}
# What else sets phases and reconstructions apart; the times of day at last, which say the least.
OTHERS = {
    "ConvolutionKernel": "CTReconstructionSequence",
    "KVP": "CTXRayDetailsSequence",
    "ImageType": "",
    "FrameType": "CTImageFrameTypeSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "ReconstructionDiameter": "CTReconstructionSequence",
    "PatientPosition": "",
    "ContrastBolusAgent": "",
    "StackID": "FrameContentSequence",
    "SeriesNumber": "",
    "SeriesTime": "",
    "ContentTime": "",
}
_NUMBERS = ("KVP", "SliceThickness", "ReconstructionDiameter", "StackID", "SeriesNumber")


def acquired(frame: Frame) -> tuple[float, ...]:
    """What sorts frames by when they were acquired; infinite where the headers don't say."""
    found = [_seconds(frame, keyword) for keyword in _TIMES]
    known = [seconds for seconds in found if seconds is not None]
    phases = [phase_of(frame, keyword) for keyword in reversed(PHASES)]
    order = [np.inf if value is None else value for value in phases]
    return (min(known, default=np.inf), *order, instance_of(frame), frame.index)


def differing(
    frames: Sequence[Frame], keywords: Iterable[str], say: Callable[[Frame, str], Hashable]
) -> dict[str, Values]:
    """What of some keywords differs among frames, with what `say` says of each frame."""
    multi = any(frame.groups for frame in frames)
    found: dict[str, Values] = {}
    for keyword in keywords:
        if multi or any(has(frame.header.elements, keyword) for frame in frames):
            values: Values = [say(frame, keyword) for frame in frames]
            if 1 < len(set(values)) <= MOST:
                found[keyword] = values
    return found


def said_of(frame: Frame, keyword: str) -> Hashable:
    """What a frame says of one of `OTHERS`: a number where it should be one, else a text."""
    own = frame.groups.get(OTHERS[keyword])
    elements = own if own and has(own, keyword) else frame.header.elements
    if keyword in _NUMBERS:
        try:
            return float(f"{float(text(elements, keyword)):.4g}")
        except ValueError:
            pass
    return text(elements, keyword)


def phase_of(frame: Frame, keyword: str) -> float | None:
    """The number that says in which phase a frame was acquired, None where there is none."""
    for elements in (frame.groups.get(PHASES[keyword]), frame.header.elements):
        try:
            found = number(elements, keyword) if elements else None
        except LoadError:
            found = None
        if found is not None:
            return found
    return None


def instance_of(frame: Frame) -> float:
    """InstanceNumber, and within a file the number of the frame; infinite where it has none."""
    try:
        found = number(frame.header.elements, "InstanceNumber", np.inf)
    except LoadError:
        return np.inf
    return found + frame.index


_TIMES: dict[str, str] = {
    "FrameAcquisitionDateTime": "FrameContentSequence",
    "AcquisitionDateTime": "",
    "AcquisitionTime": "",
}
_TIME = re.compile(r"(\d\d)(\d\d)?(\d\d)?(\.\d+)?(?:([+-]\d\d)(\d\d))?")


def times_of(frames: Sequence[Frame], shared: bool) -> list[float]:
    """When each frame was acquired, in seconds, by what differs among them; [] if not known.

    With `shared`, only times that several frames have in common are of use.
    """
    for keyword in _TIMES:
        if shared and not frames[0].groups:
            said = {text(frame.header.elements, keyword) for frame in frames}
            if len(said) == 1 or 2 * len(said) > len(frames):
                continue
        times = [_seconds(frame, keyword) for frame in frames]
        known = [seconds for seconds in times if seconds is not None]
        if len(known) == len(frames) and len(set(known)) > 1:
            return known
    return []


def _seconds(frame: Frame, keyword: str) -> float | None:
    elements = frame.groups.get(_TIMES[keyword]) or frame.header.elements
    value = text(elements, keyword).replace(":", "")
    day = ""
    if keyword == "AcquisitionTime":
        day = text(elements, "AcquisitionDate").replace(".", "")
    elif value:
        day, value = value[:8], value[8:]
    match = _TIME.match(value)
    if not match:
        return None
    hours, minutes, seconds, fraction = (float(part or 0) for part in match.groups()[:4])
    return _days(day) * 86400.0 + hours * 3600 + minutes * 60 + seconds + fraction - _zone(match)


def _zone(match: re.Match[str]) -> float:
    """By how many seconds a clock is ahead of UTC, as DateTime says it: +0130 (PS3.5 6.2)."""
    hours, minutes = match.group(5), match.group(6)
    if hours is None:
        return 0.0
    return (60 * int(hours) + int(f"{hours[0]}{minutes}")) * 60.0


def _days(day: str) -> int:
    try:
        return date(int(day[:4]), int(day[4:6]), int(day[6:8])).toordinal()
    except ValueError:
        return 0


def private_of(frames: Sequence[Frame]) -> Iterator[tuple[str, Values]]:
    """Private elements of makers, which stand in the files and not in a Header.

    Makers tell phases by elements of their own, as (7005,xx04) or (0047,xxFB). They are read only
    where slices lie at the same place and nothing else tells them apart.
    """
    if any(frame.groups for frame in frames) or len(frames) > 20_000:
        return
    found = [_makers_own(frame) for frame in frames]
    for tag in sorted(set.intersection(*map(set, found))):
        values: Values = [elements[tag] for elements in found]
        if 2 <= len(set(values)) <= MOST:
            yield f"private element ({tag >> 16:04X},{tag & 0xFFFF:04X})", values


def _makers_own(frame: Frame) -> dict[int, bytes]:
    header = frame.header
    with (
        reading(header.name),
        library("its private elements can't be read"),
        BoundedFile(header.source.path) as file,
    ):
        dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        raw = [dataset.get_item(tag) for tag in list(dataset.keys()) if tag.is_private]
    return {
        int(element.tag): element.value
        for element in raw
        if isinstance(element.value, bytes) and len(element.value) <= 64
    }
