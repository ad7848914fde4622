"""NRRD files (.nrrd, .nhdr): the header by pynrrd, the voxels within limits of our own.

pynrrd reads packed voxels whole, however large they become, and opens whatever file a header
names; so only its parser of headers is used.

References
----------
Definition of NRRD file format, https://teem.sourceforge.net/nrrd/format.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import LoadError
from ..labels import Labels, color_of
from .sources import Source
from .stored import (
    Layout,
    Scan,
    as_scan,
    beside,
    check_affine,
    check_shape,
    is_list,
    named_headers,
    shown,
)
from .wording import plain

SUFFIXES = (".nrrd", ".nhdr")
_MOST_HEADER = 2**20
_MOST_LINES = 10_000
_NAMES = {
    "i1": "signed char, int8, int8_t",
    "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t",
    "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, "
    "int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float",
    "f8": "double",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split(", ")}
_PACKINGS = {"raw": "", "gzip": "zlib", "gz": "zlib", "bzip2": "bzip2", "bz2": "bzip2"}
_PACKINGS |= dict.fromkeys(("ascii", "txt", "text"), "text")
# The signs that turn a space into LPS.
_SPACES = {
    "left-posterior-superior": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
}
_SHORT = {"lps": "left-posterior-superior", "ras": "right-anterior-superior"}
_SHORT |= {"las": "left-anterior-superior"}
_UNITS = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001}
_UNITS |= {"millimeter": 1.0, "millimeters": 1.0, "millimetre": 1.0, "millimetres": 1.0}


class Header(NamedTuple):
    """The fields of a header as pynrrd reads them, its texts, its length in bytes, its labels."""

    fields: dict[str, Any]
    texts: dict[str, str]
    length: int
    names: Labels


def is_nrrd(head: bytes) -> bool:
    """Whether a file that starts with `head` is NRRD."""
    return re.match(rb"NRRD[0-9]{4}\s", head) is not None


def headers(sources: Sequence[Source]) -> list[Source]:
    """Those of the files of a scan that are headers of NRRD, with their voxels or without."""
    return named_headers(sources, SUFFIXES, is_nrrd, r"(?i)\.raw(\.gz)?$", ".nhdr")


def read_nrrd(
    header: Source, sources: Sequence[Source] = (), rescale: tuple[float, float] | None = None
) -> Scan:
    """What an NRRD says: slice, row and column are its third, second and first axis.

    Parameters
    ----------
    header : Source, one of `headers`
    sources : sequence of Source
        The files that were found with it: its voxels may be one of them.
    rescale : (slope, intercept), optional
        Changes nothing here.

    Raises
    ------
    LoadError
    """
    read = _read_header(header)
    affine, notes = _affine(read)
    name = _data_file(read)
    source = header if name is None else beside(header, name, sources)
    layout = _layout(read, source, attached=name is None)
    return as_scan(affine, notes, source, layout, says=_says(read), names=read.names)


def _read_header(source: Source) -> Header:
    import nrrd

    with open(source.path, "rb") as file:
        content = file.read(_MOST_HEADER)
    if not is_nrrd(content):
        message = "it does not begin with NRRD and a version: this is no NRRD"
        raise LoadError(message)
    # The blank line that ends a header; a header alone may end with its file.
    end = re.search(rb"\r?\n[ \t]*\r?\n", content)
    length = end.end() if end else len(content)
    if not end and length == _MOST_HEADER:
        message = "its header has no end"
        raise LoadError(message)
    lines, texts = _lines(content[:length])
    try:
        with np.errstate(all="ignore"):
            fields = dict(nrrd.read_header(lines))
    except Exception:  # pynrrd's kinds, and those of its parsers
        message = f"its header can't be understood: {_broken_line(lines)}"
        raise LoadError(message) from None
    return Header(fields, texts, length, _names(content[:length]))


def _lines(content: bytes) -> tuple[list[str], dict[str, str]]:
    """The lines that pynrrd is to read, and the text of each field.

    It wants field names in small letters, no blank inside of a vector, and takes the user's own
    ``key:=value`` for fields.
    """
    # At line feeds alone: a letter of several bytes, or a form feed, ends no line.
    first, *rest = content.decode("utf-8", "replace").split("\n")
    lines, texts = [first.strip()], dict[str, str]()
    for line in rest:
        if is_list(texts.get("data file", texts.get("datafile", ""))):
            break  # what follows are names of files, and `beside` refuses several
        found = re.match(r"([^:#]{1,40}):(?!=)\s*(.*)", line)
        if found is None:
            if line.strip() and not line.startswith("#") and ":=" not in line:
                message = f"its header has no end: {shown(line)} is no line of it"
                raise LoadError(message)
            continue
        key = found[1].strip().lower()
        value = re.sub(r"\(([^()]*)\)", lambda m: re.sub(r"\s", "", m[0]), found[2].strip())
        if texts.setdefault(key, value) != value:
            message = f"its header has two lines {shown(key)} that contradict each other"
            raise LoadError(message)
        if key not in ("data file", "datafile") and f"{key}: {value}" not in lines:
            lines.append(f"{key}: {value}")
    return lines, texts


def _broken_line(lines: list[str]) -> str:
    """The line that pynrrd stumbles over."""
    import nrrd

    for line in lines[1:]:
        try:
            with np.errstate(all="ignore"):
                nrrd.read_header([lines[0], line])
        except Exception:
            return shown(line)
    return shown(lines[0])


def _data_file(read: Header) -> str | None:
    """The file of voxels that the header names, None where they follow it."""
    return read.texts.get("data file", read.texts.get("datafile"))


def _sizes(read: Header) -> list[int]:
    words = read.texts.get("sizes", "").split()
    if not words or not all(re.fullmatch(r"[+-]?[0-9]{1,18}", word) for word in words):
        message = f"its sizes are {shown(read.texts.get('sizes', 'none'))}, and no whole numbers"
        raise LoadError(message)
    sizes = [int(word) for word in words]
    check_shape(sizes)
    if read.fields.get("dimension") != len(sizes):
        message = f"its dimension is {read.fields.get('dimension')}, and it has {len(sizes)} sizes"
        raise LoadError(message)
    return sizes


def _directions(read: Header) -> list[np.ndarray | None]:
    """Where each axis points, in the file's own space; None for an axis that isn't one of space."""
    sizes = _sizes(read)
    if "space directions" not in read.fields:
        message = (
            "it has no space directions: how far apart its voxels are, and which side is left, "
            "is not known. If you know, add space and space directions to its header"
        )
        raise LoadError(message)
    rows = [
        None if row is None else np.asarray(row, float) for row in read.fields["space directions"]
    ]
    if len(rows) != len(sizes):
        message = f"it has {len(rows)} space directions and {len(sizes)} sizes"
        raise LoadError(message)
    return [None if row is None or np.isnan(row).all() else row for row in rows]


def _space(read: Header) -> tuple[int, int, int]:
    """The signs that turn the file's space into LPS."""
    said = str(read.fields.get("space", "")).lower().removesuffix("-time")
    said = _SHORT.get(said, _SHORT.get(said.removesuffix("t"), said))
    if said not in _SPACES:
        told = f"its space is {shown(said)}" if said else "it has no space"
        message = (
            f"{told}: which side is left is not known. If you know, write space: "
            "left-posterior-superior (or another of the patient) into its header"
        )
        raise LoadError(message)
    return _SPACES[said]


