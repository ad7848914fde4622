"""Compressed frames: their bytes in a file, and the stored values that a decoder makes of them."""

from __future__ import annotations

import struct
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ...errors import LoadError
from ..damage import library
from ..wording import counted
from . import worker
from .codestreams import Codestream, read_codestream
from .headers import IMPLICIT, Header

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import Decoder

_RLE, JPEG_12 = f"{IMPLICIT}.5", f"{IMPLICIT}.4.51"
_JPEG_2000 = (f"{IMPLICIT}.4.90", f"{IMPLICIT}.4.91")
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
# Of the decoders that pydicom finds: measured on CT slices, fastest first.
_FASTEST = ("pylibjpeg", "pyjpegls", "pillow", "pydicom", "gdcm")
#: Which package to install where no decoder is found, by words of the syntax's name.
REMEDIES = {
    "JPEG 2000": "pylibjpeg pylibjpeg-openjpeg",
    "RLE": "pylibjpeg pylibjpeg-rle",
    "JPEG": "python-gdcm",
}
# Those that pydicom has no name for.
_NAMES = {
    f"{IMPLICIT}.4.110": "JPEG XL Lossless",
    f"{IMPLICIT}.4.111": "JPEG XL JPEG Recompression",
    f"{IMPLICIT}.4.112": "JPEG XL",
    f"{IMPLICIT}.8.1": "Deflated Image Frame Compression",
}
_MOST_RLE = 2**20  # pixels of a frame that is decoded in this process
_MOST_IN_TAB = 2**26  # bytes of a frame where no other process can decode it


