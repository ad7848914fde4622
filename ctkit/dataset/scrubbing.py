"""Sentences without the names of files and folders, and without what a header says."""

from __future__ import annotations

import functools
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

_SHORT = 100  # characters that a sentence shows as they are


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
    for name, other in _known(unit.path, (*unit.files, *unit.masks.values(), unit.path, *names)):
        text = text.replace(name, other)
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


@functools.lru_cache(maxsize=2)  # each note of a scan asks for the same
def _known(top: str, paths: tuple[str, ...]) -> list[tuple[str, str]]:
    """What each name becomes, long ones first."""
    known: dict[str, str] = {}
    for place, path in enumerate(paths):
        for name in _names(path, top):
            known.setdefault(name, f"file {place}")
    for folder in PurePath(top).parents:
        if len(folder.parts) > 2:
            known.setdefault(str(folder), "a folder")
    return sorted(known.items(), key=lambda pair: -len(pair[0]))


def _names(path: str, top: str) -> Iterable[str]:
    """All that a text may call a file: by its path, or a part of it, whole or shortened."""
    names = [path, path.removeprefix(top + os.sep), os.path.basename(path)]
    if not os.path.isabs(path):
        names += path.split("/")
    for name in names:
        if name not in ("", ".", ".."):
            yield name
            if len(name) > _SHORT or not name.isprintable() or "  " in name or not name.isascii():
                yield from (shown_name(name), shown_name(name, 300))
