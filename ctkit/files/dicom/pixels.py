"""From the pixels of checked DICOM slices to one array of HU.

Uncompressed slices are read straight into the final array and rescaled there, while
they are still in the processor's cache. Compressed ones go through pydicom's decoders.
"""

import io
import os
import struct
import sys
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from ... import hounsfield
from ...errors import LoadError
from ..sources import inflate, quiet, reading
from . import gdcm_worker
from .headers import IMPLICIT, NATIVE, number, numbers, text

_RLE, _JPEG_12 = f"{IMPLICIT}.5", f"{IMPLICIT}.4.51"
_LOSSY = {
    f"{IMPLICIT}.4.50": "JPEG baseline",
    _JPEG_12: "JPEG extended",
    f"{IMPLICIT}.4.81": "JPEG-LS near-lossless",
    f"{IMPLICIT}.4.91": "JPEG 2000",
    f"{IMPLICIT}.4.203": "High-Throughput JPEG 2000",
}
# Of the decoders that pydicom finds: measured on CT slices, fastest first.
_FASTEST = ("pylibjpeg", "pyjpegls", "pillow", "pydicom")
_JPEG_2000, _SIZ = (f"{IMPLICIT}.4.90", f"{IMPLICIT}.4.91"), b"\xff\x4f\xff\x51"
_THREADS = min(4, os.cpu_count() or 1)
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"


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


def check_sign(stack):
    """Refuse HU that negative values have when they are marked as unsigned.

    Raises
    ------
    LoadError
        Where more than a hundredth of the voxels has 60,000 HU or more, which no matter has.
    """
    share = np.mean(stack >= 60_000) if stack.dtype != np.int16 else 0
    if share > 0.01:
        message = (
            f"{share:.0%} of the voxels have 60,000 HU or more: negative values look so that are "
            "marked as unsigned (PixelRepresentation); mend the tag, or pass "
            "rescale=(slope, intercept) to take the values as they are"
        )
        raise LoadError(message)


def progress(things, what):
    """`things` with a progress bar once it takes over a second, unless CTKIT_PROGRESS=0."""
    if os.environ.get("CTKIT_PROGRESS") == "0":
        return things
    from tqdm import tqdm

    return tqdm(things, desc=f"reading {what}", delay=1.0, leave=False)


def air_outside(stack):
    """Turn padding that no tag declares into air, in place, and say so."""
    value = hounsfield.undeclared_padding(stack)
    if value is None:
        return []
    count = 0
    for picture in stack:
        outside = picture == value
        count += np.count_nonzero(outside)
        np.copyto(picture, picture.dtype.type(hounsfield.AIR), where=outside)
    return [f"{count:,} voxels of undeclared padding ({value:g} HU) became air, -1000 HU"]


def without_nan(values):
    """Values with 0 for what is no number, and where that was.

    Raises
    ------
    LoadError
        On infinite values.
    """
    if np.isinf(values).any():
        message = "it holds infinite values"
        raise LoadError(message)
    missing = np.isnan(values)
    return np.where(missing, values.dtype.type(0), values), missing


def check_finite(hu):
    """Return HU, or raise a LoadError where the rescale made them overflow."""
    if hu.dtype.kind == "f" and not np.isfinite(hu).all():
        message = "its rescale makes HU that are not finite"
        raise LoadError(message)
    return hu


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
        found = _fragments(header)
        found = [found[frames[k].index] for k in ks]
        for packed in found:
            _count_lossy(header, len(packed), tally)
    return found


def decode_frame(packed, syntax, shape, bits, signed):
    """Decode one compressed frame.

    Parameters
    ----------
    packed : bytes
    syntax : str, the transfer syntax
    shape : (rows, columns)
    bits : (allocated, stored)
    signed : bool

    Returns
    -------
    (rows, columns) ndarray of stored values
    """
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder

    decoder = get_decoder(syntax)
    _check_codestream(packed, syntax, shape, bits)
    if not decoder.is_available:
        message = f"no decoder for its {decoder.UID.name} is installed"
        raise LoadError(message)
    # GDCM must not run in this process, pillow refuses 12 bits.
    plain = _is_plain_jpeg_2000(packed, syntax, bits, signed)
    by_gdcm = plain or (syntax == _JPEG_12 and bits[1] > 8)
    usable = () if by_gdcm else decoder.available_plugins
    plugin = min(set(usable) & set(_FASTEST), key=_FASTEST.index, default=None)
    if plugin is None:
        content = gdcm_worker.decode(packed, syntax, shape, bits, signed)
        return np.frombuffer(content, f"{'i' if signed else 'u'}{bits[0] // 8}").reshape(shape)
    description = {
        "number_of_frames": 1,
        "rows": shape[0],
        "columns": shape[1],
        "samples_per_pixel": 1,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_representation": int(signed),
        "bits_allocated": bits[0],
        "bits_stored": bits[1],
        "pixel_keyword": "PixelData",
    }
    packed = encapsulate([packed])
    return decoder.as_array(packed, index=0, raw=True, decoding_plugin=plugin, **description)[0]


def _fragments(header):
    """The packed bytes of each frame, once it is sure that the last of them is there."""
    from pydicom.encaps import generate_frames

    with open(header.source.path, "rb") as file:
        file.seek(header.offset)
        value = file.read()
    at = 0
    while value[at : at + 4] == _ITEM and len(value) >= at + 8:
        at += 8 + struct.unpack("<L", value[at + 4 : at + 8])[0]
    if value[at : at + 4] != _END:
        message = "it is cut short or damaged: its compressed pixels have no end"
        raise LoadError(message)
    found = list(generate_frames(value[:at], number_of_frames=len(header.frames)))
    if len(found) != len(header.frames):
        message = f"its header describes {len(header.frames)} frames, but it holds {len(found)}"
        raise LoadError(message)
    return found


def _check_codestream(packed, syntax, shape, bits):
    """A stream that announces another picture than the header is not decoded at all."""
    found = _codestream_shape(packed)
    if syntax == _RLE:
        # A run of 128 takes two bytes: nothing packs better.
        found = shape if shape[0] * shape[1] * bits[0] // 8 <= 64 * len(packed) else None
    if found != tuple(shape):
        message = (
            f"its compressed pixels describe a picture of {found or 'unknown'} (rows, columns), "
            f"its header one of {tuple(shape)}"
        )
        raise LoadError(message)


def _is_plain_jpeg_2000(packed, syntax, bits, signed):
    """Whether this is JPEG 2000 (not HTJ2K) of the very numbers that the header describes.

    For other ones pydicom's decoders know what to do.
    """
    start = packed.find(_SIZ, 0, 512)
    said = packed[start + 42] if 0 <= start < len(packed) - 42 else None  # sign, depth - 1
    return syntax in _JPEG_2000 and said == signed << 7 | bits[1] - 1


def _codestream_shape(data):
    """(rows, columns) as a JPEG, JPEG-LS or JPEG 2000 stream says them, or None."""
    start = data.find(_SIZ, 0, 512)
    if start >= 0 and len(data) >= start + 24:  # SOC, SIZ
        right, bottom, left, top = struct.unpack(">4L", data[start + 8 : start + 24])
        return bottom - top, right - left
    at = 2
    while data[at : at + 1] == b"\xff" and len(data) > at + 9:
        marker = data[at + 1]
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            return struct.unpack(">2H", data[at + 5 : at + 9])
        at += 1 if marker == 0xFF else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
