"""Decoding in processes of its own, one for each thread that asks, with little to spend.

A decoder handed a stranger's bytes may abort, overrun its memory, print, or never come back:
a frame of 300 bytes can keep one busy for a minute. Here it takes a process with it that
nobody misses. What that process may spend is in proportion to the picture it is to make.
Run as a script, this module is that process: it reads jobs from stdin and answers on stdout.
"""

from __future__ import annotations

import atexit
import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any, cast

# Rows, columns, bits allocated, bits stored, signed, bytes of plugin, of syntax, of data.
_JOB = struct.Struct("<8L")
_LENGTH = struct.Struct("<L")
# Seconds by the clock, and of the processor: a pixel takes 0.2 microseconds at most, and the
# clock goes on where other work has the processor.
_SECONDS, _SECONDS_PER_PIXEL = 20.0, 2e-6
_SPARE, _SPARE_PER_FRAME = 3.0, 0.05
# Bytes on top of what the process holds when a job comes, and per byte of a frame.
_MEMORY, _MEMORY_PER_BYTE = 2**27, 12
# Where a process can't be limited so, as on macOS, it is looked at from outside: so often in
# seconds, by `ps`. With its decoders it holds less than so many bytes before a job comes.
_STATE = "/proc/self/statm"
_LOOKED_AT = os.name == "posix" and not os.path.exists(_STATE)
_LOOK, _HELD = 0.2, 2**28
_PIPE = 2**20
_OUT_OF_TIME = getattr(signal, "SIGPROF", 0)  # Windows has no such signal
# Of process id to the workers that nobody is talking to.
_idle: dict[int, list[subprocess.Popen[bytes]]] = {}


class DecodeError(ValueError):
    """What a decoder made of a frame is no picture, or it didn't survive it."""


class DecodeTimeoutError(DecodeError):
    """A decoder took longer than any picture of that size takes."""


def decode(
    plugin: str,
    packed: bytes,
    syntax: str,
    shape: tuple[int, int],
    bits: tuple[int, int],
    signed: bool,
) -> bytearray:
    """Decode one frame in another process.

    Parameters
    ----------
    plugin : str, the decoder, as pydicom calls it
    packed : bytes of one compressed frame
    syntax : str, the transfer syntax
    shape : (rows, columns)
    bits : (allocated, stored)
    signed : bool

    Returns
    -------
    bytearray of its stored values, of `stored_type`

    Raises
    ------
    DecodeError
        Where the decoder can't decode it, didn't survive it, or took too long.
    """
    sizes = len(plugin), len(syntax), len(packed)
    head = _JOB.pack(*shape, *bits, signed, *sizes) + plugin.encode() + syntax.encode()
    pixels, worker, late = shape[0] * shape[1], _worker(), threading.Event()
    size, done = pixels * bits[0] // 8, threading.Event()
    seconds = _SECONDS + pixels * _SECONDS_PER_PIXEL
    threading.Thread(target=_watch, args=(worker, seconds, size, done, late), daemon=True).start()
    try:
        values = _exchange(worker, head, packed, size)
    finally:  # interrupted, it would owe an answer: then it is not put back
        done.set()
    if values is None:
        _end(worker)
    else:
        _idle.setdefault(os.getpid(), []).append(worker)
    if values:
        return values
    if late.is_set() or worker.returncode == -_OUT_OF_TIME:
        raise DecodeTimeoutError
    raise DecodeError


def stored_type(bits: tuple[int, int], signed: bool) -> str:
    """The type of stored values of (allocated, stored) bits, in NumPy's letters."""
    return f"{'i' if signed else 'u'}{bits[0] // 8}"


def by_pydicom(
    plugin: str,
    packed: bytes,
    syntax: str,
    shape: tuple[int, int],
    bits: tuple[int, int],
    signed: bool,
) -> Any:
    """(rows, columns) ndarray of one frame, decoded in this process; else as for `decode`."""
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder

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
        "decoding_plugin": plugin,
    }
    found = get_decoder(syntax).as_array(encapsulate([packed]), index=0, raw=True, **description)[0]
    # A stream of 8 bits comes in 8, whatever is allocated.
    return found.astype(stored_type(bits, signed), order="C", copy=False)


def _exchange(
    worker: subprocess.Popen[bytes], head: bytes, packed: bytes, size: int
) -> bytearray | None:
    """Hand over a job and take an answer of `size` bytes, or of none; None where it is no such."""
    jobs, answers = (cast(io.BufferedRandom, pipe) for pipe in (worker.stdin, worker.stdout))
    try:
        jobs.write(head)
        jobs.write(packed)
        jobs.flush()
        (length,) = _LENGTH.unpack(answers.read(_LENGTH.size))
        if length not in (0, size):
            return None
        values, at = bytearray(length), 0
        while got := answers.readinto(memoryview(values)[at:]):
            at += got
        return values if at == length else None
    except (OSError, struct.error):
        return None


