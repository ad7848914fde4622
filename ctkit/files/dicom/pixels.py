"""From the pixels of checked DICOM slices to one array of HU.

Uncompressed slices are read straight into the final array and rescaled there, while
they are still in the processor's cache. Compressed ones go through pydicom's decoders.
"""

from __future__ import annotations

import io
import math
import os
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from ... import hounsfield
from ...errors import LoadError
from ...threads import workers
from ..damage import quiet, reading
from ..judging import BELOW
from ..sources import ZipLimits, inflate, limits, progress
from ..values import Rescale, check_finite, share_above_matter, without_nan
from ..wording import counted
from .decoding import above_stored, decode_frame, fragments
from .headers import NATIVE, Elements, Frame, Header, number, numbers, text
from .lossy import lossy
from .signs import Signs

# A function of the memory of one slice, which it may use, that returns its stored values.
_Reader = Callable[[np.ndarray], np.ndarray]
# How often something was met, by its noun and what is to say of it.
_Tally = Counter[tuple[str, str]]

_UNPACKED = "whose transfer syntax says compressed, but whose pixels are not: read as they are"
_SHORTER = "it became shorter while it was read"
_TISSUE = -900  # HU: air ends here
_MOST_OF_12_BITS = 3071  # HU, where 0 is -1024
_HARMLESS = 2**26  # bytes that any compressed scan may unpack to: slices of plain air pack well
_THREADS = min(4, os.cpu_count() or 1)


def read_stack(
    frames: Sequence[Frame],
    rescale: Rescale = None,
    zip_limits: ZipLimits = None,
    signs: Signs | None = None,
) -> tuple[np.ndarray, list[str], np.ndarray, np.ndarray]:
    """The HU of slices of the same shape, in the order given.

    Parameters
    ----------
    frames : sequence of Frame
    rescale : (slope, intercept), optional
        Used in place of what the files say.
    zip_limits : mapping, optional
        Its ratio limits deflated files.
    signs : Signs, optional
        Gathers what speaks for and against the sign that the files say.

    Returns
    -------
    (slice, row, column) ndarray, int16 where that is exact, else float32
    list of str, what was met
    (slice,) ndarray, the lowest HU of each
    (slice,) ndarray, the highest

    Raises
    ------
    LoadError
        Where pixels can't be decoded.
    """
    tally: _Tally = Counter()
    _check_promises(frames, zip_limits)  # before memory is taken
    stack = np.empty((len(frames), *frames[0].header.shape), np.int16)
    ends = np.empty((2, len(frames)))
    read = _slices(frames, lambda k: stack[k], rescale, tally, zip_limits, signs)
    for k, hu, ends[:, k] in read:
        if hu.dtype != stack.dtype:
            stack = stack.astype(np.float32)
        stack[k] = hu
    notes = [f"{counted(n, noun)} {what}" for (noun, what), n in tally.items() if n]
    return stack, notes, *ends


def look_through(frames: Sequence[Frame], zip_limits: ZipLimits, signs: Signs) -> float:
    """Read slices as `read_stack` does, in the memory of one, and refuse what it would refuse.

    Returns
    -------
    float
        The share of voxels above all matter, for `check_share`.
    """
    _check_promises(frames, zip_limits)  # before memory is taken
    memory = np.empty(frames[0].header.shape, np.int16)
    read = _slices(frames, lambda k: memory, None, Counter(), zip_limits, signs)
    return sum(share_above_matter(hu) for _, hu, _ in read) / len(frames)


def _slices(
    frames: Sequence[Frame],
    memory: Callable[[int], np.ndarray],
    rescale: Rescale,
    tally: _Tally,
    zip_limits: ZipLimits,
    signs: Signs | None,
) -> Iterator[tuple[int, np.ndarray, tuple[float, float]]]:
    """Yield k, the HU of slice k, which may be in its `memory`, and their ends."""
    with quiet():  # for the decoding threads, too
        for k, stored in _stored(frames, tally, zip_limits, signs):
            with reading(frames[k].header.name):
                hu, ends = _to_hu(stored(memory(k)), frames[k], rescale, tally, signs)
            yield k, hu, ends


