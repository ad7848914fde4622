"""From the pixels of checked DICOM slices to one array of HU.

Uncompressed slices are read straight into the final array and rescaled there, while
they are still in the processor's cache. Compressed ones go through pydicom's decoders.
"""

import io
import os
import struct
import sys
from contextlib import contextmanager
from itertools import groupby

import numpy as np

from . import hounsfield
from .archives import inflate
from .dicom_headers import (
    IMPLICIT,
    NATIVE,
    has,
    items,
    number,
    numbers,
    text,
)
from .errors import LoadError

_RLE = f"{IMPLICIT}.5"
_JPEG_12 = f"{IMPLICIT}.4.51"
# Of the decoders that pydicom finds: measured on CT slices, fastest first.
_FASTEST = ("pylibjpeg", "pyjpegls", "gdcm", "pillow", "pydicom")
_LOSSY = {
    f"{IMPLICIT}.4.50": "JPEG baseline",
    _JPEG_12: "JPEG extended",
    f"{IMPLICIT}.4.81": "JPEG-LS near-lossless",
    f"{IMPLICIT}.4.91": "JPEG 2000",
    f"{IMPLICIT}.4.203": "High-Throughput JPEG 2000",
}
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"


class Tally:
    """What was met while the pixels were read, for the report."""

    def __init__(self):
        self.padding = self.cleared = self.not_a_number = self.packed = self.raw = 0
        self.lossy, self.monochrome1 = set(), False

    def sentences(self):
        """A sentence for each thing that was met."""
        if self.padding:
            yield f"{self.padding:,} voxels of declared padding became air, -1000 HU"
        if self.not_a_number:
            yield f"{self.not_a_number:,} voxels that were no number became air, -1000 HU"
        if self.cleared:
            yield f"{self.cleared:,} voxels had bits above BitsStored, which are no value: left out"
        if self.monochrome1:
            yield "MONOCHROME1 is a way of showing: the HU were not inverted"
        for name in sorted(self.lossy):
            ratio = f", {self.raw / self.packed:.1f} to 1" if self.packed else ""
            yield f"lossy compression ({name}{ratio}): not quite the HU that were measured"


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
    tally = Tally()
    stack = np.empty((len(frames), *frames[0].header.shape), np.int16)
    for _, ks in groupby(progress(_by_file(frames), "slices"), key=lambda k: id(frames[k].header)):
        ks = list(ks)
        header = frames[ks[0]].header
        wanted = [(frames[k].index, _memory(stack, k)) for k in ks]
        for k, stored in zip(ks, _stored(header, wanted, tally, zip_limits), strict=True):
            hu = _to_hu(stored, frames[k], rescale, tally)
            if hu.dtype != stack.dtype:
                stack = stack.astype(np.float32)
            stack[k] = hu
    return stack, list(tally.sentences())


def progress(items, what):
    """`items` with a progress bar once it takes over a second, unless CTKIT_PROGRESS=0."""
    if os.environ.get("CTKIT_PROGRESS") == "0":
        return items
    from tqdm import tqdm

    return tqdm(items, desc=f"reading {what}", delay=1.0, leave=False)


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


def stored_values(frame, zip_limits=None):
    """The stored values of one frame, as the file has them, (rows, columns)."""
    memory = np.empty(frame.header.shape, np.int16)
    return next(iter(_stored(frame.header, [(frame.index, memory)], Tally(), zip_limits)))


def significant(stored, bits):
    """Stored values without the bits above BitsStored, with the sign where they have one.

    Overlays may hide in those bits, and a signed value of 12 bits need not carry its
    sign into them (PS3.5 8.1.1).
    """
    allocated, used = bits
    if allocated == used or stored.dtype.kind == "f":
        return stored
    spare = allocated - used
    # Shifting back down brings in the sign for a signed type, zeros for an unsigned one.
    return (stored << spare) >> spare


def _by_file(frames):
    """Indices of frames, those of one file together, so that it is opened once."""
    return sorted(range(len(frames)), key=lambda k: (frames[k].header.source.path, frames[k].index))


def _memory(stack, k):
    """Where a slice of 16 bits can be read to: its place in the stack, if that is int16."""
    return stack[k] if stack.dtype == np.int16 else np.empty(stack.shape[1:], np.int16)


