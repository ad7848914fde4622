"""DICOM: the series among some files, and one of them as a Volume.

Everything is checked on headers, before any pixel is read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from ...errors import CTError, LoadError
from ...geometry import shear_of, spacing_of
from ...volume import Volume, own
from ..damage import library, reading
from ..oddities import TOPS_OF_12_BITS, changed_slices, clipped, misplaced_air, shifted_slices
from ..sources import BoundedFile, Source, ZipLimits, is_dicom, progress, read_head
from ..values import Rescale, air_outside, below_air, check_share, share_above_matter
from ..wording import counted, plain
from .acquired import acquired
from .acquisitions import Acquisition, Part, choose, mixture, refusal, split
from .allowed import term
from .codestreams import Glance, glance
from .decoding import fragments
from .derived import derivation
from .grid import Grid, plan_grid, resample_stack, usual_tolerance
from .headers import NATIVE, Frame, Header, description, number, numbers, read_header, text
from .pixels import look_through, read_stack
from .positions import check_alike, directions, group_by_depth, positions
from .signs import Signs, read_as

_PADDING = ("PixelPaddingValue", "PixelPaddingRangeLimit")
_LOSSY = tuple(f"LossyImageCompression{end}" for end in ("", "Ratio", "Method"))
# What counts the slices of an acquisition or of a series, where it is there.
_COUNTS = ("ImagesInAcquisition", "NumberOfSlices", "NumberOfSeriesRelatedInstances")
_LEAST_GAP = 0.1  # of a step: SliceThickness is nominal
_SOME = 8  # slices that are enough to see air and tissue
_WHOLE = Glance(True, None, 0)  # of a stream that nothing is known against
_DIRECTORY = b"1.2.840.10008.1.3.10"  # Media Storage Directory Storage


def read_series(
    sources: list[Source], zip_limits: ZipLimits = None, uids: str = "error"
) -> tuple[dict[tuple[str, str], list[Header]], list[LoadError], list[str]]:
    """The series among files, from their headers alone.

    Parameters
    ----------
    sources : list of Source
    zip_limits : mapping, optional
    uids : {"error", "ignore"}, as for `ctkit.load`

    Returns
    -------
    dict of (SeriesInstanceUID, kind) to list of Header, in the order of SeriesNumber
    list of LoadError, one for each file that is DICOM but can't be read
    list of str: names of files that are no DICOM at all
    """
    series: dict[tuple[str, str], list[Header]] = {}
    broken: list[LoadError] = []
    others: list[str] = []
    for source in progress(sources, "headers"):
        try:
            header = read_header(source, zip_limits)
        except LoadError as error:
            broken.append(error)
            continue
        if header is None:
            others.append(source.name)
        else:
            series.setdefault((header.series_uid, header.kind), []).append(header)
    if uids == "ignore":
        series = {(same[0].series_uid, same[0].kind): same for same in _rejoined(series)}
    order = sorted(series, key=lambda key: (_sort_number(series[key][0], "SeriesNumber"), key))
    return {key: series[key] for key in order}, broken, others


def _rejoined(series: dict[tuple[str, str], list[Header]]) -> list[list[Header]]:
    """The files of series that differ in their UIDs alone, together."""
    found: dict[tuple[Any, ...], list[Header]] = {}
    for key, headers in series.items():
        alike = _likeness(headers[0]) if key[1] == "CT" else key
        found.setdefault(alike, []).extend(headers)
    return list(found.values())


def _likeness(header: Header) -> tuple[Any, ...]:
    """What the files of one series have in common beside UIDs."""
    said = [text(header.elements, key) for key in ("PatientID", "SeriesNumber", "ImageType")]
    return (*said, description(header), header.shape, header.kind)


def broken_apart(series: dict[tuple[str, str], list[Header]]) -> int:
    """How many series are one slice each, and are alike but for their UIDs; 0 for less than 3."""
    alone = [headers[0] for headers in series.values() if len(headers) == 1]
    counts = Counter(_likeness(header) for header in alone if header.kind == "CT")
    most = max(counts.values(), default=0)
    return most if most > 2 else 0


def load_series(
    headers: list[Header],
    *,
    uneven: str = "error",
    duplicates: str = "error",
    missing: str = "error",
    tolerance: float | None = None,
    rescale: Rescale = None,
    signed: bool | None = None,
    zip_limits: ZipLimits = None,
    acquisition: int | str | None = None,
    uids: str = "error",
) -> Volume:
    """The Volume of one series.

    Parameters
    ----------
    headers : list of Header of one series
    uneven, duplicates, missing, tolerance, rescale, zip_limits : as for `ctkit.load`
    signed, acquisition, uids : as for `ctkit.load`

    Returns
    -------
    Volume

    Raises
    ------
    LoadError
        Where the series can't be told truthfully as a Volume.
    """
    frames, notes = _check_series(headers, rescale, uids)
    notes += read_as(headers, signed)
    parts = split(frames)
    pixels = _Pixels(rescale, zip_limits)
    if acquisition is None and _are_copies(parts, pixels):
        parts = []
    frames, told = choose(frames, parts, acquisition, duplicates == "first")
    groups = group_by_depth(frames)
    frames, met = _one_a_position(groups, duplicates, pixels)
    notes += told + met
    notes += mixture(frames) if acquisition != "all" else []
    grid = plan_grid(frames, uneven=uneven, missing=missing, tolerance=tolerance)
    signs = Signs(len(frames)) if signed is None else None
    stack, met, lowest, highest = read_stack(frames, rescale, zip_limits, signs)
    if signs:
        signs.check()
    with reading(frames[0].header.name):
        if signs and rescale is None:
            check_share(share_above_matter(stack))
    padding = air_outside(stack)
    notes += [*grid.notes, *_notes(frames, grid), *met, *padding]
    notes += below_air(stack, None if padding else lowest)
    notes += [*derivation(frames), *misplaced_air(stack)]
    scalings = [frame.scaling(rescale) for frame in frames]
    names = [frame.name for frame in frames]
    notes += shifted_slices(stack, scalings, names) or changed_slices(stack, names)
    notes += clipped(stack, _tops(frames, rescale), highest)
    if not grid.is_whole:
        stack = resample_stack(stack, grid)
    if rescale is not None:
        notes.append(f"HU = {rescale[0]:g} x stored value + {rescale[1]:g}, on your word")
    return Volume(own(stack), grid.affine, tuple(notes))


def survey_series(
    headers: list[Header], zip_limits: ZipLimits = None, uids: str = "error"
) -> tuple[int, tuple[float, float, float] | None, str, tuple[Acquisition, ...]]:
    """Number of slices, spacing or None, why a series can't be loaded or "", its acquisitions.

    Uncompressed pixels are all looked at, as `load_series` does it. Compressed ones cost too much:
    some slices are decoded, and of the others it is seen whether their streams are cut.
    """
    slices = sum(len(header.frames) or 1 for header in headers)
    if headers[0].kind != "CT":
        return slices, None, f"{headers[0].kind}, not CT slices", ()
    parts: list[Part] = []
    try:
        frames, _ = _check_series(headers, uids=uids)
        parts, pixels = split(frames), _Pixels(None, zip_limits)
        if _are_copies(parts, pixels):
            parts = []
        if parts:
            raise LoadError(refusal(parts))
        groups = group_by_depth(frames)
        grid = plan_grid([group[0] for group in groups])
        frames, _ = _one_a_position(groups, "error", pixels)
        _look_at_pixels(frames, zip_limits)
    except CTError as error:
        return slices, None, str(error), tuple(part.acquisition for part in parts)
    return slices, spacing_of(grid.affine), "", ()


def _look_at_pixels(frames: list[Frame], zip_limits: ZipLimits) -> None:
    """Refuse what the pixels of a series speak against, all plain ones and some compressed ones."""
    packed = [frame for frame in frames if frame.header.syntax not in NATIVE]
    seen = {
        id(frame.header): glance(frame.header.source.path, frame.header.offset)
        for frame in packed
        if frame.index == 0
    }
    for frame in packed:
        if not seen.get(id(frame.header), _WHOLE).has_end:
            read_stack([frame], None, zip_limits)  # which says what is wrong
    some = _some_of(packed, seen)
    read = [frame for frame in frames if frame.header.syntax in NATIVE or id(frame) in some]
    signs = Signs(len(read))
    share = look_through(read, zip_limits, signs)
    signs.check()
    with reading(read[0].header.name):
        check_share(share)


def _some_of(frames: list[Frame], seen: dict[int, Glance]) -> set[int]:
    """The ids of some compressed frames of each kind, by what headers and streams say of values."""
    kinds: dict[Any, list[Frame]] = {}
    for frame in frames:
        header = frame.header
        other = _is_of_another_kind(header, seen.get(id(header), _WHOLE))
        kinds.setdefault((header.signed, header.bits, other), []).append(frame)
    places = {key: np.linspace(0, len(same) - 1, _SOME).round() for key, same in kinds.items()}
    return {id(same[int(k)]) for key, same in kinds.items() for k in places[key]}


def _is_of_another_kind(header: Header, seen: Glance) -> bool:
    """Whether a stream contradicts its header, so that its values have to tell who is right."""
    return seen.signed not in (None, header.signed) or seen.precision > header.bits[1]


def depths_of(headers: list[Header]) -> tuple[np.ndarray, np.ndarray]:
    """Positions of slices along their normal and their thickness, (n,) and (n,), in mm."""
    frames, _ = _check_series(headers, rescale=())
    depths = positions(frames) @ directions(frames)[1]
    order = np.argsort(depths, kind="stable")
    usual = np.median(np.diff(depths[order])) if len(frames) > 1 else 1.0
    return depths[order], np.array([frames[k].thickness or usual for k in order], float)


def is_directory(source: Source) -> bool:
    """Whether a file is a DICOMDIR, whatever its name."""
    head = read_head(source.path, 1024)
    return is_dicom(head) and _DIRECTORY in head


def follow_directory(source: Source) -> list[Source]:
    """The files that a DICOMDIR lists, or `source` itself where it is none.

    Raises
    ------
    LoadError
        Where one of them is not there, or lies outside of the DICOMDIR's folder.
    """
    with reading(source.name):
        if not is_directory(source):
            return [source]
        names = _listed(source)
        root = Path(source.path).resolve().parent
        with library("it lists a path that can't be followed"):
            paths = [_found_in(root, name) for name in names]
        for name, path in zip(names, paths, strict=True):
            if not path.is_file():
                message = (
                    f"it lists {plain(name)}, which is not there. Pass the folder to load the rest"
                )
                raise LoadError(message)
        if not names:
            message = "it lists no files"
            raise LoadError(message)
    return [Source(str(path), name) for path, name in zip(paths, names, strict=True)]


def missing_from_directory(sources: list[Source]) -> list[str]:
    """What a report says of files that a DICOMDIR among those of a folder lists, and that are lost.

    Slices may be among them, and a scan without its last slices looks whole.
    """
    notes = []
    for source in sources:
        if not is_called_directory(source.name):
            continue
        try:
            names = _listed(source)
            root = Path(source.path).resolve().parent
            lost = [name for name in names if not _found_in(root, name).is_file()]
        except (LoadError, OSError, ValueError):
            notes.append(f"{source.name} can't be read: whether files are missing is not known")
            continue
        if lost:
            one = f"{plain(lost[0])}, which is"
            what = one if len(lost) == 1 else f"{len(lost)} files that are"
            notes.append(f"{source.name} lists {what} not there: slices may be missing")
    return notes


def is_called_directory(name: str) -> bool:
    """Whether this is what a DICOMDIR is called, with or without an ending."""
    return Path(name).name.upper().split(".")[0] == "DICOMDIR"


def count_missing(directory: Source, there: Iterable[str]) -> int:
    """How many of the files that a DICOMDIR lists are not `there`.

    Parameters
    ----------
    directory : Source
        Whatever it is called now.
    there : iterable of str
        Paths of files, relative to the folder that it stood in.

    Raises
    ------
    LoadError
        Where it can't be read.
    """
    known = {_plain_path(name) for name in there}
    return sum(_plain_path(name) not in known for name in _listed(directory))


def _plain_path(name: str) -> str:
    return "/".join(map(_plain_name, name.split("/")))


def _found_in(root: Path, name: str) -> Path:
    """The file of a name in a DICOMDIR, in whatever case a disk or a copy of it has it.

    Where there is none inside of `root`, a path that is no file.
    """
    exact = (root / name).resolve()
    if exact.is_file():
        return exact if exact.is_relative_to(root) else root
    path = root
    for part in name.split("/"):
        wanted = _plain_name(part)
        alike = (
            [p for p in path.iterdir() if _plain_name(p.name) == wanted] if path.is_dir() else []
        )
        if not alike or part in ("", ".", ".."):
            return root
        path = min(alike)
    path = path.resolve()
    return path if path.is_relative_to(root) else root


def _plain_name(name: str) -> str:
    """A name without case, and without the version that ISO 9660 puts behind it."""
    return name.split(";")[0].rstrip(".").casefold()


def _listed(source: Source) -> list[str]:
    """The paths that a DICOMDIR lists, relative to its folder."""
    with library("its directory records can't be read"), BoundedFile(source.path) as file:
        listing = pydicom.dcmread(file, specific_tags=["DirectoryRecordSequence"])
        found = [record.get("ReferencedFileID") for record in listing.DirectoryRecordSequence]
    return ["/".join([name] if isinstance(name, str) else map(str, name)) for name in found if name]


def _check_series(
    headers: list[Header], rescale: tuple[float, ...] | None = None, uids: str = "error"
) -> tuple[list[Frame], list[str]]:
    """The frames of a series, if the headers say what a Volume needs, and what was noticed."""
    problems = [header.problem for header in headers if header.problem]
    if problems:
        more = f" ({len(problems) - 1} more like it)" if len(problems) > 1 else ""
        message = f"{problems[0]}{more}"
        raise LoadError(message) from problems[0].__cause__
    frames = [frame for header in headers for frame in header.frames]
    for frame in frames if rescale is None else ():
        _check_rescale(frame)
    return frames, check_alike(frames, uids)


def _named(kind: str) -> str:
    """What values are, where that is a term that is known."""
    return term("RescaleType", kind) or "values of another kind"


def _check_rescale(frame: Frame) -> None:
    kind = frame.rescale_type
    if frame.lut:
        kind = text(frame.lut, "ModalityLUTType")
        what = "" if kind == "HU" else f"holds {_named(kind)} (ModalityLUTType), not HU"
    elif frame.slope is None or frame.intercept is None:
        what = "has no RescaleSlope or no RescaleIntercept"
    elif frame.slope == 0:
        what = "has a RescaleSlope of 0, which is no rescale"
    else:
        what = "" if kind.upper() in ("HU", "") else f"holds {_named(kind)} (RescaleType), not HU"
    if what:
        message = f"{frame.name} {what}. If you know better, pass rescale=(slope, intercept)"
        raise LoadError(message)


class _Pixels:
    """Whether frames hold the same HU.

    Each of them is read once, however often it is compared; of compressed ones that hold the
    same bytes, one is decoded.
    """

    def __init__(self, rescale: Rescale, zip_limits: ZipLimits) -> None:
        self._how = rescale, zip_limits
        self._digests: dict[int, tuple[Frame, bytes]] = {}  # by the frame's id, with it held
        self._decoded: dict[Any, bytes] = {}  # by all that HU are made of

    def same(self, first: Frame, second: Frame) -> bool:
        if _beside(first, second) > min(0.05, 0.5 * min(first.spacing)):
            return False
        return self._digest(first) == self._digest(second)

    def _digest(self, frame: Frame) -> bytes:
        if id(frame) not in self._digests:
            origin = _origin(frame, self._how[0])
            found = self._decoded.get(origin) or _digest_of(read_stack([frame], *self._how)[0])
            self._digests[id(frame)] = frame, found
            if origin:
                self._decoded[origin] = found
        return self._digests[id(frame)][1]


def _digest_of(hu: np.ndarray) -> bytes:
    # Whole numbers may come as floats; and adding 0 leaves no -0, which equals it.
    values = hu.astype(np.float32) + np.float32(0)
    return hashlib.sha256(str(values.shape).encode() + values.tobytes()).digest()


def _origin(frame: Frame, rescale: Rescale) -> Any:
    """All that the HU of a compressed slice are made of, None where that is not worth telling."""
    header = frame.header
    if header.syntax in NATIVE or header.unpacked or frame.lut or len(header.frames) > 1:
        return None
    with reading(header.name):
        packed = hashlib.sha256(fragments(header)[frame.index]).digest()
        padding = tuple(numbers(header.elements, keyword) for keyword in _PADDING)
    lossy = tuple(text(header.elements, keyword) for keyword in _LOSSY)
    kind = header.syntax, header.shape, header.bits, header.signed
    return packed, kind, frame.scaling(rescale), padding, lossy


def _one_a_position(
    groups: list[list[Frame]], duplicates: str, pixels: _Pixels
) -> tuple[list[Frame], list[str]]:
    """Drop slices that are there twice, if they are the same or the caller says so."""
    kept, equal, other = [], 0, 0
    for group in groups:
        if len(group) == 1:
            kept.append(group[0])
            continue
        first, *rest = sorted(group, key=lambda frame: (*acquired(frame), frame.name))
        kept.append(first)
        for frame in rest:
            if pixels.same(first, frame):
                equal += 1
            elif duplicates == "first" and _beside(first, frame) <= 0.5 * min(first.spacing):
                other += 1
            elif _beside(first, frame) > 0.5 * min(first.spacing):
                message = (
                    f"{first.name} and {frame.name} lie side by side, {_beside(first, frame):.4g} "
                    "mm apart in the same plane: they belong to different stacks. Load them apart"
                )
                raise LoadError(message)
            else:
                message = (
                    f"{first.name} and {frame.name} lie at the same position with different "
                    "pixels: two phases, or two versions of a slice. Pass "
                    'duplicates="first" to take the one that was acquired first'
                )
                raise LoadError(message)
    found = {f"slices there twice, with the same pixels, taken once: {equal}": equal}
    found |= {f"slices left out, as another was acquired first at their place: {other}": other}
    return kept, [note for note, count in found.items() if count]


def _are_copies(parts: list[Part], pixels: _Pixels) -> bool:
    """Whether several acquisitions are one, stored more than once."""
    groups = group_by_depth([frame for part in parts for frame in part.frames]) if parts else []
    if not parts or len(groups) > max(part.acquisition.slices for part in parts):
        return False
    return all(pixels.same(group[0], frame) for group in groups for frame in group[1:])


def _beside(first: Frame, second: Frame) -> float:
    """How far apart in mm two frames at the same depth are."""
    return float(np.abs(np.subtract(first.position, second.position)).max())


def _sort_number(header: Header, keyword: str) -> float:
    """A number to sort by, the last one where there is none."""
    try:
        return number(header.elements, keyword, np.inf)
    except LoadError:
        return np.inf


def _tops(frames: list[Frame], rescale: Rescale) -> set[float]:
    """HU at which the values of a series may end: at the top of BitsStored, and of 12 bits."""
    kinds = {(*f.header.bits, f.header.signed, *f.scaling(rescale)) for f in frames if not f.lut}
    ends = {
        slope * (2 ** (bits - signed) - 1) + intercept
        for _, stored, signed, slope, intercept in kinds
        for bits in {stored, min(stored, 12)}
    }
    return ends | set(TOPS_OF_12_BITS)


def _notes(frames: list[Frame], grid: Grid) -> Iterator[str]:
    """What a reader should know of the geometry."""
    spacing = spacing_of(grid.affine)[0]
    if (tilt := shear_of(grid.affine)) > 0.05:
        yield f"gantry tilt of {tilt:.1f} deg, kept as shear: regularize(volume) takes it away"
    said = abs(_sort_number(frames[0].header, "SpacingBetweenSlices"))
    if len(frames) > 1 and usual_tolerance(spacing) < abs(said - spacing) < np.inf:
        yield f"SpacingBetweenSlices says {said:g} mm; the positions, which count, {spacing:.4g} mm"
    yield from _gaps(frames)
    yield from _counts(frames)


def _gaps(frames: list[Frame]) -> Iterator[str]:
    """A word on slices that are thinner than the steps between them."""
    thickness = np.array([frame.thickness or np.nan for frame in frames], float)
    if len(frames) < 2 or not (thickness > 0).all():
        return
    depths = positions(frames) @ directions(frames)[1]
    order = np.argsort(depths, kind="stable")
    steps, thick = np.diff(depths[order]), thickness[order]
    between = steps - (thick[1:] + thick[:-1]) / 2
    if np.mean(between > _LEAST_GAP * steps) > 0.5:
        yield (
            f"slices of {np.median(thick):.4g} mm (SliceThickness) lie {np.median(steps):.4g} mm "
            "apart: what is between them was not measured"
        )


def _counts(frames: list[Frame]) -> Iterator[str]:
    """A word where the headers count other slices than there are."""
    acquired = {_sort_number(frame.header, "AcquisitionNumber") for frame in frames}
    for keyword in _COUNTS:
        said = {_sort_number(frame.header, keyword) for frame in frames}
        most = max(said)
        # An acquisition is a part of what is here where there are several.
        contradicts = most > len(frames) or (len(acquired) == 1 and 1 < most < len(frames))
        if len(said) == 1 and 0 < most < np.inf and contradicts:
            others = "some may be missing, or in another series"
            yield (
                f"{keyword} says {most:g}, and there are {counted(len(frames), 'slice')}"
                + (f": {others}" if most > len(frames) else "")
            )
