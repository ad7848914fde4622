"""Finding the files of a scan: folders searched through, zips unpacked within limits.

A file is data from a stranger: nothing is unpacked outside of a fresh folder, and
nothing grows without a limit.
"""

from __future__ import annotations

import io
import os
import re
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, NamedTuple, TypeVar

import numpy as np

from ..arguments import real
from ..errors import LoadError, ParameterError
from .atomic import finished
from .damage import library, reading
from .wording import counted, plain

Thing = TypeVar("Thing")
ZipLimits = Mapping[str, float] | None
Path_ = str | os.PathLike[str]
#: What can be opened: `_TAKEN` says it in words.
Paths = Path_ | Sequence[Path_] | Set[Path_] | bytes | bytearray | memoryview | IO[bytes]
_TAKEN = (
    "the path of a file or a folder, a list of paths, the bytes of a file, or a file object that "
    "reads bytes"
)

#: Most that a zip may hold: files, bytes once unpacked, and unpacked over packed size.
ZIP_LIMITS: dict[str, float] = {"members": 20_000, "bytes": 8 * 2**30, "ratio": 200}
# Those that Python unpacks step by step. The others may fill all memory with one small piece.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OTHER_METHODS = {6: "implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA"}
_OTHER_METHODS |= {93: "Zstandard", 95: "xz", 98: "PPMd"}
_ARCHIVES = (
    *(b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!"),
)
_CHUNK = 2**16  # bytes that are unpacked at a time
_END_OF_ZIP = 2**16 + 22  # bytes in which its last record lies, whatever comment follows
_NUMBERED = re.compile(r"(?i)\.(z|zip\.)[0-9]{2,3}$")
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
def open_sources(path: Paths, zip_limits: ZipLimits = None) -> Iterator[list[Source]]:
    """The files under `path`, in the order of their names.

    Parameters
    ----------
    path : path-like, sequence of path-like, bytes, or file object
        A file, a folder (searched through), a zip (unpacked to a temporary folder, which
        lives as long as this context), or several of them. Bytes are what a file holds.
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
        On limits that can't be, and on a path that is none.
    """
    most = limits(zip_limits)
    with ExitStack() as stack:
        yield _open(path, most, stack)


def _open(path: Any, most: dict[str, float], stack: ExitStack) -> list[Source]:
    """The files that somebody passes, in whatever form."""
    if isinstance(path, str | os.PathLike) and isinstance(os.fspath(path), str):
        return _open_path(path, most, stack)
    if isinstance(path, bytes | bytearray | memoryview):
        return _open_stream(io.BytesIO(path), "the bytes", most, stack)
    if callable(getattr(path, "read", None)):
        return _open_stream(path, _name_of_stream(path), most, stack)
    if isinstance(path, Sequence | Set | Iterator) and not isinstance(path, str):
        return _open_several(list(path), most, stack)
    message = f"path is {_TAKEN}; not {_what(path)}"
    raise ParameterError(message)


def _what(thing: Any) -> str:
    """What somebody passed in place of a path, and what to do."""
    if isinstance(thing, np.ndarray) and (
        thing.dtype.kind in "US" or (thing.size and isinstance(thing.flat[0], str | os.PathLike))
    ):
        return "an array of texts: pass a list of the paths, such as array.tolist()"
    if isinstance(thing, np.ndarray):
        return f"an array of shape {thing.shape}: Volume.from_spacing(array, spacing) takes it"
    if type(thing).__name__ == "Volume":
        return "a Volume, which is open already"
    return f"{plain(repr(thing))} ({type(thing).__name__})"


def _open_several(paths: list[Any], most: dict[str, float], stack: ExitStack) -> list[Source]:
    """The files of several paths, each once, with names that tell them apart."""
    wrong = [p for p in paths if not isinstance(p, str | os.PathLike)]
    if wrong or not paths:
        message = f"path is {_TAKEN}; not a list " + (
            f"with {_what(wrong[0])} in it" if wrong else "with nothing in it"
        )
        raise ParameterError(message)
    found = {}
    for path in paths:
        for source in _open(path, most, stack):
            found[os.path.realpath(source.path)] = source
    if len({source.name for source in found.values()}) == len(found):
        return list(found.values())
    return [Source(source.path, shown_name(source.path)) for source in found.values()]


def _open_stream(stream: Any, name: str, most: dict[str, float], stack: ExitStack) -> list[Source]:
    """What a file object holds, from where it stands, as a temporary file."""
    folder = stack.enter_context(TemporaryDirectory(prefix="ctkit-bytes-"))
    path = os.path.join(folder, "0")
    with open(path, "wb") as file, reading(name):
        while chunk := _read_on(stream):
            if not isinstance(chunk, bytes | bytearray | memoryview):
                message = f'{name} gives text: open it as bytes, open(path, "rb")'
                raise LoadError(message)
            file.write(chunk)
            if file.tell() > most["bytes"]:
                message = f"{name} holds more than {most['bytes']:,.0f} bytes"
                raise LoadError(message)
    return _sources_of_file(Path(path), name, most, stack)


def _read_on(stream: Any) -> Any:
    with library("it can't be read"):
        return stream.read(2**20)


def _name_of_stream(stream: Any) -> str:
    name = getattr(stream, "name", "")
    return (
        shown_name(os.path.basename(name)) if isinstance(name, str) and name else "the file object"
    )


def _open_path(
    given: str | os.PathLike[str], most: dict[str, float], stack: ExitStack
) -> list[Source]:
    if not os.fspath(given):
        message = f"path is empty: it is {_TAKEN}"
        raise ParameterError(message)
    # These two take whatever a name may be: too long, with a NUL, of no encoding.
    is_file, is_folder = os.path.isfile(given), os.path.isdir(given)
    # A pipe or a device would block the reader.
    if not is_file and not is_folder:
        shown = shown_name(os.fspath(given), 300)
        message = f"there is no file or folder {shown}"
        if _may_be(given):
            message = f"{shown} can't be reached: you are not allowed to search a folder above it"
        raise LoadError(message)
    path = Path(given)
    if is_file:
        return _sources_of_file(path, shown_name(path.name), most, stack)
    with reading(shown_name(str(path), 300)):
        os.scandir(path).close()
    paths = sorted(Path(root, name) for root, _, names in os.walk(path) for name in names)
    paths = finished(paths, path)
    found = [Source(str(p), shown_name(str(p.relative_to(path)))) for p in paths if _may_be(p)]
    if not found:
        shown = shown_name(str(path), 300)
        message = f"there are no files in {shown} (links to folders are not followed)"
        raise LoadError(message)
    return found


def _may_be(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a file, or hidden by a folder that may not be searched."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except PermissionError:  # whoever opens it is told
        return True
    except (OSError, ValueError):  # a name that no file can have
        return False


def lost_under(path: object) -> list[str]:
    """What a report says of what a folder has, and was not read.

    That is a subfolder that can't be read, a link to another folder, and a link to a file that is
    not there. Slices may be among them, and a scan without its last slices looks whole. A link to a
    folder that was searched anyway loses nothing.
    """
    if isinstance(path, list | tuple | Set):
        return [note for one in path for note in lost_under(one)]
    if not isinstance(path, str | os.PathLike) or not os.path.isdir(path):
        return []
    path, lost = os.fspath(path), list[str]()
    top = os.path.realpath(path)

    def fail(error: OSError) -> None:
        name = os.path.relpath(error.filename or path, path)
        lost.append(f"the folder {shown_name(name)} can't be read: slices may be missing")

    for root, folders, files in os.walk(path, onerror=fail):
        for link in (os.path.join(root, name) for name in folders + files):
            if os.path.islink(link) and (what := _lost_behind(link, top)):
                lost.append(f"{shown_name(os.path.relpath(link, path))} is a link to {what}")
    return sorted(lost)


def _lost_behind(link: str, top: str) -> str:
    """What a link leads to, if that was not read; `top` is the folder that was searched."""
    if not os.path.exists(link):
        return "what is not there: slices may be missing"
    inside = (os.path.realpath(link) + os.sep).startswith(top + os.sep)
    return "a folder, which was not followed" if os.path.isdir(link) and not inside else ""


def _sources_of_file(
    path: Path, name: str, most: dict[str, float], stack: ExitStack
) -> list[Source]:
    """A file, or what is in it where it is a zip."""
    return unpacked(
        Source(str(path), name),
        lambda: stack.enter_context(TemporaryDirectory(prefix="ctkit-zip-")),
        most,
    )


def unpacked(
    source: Source,
    make_folder: Callable[[], str],
    most: Mapping[str, float] = ZIP_LIMITS,
    naming: Callable[[str], str] | None = None,
) -> list[Source]:
    """A file, or what is in it where it is a zip.

    Parameters
    ----------
    source : Source
    make_folder : callable
        Makes the folder that a zip is unpacked to.
    most : mapping
        Of what `limits` returns.
    naming : callable, optional
        What messages call a file of the zip, from its name there; by default its name.

    Raises
    ------
    LoadError
    """
    path, name = Path(source.path), source.name
    is_zip = _is_zip(path, name)
    with reading(name):
        is_part = _is_part(path, is_zip)
    if is_part:
        message = (
            f"{name} is one part of a zip that was split into several, which can only be opened "
            "together: join them (zip -s 0 scan.zip --out whole.zip) or unpack them with the "
            "program that split it"
        )
        raise LoadError(message)
    if not is_zip:
        return [source]
    with reading(name):
        return _unpack(path, name, make_folder(), most, naming or shown_name)


def _is_part(path: Path, is_zip: bool) -> bool:
    """Whether a file is one part of a split zip, by its name or by the disks that its end counts.

    Parts are called .z01, .z02 and .zip at last, or .zip.001, .zip.002 and so on.
    """
    head = read_head(path, 132)
    if _NUMBERED.search(path.name) and not (is_zip and head[:2] == b"PK") and not is_dicom(head):
        return True
    if not is_zip:
        return False
    with open(path, "rb") as file:
        file.seek(max(path.stat().st_size - _END_OF_ZIP, 0))
        tail = file.read(_END_OF_ZIP)
    # The number of this disk; of 0xFFFF of them a larger record knows.
    return tail[tail.rfind(b"PK\5\6") :][4:6] not in (b"\0\0", b"\xff\xff")


def _is_zip(path: Path, name: str) -> bool:
    try:
        with reading(name):
            return zipfile.is_zipfile(path) and not is_dicom(read_head(path))
    except (ValueError, OverflowError) as cause:  # damaged offsets in what looks like a zip
        if isinstance(cause, LoadError):
            raise
        message = f"{name} looks like a zip, and its list of files is damaged"
        raise LoadError(message) from cause


def shown_name(name: str, most: int = 160) -> str:
    """A file's name as messages may hold it; of a long one both ends, for its suffix counts."""
    if len(name) <= most:
        return plain(name, most)
    half = most // 2 - 2
    return f"{plain(name[:half], most)}...{plain(name[-half:], most)}"


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
    """Whether a file that starts with `head` (at least 262 bytes) is packed, or a bundle of files.

    That is a zip, gzip, bzip2, xz, Zstandard, 7z, rar or tar.
    """
    return head.startswith(_ARCHIVES) or head[257:262] == b"ustar"


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


def _unpack(
    path: Path,
    name: str,
    folder: str,
    limits: Mapping[str, float],
    naming: Callable[[str], str],
) -> list[Source]:
    """Unpack a zip's files as 0, 1, 2...: no name in it ever becomes a path."""
    found: list[Source] = []
    with library("its list of files can't be read"):
        archive = zipfile.ZipFile(path)
    with archive:
        with library("its list of files can't be read"):
            members = [member for member in archive.infolist() if not member.is_dir()]
        if not members:
            message = f"{name} is a zip with no file in it"
            raise LoadError(message)
        _check_size(members, path, name, limits)
        called = [(member, naming(member.filename)) for member in members]
        _check_members(called, name)
        for member, shown in called:
            target = os.path.join(folder, str(len(found)))
            _copy(archive, member, shown, target)
            found.append(Source(target, shown))
    return found


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, shown: str, target: str) -> None:
    """Unpack one file of a zip, never more of it than the list of files says."""
    message = f"{shown} in it can't be unpacked: it is damaged"
    with open(target, "wb") as file:
        try:
            with archive.open(member) as source:
                while chunk := source.read(2**20):
                    file.write(chunk)
        except OSError as cause:
            if cause.errno is not None:  # of the disk, and not of the zip
                raise
            raise LoadError(message) from cause
        # zipfile and the unpackers below it raise many kinds on damaged data.
        except Exception as cause:
            raise LoadError(message) from cause


def _check_size(
    members: list[zipfile.ZipInfo], path: Path, name: str, limits: Mapping[str, float]
) -> None:
    total = sum(member.file_size for member in members)
    found = {"members": len(members), "bytes": total, "ratio": total // path.stat().st_size}
    for kind, value in found.items():
        if value > limits[kind] and not (kind == "ratio" and total < _SMALL):
            message = (
                f"{name} unpacks to {counted(len(members), 'file')} of "
                f"{counted(total, 'byte')}: above the limit of {limits[kind]:,.0f} for {kind}. If "
                f"you trust it: zip_limits={{{kind!r}: {value}}}"
            )
            raise LoadError(message)


def _check_members(called: list[tuple[zipfile.ZipInfo, str]], name: str) -> None:
    for member, shown in called:
        if member.external_attr >> 28 == 0o12:  # the file type of Unix, in the upper 16 bits
            message = f"{name} holds a link, {shown}: links are refused"
            raise LoadError(message)
        if member.flag_bits & 1:
            message = f"{name} is encrypted: unpack it first, with its password"
            raise LoadError(message)
        if member.compress_type not in _METHODS:
            how = _OTHER_METHODS.get(member.compress_type, f"number {member.compress_type}")
            message = (
                f"{name} holds {shown}, packed by the compression method {how}, which is not read: "
                "unpack it first with the program that made it, or pack it anew as a plain zip"
            )
            raise LoadError(message)


def progress(things: Iterable[Thing], what: str) -> Iterable[Thing]:
    """`things` with a progress bar once it takes over a second, unless CTKIT_PROGRESS=0."""
    if os.environ.get("CTKIT_PROGRESS") == "0":
        return things
    from tqdm import tqdm

    if sys.platform == "emscripten":
        tqdm.monitor_interval = 0  # what watches over bars is a thread, and none starts in a tab
    return tqdm(things, desc=f"reading {what}", delay=1.0, leave=False)
