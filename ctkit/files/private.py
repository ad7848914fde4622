"""A folder that nobody else may look into, and that goes when it is no longer needed.

`close`, the end of Python and the end of the object take it away. What a killed process leaves
behind is taken away by the next one: a process that lives holds a lock on its folders.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows, where what is left of a killed process stays; and in a browser tab
    flock = None  # type: ignore[assignment]

_MINUTE = 60  # seconds: a folder that was made just now may not be locked yet


class PrivateFolder:
    """A temporary folder of mode 0700.

    Parameters
    ----------
    prefix : str
        How its name begins; also those of the folders that are looked for, and swept away.

    Attributes
    ----------
    path : Path
    """

    def __init__(self, prefix: str) -> None:
        _sweep(prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._end = weakref.finalize(self, _remove, str(self.path), _lock(self.path))

    def close(self) -> None:
        """Remove the folder and what is in it."""
        self._end()


def _remove(path: str, lock: int | None) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def _lock(path: Path) -> int | None:
    """Lock a folder for this process: its descriptor, or None where that is not possible."""
    if flock is None:
        return None
    try:
        opened = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        flock(opened, LOCK_EX | LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


def _sweep(prefix: str) -> None:
    """Remove the folders of processes of this user that ended without doing it."""
    if flock is None:
        return
    with suppress(OSError):
        for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            if _is_old(path) and (lock := _lock(path)) is not None:
                _remove(str(path), lock)


def _is_old(path: Path) -> bool:
    """Whether this is a folder of this user, older than a minute."""
    try:
        facts = path.lstat()
    except OSError:
        return False
    mine = facts.st_uid == os.getuid() and path.is_dir() and not path.is_symlink()
    return mine and time.time() - facts.st_mtime > _MINUTE
