"""What a learner has done, in a small file of theirs: nothing leaves the machine."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import CTError
from ..files.atomic import alone, write_file

#: Names another file; `os.devnull` keeps nothing beyond this session.
VARIABLE = "CTKIT_PROGRESS_FILE"
_NAME = "ctkit-progress.json"

Record = dict[str, Any]
_SESSION: Record = {}
#: What has to be told to the learner, once.
_NOTES: list[str] = []


def place() -> Path | None:
    """The file, or None where nothing is kept.

    In a browser tab it stands beside the page, in the folder that JupyterLite keeps in the browser.
    """
    named = os.environ.get(VARIABLE)
    if named == os.devnull:
        return None
    if named:
        return Path(named)
    if sys.platform == "emscripten":
        return Path.cwd() / _NAME
    from platformdirs import user_data_path

    return user_data_path("ctkit", appauthor=False) / _NAME


def kept() -> Record:
    """All that is known: exercises by id, quizzes by page, guesses by id."""
    path = place()
    found = _SESSION if path is None else _read(path)
    return {name: dict(found.get(name, {})) for name in ("exercises", "quizzes", "guesses")}


def notes() -> list[str]:
    """What has to be told, and is told only once."""
    told = list(_NOTES)
    _NOTES.clear()
    return told


def record_try(id: str, state: str) -> None:
    """Note that an exercise was tried; one that was right stays so."""

    def change(record: Record) -> None:
        entry = _entry(record, id)
        entry["tries"] = entry.get("tries", 0) + 1
        if state == "right" and entry.get("state") != "right":
            entry["right_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        if entry.get("state") != "right":
            entry["state"] = state

    _update(change)


def record_help(id: str, kind: str, count: int) -> None:
    """Note how many hints were read ("hints"), or that a solution was ("solution")."""

    def change(record: Record) -> None:
        entry = _entry(record, id)
        entry[kind] = max(entry.get(kind, 0), count)

    _update(change)


def record_quiz(page: str, results: dict[str, bool]) -> None:
    """Note which questions were answered, and whether rightly at the last time."""
    _update(lambda record: record.setdefault("quizzes", {}).setdefault(page, {}).update(results))


def record_guess(id: str, guess: str) -> None:
    """Note what was predicted."""
    _update(lambda record: record.setdefault("guesses", {}).update({id: guess}))


def begin_anew() -> Path | None:
    """Forget everything; the file as it was is kept beside, under the name that is returned."""
    path = place()
    _SESSION.clear()
    if path is None or not path.exists():
        return None
    with _held(path):
        return _set_aside(path, "before")


def _entry(record: Record, id: str) -> Record:
    return record.setdefault("exercises", {}).setdefault(id, {})


def _update(change: Callable[[Record], None]) -> None:
    """Change the record, in the file as it is now: another kernel may have written meanwhile."""
    path = place()
    if path is None:
        return change(_SESSION)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _held(path):
            record = _read(path)
            change(record)
            text = json.dumps({"version": 1, **record}, indent=1, sort_keys=True)
            write_file(path, text.encode())
    except (OSError, CTError) as error:
        # An answer is judged all the same.
        _note(f"Your progress can't be kept: {error}.")
    return None


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    with alone(path.parent):
        yield


def _read(path: Path) -> Record:
    """The record of a file; what is damaged is kept aside, and that is told."""
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    try:
        record = json.loads(content)
        if not _is_record(record):
            raise ValueError
    except (ValueError, RecursionError):
        with contextlib.suppress(OSError):
            aside = _set_aside(path, "damaged")
            _note(f"The file of your progress was damaged, and is kept as {aside.name}.")
        return {}
    return record


def _is_record(record: Any) -> bool:
    if not isinstance(record, dict):
        return False
    groups = [record.get(name, {}) for name in ("exercises", "quizzes", "guesses")]
    if not all(isinstance(group, dict) for group in groups):
        return False
    entries = [*groups[0].values(), *groups[1].values()]
    return all(isinstance(entry, dict) for entry in entries)


def _set_aside(path: Path, word: str) -> Path:
    """Rename a file to a name that is free beside it."""
    count = 1
    while (aside := path.with_name(f"{path.stem}-{word}-{count}{path.suffix}")).exists():
        count += 1
    path.rename(aside)
    return aside


def _note(sentence: str) -> None:
    if sentence not in _NOTES:
        _NOTES.append(sentence)
