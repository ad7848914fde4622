"""Finding the files of a scan: folders searched through, zips unpacked within limits.

A file is data from a stranger: nothing is unpacked outside of a fresh folder, and
nothing grows without a limit.
"""

import os
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .errors import LoadError, ParameterError

#: Most that a zip may hold: files, bytes once unpacked, and unpacked over packed size.
ZIP_LIMITS = {"members": 20_000, "bytes": 8 * 2**30, "ratio": 200}
_SMALL = 2**23  # below 8 MB any ratio is harmless, and a slice of plain air has a high one


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, and the name that messages call it by."""

    path: str
    name: str


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
    if path.is_dir():
        yield _walk(path)
    elif not path.exists():
        message = f"there is no file or folder {path}"
        raise LoadError(message)
    elif not path.is_file():
        message = f"{path} is neither a file nor a folder"
        raise LoadError(message)
    elif zipfile.is_zipfile(path) and not is_dicom(read_head(path)):
        with TemporaryDirectory(prefix="ctkit-zip-") as folder:
            yield _unpack(path, folder, limits(zip_limits))
    else:
        yield [Source(str(path), path.name)]


def read_head(path, count=2**14):
    """The first bytes of a file."""
    with open(path, "rb", buffering=0) as file:
        return file.read(count)


def is_dicom(head):
    """Whether a file that starts with `head` is DICOM, with a preamble or without one.

    Without one (PS3.10 7.1 asks for it) the first element has to be of group 2 or 8,
    with a VR of two capitals (explicit) or a short length (implicit).
    """
    if head[128:132] == b"DICM":
        return True
    group = int.from_bytes(head[:2], "little")
    if len(head) < 132 or group not in (0x0002, 0x0008, 0x0800):
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    return explicit or int.from_bytes(head[4:8], "little") <= 256


def inflate(packed, name, zip_limits=None):
    """Bytes of a raw deflate stream, never more than the limits allow."""
    most = max(_SMALL, limits(zip_limits)["ratio"] * len(packed))
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = unpacker.decompress(packed, most)
    except zlib.error as error:
        message = f"{name} is deflated, and its deflated part is damaged ({error})"
        raise LoadError(message) from None
    if unpacker.unconsumed_tail:
        message = f"{name} would inflate to more than {most:,} bytes; zip_limits= raises the ratio"
        raise LoadError(message)
    if not unpacker.eof:
        message = f"{name} is cut short: its deflated part has no end"
        raise LoadError(message)
    return data


def _walk(folder):
    found = []
    for root, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            full = os.path.join(root, file)
            # A pipe or a device among the files would block the reader.
            if stat.S_ISREG(_mode(full)):
                found.append(Source(full, os.path.relpath(full, folder)))
    if not found:
        message = f"there are no files in {folder}"
        raise LoadError(message)
    return found


def _mode(path):
    try:
        return os.stat(path).st_mode
    except OSError:  # a link to nowhere
        return 0


def limits(given):
    """`ZIP_LIMITS`, with those that are given in place of its own."""
    unknown = set(given or {}) - set(ZIP_LIMITS)
    if unknown:
        message = f"zip_limits has {', '.join(ZIP_LIMITS)}; not {', '.join(map(repr, unknown))}"
        raise ParameterError(message)
    return ZIP_LIMITS | dict(given or {})


def _unpack(path, folder, limits):
    """Unpack a zip's files as 0, 1, 2...: no name in it ever becomes a path."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check_members(members, path, limits)
            return [_unpack_one(archive, m, folder, i) for i, m in enumerate(members)]
    except LoadError:
        raise
    # zipfile raises many kinds on damaged, encrypted and exotic archives.
    except Exception as error:
        message = f"the zip {path.name} can't be unpacked: {error}"
        raise LoadError(message) from None


def _check_members(members, path, limits):
    total = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    found = {"members": len(members), "bytes": total, "ratio": total / packed}
    for kind, value in found.items():
        if value > limits[kind] and not (kind == "ratio" and total < _SMALL):
            message = (
                f"the zip {path.name} unpacks to {len(members):,} files of {total:,} bytes, "
                f"{found['ratio']:.0f} times its size: above the limit of {limits[kind]:,} for "
                f"{kind}. If you trust it, raise it: zip_limits={{{kind!r}: {int(value) + 1}}}"
            )
            raise LoadError(message)
    if not members:
        message = f"the zip {path.name} holds no files"
        raise LoadError(message)


def _unpack_one(archive, member, folder, index):
    if stat.S_ISLNK(member.external_attr >> 16):
        message = f"the zip holds a link, {member.filename}: links are refused"
        raise LoadError(message)
    target = os.path.join(folder, str(index))
    with archive.open(member) as source, open(target, "wb") as file:
        while chunk := source.read(2**20):
            file.write(chunk)
    return Source(target, member.filename)
