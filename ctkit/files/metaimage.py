"""MetaImage files (.mha, .mhd): the format of ITK, read by its text header.

A header has lines of ``Key = Value``, and its last one, ElementDataFile, says where the voxels
are. Millimetres are LPS+, as in DICOM. Only numpy and zlib are needed, in a browser tab too.

References
----------
The documentation of MetaIO, https://itk.org/Wiki/ITK/MetaIO/Documentation; what it leaves open
is read as ITK reads it, or refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import CTError, LoadError
from ..geometry import axes_of_letters
from .sources import Source
from .stored import Layout, Scan, as_scan, beside, check_affine, check_shape, named_headers, shown

SUFFIXES = (".mha", ".mhd")
_MOST_HEADER = 2**20
_LINE = re.compile(rb"[ \t]*([A-Za-z][A-Za-z0-9_]{0,79})[ \t]*[=:][ \t]*([^\n]*?)[ \t\r]*\Z")
_KINDS = {
    "MET_CHAR": "i1",
    "MET_ASCII_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",  # of four bytes on every machine
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_UNITS = {"um": 0.001, "mm": 1.0, "cm": 10.0}
_NO_CT = {"MET_MOD_MR": "MR", "MET_MOD_NM": "nuclear medicine", "MET_MOD_US": "ultrasound"}
_DIRECTIONS = ("TransformMatrix", "Rotation", "Orientation")
_ORIGINS = ("Offset", "Position", "Origin")
_ORIENTATIONS = ("AnatomicalOrientation", "AnatomicalAxes")
_BYTE_ORDERS = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")


class Header(NamedTuple):
    """The fields of a header by their names in small letters, and its length in bytes."""

    fields: dict[str, str]
    length: int


def is_metaimage(head: bytes) -> bool:
    """Whether a file that starts with `head` is MetaImage: lines of its keys, NDims among them."""
    lines = head[: 2**14].lstrip().split(b"\n")
    keys = [match[1].lower() for line in lines[:-1] if (match := _LINE.match(line))]
    first = _LINE.match(lines[0])
    return first is not None and b"ndims" in keys and len(keys) > 2


def headers(sources: Sequence[Source]) -> list[Source]:
    """Those of the files of a scan that are headers of MetaImage."""
    return named_headers(sources, SUFFIXES, is_metaimage, r"(?i)\.z?raw$", ".mhd")


def read_metaimage(
    header: Source, sources: Sequence[Source] = (), rescale: tuple[float, float] | None = None
) -> Scan:
    """What a MetaImage says: slice, row and column are its third, second and first axis.

    Parameters
    ----------
    header : Source, one of `headers`
    sources : sequence of Source
        The files that were found with it: its voxels may be one of them.
    rescale : (slope, intercept), optional
        On the user's word: what the file says of its modality has no say then.

    Raises
    ------
    LoadError
    """
    read = _read_header(header)
    _check_modality(read.fields, rescale)
    affine, notes = _affine(read.fields)
    layout, met = _layout(read)
    name = read.fields["elementdatafile"]
    source = header if name.upper() == "LOCAL" else beside(header, name, sources)
    return as_scan(affine, [*notes, *met], source, layout, scaling=_scaling(read.fields))


def _read_header(source: Source) -> Header:
    """The lines down to ElementDataFile, behind which the voxels may begin."""
    fields: dict[str, str] = {}
    with open(source.path, "rb") as file:
        content = file.read(_MOST_HEADER)
    at = 0
    while "elementdatafile" not in fields:
        end = content.find(b"\n", at)
        line = content[at : end if end >= 0 else len(content)]
        if match := _LINE.match(line):
            _put(fields, match[1].decode(), match[2].decode("utf-8", "replace"))
        elif line.strip():
            message = (
                f"its header has no end: {shown(line[:40].decode('latin-1'))} is no line of it"
            )
            raise LoadError(message)
        at = end + 1
        if end < 0 and "elementdatafile" not in fields:
            message = "its header has no end: no line ElementDataFile says where the voxels are"
            raise LoadError(message)
    return Header(fields, at or len(content))


def _put(fields: dict[str, str], key: str, value: str) -> None:
    if fields.setdefault(key.lower(), value) != value:
        message = f"its header has two lines {key} that contradict each other"
        raise LoadError(message)


def _text(fields: dict[str, str], *keys: str) -> str | None:
    """The value of the first of some keys, which mean the same."""
    found = {fields[key.lower()].strip() for key in keys if key.lower() in fields}
    if len(found) > 1:
        message = f"its header has several of {', '.join(keys)}, and they contradict each other"
        raise LoadError(message)
    return found.pop() if found else None


def _numbers(fields: dict[str, str], count: int, *keys: str) -> np.ndarray | None:
    """So many finite numbers, or None where there is no such line."""
    text = _text(fields, *keys)
    if text is None:
        return None
    try:
        values = np.array([float(word) for word in text.split()])
    except ValueError:
        values = np.array([np.nan])
    if len(values) != count or not np.isfinite(values).all():
        message = f"{keys[0]} has {count} finite numbers, not {shown(text)}"
        raise LoadError(message)
    return values


def _whole(fields: dict[str, str], count: int, key: str) -> list[int]:
    text = _text(fields, key)
    words = (text or "").split()
    if len(words) != count or not all(re.fullmatch(r"[+-]?[0-9]{1,18}", word) for word in words):
        said = "is not there" if text is None else f"is {shown(text)}"
        message = (
            f"{key} is {'a whole number' if count == 1 else f'{count} whole numbers'}; it {said}"
        )
        raise LoadError(message)
    return [int(word) for word in words]


def _flag(fields: dict[str, str], *keys: str) -> bool | None:
    text = _text({k: v.strip().lower()[:1] for k, v in fields.items()}, *keys)
    if text is not None and text not in ("t", "f", "1", "0", "y", "n"):
        message = f"{keys[0]} is True or False, not {shown(text)}"
        raise LoadError(message)
    return None if text is None else text in ("t", "1", "y")


def _dimensions(fields: dict[str, str]) -> int:
    (dimensions,) = _whole(fields, 1, "NDims")
    if not 2 <= dimensions <= 4:
        message = f"it has {dimensions} dimensions: a scan has 3, a slice 2, several scans 4"
        raise LoadError(message)
    return dimensions


def _layout(read: Header) -> tuple[Layout, list[str]]:
    """What is to be read, and what was met."""
    fields = read.fields
    sizes = _whole(fields, _dimensions(fields), "DimSize")
    check_shape(sizes)
    columns, rows, slices, volumes = [*sizes, 1, 1][:4]
    kind, notes = _kind(fields)
    local = fields["elementdatafile"].upper() == "LOCAL"
    packed, start = _flag(fields, "CompressedData") or False, 0
    if "headersize" in fields:
        (start,) = _whole(fields, 1, "HeaderSize")
    if start < -1 or (start != 0 and packed) or (start > 0 and local):
        message = f"its HeaderSize of {start} contradicts where its voxels are"
        raise LoadError(message)
    length = None
    if packed and "compresseddatasize" in fields:
        (length,) = _whole(fields, 1, "CompressedDataSize")
    if length is not None and length < 0:
        message = f"its CompressedDataSize is {length}"
        raise LoadError(message)
    start = read.length if local and start == 0 else start
    layout = Layout((slices, rows, columns), volumes, kind, start, "zlib" * packed, length)
    return layout, notes


def _kind(fields: dict[str, str]) -> tuple[np.dtype, list[str]]:
    channels = (
        _whole(fields, 1, "ElementNumberOfChannels") if "elementnumberofchannels" in fields else [1]
    )
    name = _text(fields, "ElementType") or "none"
    if channels != [1] or name.removesuffix("_ARRAY") != name:
        message = "it has several numbers a voxel: colours or vectors, not HU"
        raise LoadError(message)
    if name not in _KINDS:
        message = f"its ElementType is {shown(name)}: {', '.join(_KINDS)} are read"
        raise LoadError(message)
    if _flag(fields, "BinaryData") is False:
        message = "its voxels are text (BinaryData = False): write them as binary ones"
        raise LoadError(message)
    kind, big = np.dtype(_KINDS[name]), _flag(fields, *_BYTE_ORDERS)
    told = [] if kind.itemsize == 1 or big is not None else ["no byte order told: little endian"]
    return kind.newbyteorder(">" if big else "<"), told


def _affine(fields: dict[str, str]) -> tuple[np.ndarray, list[str]]:
    """Affine from (slice, row, column) to LPS+ mm, and what was met."""
    count = _dimensions(fields)
    matrix = _numbers(fields, count * count, *_DIRECTIONS)
    if matrix is None:
        unturned = " ".join(map(str, np.eye(count, dtype=int).ravel()))
        message = (
            "it has no TransformMatrix: which side is left is not known. If you know, add the "
            f"line TransformMatrix = {unturned} (rows: where the axes point, in L, P, S)"
        )
        raise LoadError(message)
    spacing = _spacing(fields, count)
    origin, notes = _numbers(fields, count, *_ORIGINS), []
    if origin is None:
        origin, notes = np.zeros(count), ["it has no Offset: taken as 0, 0, 0 mm"]
    axes = matrix.reshape(count, count)  # row n: where axis n points
    _check_axes(axes)
    affine = np.eye(4)
    kept = min(count, 3)
    affine[:kept, :kept] = (axes * spacing[:, None])[:kept, :kept].T
    affine[:kept, 3] = origin[:kept]
    if count == 2:
        notes.append("one slice of 2 dimensions: taken as axial, and as 1 mm thick (nominal)")
    notes += _compare_letters(fields, axes)
    unit, met = _unit(fields)
    checked, more = check_affine(affine[:, [2, 1, 0, 3]], unit)
    return checked, [*met, *notes, *more]


def _compare_letters(fields: dict[str, str], axes: np.ndarray) -> list[str]:
    """A note where the letters that some programs read alone contradict the directions.

    They say where each axis comes from: with the axes of LPS they are RAI.
    """
    said = (_text(fields, *_ORIENTATIONS) or "").upper()
    try:
        pairs = axes_of_letters(said)
    except CTError:  # "???" says nothing, and neither does what is no orientation
        return []
    # An oblique axis lies between two letters, and either is right.
    if len(axes) < 3 or all(-sign * axes[n, axis] > 0.3 for n, (axis, sign) in enumerate(pairs)):
        return []
    return [
        f"its AnatomicalOrientation says {said}, its TransformMatrix another: the matrix is used"
    ]


def _spacing(fields: dict[str, str], count: int) -> np.ndarray:
    spacing = _numbers(fields, count, "ElementSpacing")
    if spacing is None:  # ElementSize is how large a voxel is, and mostly the same
        spacing = _numbers(fields, count, "ElementSize")
    if spacing is None:
        message = "it has no ElementSpacing: how far apart its voxels are, in mm, is not known"
        raise LoadError(message)
    return spacing


def _check_axes(axes: np.ndarray) -> None:
    """Refuse directions that are no unit vectors, or that mix the fourth axis with the others."""
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(axes, axis=1)
    if (np.abs(lengths[:3] - 1) > 0.01).any():
        told = ", ".join(f"{length:.4g}" for length in lengths[:3])
        message = (
            f"the directions in its TransformMatrix have the lengths {told}, not 1: whether that "
            "belongs to the spacing is not known"
        )
        raise LoadError(message)
    if len(axes) == 4 and (axes[3, :3].any() or axes[:3, 3].any()):
        message = "its fourth axis is turned into space: no series of volumes is"
        raise LoadError(message)


def _unit(fields: dict[str, str]) -> tuple[float, list[str]]:
    unit = _text(fields, "DistanceUnits")
    if unit in (None, "", "?", "mm"):
        return 1.0, []
    if unit not in _UNITS:
        message = f"its DistanceUnits are {shown(unit)}: {', '.join(_UNITS)} are known"
        raise LoadError(message)
    return _UNITS[unit], [f"the unit of length is {unit}"]


def _scaling(fields: dict[str, str]) -> tuple[float, float]:
    """(slope, offset) of the file."""
    slope = _numbers(fields, 1, "ElementToIntensityFunctionSlope")
    offset = _numbers(fields, 1, "ElementToIntensityFunctionOffset")
    if slope is not None and slope[0] == 0:
        message = "its ElementToIntensityFunctionSlope is 0: no HU come of that"
        raise LoadError(message)
    return float(slope[0]) if slope is not None else 1.0, float(
        offset[0]
    ) if offset is not None else 0.0


def _check_modality(fields: dict[str, str], rescale: Any) -> None:
    said = _NO_CT.get(_text(fields, "Modality") or "")
    if said and rescale is None:
        message = f"its Modality is {said}, no CT. Pass rescale=(1, 0) if these are HU after all"
        raise LoadError(message)
