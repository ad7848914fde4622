"""Stored voxels of the formats that are no DICOM: found, read within limits, judged.

The formats share these steps; what their headers say is the matter of their own modules. Each
has a function that reads a header into a `Scan`, and `images` makes Volumes and tables of these.
"""

from __future__ import annotations

import bz2
import os
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..arguments import whole
from ..errors import LoadError
from ..geometry import as_affine, shear_of
from ..hounsfield import AIR, to_hu
from ..labels import Labels
from .judging import Verdict, judge
from .oddities import changed_slices, clipped
from .sources import Source, ZipLimits, limits
from .values import air_outside, below_air, check_finite
from .wording import counted, plain

_SMALL = 2**23  # below 8 MB any ratio is harmless
_HARMLESS = 2**29
_MOST_DEFLATED = 1032  # a block of deflate has 258 bytes for 2 bits
_CHUNK = 2**20
_SMALLEST_MM = 1e-5
_MOST_SLICES = 2**31
_ENOUGH = 2**24  # bytes of a volume, of which a table judges it
_ENOUGH_ROWS = 2**21  # bytes that are gathered from everywhere in a larger one


class Layout(NamedTuple):
    """What a header says of the voxels of its file.

    ``shape`` is (slice, row, column), ``volumes`` counts those of a 4-D file, ``start`` is the
    byte at which they begin, or -1 where they are the last of the file. ``packing`` is "",
    "zlib" (or gzip), "bzip2" or "text", ``length`` how many packed bytes there are, if told.
    """

    shape: tuple[int, int, int]
    volumes: int
    kind: np.dtype
    start: int
    packing: str = ""
    length: int | None = None

    @property
    def one_volume(self) -> int:
        """Bytes of one volume."""
        return int(np.prod(self.shape, dtype=object)) * self.kind.itemsize


class Scan(NamedTuple):
    """What the header of a file says, once it is understood.

    ``shape`` is that of one volume, (slice, row, column). ``read(volume, zip_limits)`` gives one
    as it is stored, and what was met; ``sample(volume, zip_limits)`` as much of it as tells what
    it is, in bounded time and memory. ``says`` is what the file itself says that it holds.
    """

    affine: np.ndarray
    notes: list[str]
    shape: tuple[int, int, int]
    volumes: int
    read: Callable[[int, ZipLimits], tuple[np.ndarray, list[str]]]
    sample: Callable[[int, ZipLimits], np.ndarray]
    scaling: tuple[float, float] = (1.0, 0.0)
    says: str = ""
    names: Mapping[int, str] | None = None


def as_scan(
    affine: np.ndarray, notes: list[str], source: Source, layout: Layout, **more: Any
) -> Scan:
    """A Scan whose voxels lie in one file as a `Layout` says."""
    return Scan(
        affine,
        notes,
        layout.shape,
        layout.volumes,
        partial(read_voxels, source, layout),
        partial(sample_voxels, source, layout),
        **more,
    )


def shown(text: object, most: int = 60) -> str:
    """A text from a file as a message may hold it: in quotes, on one line, of no great length."""
    return f"'{plain(str(text), most - 2)}'"


def named_headers(
    sources: Sequence[Source],
    suffixes: tuple[str, ...],
    is_header: Callable[[bytes], bool],
    voxels: str,
    suffix: str,
) -> list[Source]:
    """Those of the files of a scan that are headers of a format.

    One file alone counts by its name, too, so that a damaged one is told for what it is.

    Parameters
    ----------
    sources : sequence of Source
    suffixes : tuple of str, of headers
    is_header : function of the first bytes of a file
    voxels, suffix : str
        What the name of a file with voxels alone ends with, a pattern, and what the name of its
        header has in place of that.
    """
    one = sources[0] if len(sources) == 1 else None
    if one is not None and re.search(voxels, one.path):
        path = Path(re.sub(voxels, suffix, one.path))
        sources = [Source(str(path), path.name)] if path.is_file() else sources
    named = [s for s in sources if len(sources) <= 2 or s.name.lower().endswith(suffixes)]
    found = [source for source in named if is_header(head_of(source.path, 2**14))]
    if not found and one is not None and one.name.lower().endswith(suffixes):
        return [] if head_of(one.path, 132)[128:] == b"DICM" else [one]
    return found


