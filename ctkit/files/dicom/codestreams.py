"""What a compressed stream says of its picture, read from its markers before any decoder runs."""

from __future__ import annotations

import struct
from typing import NamedTuple

_SIZ = b"\xff\x4f\xff\x51"  # of JPEG 2000: start of codestream, image and tile size
_COD, _SOT = 0xFF52, 0xFF90  # coding style, start of a tile-part
_LS = 0xF7  # the frame of JPEG-LS
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF, _LS)  # frames of JPEG whose values come back as they were
_NO_FRAMES = (0xC4, 0xC8, 0xCC)  # of the C0 to CF: tables, and a reserved one
_MOST_MARKERS = 1000
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"  # of the fragments of pixel data
_MOST_ITEMS = 100_000
_START = 2**12  # bytes of a stream, in which its header mostly ends


class Codestream(NamedTuple):
    """A stream's own words."""

    shape: tuple[int, int]  # (rows, columns)
    components: int
    precision: int  # bits of a value
    signed: bool | None  # JPEG doesn't say
    loss: str  # what took something from the values, "" where nothing did
    whole: bool  # whether it goes on to its end
    scans: int = 1


def read_codestream(data: bytes) -> Codestream | None:
    """What a JPEG, JPEG-LS or JPEG 2000 stream says, or None where it is none of them.

    References
    ----------
    ITU-T T.81 Annex B (JPEG), T.87 Annex C (JPEG-LS), T.800 Annex A (JPEG 2000).
    """
    start = data.find(_SIZ, 0, 512)  # some wrap the stream in a file format
    try:
        return _jpeg_2000(data, start) if start >= 0 else _jpeg(data)
    except (struct.error, IndexError):  # it ends within its header
        return None


class Glance(NamedTuple):
    """What the compressed pixels of a file give away before they are read."""

    has_end: bool
    signed: bool | None  # as its first stream says it, like its bits
    precision: int


def glance(path: str, offset: int) -> Glance:
    """Whether compressed pixels go on to their end, and what their first stream says of values.

    Parameters
    ----------
    path : str
    offset : int
        Where the pixel data begins. From there it is gone from fragment to fragment (PS3.5 A.4).
    """
    said: tuple[bool | None, int] = None, 0
    with open(path, "rb", buffering=0) as file:
        for number in range(_MOST_ITEMS):
            file.seek(offset)
            head = file.read(8 + (_START if number == 1 else 0))  # the first one holds offsets
            if head[:4] != _ITEM or len(head) < 8:
                return Glance(head[:4] == _END, *said)
            if number == 1:
                found = read_codestream(head[8:])
                said = (found.signed, found.precision) if found else said
            offset += 8 + struct.unpack_from("<L", head, 4)[0]
    return Glance(True, *said)


def _jpeg(data: bytes) -> Codestream | None:
    at, frame = 2, None
    for _ in range(_MOST_MARKERS):
        if data[at] != 0xFF:
            return None
        kind = data[at + 1]
        if kind == 0xFF:  # a fill byte
            at += 1
            continue
        if kind == _LS or (0xC0 <= kind <= 0xCF and kind not in _NO_FRAMES):
            frame = kind, *struct.unpack_from(">B2HB", data, at + 4)
        if kind == 0xDA and frame:  # the scan: pixels follow
            kind, precision, rows, columns, components = frame
            near = data[at + 5 + 2 * data[at + 4]] if kind == _LS else 0
            loss = "JPEG-LS near-lossless" if near else ""
            loss = loss if kind in _LOSSLESS else "the cosine transform of JPEG"
            # Neither comes among pixels; a second scan goes over the whole picture again.
            whole = data.find(b"\xff\xd9", at) > 0
            scans = data.count(b"\xff\xda", at)
            return Codestream((rows, columns), components, precision, None, loss, whole, scans)
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _jpeg_2000(data: bytes, start: int) -> Codestream:
    right, bottom, left, top, *tile = struct.unpack_from(">8L", data, start + 8)
    components, depth = struct.unpack_from(">HB", data, start + 40)
    at, loss = start + 2, ""
    for _ in range(_MOST_MARKERS):
        marker, length = struct.unpack_from(">2H", data, at)
        if marker == _SOT:
            break
        if marker == _COD:
            # The other one, 5-3, is reversible.
            loss = "" if data[at + 13] else "the 9/7 wavelet of JPEG 2000"
        at += 2 + length
    tiles = _tiles((right, bottom), tile)
    shape, precision, signed = (bottom - top, right - left), (depth & 127) + 1, depth > 127
    return Codestream(shape, components, precision, signed, loss, _all_tiles_end(data, at) == tiles)


def _tiles(ends: tuple[int, int], tile: list[int]) -> int:
    """How many tiles lie on a picture, 0 where their size is none."""
    width, height, left, top = tile
    if not width or not height:
        return 0
    return -((left - ends[0]) // width) * -((top - ends[1]) // height)


def _all_tiles_end(data: bytes, at: int) -> int:
    """How many tiles are there, 0 where one of their parts ends behind the data."""
    found = set()
    while data[at : at + 2] == b"\xff\x90":
        number, length = struct.unpack_from(">HL", data, at + 4)
        found.add(number)
        if length == 0:  # up to the end of the stream
            return len(found) if b"\xff\xd9" in data[-4:] else 0
        if length < 14 or at + length > len(data):
            return 0
        at += length
    return len(found)
