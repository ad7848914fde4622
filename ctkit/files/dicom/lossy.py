"""Whether a compressed stream lost something, as the stream itself says it.

Transfer syntaxes promise it, and tools put other streams under them.
"""

from __future__ import annotations

from ...errors import LoadError
from .codestreams import read_codestream
from .headers import IMPLICIT, Header, numbers, text

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
    said = read_codestream(packed) if packed else None
    name, stream = _NAMES.get(header.syntax, ""), said.loss if said else ""
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
