"""The files that views draw: pages share them, and each is named by what is in it."""

import hashlib
from functools import cache
from pathlib import Path

import ctkit
from ctkit.widgets import page

#: Its name.
FILES = "_volumes"


@cache
def the_head() -> ctkit.Volume:
    """The head of the course."""
    return ctkit.load(ctkit.samples.head())


def keep_head(folder: Path) -> str:
    """The name of the file with the head's voxels."""
    return keep(page.packed(the_head().array, "int16"), folder)


def keep(packed: bytes, folder: Path) -> str:
    """The name of a file with these bytes."""
    name = f"{hashlib.sha256(packed).hexdigest()[:20]}.z"
    target = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        part = target.with_suffix(f".{id(packed)}.part")
        part.write_bytes(packed)
        part.replace(target)
    return name
