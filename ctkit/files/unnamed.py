"""Names for files that tell nothing of anybody, where a name may be that of a patient.

Voxels that stand apart from their header are found by name: a pair of .hdr and .img keeps one
name, and a MetaImage or an NRRD that names the file of its voxels is made to name it anew.
"""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path, PurePosixPath

# Endings that say which format it is; any other may be a part of a name.
_SUFFIX = re.compile(
    r"\.(nii|nii\.gz|hdr|img|img\.gz|mha|mhd|nrrd|nhdr|z?raw|raw\.gz|dcm|zip|z\d\d|zip\.\d{3})$",
    re.IGNORECASE,
)
_POINTING = (".mha", ".mhd", ".nrrd", ".nhdr")
_POINTER = re.compile(
    rb"^([ \t]*ElementDataFile[ \t]*=|data ?file:)[ \t]*([^\r\n]*?)[ \t]*(\r?)$", re.I | re.M
)
_IN_PLACE = re.compile(rb"(LOCAL|LIST)\b", re.IGNORECASE)
_MOST_HEADER = 2**20  # bytes of a header whose voxels stand apart
NOT_THERE = "not-there"


class Unnamed:
    """Gives each file a name such as ``file12.nii``, which no other has.

    Attributes
    ----------
    names : dict
        The name that was given, by the file's own.

    Examples
    --------
    >>> name = Unnamed()
    >>> name("DOE^JANE/IM1"), name("doe.hdr"), name("doe.img.gz"), name("doe.txt")
    ('file1', 'file2.hdr', 'file2.img.gz', 'file3')
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._given: set[str] = set()
        self._next = 1

    def __call__(self, name: str) -> str:
        """A name for the file that is called so."""
        found = _SUFFIX.search(name)
        suffix = found[0].lower() if found else ""
        stem = (name[: found.start()] if found else name).casefold()
        number = self._numbers.setdefault(stem, self._next)
        if f"file{number}{suffix}" in self._given:
            number = self._next
        self._next = max(self._next, number + 1)
        given = f"file{number}{suffix}"
        self._given.add(given)
        self.names[name] = given
        return given


def point_anew(folder: Path, names: dict[str, str]) -> None:
    """Let the headers in a folder name their files of voxels as these are called now.

    Parameters
    ----------
    folder : Path
    names : dict
        What each file is called there, by its own name.
    """
    for name, given in names.items():
        path = folder / given
        if given.endswith(_POINTING) and path.stat().st_size <= _MOST_HEADER:
            rename = partial(_named_anew, beside=str(PurePosixPath(name).parent), names=names)
            content = path.read_bytes()
            anew = _POINTER.sub(rename, content, count=1)
            if anew != content:
                path.write_bytes(anew)


def _named_anew(found: re.Match[bytes], beside: str, names: dict[str, str]) -> bytes:
    """The line of a header that names the file of its voxels, with what that is called now."""
    start, wanted, end = found.groups()
    if _IN_PLACE.match(wanted):
        return found[0]
    text = os.fsdecode(wanted).removeprefix("./").removeprefix(".\\")
    given = names.get(str(PurePosixPath(beside, text)))
    return start + b" " + (given or NOT_THERE).encode() + end
