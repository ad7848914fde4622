"""Writing: a file, or a folder of files, is there whole or not at all.

Everything is written under another name on the same disk, and renamed once it is complete: a
kill, a full disk or a pulled plug leaves what stood there before. What is left of such a write
has names that `finished` knows, so that no reader takes it for a scan.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import LoadError, ParameterError, SaveError

#: How the names of unfinished files and folders begin.
PART = ".ctkit-part-"
#: How the name of a folder begins whose files are being moved to the folder that it stands in.
MOVING = ".ctkit-moving-"

_HOUR, _DAY = 3600, 86_400  # seconds
_swept: dict[Path, float] = {}  # when which folder was
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # how systems say that a lock is taken
_IS_HELD = "another process is writing there: wait until it is done"
_NOT_ALLOWED = "you may not write there"
_WHY = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "it is larger than a file may be here",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.ENOENT: "its folder is gone",
    errno.ENOTDIR: "a part of its path is a file",
    errno.EIO: "the disk failed",
}


def why(error: OSError) -> str:
    """What an error of the system means, in plain words."""
    return _WHY.get(error.errno or 0, "the system refuses it")


def write_file(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file whole, in the place of one that may be there.

    Parameters
    ----------
    path : str or path-like
        A link stays, and the file that it leads to is replaced.
    content : bytes

    Returns
    -------
    Path that was given. A file that was there keeps its permissions; a new one gets those that
    the user's umask leaves.

    Raises
    ------
    SaveError
        Where it can't be written. What stood there is still there.
    ParameterError
        Where `path` is no path.
    """
    with new_file(path) as file:
        file.write(content)
    return as_target(path)


@contextmanager
def new_file(path: str | os.PathLike[str], lasting: bool = True) -> Iterator[BinaryIO]:
    """A file to write into, which comes to `path` whole once the block ends; see `write_file`.

    Parameters
    ----------
    lasting : bool
        Whether to wait until the disk has it. Without that a machine that loses its power may
        leave a damaged file; a process that is killed does not.
    """
    given = as_target(path)
    with _writing(given):
        target = _file_at(given)
        # A folder of many files takes long to be searched through.
        if time.time() - _swept.get(target.parent, 0) > _HOUR:
            _sweep(target.parent)
        part = target.with_name(_part_name())
        mode = stat.S_IMODE(target.stat().st_mode) & 0o777 if target.exists() else None
        try:
            with _created(part, mode) as file:
                yield file
                file.flush()
                if lasting:
                    os.fsync(file.fileno())  # some disks say only here that they are full
            if mode is not None:
                os.chmod(part, mode)
            os.replace(part, target)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


@contextmanager
def new_folder(path: str | os.PathLike[str], refuse: Callable[[Path], None]) -> Iterator[Path]:
    """A folder to write files into, which come to `path` together once the block ends.

    Parameters
    ----------
    path : str or path-like
        Made where it is absent, by one rename. A folder that is there stays the same one, since
        it may be a mount or the current folder: the files are moved into it.
    refuse : callable of a Path
        Raises a CTError where a folder that is there holds what must not be lost. Asked before
        the writing, and again before files are moved.

    Yields
    ------
    Path of the folder to write into

    Raises
    ------
    SaveError
        Where something can't be written.

    Notes
    -----
    Moving many files is no single step. Until it is done, a folder named `MOVING` stands among
    them, and `finished` refuses to read there.
    """
    given = as_target(path)
    with _writing(given):
        target = Path(os.path.realpath(given))
        if os.path.isdir(target):
            refuse(target)
        # Asked again: another write may have made the folder between the two questions.
        elif os.path.lexists(target) and not os.path.isdir(target):
            message = f"{given} is a file: name a folder to write into"
            raise SaveError(message)
        target.parent.mkdir(parents=True, exist_ok=True)
        room = target if target.is_dir() else target.parent
        _sweep(room)
        part = room / _part_name()
        part.mkdir()
        try:
            yield part
            for file in filter(Path.is_file, part.rglob("*")):
                _sync(file)
            _arrive(part, target, refuse)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _arrive(part: Path, target: Path, refuse: Callable[[Path], None]) -> None:
    if part.parent != target:
        try:
            part.rename(target)
        except OSError:  # another write may have made the folder meanwhile
            if not target.is_dir():
                raise
        else:
            return
    with alone(target):
        refuse(target)
        killed = list(target.glob(f"{MOVING}*"))
        moving = part.rename(target / part.name.replace(PART, MOVING))
        for file in sorted(moving.iterdir()):
            os.replace(file, target / file.name)
        for folder in (*killed, moving):  # only now: until here they warn of a mixture
            shutil.rmtree(folder)


