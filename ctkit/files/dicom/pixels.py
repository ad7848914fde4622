"""From the pixels of checked DICOM slices to one array of HU.

Uncompressed slices are read straight into the final array and rescaled there, while
they are still in the processor's cache. Compressed ones go through pydicom's decoders.
"""

import io
import os
import sys
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from ... import hounsfield
from ...errors import LoadError
from ..sources import inflate, progress, quiet, reading
from ..values import check_finite, without_nan
from .decoding import JPEG_12, decode_frame, fragments
from .headers import IMPLICIT, NATIVE, number, numbers, text

_LOSSY = {
    f"{IMPLICIT}.4.50": "JPEG baseline",
    JPEG_12: "JPEG extended",
    f"{IMPLICIT}.4.81": "JPEG-LS near-lossless",
    f"{IMPLICIT}.4.91": "JPEG 2000",
    f"{IMPLICIT}.4.203": "High-Throughput JPEG 2000",
}
_THREADS = min(4, os.cpu_count() or 1)


def read_stack(frames, rescale=None, zip_limits=None):
    """The HU of slices of the same shape, in the order given.

    Parameters
    ----------
    frames : sequence of Frame
    rescale : (slope, intercept), optional
        Used in place of what the files say.
    zip_limits : mapping, optional
        Its ratio limits deflated files.

    Returns
    -------
    (slice, row, column) ndarray, int16 where that is exact, else float32
    list of str, what was met

    Raises
    ------
    LoadError
        Where pixels can't be decoded.
    """
    tally = Counter()
    stack = np.empty((len(frames), *frames[0].header.shape), np.int16)
    with quiet():  # for the decoding threads, too
        for k, stored in _stored(frames, tally, zip_limits):
            with reading(frames[k].header.name):
                hu = _to_hu(stored(stack[k]), frames[k], rescale, tally)
            if hu.dtype != stack.dtype:
                stack = stack.astype(np.float32)
            stack[k] = hu
    return stack, [f"{count:,} {what}" for what, count in tally.items() if count]


def _stored(frames, tally, zip_limits):
    """Yield k and a function of the memory of slice k that returns its stored values.

    Compressed slices are decoded in threads, a few ahead of the one that is yielded.
    """
    # All frames of one file together, so that it is opened once.
    order = sorted(range(len(frames)), key=lambda k: (frames[k].header.name, frames[k].index))
    ahead = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for _, ks in groupby(progress(order, "slices"), key=lambda k: id(frames[k].header)):
            ks = list(ks)
            header = frames[ks[0]].header
            if header.syntax in NATIVE:
                with _open(header, tally, zip_limits) as file:
                    for k in ks:
                        yield k, partial(_read_native, file, header, frames[k].index)
                continue
            what = header.syntax, header.shape, header.bits, header.signed
            for k, packed in zip(ks, _packed(header, ks, frames, tally), strict=True):
                ahead.append((k, pool.submit(decode_frame, packed, *what)))
                if len(ahead) > _THREADS:
                    yield _decoded(*ahead.popleft())
        for k, job in ahead:
            yield _decoded(k, job)


def _decoded(k, job):
    return k, lambda memory: job.result()


def _open(header, tally, zip_limits):
    """The file of a header, inflated where it is deflated."""
    with reading(header.name):
        _count_lossy(header, 0, tally)
        if header.deflated:
            packed = Path(header.source.path).read_bytes()[header.deflated :]
            return io.BytesIO(inflate(packed, zip_limits))
        return open(header.source.path, "rb", buffering=0)


def _read_native(file, header, index, memory):
    """One uncompressed frame, in `memory` (a slice of the stack) where it has 16 bits."""
    kind = _stored_type(header)
    fits = kind.itemsize == memory.itemsize and kind.kind != "f"
    values = memory if fits else np.empty(header.shape, kind)
    file.seek(header.offset + index * header.frame_bytes)
    if file.readinto(values.data.cast("B")) != values.nbytes:
        message = "it became shorter while it was read"
        raise LoadError(message)
    if header.little != (sys.byteorder == "little"):
        values.byteswap(inplace=True)
    return values.view(kind)


def _stored_type(header):
    size = header.bits[0] // 8
    return np.dtype(header.float_type or f"{'i' if header.signed else 'u'}{size}")


