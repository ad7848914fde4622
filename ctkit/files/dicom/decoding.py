"""Compressed frames: their bytes in a file, and the stored values that a decoder makes of them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from ...errors import LoadError
from ..damage import library
from ..wording import counted
from . import gdcm_worker
from .headers import IMPLICIT, Header

_RLE, JPEG_12 = f"{IMPLICIT}.5", f"{IMPLICIT}.4.51"
_JPEG_2000, _SIZ = (f"{IMPLICIT}.4.90", f"{IMPLICIT}.4.91"), b"\xff\x4f\xff\x51"
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
# Of the decoders that pydicom finds: measured on CT slices, fastest first.
_FASTEST = ("pylibjpeg", "pyjpegls", "pillow", "pydicom")
_FAILED = "its compressed pixels can't be decoded"


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
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder

    with library(_FAILED):
        decoder = get_decoder(syntax)
    _check_codestream(packed, syntax, shape, bits)
    if not decoder.is_available:
        message = f"no decoder for its {decoder.UID.name} is installed"
        raise LoadError(message)
    # GDCM must not run in this process, pillow refuses 12 bits.
    plain = _is_plain_jpeg_2000(packed, syntax, bits, signed)
    by_gdcm = plain or (syntax == JPEG_12 and bits[1] > 8)
    usable = set(_FASTEST) & set(() if by_gdcm else decoder.available_plugins)
    if not usable:
        with library(_FAILED):
            content = gdcm_worker.decode(packed, syntax, shape, bits, signed)
        return np.frombuffer(content, f"{'i' if signed else 'u'}{bits[0] // 8}").reshape(shape)
    description: dict[str, Any] = {
        "number_of_frames": 1,
        "rows": shape[0],
        "columns": shape[1],
        "samples_per_pixel": 1,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_representation": int(signed),
        "bits_allocated": bits[0],
        "bits_stored": bits[1],
        "pixel_keyword": "PixelData",
        "decoding_plugin": min(usable, key=_FASTEST.index),
    }
    with library(_FAILED):
        return decoder.as_array(encapsulate([packed]), index=0, raw=True, **description)[0]


def fragments(header: Header) -> list[bytes]:
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
    count = len(header.frames)
    with library("its compressed pixels can't be told frame by frame"):
        found = list(generate_frames(value[:at], number_of_frames=count))
    if len(found) != count:
        message = f"its header describes {counted(count, 'frame')}, but it holds {len(found)}"
        raise LoadError(message)
    return found


def _check_codestream(
    packed: bytes, syntax: str, shape: tuple[int, int], bits: tuple[int, int]
) -> None:
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


def _is_plain_jpeg_2000(packed: bytes, syntax: str, bits: tuple[int, int], signed: bool) -> bool:
    """Whether this is JPEG 2000 (not HTJ2K) of the very numbers that the header describes.

    For other ones pydicom's decoders know what to do.
    """
    start = packed.find(_SIZ, 0, 512)
    said = packed[start + 42] if 0 <= start < len(packed) - 42 else None  # sign, depth - 1
    return syntax in _JPEG_2000 and said == signed << 7 | bits[1] - 1


def _codestream_shape(data: bytes) -> tuple[int, int] | None:
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