def _stored(header, wanted, tally, zip_limits):
    """Yield the stored values of the wanted (frame, memory) of one file."""
    if header.syntax not in NATIVE:
        yield from _decoded(header, [index for index, _ in wanted], tally)
        return
    _note_lossy(header, tally)
    with _open(header, zip_limits) as file:
        for index, memory in wanted:
            file.seek(header.offset + index * header.frame_bytes)
            yield _read_native(file, header, memory)


def _open(header, zip_limits):
    if not header.deflated:
        return open(header.source.path, "rb", buffering=0)
    with open(header.source.path, "rb") as file:
        file.seek(header.deflated)
        return io.BytesIO(inflate(file.read(), header.name, zip_limits))


def _read_native(file, header, memory):
    wanted = _stored_type(header)
    values = (
        memory if wanted.itemsize == 2 and wanted.kind != "f" else np.empty(header.shape, wanted)
    )
    if file.readinto(values.data.cast("B")) != values.nbytes:
        message = f"{header.name} became shorter while it was read"
        raise LoadError(message)
    if header.little != (sys.byteorder == "little"):
        values.byteswap(inplace=True)
    return values.view(wanted)


def _stored_type(header):
    if header.float_type:
        return np.dtype(header.float_type).newbyteorder("=")
    return np.dtype(f"{'i' if header.signed else 'u'}{header.bits[0] // 8}")


def _to_hu(stored, frame, rescale, tally):
    """HU of one slice: padding told from the stored values, then the Modality LUT."""
    header = frame.header
    values = significant(stored, header.bits)
    padding = _padding(header)
    air = None if padding is None else hounsfield.is_padding(stored, padding)
    if values is not stored:
        tally.cleared += np.count_nonzero(values != stored)
        air = None if padding is None else air | hounsfield.is_padding(values, padding)
    if values.dtype.kind == "f":
        values, air = _without_nan(values, air, header, tally)
    hu = _modality_lut(values, frame, rescale)
    tally.monochrome1 |= text(header.elements, "PhotometricInterpretation") == "MONOCHROME1"
    if air is not None:
        tally.padding += np.count_nonzero(air)
        np.copyto(hu, hu.dtype.type(hounsfield.AIR), where=air)
    return hu


def _without_nan(values, air, header, tally):
    missing = np.isnan(values)
    if np.isinf(values).any():
        message = f"{header.name} holds infinite values"
        raise LoadError(message)
    tally.not_a_number += np.count_nonzero(missing)
    tally.padding -= np.count_nonzero(missing)
    return np.where(missing, 0, values), missing if air is None else air | missing


def _padding(header):
    """First and last stored value of padding, or None (PS3.3 C.7.5.1.1.2)."""
    prefix = "Float" if header.float_type else ""
    first = number(header.elements, f"{prefix}PixelPaddingValue")
    if first is None:
        return None
    last = number(header.elements, f"{prefix}PixelPaddingRangeLimit", first)
    if header.float_type:
        return first, last
    # Written as US on signed pixels, -2000 reads 63536: the same bits.
    size = 1 << header.bits[0]
    low = -size // 2 if header.signed else 0
    return tuple((int(value) - low) % size + low for value in (first, last))


def _modality_lut(values, frame, rescale):
    if rescale is None and has(frame.header.elements, "ModalityLUTSequence"):
        return hounsfield.to_hu(_apply_lut(values, frame.header), 1, 0)
    slope, intercept = rescale or (frame.slope, frame.intercept)
    return hounsfield.to_hu(values, slope, intercept)


def _apply_lut(values, header):
    """Look stored values up in the Modality LUT (PS3.3 C.11.1.1.1)."""
    lut = items(header.elements, "ModalityLUTSequence")[0]
    descriptor, table = numbers(lut, "LUTDescriptor"), np.array(numbers(lut, "LUTData"))
    if len(descriptor) != 3 or len(table) != (descriptor[0] or 65536) or table.max() > 32767:
        message = f"the Modality LUT of {header.name} has entries that contradict its descriptor"
        raise LoadError(message)
    first = int(descriptor[1]) - (65536 if header.signed and descriptor[1] > 32767 else 0)
    index = np.clip(values.astype(np.int64) - first, 0, len(table) - 1)
    return table.astype(np.int16)[index]


