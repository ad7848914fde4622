"""The folder of a prepared set: scans, masks, what was kept on the way, and a row for each.

::

    out/
      images/<id>.nii.gz     what came out, or <id>.zarr
      masks/<id>-<name>.nii.gz
      places/<id>.npz        where some voxels of each label lie, for sampling patches
      rows/<key>.json        a unit's rows: written last, so what has a row is whole
      steps/<key>.npz        results of costly steps, to go on from when a later one changes
      private/               whose scan is which: not to be passed on
      manifest.parquet .csv  the rows of the last run
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import LoadError, SaveError
from ..files.atomic import PART, alone, as_target, new_file, why, write_file
from ..volume import Volume
from .finding import is_prepared
from .formats import FORMATS, format_of
from .state import State, pack, unpack

#: The folders of a prepared set.
ROOMS = ("images", "masks", "places", "rows", "steps", "private")
_SALT = 32  # bytes
ROWS = 1  # of the rows: raised when an older one can't be read any more


@dataclass(frozen=True)
class Store:
    """A folder that holds a prepared set.

    Attributes
    ----------
    folder : str
    salt : bytes
        Makes the ids of this set: without it nobody can tell whose they are. Empty where the
        private part of a set is not there.
    """

    folder: str
    salt: bytes

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Store:
        """The set in a folder that was prepared before.

        Raises
        ------
        LoadError
            Where there is none.
        """
        path = Path(os.path.abspath(as_target(folder)))
        if not is_prepared(path):
            message = (
                f"{path} is no prepared set: dataset.prepare(scans, steps, {str(folder)!r}) makes "
                "one"
            )
            raise LoadError(message)
        salt = path / "private" / "salt"
        return cls(str(path), salt.read_bytes() if salt.is_file() else b"")

    @classmethod
    @contextmanager
    def writing(cls, folder: str | os.PathLike[str]) -> Iterator[Store]:
        """The set in a folder, made where it is absent; other runs are kept out.

        A process that is killed lets go of it.

        Raises
        ------
        SaveError
            Where it can't be written, holds other things, or another run holds it.
        """
        path = Path(os.path.abspath(as_target(folder)))
        _check_empty(path)
        private = path / "private"
        try:
            for name in ROOMS:
                (path / name).mkdir(parents=True, exist_ok=True)
            private.chmod(0o700)
        except OSError as error:
            message = f"{path} can't be written: {error.strerror}"
            raise SaveError(message) from error
        with alone(private, wait=False):
            if not (private / "salt").exists():
                write_file(private / "salt", secrets.token_bytes(_SALT))
            elif (private / "salt").stat().st_size != _SALT:
                message = (
                    f"{private / 'salt'} is damaged, without which patients can't be told from "
                    "others: name another folder"
                )
                raise SaveError(message)
            yield cls.open(path)

    def hashed(self, text: str) -> str:
        """A name for something that must not be told."""
        told = text.encode(errors="surrogatepass")
        return hmac.new(self.salt, told, hashlib.sha256).hexdigest()[:16]

    def at(self, *names: str) -> Path:
        """A path in the folder."""
        return Path(self.folder, *names)

    def write_volume(self, room: str, name: str, volume: Volume, format: str) -> dict[str, str]:
        """Write a volume into a room of the folder; what a row says of the file."""
        way = FORMATS[format]
        file = f"{room}/{name}{way.suffix}"
        return {"file": file, "sha256": way.write(self.at(file), volume)}

    def read_volume(self, file: str) -> Volume:
        """What `write_volume` wrote."""
        return format_of(file).read(self.at(file))

    def is_whole(self, written: Mapping[str, str]) -> bool:
        """Whether a file is there as its row says."""
        file = written["file"]
        return format_of(file).digest(self.at(file)) == written["sha256"]

    def write_places(self, name: str, places: Mapping[str, np.ndarray]) -> None:
        """Keep where some voxels of each label lie; see `places_of`. No labels need no file."""
        if not places:
            return
        held = io.BytesIO()
        np.savez(held, **places)  # type: ignore[arg-type]
        write_file(self.at("places", f"{name}.npz"), held.getvalue())

    def read_places(self, name: str) -> dict[str, np.ndarray]:
        """What `write_places` kept."""
        path = self.at("places", f"{name}.npz")
        if not path.exists():
            return {}
        with np.load(path, allow_pickle=False) as held:
            return dict(held)

    def commit(self, key: str, rows: list[dict[str, Any]]) -> None:
        """Write the rows of a unit, all or none; from now on it is done."""
        path = self._row(key)
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            message = f"{path.parent} can't be made: {why(error)}"
            raise SaveError(message) from error
        write_file(path, json.dumps({"format": ROWS, "rows": rows}, indent=1).encode())

    def committed(self, key: str) -> list[dict[str, Any]] | None:
        """The rows of a unit, or None where it isn't done."""
        try:
            held = json.loads(self._row(key).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:  # damaged by something else: it is done again
            return None
        if not isinstance(held, dict) or held.get("format") != ROWS:
            return None
        rows = held.get("rows")
        return rows if isinstance(rows, list) and rows and all(map(_is_row, rows)) else None

    def is_done(self, key: str) -> list[dict[str, Any]] | None:
        """The rows of a unit that is done, with all files whole; else None."""
        rows = self.committed(key)
        if rows is None:
            return None
        final = all(row["ending"] in FINAL for row in rows)
        return rows if final and all(map(self.is_whole, files_of(rows))) else None

    def forget(self, key: str) -> None:
        """Take back the rows of a unit: it is done again."""
        self._row(key).unlink(missing_ok=True)

    def keep_state(self, key: str, state: State) -> None:
        """Keep what a step gave."""
        # Where it is damaged it is worked out again: nobody waits for the disk.
        with new_file(self.at("steps", f"{key}.npz"), lasting=False) as file:
            pack(state, file)

    def kept_state(self, key: str) -> State | None:
        """What a step gave, if it was kept and is whole."""
        path = self.at("steps", f"{key}.npz")
        try:
            with open(path, "rb") as file:
                return unpack(file)
        except FileNotFoundError:
            return None
        except Exception:  # damaged by something else: it is worked out again
            path.unlink(missing_ok=True)
            return None

    def _row(self, key: str) -> Path:
        return self.at("rows", key[:2], f"{key}.json")


#: Endings that a further run takes as they are. The others are tried again.
FINAL = ("ready", "refused", "failed", "copy")


def files_of(rows: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The files that rows stand for."""
    for row in rows:
        yield from row["files"].values()


def _is_row(row: Any) -> bool:
    """Whether it has what is asked of every row."""
    return isinstance(row, dict) and {"id", "ending", "reason", "files"} <= set(row)


def _check_empty(path: Path) -> None:
    """Refuse a folder that holds something that is no prepared set."""
    if path.exists() and not path.is_dir():
        message = f"{path} is a file: name a folder to write into"
        raise SaveError(message)
    if not path.is_dir() or (path / "private" / "salt").is_file():
        return
    if is_prepared(path):
        message = (
            f"{path} has lost its folder private, without which its patients can't be told from "
            "others: name another folder"
        )
        raise SaveError(message)
    names = {one.name for one in path.iterdir()}
    files = (one for one in path.rglob("*") if not one.is_dir() and PART not in one.name)
    if names - set(ROOMS) or any(files):  # else it was begun, and killed at once
        message = f"{path} holds other files: name an empty folder, or one that was prepared before"
        raise SaveError(message)
