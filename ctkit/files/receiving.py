"""Files that come piece by piece from elsewhere, into a private folder of their own.

Whoever sends them is a stranger: count and size are checked before any byte is taken, and no
piece goes beyond what was said of its file. Names of files are often those of patients: they
give no file its name, and stand in no message.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import LoadError
from .atomic import why
from .dicom.series import count_missing, is_called_directory, is_directory
from .private import PrivateFolder
from .sources import Source, ZipLimits, limits, unpacked
from .unnamed import Unnamed, point_anew
from .wording import counted

_PREFIX = "ctkit-drop-"
_IN_TAB = 2**30  # bytes: there all of it is memory
_UNITS = ((2**30, "GB"), (2**20, "MB"), (2**10, "kB"))
_LIKE_NOTHING = "the page sent what belongs to no file: drop the files again"


class Received(NamedTuple):
    """Files that have come whole.

    `folder` holds them, `words` say what they are without a name, and `notes` what is to be
    known of the scan in them.
    """

    folder: PrivateFolder
    words: str
    notes: tuple[str, ...]


class Receiving:
    """Files under way; see `Received` for what becomes of them.

    Parameters
    ----------
    files : sequence of (str, int)
        Path of each below the folder that was dropped, and its size in bytes.
    zip_limits : mapping, optional
        As for `ctkit.load`; the limits of members and bytes hold for what is sent as well.

    Raises
    ------
    LoadError
        Where there is nothing, or more than the limits or the disk allow.
    """

    def __init__(self, files: Any, zip_limits: ZipLimits = None) -> None:
        self.limits = room_for(zip_limits)
        self.files = _as_files(files)
        self.total = sum(size for _, size in self.files)
        _check_count(len(self.files), self.total, self.limits)
        self._folder = PrivateFolder(_PREFIX)
        self._naming = Unnamed()
        self._paths = [self._folder.path / self._naming(name) for name, _ in self.files]
        self._have = [0] * len(self.files)
        try:
            _check_room(self._folder.path, self.total)
        except LoadError:
            self.discard()
            raise

    @property
    def taken(self) -> int:
        """Bytes that have come."""
        return sum(self._have)

    def take(self, parts: Any, content: memoryview | bytes) -> None:
        """Write one message of pieces.

        Parameters
        ----------
        parts : sequence of (int, int, int)
            Number of the file, where in it the piece begins, and its length in bytes.
        content : bytes
            The pieces, one after the other.

        Raises
        ------
        LoadError
            Where the pieces are not the next ones of their files, or can't be written.
        """
        pieces, waiting = _as_pieces(parts, len(self.files)), memoryview(content).cast("B")
        if sum(length for *_, length in pieces) != len(waiting):
            raise LoadError(_LIKE_NOTHING)
        for number, start, length in pieces:
            if start != self._have[number] or start + length > self.files[number][1]:
                raise LoadError(_LIKE_NOTHING)
            self._write(number, waiting[:length])
            waiting = waiting[length:]

    def _write(self, number: int, piece: memoryview) -> None:
        try:
            with open(self._paths[number], "ab") as file:
                file.write(piece)
        except OSError as error:
            message = f"the files can't be kept: {why(error)}"
            raise LoadError(message) from error
        self._have[number] += len(piece)

    def finish(self) -> Received:
        """The files, once all of them are there; what was a zip is unpacked.

        Raises
        ------
        LoadError
        """
        if self._have != [size for _, size in self.files]:
            message = "some of the files have not come whole: drop them again"
            raise LoadError(message)
        for path in self._paths:
            path.touch()  # one of no bytes has not been written
        what, names = self._words(), self._naming.names
        if len(self.files) == 1 and (inside := self._unpack()):
            count = len(list(self._folder.path.iterdir()))
            what, names = f"a zip of {counted(count, 'file')}", inside
        point_anew(self._folder.path, names)
        notes = _notes_on_directories(self._folder.path, names)
        return Received(self._folder, f"{what}, {size_text(self.total)}", notes)

    def discard(self) -> None:
        """Remove what has come."""
        self._folder.close()

    def _words(self) -> str:
        inside = all("/" in name for name, _ in self.files)
        return f"{'a folder of ' if inside else ''}{counted(len(self.files), 'file')}"

    def _unpack(self) -> dict[str, str]:
        """The names of the files that were in the zip, none where it is no zip."""
        (packed,), naming = self._paths, Unnamed()
        room = self._folder.path / "zip"

        def make() -> str:
            room.mkdir(mode=0o700)
            return str(room)

        found = unpacked(Source(str(packed), packed.name), make, self.limits, naming)
        if not room.exists():
            return {}
        packed.unlink()
        for source in found:
            os.replace(source.path, self._folder.path / source.name)
        room.rmdir()
        if not found:
            message = "there are no files in the zip"
            raise LoadError(message)
        return naming.names


def room_for(zip_limits: ZipLimits = None) -> dict[str, float]:
    """The limits on what is sent: those of zips, and less in a browser tab, which has no disk."""
    in_tab = {"bytes": _IN_TAB} if sys.platform == "emscripten" else {}
    return limits(zip_limits) | ({} if zip_limits and "bytes" in zip_limits else in_tab)


def size_text(count: int) -> str:
    """Bytes in words.

    Examples
    --------
    >>> size_text(999), size_text(2_500_000)
    ('999 bytes', '2.4 MB')
    """
    unit, name = next((one for one in _UNITS if count >= one[0]), (0, ""))
    return f"{count / unit:.1f} {name}" if unit else counted(count, "byte")


def _as_files(files: Any) -> list[tuple[str, int]]:
    """What is said of the files, checked."""
    if not _is_list(files) or not all(_is_list(one) and len(one) == 2 for one in files):
        raise LoadError(_LIKE_NOTHING)
    if not all(isinstance(name, str) and _is_count(size) for name, size in files):
        raise LoadError(_LIKE_NOTHING)
    if not files:
        message = "there are no files in it"
        raise LoadError(message)
    return [(name.replace("\\", "/"), size) for name, size in files]


def _as_pieces(parts: Any, count: int) -> list[tuple[int, int, int]]:
    """What is said of the pieces of a message, checked."""
    if not _is_list(parts) or not all(_is_list(one) and len(one) == 3 for one in parts):
        raise LoadError(_LIKE_NOTHING)
    if not all(_is_count(n) for one in parts for n in one) or any(p[0] >= count for p in parts):
        raise LoadError(_LIKE_NOTHING)
    return [tuple(one) for one in parts]


def _is_list(thing: Any) -> bool:
    return isinstance(thing, Sequence) and not isinstance(thing, str | bytes)


def _is_count(thing: Any) -> bool:
    return isinstance(thing, int) and not isinstance(thing, bool) and 0 <= thing < 2**53


def _check_count(count: int, total: int, most: dict[str, float]) -> None:
    for kind, value in (("members", count), ("bytes", total)):
        if value > most[kind]:
            what = f"{counted(count, 'file')} of {size_text(total)}"
            message = (
                f"there are {what}: above the limit of {most[kind]:,.0f} for {kind}. If you trust "
                f"them: zip_limits={{{kind!r}: {value}}}"
            )
            raise LoadError(message)


def _check_room(folder: Path, total: int) -> None:
    """Refuse what the disk has no room for; a browser tab has no disk, and tells nothing."""
    if sys.platform == "emscripten":
        return
    free = shutil.disk_usage(folder).free
    if total > free:
        message = (
            f"the files take {size_text(total)}, and the temporary folder has room for "
            f"{size_text(free)}: make room, or name another one by the variable TMPDIR"
        )
        raise LoadError(message)


def _notes_on_directories(folder: Path, names: dict[str, str]) -> tuple[str, ...]:
    """What a DICOMDIR among the files says of files that are not there."""
    if len(names) == 1 and is_directory(Source(str(folder / next(iter(names.values()))), "")):
        message = "it is a DICOMDIR alone, which lists files: drop the folder that it stands in"
        raise LoadError(message)
    notes = []
    for name, given in names.items():
        if is_called_directory(name):
            notes += _note_on(Source(str(folder / given), given), name, names)
    return tuple(notes)


def _note_on(directory: Source, name: str, names: dict[str, str]) -> list[str]:
    above = name.rpartition("/")[0]
    start = f"{above}/" if above else ""
    there = [one.removeprefix(start) for one in names if one.startswith(start)]
    try:
        lost = count_missing(directory, there)
    except LoadError:
        return ["its DICOMDIR can't be read: whether files are missing is not known"]
    what = "1 file that is" if lost == 1 else f"{lost} files that are"
    return [f"its DICOMDIR lists {what} not there: slices may be missing"] if lost else []