def _note_lossy(header, tally, name="named in the header"):
    if text(header.elements, "LossyImageCompression") == "01":
        ratio = number(header.elements, "LossyImageCompressionRatio")
        tally.lossy.add(f"{name}, ratio {ratio:g}" if ratio else name)


def _decoded(header, indices, tally):
    """Yield the decoded stored values of frames of a compressed file."""
    from pydicom.encaps import encapsulate

    decoder = _decoder(header)
    frames = _fragments(header)
    for index in indices:
        _check_codestream(frames[index], header)
        try:
            if header.syntax == _JPEG_12 and header.bits[1] > 8:
                values = _decode_jpeg_12(frames[index], header)
            else:
                values, _ = decoder.as_array(
                    encapsulate([frames[index]]),
                    index=0,
                    raw=True,
                    decoding_plugin=min(decoder.available_plugins, key=_FASTEST.index),
                    **_description(header),
                )
            values = values.reshape(header.shape)
        # Each decoder has its own kinds of error for a damaged stream.
        except Exception as error:
            message = f"the pixels of {header.name} can't be decoded: {type(error).__name__}"
            raise LoadError(message) from None
        _count_lossy(header, len(frames[index]), tally)
        yield values


def _decoder(header):
    from pydicom.pixels import get_decoder

    try:
        decoder = get_decoder(header.syntax)
    except NotImplementedError:
        message = f"{header.name} has the transfer syntax {header.syntax[:64]}, which is not known"
        raise LoadError(message) from None
    if not decoder.is_available:
        message = f"{header.name} is {decoder.UID.name}: no decoder for it is installed"
        raise LoadError(message)
    return decoder


def _decode_jpeg_12(packed, header):
    """12-bit JPEG, which GDCM decodes, but pydicom's use of GDCM does not."""
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(packed)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.shape[1], header.shape[0], 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGExtendedProcess2_4))
    stored = header.bits[1]
    image.SetPixelFormat(gdcm.PixelFormat(1, header.bits[0], stored, stored - 1, header.signed))
    with _quiet():
        content = image.GetBuffer().encode("utf-8", "surrogateescape")
    return np.frombuffer(content, _stored_type(header))


@contextmanager
def _quiet():
    """GDCM tries 8 bits first, and its library prints that this fails."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _description(header):
    return {
        "number_of_frames": 1,
        "rows": header.shape[0],
        "columns": header.shape[1],
        "samples_per_pixel": 1,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_representation": int(header.signed),
        "bits_allocated": header.bits[0],
        "bits_stored": header.bits[1],
        "pixel_keyword": "PixelData",
    }


def _count_lossy(header, packed, tally):
    name = _LOSSY.get(header.syntax)
    declared = text(header.elements, "LossyImageCompression")
    # JPEG 2000 may be either in the same transfer syntax.
    if name and not (declared == "00" and "2000" in name):
        tally.lossy.add(name)
        tally.packed += packed
        tally.raw += header.frame_bytes
    else:
        _note_lossy(header, tally)


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
        message = f"{header.name} is cut short or damaged: its compressed pixels have no end"
        raise LoadError(message)
    count = len(header.frames)
    try:
        found = list(generate_frames(value[:at], number_of_frames=count))
    except ValueError as error:
        message = f"the fragments of the pixels of {header.name} make no sense: {error}"
        raise LoadError(message) from None
    if len(found) != count:
        message = f"{header.name} says {count} frames, but holds {len(found)}"
        raise LoadError(message)
    return found


def _check_codestream(packed, header):
    """A stream that announces another picture than the header is not decoded at all."""
    rows, columns = header.shape
    if header.syntax == _RLE:
        # A run of 128 takes two bytes: nothing packs better.
        found = header.shape if rows * columns * header.bits[0] // 8 <= 64 * len(packed) else None
    else:
        found = _codestream_shape(packed)
    if found != header.shape:
        message = (
            f"the compressed pixels of {header.name} describe a picture of "
            f"{found or 'unknown'} (rows, columns), its header one of {header.shape}"
        )
        raise LoadError(message)


def _codestream_shape(data):
    """(rows, columns) as a JPEG, JPEG-LS or JPEG 2000 stream says them, or None."""
    start = data.find(b"\xff\x4f\xff\x51", 0, 512)
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