def head_of(path: str, count: int) -> bytes:
    """The first bytes of a file, none where it can't be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(count)
    except OSError:
        return b""


def is_list(name: str) -> bool:
    """Whether a header names a list of files, one a line, that follows it."""
    return re.fullmatch(r"(?i)LIST(\s+[0-9]+)?", name) is not None


def beside(header: Source, name: str, sources: Sequence[Source] = ()) -> Source:
    """The file of voxels that a header names, in the header's own folder alone.

    Parameters
    ----------
    header : Source
    name : str
        As the header has it.
    sources : sequence of Source
        What was found with the header: members of a zip are known by their names there.

    Raises
    ------
    LoadError
        Where the name leads out of the folder, stands for several files, or isn't there.
    """
    single = name.removeprefix("./").removeprefix(".\\")
    spread = f"its voxels are spread over several files ({shown(name)}): join them into one"
    # A pattern with a number in it, such as "slice%03d.raw 1 5 1", unless a file is called so.
    pattern = re.search(r"%[0-9]*[diu]", single) is not None
    away = not single or single in (".", "..") or re.search(r"[/\\:\0]", single)
    if is_list(single) or (pattern and away):
        raise LoadError(spread)
    if away:
        message = (
            f"its header names {shown(name)} for the voxels: only a file beside it is read, so "
            "put both into one folder and write the plain name there"
        )
        raise LoadError(message)
    folder = os.path.dirname(header.name)
    for source in sources:
        if source.name == os.path.join(folder, single):
            return source
    try:
        path = Path(header.path).with_name(single)
        there = path.is_file()
    except (OSError, ValueError):  # a name that is too long, say
        there = False
    if not there:
        message = f"its voxels are in {shown(single)}, and that is not beside it"
        message = spread if pattern else message
        raise LoadError(message)
    return Source(str(path), os.path.join(folder, single))


def several(volumes: int) -> str:
    """What there is to say of the volumes of a file."""
    if volumes == 1:
        return "it holds 1 volume: series= is 0, or left out"
    return f"it holds {volumes} volumes: pass series= with a number from 0 to {volumes - 1}"


def pick(volume: Any, volumes: int) -> int:
    """The number of the volume that is asked for.

    Raises
    ------
    LoadError
    """
    if volume is None and volumes != 1:
        raise LoadError(several(volumes))
    return whole(
        0 if volume is None else volume, several(volumes), low=0, high=volumes - 1, error=LoadError
    )


def check_shape(sizes: Sequence[int]) -> None:
    """Refuse sizes that no scan has.

    Raises
    ------
    LoadError
    """
    if not sizes or min(sizes) < 1 or max(sizes) > _MOST_SLICES:
        message = f"no scan has the size {' x '.join(map(str, sizes))}"
        raise LoadError(message)


def check_affine(affine: Any, unit: float = 1.0) -> tuple[np.ndarray, list[str]]:
    """An affine in mm, and what was met.

    Raises
    ------
    LoadError
        Where it is no affine of a scan.
    """
    matrix = np.array(affine, np.float64)
    matrix[:3] *= unit
    if not np.isfinite(matrix).all() or (reach := np.abs(matrix).max()) > 1e5:
        where = f"{reach:.3g} mm" if np.isfinite(matrix).all() else "no finite place"
        message = f"its directions, spacing or origin reach {where}: no scan does"
        raise LoadError(message)
    with np.errstate(all="ignore"):
        matrix = as_affine(matrix)
        lean = shear_of(matrix)
    check_steps(matrix)
    told = f"the affine is sheared by {lean:.1f} deg: regularize(volume) takes it away"
    return matrix, [told] if lean > 0.05 else []


def check_steps(affine: np.ndarray) -> None:
    """Refuse voxels that are smaller than any scanner's, the finest of which have 100 nm.

    Raises
    ------
    LoadError
    """
    shortest = np.linalg.norm(affine[:3, :3], axis=0).min()
    if shortest < _SMALLEST_MM:
        message = (
            f"its voxels would be {shortest:.3g} mm apart: no scan is so fine. If its unit is "
            "another one, write the spacing in mm into its header"
        )
        raise LoadError(message)


def read_voxels(
    source: Source, layout: Layout, volume: int, zip_limits: ZipLimits = None
) -> tuple[np.ndarray, list[str]]:
    """One volume as it is stored.

    Parameters
    ----------
    source : Source
    layout : Layout
    volume : int
        Which one of a 4-D file.
    zip_limits : mapping, optional
        Its ratio limits packed voxels.

    Returns
    -------
    (slice, row, column) ndarray in the byte order of this machine
    list of str, what was met

    Raises
    ------
    LoadError
        Where the file is too short, or its packed part is damaged or unpacks to too much.
    """
    size = os.stat(source.path).st_size
    if layout.packing == "text":
        return _read_text(source, layout, volume, size)
    start, there = _extent(layout, size, zip_limits)
    values = np.empty(layout.shape, layout.kind)
    memory, skip = values.reshape(-1).view(np.uint8), volume * layout.one_volume
    total = layout.one_volume * layout.volumes
    with open(source.path, "rb") as file:
        if layout.packing:
            file.seek(start)
            more = _unpack(file, there, layout.packing, memory, skip, total)
        else:
            file.seek(start + skip)
            more = there - total if file.readinto(memory.data) == layout.one_volume else -1
    if more < 0:
        message = "it became shorter while it was read"
        raise LoadError(message)
    notes = [f"{more:,} bytes after its voxels were left out"] if more else []
    return values.astype(layout.kind.newbyteorder("="), copy=False), notes


def sample_voxels(
    source: Source, layout: Layout, volume: int, zip_limits: ZipLimits = None
) -> np.ndarray:
    """As much of a volume as tells what it is: all of a small one, else rows from everywhere.

    Of a large one that is packed it is what comes first.

    Raises
    ------
    LoadError
        As `read_voxels` does; a damage behind what is looked at isn't met.
    """
    if (volume + 1) * layout.one_volume <= _ENOUGH or layout.packing == "text":
        return read_voxels(source, layout, volume, zip_limits)[0]
    start, there = _extent(layout, os.stat(source.path).st_size, zip_limits)
    skip = volume * layout.one_volume
    if not layout.packing:
        return sample_rows(source.path, start + skip, layout.shape, layout.kind)
    values = np.empty(first_shape(layout.shape, layout.kind), layout.kind)
    memory = values.reshape(-1).view(np.uint8)
    with open(source.path, "rb") as file:
        file.seek(start)
        _unpack(file, there, layout.packing, memory, skip, skip + len(memory), whole=False)
    return values.astype(layout.kind.newbyteorder("="), copy=False)


def is_small(size: int) -> bool:
    """Whether so many bytes are read whole to tell what they are."""
    return size <= _ENOUGH


def first_shape(shape: Sequence[int], kind: np.dtype) -> tuple[int, int, int]:
    """The shape, as one slice, of the first voxels that are enough to tell what they are."""
    columns = min(shape[-1], _ENOUGH // kind.itemsize)
    rows = min(shape[0] * shape[1], max(_ENOUGH // (columns * kind.itemsize), 1))
    return 1, rows, columns


def sample_rows(path: str, start: int, shape: Sequence[int], kind: np.dtype) -> np.ndarray:
    """Rows of a volume from everywhere in its slices, as (group, row, column).

    Parameters
    ----------
    path : str, of a file that is long enough
    start : int, the byte at which the volume begins
    shape : (slice, row, column)
    kind : dtype
    """
    length = shape[-1] * kind.itemsize
    columns = min(shape[-1], _ENOUGH_ROWS // kind.itemsize)
    count = max(min(shape[0] * shape[1], _ENOUGH_ROWS // length) // 16, 1) * 16
    values = np.empty((16, count // 16, columns), kind)
    places = np.linspace(0, shape[0] * shape[1] - 1, count).astype(np.int64)
    with open(path, "rb", buffering=0) as file:
        for place, row in zip(places, values.reshape(count, columns), strict=True):
            file.seek(start + int(place) * length)
            if file.readinto(row.data.cast("B")) != row.nbytes:
                message = "it became shorter while it was read"
                raise LoadError(message)
    return values.astype(kind.newbyteorder("="), copy=False)


def _extent(layout: Layout, size: int, zip_limits: ZipLimits) -> tuple[int, int]:
    """Where the voxels begin in a file of a size, and how many bytes of them are there."""
    total = layout.one_volume * layout.volumes
    start = size - total if layout.start < 0 and not layout.packing else layout.start
    there = max(size - max(start, 0), 0)
    if layout.packing:
        there = min(there, layout.length) if layout.length else there
        check_packed(total, there, zip_limits, layout.packing)
    elif there < total or start < 0:
        message = f"it is cut short: {min(there, size):,} of {total:,} bytes of voxels are there"
        raise LoadError(message)
    return start, there


def check_packed(
    needed: int, packed: int, zip_limits: ZipLimits = None, packing: str = "zlib"
) -> None:
    """Refuse packed voxels that would unpack to more than the limits allow.

    Masks and label maps shrink to a thousandth, so the usual ratio holds only above half a
    gigabyte. But what is packed by deflate never becomes more than 1,032 times as large.

    Raises
    ------
    LoadError
    """
    ratio = limits(zip_limits)["ratio"]
    most = max(_SMALL, ratio * packed)
    if packing == "zlib" and "ratio" not in (zip_limits or {}):
        most = max(most, _HARMLESS)
    if packing == "zlib" and needed > _MOST_DEFLATED * packed + _SMALL:
        message = (
            f"it is cut short, or damaged: its header needs {needed:,} bytes, and so many would "
            f"not fit into {counted(packed, 'packed byte')}"
        )
        raise LoadError(message)
    if needed > most:
        times = needed // max(packed, 1)
        message = (
            f"it would unpack to {needed:,} bytes, {times:,} times its size. If you trust it, "
            f'pass zip_limits={{"ratio": {times + 1}}}'
        )
        raise LoadError(message)


def _unpack(
    file: Any,
    there: int,
    packing: str,
    memory: np.ndarray,
    skip: int,
    total: int,
    whole: bool = True,
) -> int:
    """Fill memory from a packed stream, `skip` bytes in; returns the bytes beyond `total`.

    Of a stream that needn't be `whole`, no more than that is looked at.
    """
    # 47 takes the headers of zlib and of gzip alike.
    unpacker = bz2.BZ2Decompressor() if packing == "bzip2" else zlib.decompressobj(47)
    at, waiting = -skip, b""
    while not unpacker.eof and at + skip < total + whole:
        if not waiting and getattr(unpacker, "needs_input", True):
            waiting = file.read(min(_CHUNK, there))
            there -= len(waiting)
            if not waiting:
                break
        try:
            got = unpacker.decompress(waiting, _CHUNK)
        except (zlib.error, OSError, EOFError, ValueError):
            message = f"its packed voxels ({packing}) are damaged after {at + skip:,} bytes"
            raise LoadError(message) from None
        waiting = getattr(unpacker, "unconsumed_tail", b"")
        low, high = max(at, 0), min(at + len(got), len(memory))
        if high > low:
            memory[low:high] = np.frombuffer(got, np.uint8)[low - at : high - at]
        at += len(got)
    if at + skip < total or (whole and at + skip == total and not unpacker.eof):
        message = (
            f"it is cut short: its packed voxels have no end, {at + skip:,} of {total:,} bytes "
            "came out"
            if at + skip == total or not unpacker.eof
            else f"its voxels unpack to {at + skip:,} bytes, its header needs {total:,}"
        )
        raise LoadError(message)
    return at + skip - total


def _read_text(
    source: Source, layout: Layout, number: int, size: int
) -> tuple[np.ndarray, list[str]]:
    """Voxels that are written as text, a number each."""
    count = int(np.prod(layout.shape, dtype=object))
    # Each takes a digit and a space: a header that asks for more has not got it.
    if count * layout.volumes > (size - layout.start + 1) // 2:
        message = f"it is cut short: {size - layout.start:,} bytes are not {count:,} numbers"
        raise LoadError(message)
    with open(source.path, "rb") as file:
        file.seek(layout.start)
        words = re.split(rb"[\s,]+", file.read().strip())
    if len(words) != count * layout.volumes:
        message = f"it holds {len(words):,} numbers, its header needs {count * layout.volumes:,}"
        raise LoadError(message)
    try:
        numbers = np.array(words[number * count :][:count]).astype(np.float64)
        with np.errstate(all="ignore"):
            values = numbers.astype(layout.kind)
    except ValueError:
        message = "its voxels are text that is no numbers"
        raise LoadError(message) from None
    if layout.kind.kind != "f" and not np.array_equal(values, numbers):
        message = f"its voxels are written as text, and not all of them are {layout.kind.name}"
        raise LoadError(message)
    return values.reshape(layout.shape), []


def to_scan(
    stored: np.ndarray,
    scaling: tuple[float, float] = (1.0, 0.0),
    rescale: tuple[float, float] | None = None,
    says: str = "",
    names: Mapping[int, str] | None = None,
) -> tuple[np.ndarray, list[str], Labels | None]:
    """HU, labels or a mask from stored voxels, and what was met.

    Parameters
    ----------
    stored : ndarray that was made for this; HU may be put into its memory
    scaling : (slope, intercept) of the file, (1, 0) where it has none
    rescale : (slope, intercept), optional
        On the user's word: nothing is judged then.
    says : {"", "HU", "mask", "labels"}
        What the file itself says that they are.
    names : mapping of int to str, optional
        Names of labels that the file has.

    Returns
    -------
    ndarray of bool for a mask, int16 for labels, else int16 or float32
    list of str
    Labels, the names of labels; None for HU and a mask

    Raises
    ------
    LoadError
        Where they are no HU, as far as can be told.
    """
    slope, intercept = rescale or scaling
    unscaled = (slope, intercept) == (1, 0)
    missing, against = _missing(stored), []
    if rescale is None and unscaled and says == "labels" and _looks_like_hu(stored):
        says, against = "", ["the file says label map, and its values look like HU: taken as HU"]
    if rescale is None and unscaled and says in ("mask", "labels"):
        verdict = Verdict(says, "", [f"a {says.replace('labels', 'label map')}, as the file says"])
        if (found := _labels_or_mask(stored, verdict, missing, names)) is not None:
            return found
    as_it_is = unscaled and stored.dtype in (np.int16, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        hu = stored if as_it_is else to_hu(stored, slope, intercept)
    # 8-bit and unsigned voxels with no rescale are judged as such.
    told = says == "HU" or rescale is not None or _is_told_by(stored, scaling)
    verdict = judge(stored if unscaled else hu, told)
    if rescale is None and verdict.problem:
        raise LoadError(verdict.problem)
    if rescale is None and (found := _labels_or_mask(hu, verdict, missing, names)) is not None:
        return found
    notes = against + verdict.notes
    if rescale is not None:
        notes = [f"HU = {slope:g} x stored value + {intercept:g}, on your word"]
    elif not unscaled:
        notes = [f"HU = {slope:g} x stored value + {intercept:g}, by the file", *notes]
    if missing is not None:
        hu[missing] = AIR
        count = int(np.count_nonzero(missing))
        notes = [*notes, f"{counted(count, 'voxel')} of NaN, no number, became air"]
    hu = hu if as_it_is else check_finite(hu)
    notes += air_outside(hu)
    notes += below_air(hu) + clipped(hu)
    return hu, notes + changed_slices(hu, [f"slice {k}" for k in range(len(hu))]), None


def _looks_like_hu(stored: np.ndarray) -> bool:
    """Whether what is called a label map has air at -1000, which no label is."""
    # The lowest number, NaN left out: NaN where there is none.
    if stored.dtype.kind == "u" or not np.fmin.reduce(stored, axis=None) <= -900:
        return False
    verdict = judge(stored)
    return verdict.kind == "HU" and not verdict.problem


def _is_told_by(stored: np.ndarray, scaling: tuple[float, float]) -> bool:
    """Whether a scaling is that of CT: bytes whose 0 is air are no mask, however few there are."""
    return stored.dtype.itemsize == 1 and scaling[0] > 0 and scaling[1] in (-1000, -1024)


def _missing(stored: np.ndarray) -> np.ndarray | None:
    """Where floats are no number, None where all of them are.

    Raises
    ------
    LoadError
        On infinite values.
    """
    # A sum is finite only where all values are, and takes no memory.
    with np.errstate(all="ignore"):
        if stored.dtype.kind != "f" or np.isfinite(np.sum(stored, dtype=np.float64)):
            return None
    if np.isinf(stored).any():
        message = "it holds infinite values"
        raise LoadError(message)
    missing = np.isnan(stored)
    return missing if missing.any() else None


def _labels_or_mask(
    values: np.ndarray,
    verdict: Verdict,
    missing: np.ndarray | None,
    names: Mapping[int, str] | None,
) -> tuple[np.ndarray, list[str], Labels | None] | None:
    """What `to_scan` gives for a mask or a label map, None where they are neither."""
    if verdict.kind not in ("mask", "labels"):
        return None
    notes = list(verdict.notes)
    if missing is not None:
        values[missing] = 0
        count = int(np.count_nonzero(missing))
        notes.append(f"{counted(count, 'voxel')} of NaN, no number, became 0")
    low, high = values.min(), values.max()
    if verdict.kind == "mask":
        if not all(((part == 0) | (part == high)).all() for part in values):
            return None
        named = {value: name for value, name in (names or {}).items() if value == high}
        if named:
            notes.append(f"its label {high:g} is called {named[int(high)]}")
        return np.asarray(values > 0), notes, None
    if low < -(2**15) or high >= 2**15:
        message = f"its labels reach from {low:g} to {high:g}: those of int16 are read"
        raise LoadError(message)
    labels = values.astype(np.int16, copy=False)
    if values.dtype.kind == "f" and not np.array_equal(labels, values):
        return None
    there = np.zeros(2**16, bool)
    for part in labels:
        there[part.ravel().view(np.uint16)] = True
    found = np.flatnonzero(there).astype(np.uint16).view(np.int16)
    called = {int(n): f"label {n}" for n in found if n != 0} if len(found) <= 257 else {}
    return labels, notes, _named(called, names)


def _named(called: dict[int, str], names: Mapping[int, str] | None) -> Labels:
    """Names for the labels that are there, with those that the file has, and its colours."""
    names = names or {}
    return Labels(called | dict(names), names.colors if isinstance(names, Labels) else None)
