"""Decoding JPEG with GDCM, in processes of its own, one for each thread that asks.

GDCM is the one permissive decoder of lossless and 12-bit JPEG, and the fastest of JPEG
2000; but on damaged data it aborts or overruns its memory, and takes its process with
it. Run as a script, this module is that process: it reads jobs from stdin and answers
on stdout.
"""

from __future__ import annotations

import atexit
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress

# Rows, columns, bits allocated, bits stored, signed, bytes of syntax, bytes of data.
_JOB = struct.Struct("<7L")
_LENGTH = struct.Struct("<L")
_SECONDS, _MEMORY = 60, 4 * 2**30
_idle: dict[
    int, list[subprocess.Popen[bytes]]
] = {}  # of process id to the workers that nobody is talking to


def decode(
    packed: bytes, syntax: str, shape: tuple[int, int], bits: tuple[int, int], signed: bool
) -> bytes:
    """The bytes of a decoded frame.

    Parameters
    ----------
    packed : bytes of one compressed frame
    syntax : str, the transfer syntax
    shape : (rows, columns)
    bits : (allocated, stored)
    signed : bool

    Raises
    ------
    ValueError
        Where GDCM can't decode it, or didn't survive it.
    """
    job = _JOB.pack(*shape, *bits, signed, len(syntax), len(packed)) + syntax.encode() + packed
    worker = _worker()
    assert worker.stdin is not None
    assert worker.stdout is not None
    timer = threading.Timer(_SECONDS, worker.kill)
    timer.start()
    try:
        worker.stdin.write(job)
        worker.stdin.flush()
        (length,) = _LENGTH.unpack(worker.stdout.read(_LENGTH.size))
        content = worker.stdout.read(length)
        _idle.setdefault(os.getpid(), []).append(worker)
    except (OSError, struct.error):
        _end(worker)
        content = b""
    finally:  # interrupted, it would owe an answer: then it is not put back
        timer.cancel()
    if len(content) != shape[0] * shape[1] * bits[0] // 8:
        message = "GDCM can't decode them"
        raise ValueError(message)
    return content


def _worker() -> subprocess.Popen[bytes]:
    """An idle process, or a new one; a forked process must not talk to that of its parent."""
    with suppress(IndexError):
        while True:
            worker = _idle.get(os.getpid(), []).pop()
            if worker.poll() is None:
                return worker
    pipe, command = subprocess.PIPE, [sys.executable, "-P", __file__]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.communicate()  # waits for its end, and closes the pipes


@atexit.register
def stop() -> None:
    """End the workers of this process."""
    for worker in _idle.pop(os.getpid(), []):
        _end(worker)


def main() -> None:
    """Answer jobs until stdin is closed, which happens when the asking process ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the libraries print is no answer
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, ValueError, OSError):  # Windows, or a limit that is lower already
        pass
    while len(head := sys.stdin.buffer.read(_JOB.size)) == _JOB.size:
        *description, name, length = _JOB.unpack(head)
        syntax, packed = (sys.stdin.buffer.read(size) for size in (name, length))
        content = _decode(packed, syntax.decode(), *description)
        answers.write(_LENGTH.pack(len(content)) + content)
        answers.flush()


def _decode(
    packed: bytes,
    syntax: str,
    rows: int,
    columns: int,
    allocated: int,
    stored: int,
    signed: int,
) -> bytes:
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(packed)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    image.SetPixelFormat(gdcm.PixelFormat(1, allocated, stored, stored - 1, signed))
    # Its bytes come as str.
    return image.GetBuffer().encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    main()