def _watch(
    worker: subprocess.Popen[bytes],
    seconds: float,
    size: int,
    done: threading.Event,
    late: threading.Event,
) -> None:
    """End a process that takes too long, or too much for a frame of `size` bytes."""
    until, most = time.monotonic() + seconds, _HELD + _MEMORY + _MEMORY_PER_BYTE * size
    while not done.wait(min(until - time.monotonic(), _LOOK) if _LOOKED_AT else seconds):
        if time.monotonic() >= until:
            late.set()
        if late.is_set() or _memory_of(worker.pid) > most:
            worker.kill()
            return


def _memory_of(pid: int) -> int:
    """Bytes of memory that a process holds, as `ps` says it (POSIX); 0 where it can't."""
    try:
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, timeout=5)
        return int(told.stdout) * 1024
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _worker() -> subprocess.Popen[bytes]:
    """An idle process, or a new one; a forked process must not talk to that of its parent."""
    with suppress(IndexError):
        while True:
            worker = _idle.get(os.getpid(), []).pop()
            if worker.poll() is None:
                return worker
    # Threads of a linear algebra that nobody needs would take addresses.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    pipe, command = subprocess.PIPE, [sys.executable, "-P", __file__]
    worker = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment
    )
    for end in (worker.stdin, worker.stdout):
        _widen(end)
    return worker


def _widen(pipe: Any) -> None:
    """Room for a slice in a pipe where the system lets us: it is handed over at once then."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Its end, and that of its pipes; one that ended by itself keeps its reason."""
    with suppress(subprocess.TimeoutExpired):
        worker.wait(0.2)
    worker.kill()
    worker.communicate()


@atexit.register
def stop() -> None:
    """End the workers of this process."""
    for worker in _idle.pop(os.getpid(), []):
        worker.kill()
        worker.communicate()


def main() -> None:
    """Answer jobs until stdin is closed, which happens when the asking process ends."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what the libraries print is no answer
    if _OUT_OF_TIME:
        signal.signal(_OUT_OF_TIME, signal.SIG_DFL)
    read, spare = sys.stdin.buffer.read, _SPARE
    while len(head := read(_JOB.size)) == _JOB.size:
        rows, columns, allocated, stored, signed, *sizes = _JOB.unpack(head)
        plugin, syntax = (read(size).decode() for size in sizes[:2])
        packed = read(sizes[2])
        work = _by_gdcm if plugin == "gdcm" else by_pydicom
        _import(plugin)
        spare = min(spare + _SPARE_PER_FRAME, _SPARE)
        _limit_memory(rows * columns * allocated // 8)
        _limit_time(spare + rows * columns * _SECONDS_PER_PIXEL)
        found = b""
        with suppress(BaseException):  # panics of Rust too
            found = work(plugin, packed, syntax, (rows, columns), (allocated, stored), bool(signed))
        spare = min(spare, _limit_time(0))
        content = memoryview(found).cast("B")
        answers.write(_LENGTH.pack(len(content)))
        while len(content):
            content = content[answers.write(content) :]


def _import(plugin: str) -> None:
    """Before the limits: importing is no work on a frame."""
    if plugin == "gdcm":
        import gdcm  # noqa: F401
    else:
        import pydicom.pixels.decoders  # noqa: F401


def _limit_memory(frame: int) -> None:
    """Room for a frame of so many bytes, in the steps that a decoder takes it through."""
    try:
        import resource

        with open(_STATE, "rb") as file:
            used = int(file.read().split()[5]) * resource.getpagesize()
        most = used + _MEMORY + _MEMORY_PER_BYTE * frame
        # Of data: addresses that are set aside, as for threads, take no memory yet.
        resource.setrlimit(
            resource.RLIMIT_DATA, (most, resource.getrlimit(resource.RLIMIT_DATA)[1])
        )
    except (ImportError, ValueError, OSError):  # Windows, macOS, or a limit that is lower already
        pass


def _limit_time(seconds: float) -> float:
    """End this process after so many seconds of its work; how many were left until now."""
    if not hasattr(signal, "setitimer"):  # Windows: there the clock alone ends it
        return _SPARE
    return signal.setitimer(signal.ITIMER_PROF, seconds)[0]


def _by_gdcm(
    plugin: str,
    packed: bytes,
    syntax: str,
    shape: tuple[int, int],
    bits: tuple[int, int],
    signed: bool,
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
    image.SetDimensions((shape[1], shape[0], 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    image.SetPixelFormat(gdcm.PixelFormat(1, *bits, bits[1] - 1, signed))
    # Its bytes come as str.
    return image.GetBuffer().encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    main()