def _to_hu(stored, frame, rescale, tally):
    """HU of one slice: padding told from the stored values, then the Modality LUT."""
    header = frame.header
    values = _significant(stored, header)
    padding = _padding(header)
    air = None if padding is None else _is_padding(stored, padding)
    if values is not stored:
        above = "voxels had bits above BitsStored, which are no part of a value"
        tally[above] += np.count_nonzero(values != stored)
        air = None if padding is None else air | _is_padding(values, padding)
    if air is not None:
        count = np.count_nonzero(air)
        tally["voxels of declared padding became air, -1000 HU"] += count
        air = air if count else None
    if values.dtype.kind == "f":
        values, missing = without_nan(values)
        tally["voxels that were no number became air, -1000 HU"] += np.count_nonzero(missing)
        air = missing if air is None else air | missing
    if text(header.elements, "PhotometricInterpretation").upper() == "MONOCHROME1":
        tally["slices are MONOCHROME1, a way of showing them: HU were not inverted"] += 1
    hu = check_finite(_modality_lut(values, frame, rescale))
    if air is not None:
        np.copyto(hu, hu.dtype.type(hounsfield.AIR), where=air)
    return hu


def _significant(stored, header):
    """Stored values without the bits above BitsStored, with the sign where they have one.

    Overlays may hide in those bits, and a signed value of 12 bits need not carry its
    sign into them (PS3.5 8.1.1).
    """
    spare = header.bits[0] - header.bits[1]
    # Shifting back down brings in the sign for a signed type, zeros for an unsigned one.
    return (stored << spare) >> spare if spare else stored


def _padding(header):
    """First and last stored value of padding, or None (PS3.3 C.7.5.1.1.2)."""
    prefix = "Float" if header.float_type else ""
    first = number(header.elements, f"{prefix}PixelPaddingValue")
    if first is None:
        return None
    ends = first, number(header.elements, f"{prefix}PixelPaddingRangeLimit", first)
    return ends if header.float_type else padding_ends(*ends, header.bits[0], header.signed)


def padding_ends(first, last, allocated, signed):
    """First and last stored value of padding, as the numbers that pixels of that kind are."""
    # Written as US on signed pixels, -2000 reads 63536: the same bits.
    size = 1 << allocated
    low = -size // 2 if signed else 0
    return tuple((int(end) - low) % size + low for end in (first, last))


def _is_padding(values, ends):
    # Mostly there is no range, and one comparison takes a third of the time of two.
    one = ends[0] == ends[1]
    return values == ends[0] if one else hounsfield.is_padding(values, ends)


def _modality_lut(values, frame, rescale):
    if rescale is None and frame.lut:
        return hounsfield.to_hu(_apply_lut(values, frame.lut, frame.header.signed), 1, 0)
    slope, intercept = rescale or (frame.slope, frame.intercept)
    with np.errstate(over="ignore", invalid="ignore"):
        return hounsfield.to_hu(values, slope, intercept)


def _apply_lut(values, lut, signed):
    """Look stored values up in the Modality LUT (PS3.3 C.11.1.1.1)."""
    descriptor, table = numbers(lut, "LUTDescriptor"), np.array(numbers(lut, "LUTData"))
    if len(descriptor) != 3 or len(table) != (descriptor[0] or 65536) or table.max() > 32767:
        message = "the entries of its Modality LUT contradict the LUT's descriptor"
        raise LoadError(message)
    first = int(descriptor[1]) - (65536 if signed and descriptor[1] > 32767 else 0)
    index = np.clip(values.astype(np.int64) - first, 0, len(table) - 1)
    return table.astype(np.int16)[index]


def _count_lossy(header, packed, tally):
    """Note lossy compression, by its transfer syntax or by what the header says of it."""
    name, declared = _LOSSY.get(header.syntax), text(header.elements, "LossyImageCompression")
    # JPEG 2000 may be either in the same transfer syntax.
    if declared == "01" or (name and not (declared == "00" and "2000" in name)):
        ratio = number(header.elements, "LossyImageCompressionRatio")
        ratio = ratio or (header.frame_bytes / packed if packed else None)
        told = f", about {ratio:.0f} to 1" if ratio else ""
        tally[f"slices of lossy compression ({name or 'by the header'}{told}): HU are inexact"] += 1


def _packed(header, ks, frames, tally):
    """The compressed bytes of those frames `ks` of a file."""
    with reading(header.name):
        found = fragments(header)
        found = [found[frames[k].index] for k in ks]
        for packed in found:
            _count_lossy(header, len(packed), tally)
    return found
