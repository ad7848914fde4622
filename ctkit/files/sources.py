"""Finding the files of a scan: folders searched through, zips unpacked within limits.

A file is data from a stranger: nothing is unpacked outside of a fresh folder, and
nothing grows without a limit.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

from ..arguments import real
from ..errors import LoadError, ParameterError
from .damage import library, reading
from .wording import counted

Thing = TypeVar("Thing")
ZipLimits = Mapping[str, float] | None

#: Most that a zip may hold: files, bytes once unpacked, and unpacked over packed size.
ZIP_LIMITS: dict[str, float] = {"members": 20_000, "bytes": 8 * 2**30, "ratio": 200}
# Those that Python unpacks step by step. The others may fill all memory with one small piece.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OTHER_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd"}
_CHUNK = 2**16  # bytes that are unpacked at a time
_SMALL = 2**23  # below 8 MB any ratio is harmless, and a slice of plain air has a high one


class Source(NamedTuple):
    """A file to read, and the name that messages call it by."""

    path: str
    name: str


class BoundedFile(io.FileIO):
    """A file of which nobody reads more than it holds.

    Python takes memory for as many bytes as it is asked, and pydicom asks for as many as a
    damaged length says.
    """

    def read(self, size: int | None = -1) -> bytes:
        """Read `size` bytes, fewer where there are fewer, all without a size."""
        most = os.fstat(self.fileno()).st_size
        return super().read(most if size is None or size < 0 else min(size, most)) or b""


@contextmanager
def open_sources(
    path: str | os.PathLike[str], zip_limits: ZipLimits = None
) -> Iterator[list[Source]]:
    """The files under `path`, in the order of their names.

    Parameters
    ----------
    path : path-like
        A file, a folder (searched through), or a zip (unpacked to a temporary folder,
        which lives as long as this context).
    zip_limits : mapping, optional
        Replaces some of `ZIP_LIMITS`.

    Yields
    ------
    list of Source

    Raises
    ------
    LoadError
        Where there is nothing, or a zip can't be unpacked within the limits.
    ParameterError
        On limits that can't be.
    """
    path, most = Path(path), limits(zip_limits)
    # A pipe or a device would block the reader.
    if not path.is_dir() and not path.is_file():
        message = f"there is no file or folder {path}"
        raise LoadError(message)
    if path.is_file() and _is_zip(path):
        with TemporaryDirectory(prefix="ctkit-zip-") as folder:
            with reading(path.name):
                found = _unpack(path, folder, most)
            yield found
    elif path.is_file():
        yield [Source(str(path), path.name)]
    else:
        paths = sorted(Path(root, name) for root, _, names in os.walk(path) for name in names)
        found = [Source(str(p), str(p.relative_to(path))) for p in paths if p.is_file()]
        if not found:
            message = f"there are no files in {path} (links to folders are not followed)"
            raise LoadError(message)
        yield found


def _is_zip(path: Path) -> bool:
    with reading(path.name), library("its packing can't be understood"):
        packed = zipfile.is_zipfile(path)
    return packed and not is_dicom(read_head(path))


def read_head(path: str | os.PathLike[str], count: int = 2**14) -> bytes:
    """The first bytes of a file."""
    with open(path, "rb", buffering=0) as file:
        return file.read(count)


def is_dicom(head: bytes) -> bool:
    """Whether a file that starts with `head` is DICOM, with a preamble or without one.

    Without one (PS3.10 7.1 asks for it) the first element has to be an early one of group
    2 or 8, with a VR of two capitals (explicit) or a short length (implicit).
    """
    if head[128:132] == b"DICM":
        return True
    little = head[:2] in (b"\2\0", b"\x08\0") and head[3:4] == b"\0"
    if len(head) < 132 or not (little or head[:3] == b"\0\x08\0"):
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    return explicit or 0 < int.from_bytes(head[4:8], "little") <= 256


def is_archive(head: bytes) -> bool:
    """Whether a file that starts with `head` is packed: zip, gzip, bzip2, xz, 7z or rar."""
    return head.startswith((b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"))


def inflate(
    packed: bytes, zip_limits: ZipLimits = None, count: int | None = None
) -> tuple[io.BytesIO, int]:
    """The first bytes of a raw deflate stream, and how many it has in all.

    Parameters
    ----------
    packed : bytes
    zip_limits : mapping, optional
        Its ratio limits how many there may be.
    count : int, optional
        How many to keep: by default all.

    Raises
    ------
    LoadError
        Above the limit, and where the stream is damaged or has no end.
    """
    most = max(_SMALL, int(limits(zip_limits)["ratio"] * len(packed)))
    unpacker, kept, total = zlib.decompressobj(-zlib.MAX_WBITS), io.BytesIO(), 0
    for at in range(0, len(packed), _CHUNK):
        waiting = packed[at : at + _CHUNK]
        while waiting and not unpacker.eof:
            try:
                got = unpacker.decompress(waiting, 16 * _CHUNK)
            except zlib.error as error:
                message = "its deflated part is damaged"
                raise LoadError(message) from error
            total, waiting = total + len(got), unpacker.unconsumed_tail
            kept.write(got if count is None else got[: max(count - kept.tell(), 0)])
            if total > most:
                message = f"it would inflate to over {most:,} bytes; zip_limits= raises the ratio"
                raise LoadError(message)
    if not unpacker.eof:
        message = "it is cut short: its deflated part has no end"
        raise LoadError(message)
    kept.seek(0)
    return kept, total


def limits(given: ZipLimits) -> dict[str, float]:
    """`ZIP_LIMITS`, with those that are given in place of its own."""
    words = f"zip_limits is a mapping of {', '.join(ZIP_LIMITS)} to numbers above 0"
    wrong = not isinstance(given, Mapping) or not set(given) <= set(ZIP_LIMITS)
    if given is not None and wrong:
        message = f"{words}, not {given!r}"
        raise ParameterError(message)
    return ZIP_LIMITS | {name: real(most, words, above=0) for name, most in (given or {}).items()}


def _unpack(path: Path, folder: str, limits: dict[str, float]) -> list[Source]:
    """Unpack a zip's files as 0, 1, 2...: no name in it ever becomes a path."""
    found: list[Source] = []
    with library("it can't be unpacked"):
        archive = zipfile.ZipFile(path)
    with archive:
        with library("its list of files can't be read"):
            members = [member for member in archive.infolist() if not member.is_dir()]
        _check_members(members, path, limits)
        for member in members:
            target = os.path.join(folder, str(len(found)))
            with library(f"{member.filename} in it can't be unpacked"):
                _copy(archive, member, target)
            found.append(Source(target, member.filename))
    return found


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: str) -> None:
    with archive.open(member) as source, open(target, "wb") as file:
        while chunk := source.read(2**20):
            file.write(chunk)