def _check_promises(frames: Sequence[Frame], zip_limits: ZipLimits) -> None:
    """Compressed slices that would unpack out of all proportion are not decoded."""
    headers = {id(f.header): f.header for f in frames if f.header.syntax not in NATIVE}
    promised = sum(f.header.frame_bytes for f in frames if id(f.header) in headers)
    packed = sum(header.size for header in headers.values())
    if promised > max(_HARMLESS, limits(zip_limits)["ratio"] * packed):
        message = (
            f"{frames[0].header.name}: its compressed slices would unpack to {promised:,} bytes, "
            f"{promised // packed:,} times their size. If you trust it, pass "
            f'zip_limits={{"ratio": {promised // packed + 1}}}'
        )
        raise LoadError(message)


def _stored(
    frames: Sequence[Frame], tally: _Tally, zip_limits: ZipLimits, signs: Signs | None
) -> Iterator[tuple[int, _Reader]]:
    """Yield k and a function of the memory of slice k that returns its stored values.

    Compressed slices are decoded in threads, a few ahead of the one that is yielded.
    """
    # All frames of one file together, so that it is opened once.
    order = sorted(range(len(frames)), key=lambda k: (frames[k].header.name, frames[k].index))
    ahead: deque[tuple[int, Future[np.ndarray]]] = deque()
    with _pool() as pool:
        for _, group in groupby(progress(order, "slices"), key=lambda k: id(frames[k].header)):
            ks = list(group)
            header = frames[ks[0]].header
            if header.syntax in NATIVE:
                with _open(header, tally, zip_limits) as file:
                    for k in ks:
                        yield k, partial(_read_native, file, header, frames[k].index)
                continue
            what = header.syntax, header.shape, header.bits, header.signed
            for k, packed in zip(ks, _packed(header, ks, frames, tally), strict=True):
                if signs:
                    signs.compare(header, packed)
                ahead.append((k, pool.submit(decode_frame, packed, *what)))
                if len(ahead) > _THREADS:
                    yield _decoded(*ahead.popleft())
        for k, job in ahead:
            yield _decoded(k, job)


@contextmanager
def _pool() -> Iterator[Executor]:
    """Threads that begin nothing more once something is wrong."""
    pool = workers(_THREADS)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _decoded(k: int, job: Future[np.ndarray]) -> tuple[int, _Reader]:
    return k, lambda memory: job.result()


def _open(header: Header, tally: _Tally, zip_limits: ZipLimits) -> io.RawIOBase | io.BytesIO:
    """The file of a header, inflated where it is deflated."""
    with reading(header.name):
        if header.unpacked:
            tally["file", _UNPACKED] += 1
        _count_lossy(header, b"", tally)
        if header.deflated:
            packed = Path(header.source.path).read_bytes()[header.deflated :]
            return inflate(packed, zip_limits, header.offset + header.length)[0]
        return open(header.source.path, "rb", buffering=0)


def _read_native(
    file: io.RawIOBase | io.BytesIO, header: Header, index: int, memory: np.ndarray
) -> np.ndarray:
    """One uncompressed frame, in `memory` (a slice of the stack) where it has 16 bits."""
    kind = _stored_type(header)
    fits = kind.itemsize == memory.itemsize and kind.kind != "f"
    values = memory if fits else np.empty(header.shape, kind)
    if header.in_words and not header.little and kind.itemsize == 1:
        return _read_swapped(file, header, index).view(kind)
    file.seek(header.offset + index * header.frame_bytes)
    if file.readinto(values.data.cast("B")) != values.nbytes:
        raise LoadError(_SHORTER)
    if header.little != (sys.byteorder == "little"):
        values.byteswap(inplace=True)
    return values.view(kind)


