"""gzip, by ISA-L where that is installed: the same content in a part of the time.

It is a library of Intel's, which runs on other processors too. What one of the two packed the
other unpacks; the packed bytes differ.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

_gzip: Any = gzip
_zlib: Any = zlib
with suppress(ImportError):  # in a browser tab
    from isal import igzip, isal_zlib

    _gzip, _zlib = igzip, isal_zlib

#: What is raised where packed content is damaged; where it is cut short, that is EOFError.
DAMAGED: tuple[type[Exception], ...] = (zlib.error, gzip.BadGzipFile, _zlib.error)
_GZIP = 31  # to zlib: the largest window, with a header and an end of gzip


def open_gzip(path: str | os.PathLike[str]) -> gzip.GzipFile:
    """A stream of what a gzipped file holds, which may be several streams one after the other."""
    return _gzip.open(path, "rb")


def packed(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Pack pieces into a gzip, fast rather than small, as they come.

    Examples
    --------
    >>> gzip.decompress(b"".join(packed([b"air ", b"and bone"])))
    b'air and bone'
    """
    # The first level of either. No date is inside: the same pieces give the same bytes.
    packer = _zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        if done := packer.compress(piece):
            yield done
    yield packer.flush()