def _affine(read: Header) -> tuple[np.ndarray, list[str]]:
    """Affine from (slice, row, column) to LPS+ mm, and what was met."""
    rows = _directions(read)
    signs = _space(read)
    axes = [row for row in rows[:3] if row is not None]
    if rows[0] is None or len(axes) < min(len(rows), 3) or any(len(row) < 3 for row in axes):
        message = "its first three axes are not those of space: colours, vectors or times are no HU"
        raise LoadError(message)
    steps = [np.multiply(signs, row[:3]) for row in axes]
    unit, notes = _unit(read)
    if len(steps) == 2:
        with np.errstate(all="ignore"):
            normal = np.cross(*steps)
            steps.append(normal / np.linalg.norm(normal) / unit)
        notes.append("one slice: taken as 1 mm thick (nominal)")
    affine = np.eye(4)
    affine[:3, :3] = np.transpose(steps[::-1])
    origin = read.fields.get("space origin")
    if origin is None:
        notes.append("it has no space origin: taken as 0, 0, 0 mm")
    elif len(origin) < 3:
        message = f"its space origin has {len(origin)} numbers, not 3"
        raise LoadError(message)
    else:
        affine[:3, 3] = np.multiply(signs, origin[:3])
    checked, more = check_affine(affine, unit)
    return checked, [*notes, *more]