def _check_members(members: list[zipfile.ZipInfo], path: Path, limits: dict[str, float]) -> None:
    total = sum(member.file_size for member in members)
    found = {"members": len(members), "bytes": total, "ratio": total // path.stat().st_size}
    for kind, value in found.items():
        if value > limits[kind] and not (kind == "ratio" and total < _SMALL):
            message = (
                f"{path.name} unpacks to {counted(len(members), 'file')} of "
                f"{counted(total, 'byte')}: above the limit of {limits[kind]:,.0f} for {kind}. If "
                f"you trust it: zip_limits={{{kind!r}: {value}}}"
            )
            raise LoadError(message)
    for member in members:
        if member.external_attr >> 28 == 0o12:  # the file type of Unix, in the upper 16 bits
            message = f"{path.name} holds a link, {member.filename}: links are refused"
            raise LoadError(message)
        if member.flag_bits & 1:
            message = f"{path.name} is encrypted: unpack it first, with its password"
            raise LoadError(message)
        if member.compress_type not in _METHODS:
            how = _OTHER_METHODS.get(member.compress_type, f"method {member.compress_type}")
            message = (
                f"{path.name} holds {member.filename}, packed by {how}, which is not read: unpack "
                "it first with the program that made it, or pack it anew as a plain zip"
            )
            raise LoadError(message)


def progress(things: Iterable[Thing], what: str) -> Iterable[Thing]:
    """`things` with a progress bar once it takes over a second, unless CTKIT_PROGRESS=0."""
    if os.environ.get("CTKIT_PROGRESS") == "0":
        return things
    from tqdm import tqdm

    return tqdm(things, desc=f"reading {what}", delay=1.0, leave=False)
