"""Whether a compressed stream lost something, as the stream itself says it.

Transfer syntaxes promise it, and tools put other streams under them.
"""

from __future__ import annotations

import struct

from ...errors import LoadError
from .headers import IMPLICIT, Header, numbers, text

_JPEG_2000 = b"\xff\x4f\xff\x51"  # SOC and SIZ
_DCT = (0xC0, 0xC1, 0xC2, 0xC5, 0xC6, 0xC9, 0xCA, 0xCD, 0xCE)
_LOSSLESS = tuple(f"{IMPLICIT}.4.{n}" for n in (57, 70, 80, 90, 201, 202))
_NAMES = {
    f"{IMPLICIT}.4.50": "JPEG baseline",
    f"{IMPLICIT}.4.51": "JPEG extended",
    f"{IMPLICIT}.4.81": "JPEG-LS near-lossless",
    f"{IMPLICIT}.4.91": "JPEG 2000",
    f"{IMPLICIT}.4.203": "High-Throughput JPEG 2000",
}


def lossy(header: Header, packed: bytes = b"") -> str:
    """What a report says of lossy compression, "" where there was none.

    Parameters
    ----------
    header : Header
    packed : bytes
        The stream of one frame, empty where it isn't compressed now: it may have been.
    """
    name, stream = _NAMES.get(header.syntax, ""), lossy_stream(packed)
    declared = text(header.elements, "LossyImageCompression")
    ratios = _numbers(header, "LossyImageCompressionRatio")
    method = text(header.elements, "LossyImageCompressionMethod")
    if stream and header.syntax in _LOSSLESS:
        return _told(f"{stream}, though its transfer syntax promises none", header, packed, ratios)
    # JPEG 2000 may be either in the same transfer syntax.
    if name and "2000" in name and not stream and declared == "00":
        name = ""
    if name or stream:
        return _told(name or stream, header, packed, ratios)
    before = declared.upper() in ("01", "1", "YES") or (declared != "00" and (ratios or method))
    return _told("by the header", header, b"", ratios) if before else ""


def _numbers(header: Header, keyword: str) -> tuple[float, ...]:
    """Numbers of an element that only a report shows, () where they can't be read."""
    try:
        return numbers(header.elements, keyword)
    except LoadError:
        return ()


def _told(name: str, header: Header, packed: bytes, ratios: tuple[float, ...]) -> str:
    ratio = ratios[0] if ratios else header.frame_bytes / len(packed) if packed else 0
    told = f", about {ratio:.0f} to 1" if ratio else ""
    return f"of lossy compression ({name}{told}): HU are inexact"


def lossy_stream(packed: bytes) -> str:
    """The lossy method of a JPEG, JPEG-LS or JPEG 2000 stream, "" where it is lossless."""
    start = packed.find(_JPEG_2000, 0, 512)
    if start >= 0:
        return _lossy_jpeg_2000(packed, start)
    return _lossy_jpeg(packed) if packed.startswith(b"\xff\xd8") else ""


def _lossy_jpeg_2000(packed: bytes, start: int) -> str:
    """Of the main header COD says the wavelet: 0 is 9/7, which is irreversible (15444-1 A.6.1)."""
    at = start + 2
    while packed[at : at + 1] == b"\xff" and len(packed) > at + 14:
        marker, length = struct.unpack(">BH", packed[at + 1 : at + 4])
        if marker == 0x52:
            return "the 9/7 wavelet of JPEG 2000" if packed[at + 13] == 0 else ""
        if marker == 0x90:  # SOT: the first tile
            break
        at += 2 + length
    return ""


def _lossy_jpeg(packed: bytes) -> str:
    """By the frame header (SOF) of JPEG, and by NEAR in the scan header of JPEG-LS."""
    at, is_ls = 2, False
    while packed[at : at + 1] == b"\xff" and len(packed) > at + 4:
        marker, length = struct.unpack(">BH", packed[at + 1 : at + 4])
        if marker in _DCT:
            return "the cosine transform of JPEG"
        is_ls |= marker == 0xF7
        if marker == 0xDA:
            near = at + 5 + 2 * packed[at + 4]
            return "JPEG-LS near-lossless" if is_ls and packed[near : near + 1] > b"\0" else ""
        at += 1 if marker == 0xFF else 2 + length
    return ""
