"""Sentences without the names of files and folders, and without what a header says."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import PurePath

from ..files.sources import shown_name
from .finding import Unit

# What ctkit quotes of a file, as repr writes it; its own advice, without an apostrophe, stands in
# double quotes, and the apostrophe of "can't" stands within a word.
_QUOTED = re.compile(r"""(?<!\w)'(?:[^'\n]|'(?=\w))*'(?!\w)|"[^"\n]*'[^"\n]*\"""")


def scrubbed(text: str, unit: Unit, names: Iterable[str] = ()) -> str:
    """A text in which files go by numbers, as their names may be a person's.

    Parameters
    ----------
    text : str
    unit : Unit
        Whose files, and the folders above them, a text may name.
    names : iterable of str
        What else a text may call its files by: those within a zip.
    """
    known: dict[str, str] = {}
    for place, path in enumerate([*unit.files, *unit.masks.values(), unit.path, *names]):
        for name in _names(path, unit.path):
            known.setdefault(name, f"file {place}")
    for folder in PurePath(unit.path).parents:
        if len(folder.parts) > 2:
            known.setdefault(str(folder), "a folder")
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, known[name])
    return text


def scrubbed_reason(text: str, unit: Unit, names: Iterable[str] = ()) -> str:
    """The first line of what `load` says, also without what it quotes of the files."""
    return _QUOTED.sub("'...'", scrubbed(text.partition("\n")[0], unit, names))


def members_of(unit: Unit) -> list[str]:
    """The names of the files in a zip; none for what is none, or damaged."""
    try:
        with zipfile.ZipFile(unit.path) as packed:
            return packed.namelist()
    except Exception:
        return []


def _names(path: str, top: str) -> Iterable[str]:
    """All that a text may call a file: by its path, or a part of it, whole or shortened."""
    parts = PurePath(path).parts
    inside = os.path.relpath(path, top) if path.startswith(top + os.sep) else path
    for name in (path, inside, parts[-1] if parts else "", *(() if os.path.isabs(path) else parts)):
        if name not in ("", ".", "..", "/"):
            yield from dict.fromkeys((name, shown_name(name), shown_name(name, 300)))