def _unit(read: Header) -> tuple[float, list[str]]:
    """What a length is to be multiplied with to be in mm, and what was met."""
    units = {str(unit).lower() for unit in read.fields.get("space units", [])[:3]} - {"", "???"}
    if not units:
        return 1.0, []
    if len(units) > 1 or not units <= set(_UNITS):
        message = f"its space units are {shown(sorted(units))}: mm, cm, m and um are known"
        raise LoadError(message)
    (unit,) = units
    return _UNITS[unit], [f"the unit of length is {unit}"] if _UNITS[unit] != 1 else []


def _layout(read: Header, source: Source, attached: bool) -> Layout:
    """What is to be read."""
    columns, rows, *others = _sizes(read)
    slices, volumes = others[0] if others else 1, int(np.prod(others[1:], dtype=object))
    packing = str(read.fields.get("encoding", "none")).lower()
    if packing not in _PACKINGS:
        message = f"its encoding is {shown(packing)}: {', '.join(_PACKINGS)} are read"
        raise LoadError(message)
    kind = _kind(read, _PACKINGS[packing])
    start = _start(read, source, read.length if attached else 0, _PACKINGS[packing])
    return Layout((slices, rows, columns), volumes, kind, start, _PACKINGS[packing])


def _kind(read: Header, packing: str) -> np.dtype:
    name = " ".join(str(read.fields.get("type", "none")).split())
    if name not in _KINDS:
        message = f"its type is {shown(name)}: whole numbers and floats are read"
        raise LoadError(message)
    kind, endian = np.dtype(_KINDS[name]), str(read.fields.get("endian", "none")).lower()
    if kind.itemsize == 1 or packing == "text":
        return kind
    if endian not in ("little", "big"):
        message = f"its endian is {shown(endian)}: little or big is needed for {kind.name}"
        raise LoadError(message)
    return kind.newbyteorder("<" if endian == "little" else ">")


def _start(read: Header, source: Source, at: int, packing: str) -> int:
    """The byte at which the voxels begin, behind what is to be skipped."""
    lines = read.fields.get("line skip", read.fields.get("lineskip", 0))
    skip = read.fields.get("byte skip", read.fields.get("byteskip", 0))
    if skip < -1 or not 0 <= lines <= _MOST_LINES or (skip and packing):
        message = f"a line skip of {lines} and a byte skip of {skip} are not read"
        raise LoadError(message)
    if skip == -1:
        return -1
    with open(source.path, "rb") as file:
        file.seek(at)
        for _ in range(lines):
            file.readline(_MOST_HEADER)
        return file.tell() + skip


def _says(read: Header) -> str:
    """What the header says that its voxels are, "" where it doesn't."""
    said = str(read.fields.get("sample units", "")).strip(' "').upper()
    if said in ("HU", "HOUNSFIELD", "HOUNSFIELD UNITS"):
        return "HU"
    return "labels" if read.names else ""


def _names(content: bytes) -> Labels:
    """Names and colours of labels, as 3D Slicer writes them: ``Segment0_LabelValue:=1``."""
    fields = rb"(?m)^Segment([0-9]{1,6})_(Name|LabelValue|Color):=([^\r\n]{0,400})"
    texts = {
        (n, key): text.decode("utf-8", "replace") for n, key, text in re.findall(fields, content)
    }
    values = {
        n: int(text)
        for (n, key), text in texts.items()
        if key == b"LabelValue" and re.fullmatch(r"[0-9]{1,5}", text) and int(text) < 2**15
    }
    names = {v: plain(texts.get((n, b"Name"), f"label {v}")) for n, v in values.items()}
    colors = {v: _color(texts.get((n, b"Color"), "")) for n, v in values.items()}
    return Labels(names, {value: color for value, color in colors.items() if color})


def _color(text: str) -> str:
    """A colour of three numbers from 0 to 1, "" where they are none."""
    try:
        return color_of([float(word) for word in text.split()])
    except ValueError:  # a ParameterError is one
        return ""