def _read_swapped(file: io.RawIOBase | io.BytesIO, header: Header, index: int) -> np.ndarray:
    """One frame of 8 bits out of big-endian words, the second byte of which comes first.

    PS3.5 A.3 and 8.1.1: where pixels of 8 bits stand in 16-bit words, the first is in the lower
    byte. A frame with an odd number of pixels may begin within a word.
    """
    first = index * header.frame_bytes
    last = first + header.frame_bytes
    begin = first - first % 2
    file.seek(header.offset + begin)
    words = bytearray(last + last % 2 - begin)
    if file.readinto(words) != len(words):
        raise LoadError(_SHORTER)
    swapped = np.frombuffer(words, ">u2").astype("<u2").view("u1")
    return swapped[first - begin : last - begin].reshape(header.shape)


def _stored_type(header: Header) -> np.dtype:
    size = header.bits[0] // 8
    return np.dtype(header.float_type or f"{'i' if header.signed else 'u'}{size}")


def _to_hu(
    stored: np.ndarray, frame: Frame, rescale: Rescale, tally: _Tally, signs: Signs | None
) -> tuple[np.ndarray, tuple[float, float]]:
    """HU of one slice, padding told from the stored values, and the lowest and highest of them."""
    header = frame.header
    values = _significant(stored, header)
    padding = _padding(header)
    air = None if padding is None else _is_padding(stored, padding)
    if values is not stored:
        different = int(np.count_nonzero(values != stored))
        tally["voxel", "had bits above BitsStored, which are no part of a value"] += different
        _check_bits(stored, frame, air, bool(different) and rescale is None)
        air = None if padding is None else air | _is_padding(values, padding)
    if air is not None:
        count = int(np.count_nonzero(air))
        tally["voxel", "of declared padding became air, -1000 HU"] += count
        value = _padding_hu(padding, frame, rescale, max)
        if count and _TISSUE < value <= _MOST_OF_12_BITS:
            what = f"of declared padding read as {value:g} HU, as tissue may: look for holes in it"
            tally["voxel", what] += count
        air = air if count else None
    if values.dtype.kind == "f":
        values, missing = without_nan(values)
        tally["voxel", "of NaN, no number, became air, -1000 HU"] += int(np.count_nonzero(missing))
        air = missing if air is None else air | missing
    if text(header.elements, "PhotometricInterpretation").upper() == "MONOCHROME1":
        tally["slice", "in MONOCHROME1, a way of showing: HU were not inverted"] += 1
    hu = check_finite(_modality_lut(values, frame, rescale))
    if air is not None:
        np.copyto(hu, hu.dtype.type(hounsfield.AIR), where=air)
    if air is not None and header.lossy:
        _clear_blurred(hu, frame, rescale, padding, tally)
    lowest = float(hu.min())  # while they are in the processor's cache
    if signs and not (frame.lut and rescale is None):
        signs.add(values, frame, rescale, lowest, air)
    return hu, (lowest, float(hu.max()))


def _padding_hu(
    padding: tuple[float, float] | None, frame: Frame, rescale: Rescale, which: Callable[..., float]
) -> float:
    """The HU that padding would have: the highest or the lowest, NaN where there are none."""
    slope, intercept = frame.scaling(rescale)
    if padding is None or slope is None or intercept is None:
        return math.nan
    return which(slope * end + intercept for end in padding)


def _clear_blurred(
    hu: np.ndarray,
    frame: Frame,
    rescale: Rescale,
    padding: tuple[float, float] | None,
    tally: _Tally,
) -> None:
    """Make air of what lossy compression made of padding: values around it, in place.

    Where padding lies below all matter, what else lies there is padding, too, and the edge of it.
    """
    if _padding_hu(padding, frame, rescale, max) < BELOW:
        blurred = hu < BELOW
        what = "near declared padding, blurred by lossy compression, became air, -1000 HU"
        tally["voxel", what] += int(np.count_nonzero(blurred))
        np.copyto(hu, hu.dtype.type(hounsfield.AIR), where=blurred)


def _significant(stored: np.ndarray, header: Header) -> np.ndarray:
    """Stored values without the bits above BitsStored, with the sign where they have one.

    Overlays may hide in those bits, and a signed value of 12 bits need not carry its
    sign into them (PS3.5 8.1.1).
    """
    spare = header.bits[0] - header.bits[1]
    # Shifting back down brings in the sign for a signed type, zeros for an unsigned one.
    return (stored << spare) >> spare if spare else stored