def finished(paths: Iterable[Path], top: Path) -> list[Path]:
    """Those of the files below `top` that are no part of an unfinished write.

    Raises
    ------
    LoadError
        Where old and new files stand mixed, because a write was interrupted.
    """
    found = []
    for path in paths:
        names = path.relative_to(top).parts
        if any(name.startswith(MOVING) for name in names):
            message = (
                f"{path.parent.parent} is half-written: writing into it goes on, or was "
                "interrupted. Write it again, or empty it with its hidden files"
            )
            raise LoadError(message)
        if not any(name.startswith(PART) for name in names):
            found.append(path)
    return found


@contextmanager
def alone(folder: Path, wait: bool = True) -> Iterator[None]:
    """Hold a folder against other threads and processes that ask to hold it.

    A process that is killed lets go of it. Where a file system knows no locks, and in a browser
    tab, where nothing runs beside, there is no waiting.

    Raises
    ------
    SaveError
        Where it is held already, and `wait` is False.
    """
    handle = _open_lock(folder)
    try:
        _lock(handle, wait)
        yield
    finally:
        # A child that was forked meanwhile holds a copy of the handle: closing is not enough.
        with suppress(ImportError, AttributeError, OSError):
            _unlock(handle)
        _close_lock(handle, folder)


if sys.platform == "win32":

    def _open_lock(folder: Path) -> int:
        return os.open(folder / f"{PART}lock", os.O_RDWR | os.O_CREAT)

    def _lock(handle: int, wait: bool) -> None:
        import msvcrt

        while True:
            try:
                return msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError as error:
                if not wait and error.errno in _HELD:
                    raise SaveError(_IS_HELD) from None
                if error.errno != errno.EDEADLOCK:  # it gives up after ten seconds
                    return None

    def _unlock(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

    def _close_lock(handle: int, folder: Path) -> None:
        os.close(handle)
        with suppress(OSError):  # one who waits has it open, and removes it
            os.unlink(folder / f"{PART}lock")

else:

    def _open_lock(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def _lock(handle: int, wait: bool) -> None:
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except (ImportError, AttributeError):  # JupyterLite's module of that name is empty
            return
        except OSError as error:
            if not wait and error.errno in _HELD:
                raise SaveError(_IS_HELD) from None

    def _unlock(handle: int) -> None:
        with suppress(ImportError, AttributeError):  # as above
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_UN)

    def _close_lock(handle: int, folder: Path) -> None:
        os.close(handle)


def as_target(path: str | os.PathLike[str]) -> Path:
    """A path to write to, as it was given."""
    try:
        target = Path(path)
    except TypeError:
        message = f"a path is text or a Path, not {type(path).__name__}"
        raise ParameterError(message) from None
    try:
        possible = b"\0" not in os.fsencode(target)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        message = f"no file can have the name {str(target)!a:.200}"
        raise SaveError(message)
    return target


def _file_at(given: Path) -> Path:
    """Where the file is that a path means, which can be written."""
    target = Path(os.path.realpath(given) if given.is_symlink() else os.path.abspath(given))
    if os.path.isdir(target):
        message = f"{given} is a folder; name a file in it"
    elif not os.path.isdir(target.parent):
        message = f"there is no folder {target.parent} to write {target.name} into; make it first"
    elif target.is_symlink() or (target.exists() and not target.is_file()):
        message = f"{given} is no plain file: write to another name"
    elif target.exists() and not os.access(target, os.W_OK):
        message = f"{given} may not be changed: it is read-only"
    else:
        return target
    raise SaveError(message)


def _part_name() -> str:
    # Not made from the name that is meant, which may be as long as a name can be.
    return f"{PART}{secrets.token_hex(8)}"


def _sweep(folder: Path) -> None:
    """Remove what writes that were killed left there, a day ago or more."""
    _swept[folder] = time.time()
    with suppress(OSError):
        for path in folder.glob(f"{PART}*"):
            if time.time() - path.lstat().st_mtime > _DAY:
                remove(path)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with what is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _created(path: Path, mode: int | None) -> BinaryIO:
    """A new file; the system takes the umask from 0666, as for any other file.

    Asking for the umask means setting it, for all threads of the process.
    """
    first = 0o666 if mode is None else mode | stat.S_IWUSR
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, first))


def _sync(path: Path) -> None:
    # Windows flushes only what is open for writing.
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say in a sentence what the system refused."""
    try:
        yield
    except OSError as error:
        message = f"{path} can't be written: {why(error)}"
        raise SaveError(message) from error