def decode_frame(
    packed: bytes, syntax: str, shape: tuple[int, int], bits: tuple[int, int], signed: bool
) -> np.ndarray:
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

    Raises
    ------
    LoadError
        Where no decoder knows the syntax, or it can't decode the frame.
    """
    decoder, said = _decoder(syntax), None
    if syntax == _RLE:
        _check_rle(packed, shape, bits)
        if (values := _decode_rle(packed, shape, bits)) is not None:
            return values.view(worker.stored_type(bits, signed))
    else:
        said = _check_codestream(packed, shape, bits)
    plugin = _plugin(decoder, said, bits, signed)
    try:
        if sys.platform == "emscripten":  # no process can be started there
            values = _decode_in_tab(plugin, packed, syntax, shape, bits, signed)
            return _check_bits(values, said, bits)
        content = worker.decode(plugin, packed, syntax, shape, bits, signed)
    except worker.DecodeTimeoutError as error:
        message = (
            f"its compressed pixels take longer to decode than any picture of {_size(shape)} "
            "pixels: they are damaged, or made to"
        )
        raise LoadError(message) from error
    except worker.DecodeError as error:
        message = (
            f"its compressed pixels are damaged: no picture of {_size(shape)} pixels comes of "
            f"its {decoder.UID.name}"
        )
        raise LoadError(message) from error
    values = np.frombuffer(content, worker.stored_type(bits, signed)).reshape(shape)
    return _check_bits(values, said, bits)


def above_stored(values: np.ndarray, bits: tuple[int, int]) -> np.ndarray:
    """Where stored values have bits above BitsStored that are no copies of the sign, bool."""
    allocated, stored = bits
    above = values.view(f"u{values.itemsize}") >> (stored - 1)
    if values.dtype.kind == "i":
        # A sign need not be carried up there, or is carried all the way.
        above = np.where((above == 1) | (above == (1 << allocated - stored + 1) - 1), 0, above)
    return above > 1


def fragments(header: Header) -> list[bytes]:
    """The packed bytes of each frame, once it is sure that the last of them is there."""
    from pydicom.encaps import generate_frames

    with open(header.source.path, "rb") as file:
        file.seek(header.offset)
        value = file.read()
    if value[:4] != _ITEM:
        message = (
            f"its transfer syntax says {_name(header.syntax)}, but its pixels are not compressed. "
            "If they are plain, correct its TransferSyntaxUID (0002,0010)"
        )
        raise LoadError(message)
    at = 0
    while value[at : at + 4] == _ITEM and len(value) >= at + 8:
        at += 8 + struct.unpack("<L", value[at + 4 : at + 8])[0]
    if value[at : at + 4] != _END:
        message = (
            "it is cut short or damaged: its compressed pixels have no end. They end after "
            f"{counted(min(at, len(value)), 'byte')}"
        )
        raise LoadError(message)
    count = len(header.frames)
    with library("its compressed pixels can't be told frame by frame"):
        found = list(generate_frames(value[:at], number_of_frames=count))
    if len(found) != count:
        message = f"its header describes {counted(count, 'frame')}, but it holds {len(found)}"
        raise LoadError(message)
    return found


def _decoder(syntax: str) -> Decoder:
    """What decodes a syntax, once it is sure that there is such a thing."""
    from pydicom.pixels import get_decoder

    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        decoder = None
    if decoder is None:
        message = (
            f"its pixels are compressed as {_name(syntax)}, which ctkit doesn't decode. Ask for "
            "the scan uncompressed, or unpack it first with the program that packed it"
        )
        raise LoadError(message)
    if not decoder.is_available:
        remedy = next(packages for word, packages in REMEDIES.items() if word in decoder.UID.name)
        raise LoadError(_no_decoder(decoder.UID.name, remedy))
    return decoder


def _no_decoder(what: str, remedy: str) -> str:
    """A sentence: which package is missing, or that none can be had in a browser tab."""
    if sys.platform == "emscripten":
        return (
            f"its {what} can't be decoded in a browser tab: open it with ctkit in Python on your "
            "own machine, or ask for the scan uncompressed"
        )
    return f"no decoder for its {what} is installed: pip install {remedy}"


def _name(syntax: str) -> str:
    """The name of a transfer syntax, and its UID."""
    from pydicom.uid import UID

    name = _NAMES.get(syntax) or UID(syntax, validation_mode=0).name
    return syntax if name == syntax else f"{name} ({syntax})"


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]} x {shape[1]}"


def _check_rle(packed: bytes, shape: tuple[int, int], bits: tuple[int, int]) -> None:
    """One segment for each byte of a pixel (PS3.5 G.4), and none that holds too little."""
    found = _rle_segments(packed)
    # A run of 128 takes two bytes: nothing packs better.
    shortest = max(shape[0] * shape[1] // 64, 1)
    if len(found) != bits[0] // 8 or any(len(segment) < shortest for segment in found):
        message = (
            f"its compressed pixels are damaged or cut short: {counted(len(packed), 'byte')} of "
            f"RLE Lossless give no picture of {_size(shape)} pixels of {bits[0]} bits"
        )
        raise LoadError(message)


def _rle_segments(packed: bytes) -> list[bytes]:
    """The segments of a frame, the most significant byte first; [] where it has no header."""
    count, *starts = struct.unpack("<16L", packed[:64].ljust(64, b"\0"))
    ends = [*starts[:count], len(packed)]
    return [packed[a:b] for a, b in pairwise(ends)] if min(ends) >= 64 else []


def _decode_rle(packed: bytes, shape: tuple[int, int], bits: tuple[int, int]) -> np.ndarray | None:
    """Unsigned values of a frame of ordinary size, or None where that takes another process.

    Byte by byte: handed a whole frame, this decoder panics where a segment runs over the end.
    """
    pixels = shape[0] * shape[1]
    segments = _rle_segments(packed)
    # A run may unpack to 64 times its bytes, whatever the frame's size is.
    if pixels > _MOST_RLE or max(map(len, segments)) > 1.25 * pixels + 64:
        return None
    values = np.zeros(pixels, f"u{bits[0] // 8}")
    try:
        from rle.rle import decode_segment

        for segment in segments:
            if values.itemsize > 1:
                values <<= 8
            unpacked = decode_segment(segment)
            if len(unpacked) != pixels:
                return None
            values |= np.frombuffer(unpacked, np.uint8)
    except (ImportError, ValueError):  # no such package, or damaged
        return None
    return values.reshape(shape)


def _check_codestream(packed: bytes, shape: tuple[int, int], bits: tuple[int, int]) -> Codestream:
    """A stream that announces another picture than the header is not decoded at all."""
    said = read_codestream(packed)
    if said is None or (said.shape, said.components) != (shape, 1) or said.precision > bits[0]:
        found = "nothing that is known"
        if said is not None:
            found = f"{_size(said.shape)} pixels of {said.precision} bits"
            found += f" in {said.components:,} colours" if said.components != 1 else ""
        message = (
            f"its compressed pixels describe {found}, its header {_size(shape)} pixels of "
            f"{bits[0]} bits"
        )
        raise LoadError(message)
    if said.scans > 1:  # PS3.5 8.2.1 to 8.2.3: one component in one
        message = f"its compressed pixels come in {said.scans:,} scans, where DICOM has one"
        raise LoadError(message)
    if not said.whole:
        message = (
            f"its compressed pixels end after {counted(len(packed), 'byte')}, before the picture "
            "does: it is cut short or damaged"
        )
        raise LoadError(message)
    return said


def _check_bits(values: np.ndarray, said: Codestream | None, bits: tuple[int, int]) -> np.ndarray:
    """The values, unless the stream has more bits than BitsStored, and needs them.

    A stream of all allocated bits says nothing: it holds whatever stood there, overlays too.
    """
    if said is None or not bits[1] < said.precision < bits[0]:
        return values
    if above_stored(values, bits).any():
        message = (
            f"its compressed pixels are values of {said.precision} bits, and use them, but its "
            f"header says {bits[1]} (BitsStored): the highest ones would be cut off. Correct "
            "BitsStored (0028,0101) and HighBit (0028,0102)"
        )
        raise LoadError(message)
    return values


def _plugin(decoder: Decoder, said: Codestream | None, bits: tuple[int, int], signed: bool) -> str:
    """The fastest decoder of what can decode it rightly."""
    usable = set(decoder.available_plugins)
    syntax = decoder.UID
    # The same numbers in stream and header: for other ones pydicom's decoders know what to do.
    plain = said is not None and (said.precision, said.signed) == (bits[1], signed)
    if "gdcm" in usable and syntax in _JPEG_2000 and plain:
        return "gdcm"
    if syntax == JPEG_12 and bits[1] > 8:
        usable.discard("pillow")  # it refuses 12 bits
    if not usable:
        raise LoadError(_no_decoder(f"{syntax.name} of {bits[1]} bits", REMEDIES["JPEG"]))
    return min(usable, key=_FASTEST.index)


def _decode_in_tab(
    plugin: str,
    packed: bytes,
    syntax: str,
    shape: tuple[int, int],
    bits: tuple[int, int],
    signed: bool,
) -> np.ndarray:
    """Decode in this process, of which nothing but the size of the frame can be limited."""
    if (size := shape[0] * shape[1] * bits[0] // 8) > _MOST_IN_TAB:
        message = f"a frame of {size:,} bytes is too large to be decoded in a browser tab"
        raise LoadError(message)
    with library(f"its compressed pixels are damaged: no picture of {_size(shape)} pixels"):
        return worker.by_pydicom(plugin, packed, syntax, shape, bits, signed)