def _check_bits(
    stored: np.ndarray, frame: Frame, padding: np.ndarray | None, doubtful: bool
) -> None:
    """Where it is doubtful, refuse to cut off bits above BitsStored that are part of the values.

    With them the values are HU of matter. With overlays, which stand above 12 bits, they are above
    all that 12 bits can hold.
    """
    header = frame.header
    if not doubtful or frame.lut:
        return
    above = above_stored(stored, header.bits)
    above = above if padding is None else above & ~padding
    slope, intercept = frame.scaling(None)
    hu = stored[above].astype(np.float64) * slope + intercept
    count = int(np.count_nonzero((hu >= hounsfield.AIR) & (hu <= _MOST_OF_12_BITS)))
    if not count or count < 0.9 * hu.size:
        return
    message = (
        f"{counted(count, 'voxel')} have bits above BitsStored ({header.bits[1]}), and with these "
        f"bits they are HU of matter, up to {hu.max():.0f}: BitsStored is wrong, as it seems. "
        f"Correct it, or pass rescale=({slope:g}, {intercept:g}) to leave these bits out"
    )
    raise LoadError(message)


def _padding(header: Header) -> tuple[float, float] | None:
    """First and last stored value of padding, or None (PS3.3 C.7.5.1.1.2)."""
    prefix = "Float" if header.float_type else ""
    first = number(header.elements, f"{prefix}PixelPaddingValue")
    if first is None:
        return None
    ends = first, number(header.elements, f"{prefix}PixelPaddingRangeLimit", first)
    return ends if header.float_type else padding_ends(*ends, header.bits[0], header.signed)


def padding_ends(first: float, last: float, allocated: int, signed: bool) -> tuple[int, int]:
    """First and last stored value of padding, as the numbers that pixels of that kind are."""
    # Written as US on signed pixels, -2000 reads 63536: the same bits.
    size = 1 << allocated
    low = -size // 2 if signed else 0
    return (int(first) - low) % size + low, (int(last) - low) % size + low


def _is_padding(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    # Mostly there is no range, and one comparison takes a third of the time of two.
    one = ends[0] == ends[1]
    return values == ends[0] if one else hounsfield.is_padding(values, ends)


def _modality_lut(values: np.ndarray, frame: Frame, rescale: Rescale) -> np.ndarray:
    if rescale is None and frame.lut:
        return hounsfield.to_hu(_apply_lut(values, frame.lut, frame.header.signed), 1, 0)
    slope, intercept = frame.scaling(rescale)
    with np.errstate(over="ignore", invalid="ignore"):
        return hounsfield.to_hu(values, slope, intercept)


def _apply_lut(values: np.ndarray, lut: Elements, signed: bool) -> np.ndarray:
    """Look stored values up in the Modality LUT (PS3.3 C.11.1.1.1)."""
    descriptor, table = numbers(lut, "LUTDescriptor"), np.array(numbers(lut, "LUTData"))
    if len(descriptor) != 3 or len(table) != (descriptor[0] or 65536) or table.max() > 32767:
        message = "the entries of its Modality LUT contradict the LUT's descriptor"
        raise LoadError(message)
    first = int(descriptor[1]) - (65536 if signed and descriptor[1] > 32767 else 0)
    index = np.clip(values.astype(np.int64) - first, 0, len(table) - 1)
    return table.astype(np.int16)[index]


def _count_lossy(header: Header, packed: bytes, tally: _Tally) -> None:
    """Note lossy compression, by the stream, by its transfer syntax or by the header."""
    if told := lossy(header, packed):
        header.lossy = True
        tally["slice", told] += 1


def _packed(header: Header, ks: list[int], frames: Sequence[Frame], tally: _Tally) -> list[bytes]:
    """The compressed bytes of those frames `ks` of a file."""
    with reading(header.name):
        found = fragments(header)
        found = [found[frames[k].index] for k in ks]
        for packed in found:
            _count_lossy(header, packed, tally)
    return found
