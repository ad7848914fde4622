"""Finding the files of a scan: folders searched through, zips unpacked within limits.

A file is data from a stranger: nothing is unpacked outside of a fresh folder, and
nothing grows without a limit.
"""

import os
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..errors import CTError, LoadError, ParameterError

#: Most that a zip may hold: files, bytes once unpacked, and unpacked over packed size.
ZIP_LIMITS = {"members": 20_000, "bytes": 8 * 2**30, "ratio": 200}
_SMALL = 2**23  # below 8 MB any ratio is harmless, and a slice of plain air has a high one


class Source(NamedTuple):
    """A file to read, and the name that messages call it by."""

    path: str
    name: str


@contextmanager
def quiet():
    """Without what pydicom warns of: values that break their VR matter to who writes files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


@contextmanager
def reading(name):
    """Turn what libraries raise on damaged data into a LoadError that names the file.

    They raise many kinds; a decoder in Rust even one beside Exception.
    """
    try:
        with quiet():
            yield
    except CTError as error:
        message = str(error) if name in str(error) else f"{name}: {error}"
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        message = f"{name} can't be read: {type(error).__name__}: {error}"[:500]
    else:
        return
    raise LoadError(message)


@contextmanager
def open_sources(path, zip_limits=None):
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
    """
    path = Path(path)
    # A pipe or a device would block the reader.
    if not path.is_dir() and not path.is_file():
        message = f"there is no file or folder {path}"
        raise LoadError(message)
    if path.is_file() and zipfile.is_zipfile(path) and not is_dicom(read_head(path)):
        with TemporaryDirectory(prefix="ctkit-zip-") as folder:
            with reading(path.name):
                found = _unpack(path, folder, limits(zip_limits))
            yield found
    elif path.is_file():
        yield [Source(str(path), path.name)]
    else:
        found = sorted(Path(root, name) for root, _, names in os.walk(path) for name in names)
        found = [Source(str(p), str(p.relative_to(path))) for p in found if p.is_file()]
        if not found:
            message = f"there are no files in {path} (links to folders are not followed)"
            raise LoadError(message)
        yield found


def read_head(path, count=2**14):
    """The first bytes of a file."""
    with open(path, "rb", buffering=0) as file:
        return file.read(count)


def is_dicom(head):
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


def is_archive(head):
    """Whether a file that starts with `head` is packed: zip, gzip, bzip2, xz, 7z or rar."""
    return head.startswith((b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"))


def inflate(packed, zip_limits=None):
    """Bytes of a raw deflate stream, never more than the limits allow."""
    most = max(_SMALL, limits(zip_limits)["ratio"] * len(packed))
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    data = unpacker.decompress(packed, most)
    if unpacker.unconsumed_tail:
        message = f"it would inflate to more than {most:,} bytes; zip_limits= raises the ratio"
        raise LoadError(message)
    if not unpacker.eof:
        message = "it is cut short: its deflated part has no end"
        raise LoadError(message)
    return data


def limits(given):
    """`ZIP_LIMITS`, with those that are given in place of its own."""
    wrong = {k: v for k, v in dict(given or {}).items() if k not in ZIP_LIMITS or not v > 0}
    if wrong:
        message = f"zip_limits has {', '.join(ZIP_LIMITS)}, above 0; not {wrong}"
        raise ParameterError(message)
    return ZIP_LIMITS | dict(given or {})


def _unpack(path, folder, limits):
    """Unpack a zip's files as 0, 1, 2...: no name in it ever becomes a path."""
    found = []
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        _check_members(members, path, limits)
        for member in members:
            target = os.path.join(folder, str(len(found)))
            with archive.open(member) as source, open(target, "wb") as file:
                while chunk := source.read(2**20):
                    file.write(chunk)
            found.append(Source(target, member.filename))
    return found


def _check_members(members, path, limits):
    total = sum(member.file_size for member in members)
    found = {"members": len(members), "bytes": total, "ratio": total // path.stat().st_size}
    for kind, value in found.items():
        if value > limits[kind] and not (kind == "ratio" and total < _SMALL):
            message = (
                f"{path.name} unpacks to {len(members):,} files of {total:,} bytes: above the "
                f"limit of {limits[kind]:,} for {kind}. If you trust it: zip_limits="
                f"{{{kind!r}: {value}}}"
            )
            raise LoadError(message)
    for member in members:
        if member.external_attr >> 28 == 0o12:  # the file type of Unix, in the upper 16 bits
            message = f"{path.name} holds a link, {member.filename}: links are refused"
            raise LoadError(message)
        if member.flag_bits & 1:
            message = f"{path.name} is encrypted: unpack it first, with its password"
            raise LoadError(message)


def progress(things, what):
    """`things` with a progress bar once it takes over a second, unless CTKIT_PROGRESS=0."""
    if os.environ.get("CTKIT_PROGRESS") == "0":
        return things
    from tqdm import tqdm

    return tqdm(things, desc=f"reading {what}", delay=1.0, leave=False)
